# SPDX-License-Identifier: Apache-2.0
"""Reads a page: one parsed document in, claims with evidence out.

`read` is the entry; `read_outgoing` gives only where a page leads, `read_css` what a style sheet loads. Pure: no I/O, no clock.
Every claim carries the words it rests on, the element or header they stand in and, where they read back exactly, their bytes in
the entity.
"""

from archiver.extract.markup.css import read_css
from archiver.extract.outgoing import read_outgoing
from archiver.extract.reading import EXTRACTOR, Reading, read

__all__ = ["EXTRACTOR", "Reading", "read", "read_css", "read_outgoing"]
