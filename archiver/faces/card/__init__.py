# SPDX-License-Identifier: Apache-2.0
"""A capture as one page for people: what it claims, its notices in place, where it comes from, and what is provable so far."""
