# SPDX-License-Identifier: Apache-2.0
"""What changed between captures: of words, title, publisher and notices. Used by commands, notifications and exports."""
