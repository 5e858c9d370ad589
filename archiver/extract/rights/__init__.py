# SPDX-License-Identifier: Apache-2.0
"""The notices of a page, and our reading of them."""
