# SPDX-License-Identifier: Apache-2.0
"""A small made-up site on loopback: an article, and another outlet's reprint of it with every kind of notice at its foot."""
