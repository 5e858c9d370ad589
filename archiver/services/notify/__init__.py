# SPDX-License-Identifier: Apache-2.0
"""Telling an operator what changed: `change` compares two captures of a `page`, `batch` collects, `message` words it, and
`webhook`, `email` and `feed` carry it. Only the first two of these three use the network, through a dialer they are given."""
