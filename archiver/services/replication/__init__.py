# SPDX-License-Identifier: Apache-2.0
"""Keeping a second store of the same archive: what there is to copy, copying it, comparing the two."""
