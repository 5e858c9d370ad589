# SPDX-License-Identifier: Apache-2.0
"""State: the trusted database of work in progress. Migrated by numbered steps, never dropped.

It knows which segments are open, sealed or stored but not yet findable, and which captures in them were acknowledged.
Once a segment can be found in the catalog, its rows are gone from here.
"""
