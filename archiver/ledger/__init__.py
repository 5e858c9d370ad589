# SPDX-License-Identifier: Apache-2.0
"""The ledger: an append-only, tamper-evident log of what was sealed, in files that any copy of the store carries."""
