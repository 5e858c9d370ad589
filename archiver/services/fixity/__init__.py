# SPDX-License-Identifier: Apache-2.0
"""Auditing an archive: what is to be checked, checking it, and the event that says what was seen."""
