# SPDX-License-Identifier: Apache-2.0
"""The catalog: how captures are found. A pure function of the store, so it is never migrated, only rebuilt."""
