# SPDX-License-Identifier: Apache-2.0
"""A page as markup: its bytes as characters, its tree and text with their places, its elements, links and metadata."""
