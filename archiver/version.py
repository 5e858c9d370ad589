# SPDX-License-Identifier: Apache-2.0
"""The version of this program: manifests and claims name it."""

VERSION = "0.1.0.dev0"
