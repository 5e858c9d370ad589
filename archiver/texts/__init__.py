# SPDX-License-Identifier: Apache-2.0
"""Texts that are alike: fingerprints of the main texts of stored pages, in a database made from the store alone."""
