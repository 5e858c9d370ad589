# SPDX-License-Identifier: Apache-2.0
"""A proof pack for people: how to check it without this program, what it holds as a page, and a statement to print and sign."""
