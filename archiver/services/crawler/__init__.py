# SPDX-License-Identifier: Apache-2.0
"""The crawler: workers that take URLs from the frontier, ask for them politely, and give back what they found."""
