# SPDX-License-Identifier: Apache-2.0
"""Web archives that can prove where a page came from and under which terms it was published."""

__version__ = "0.1.0.dev0"
