# SPDX-License-Identifier: Apache-2.0
"""Formats: bytes to values and back, one module a format. No paths, no clock, no sockets, no archive services."""
