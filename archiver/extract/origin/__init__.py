# SPDX-License-Identifier: Apache-2.0
"""Who published a page, who wrote it, when, and whose work it republishes."""
