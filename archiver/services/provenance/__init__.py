# SPDX-License-Identifier: Apache-2.0
"""Where does a page come from: the chain from a capture to the originals it names or matches, and back to its reprints."""
