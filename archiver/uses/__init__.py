# SPDX-License-Identifier: Apache-2.0
"""What an opened archive is used for, a class a use; `archive.Archive` has them all."""
