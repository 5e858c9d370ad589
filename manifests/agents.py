# SPDX-License-Identifier: Apache-2.0
"""Who says what, on what evidence, gathered by which software.

The authority is the one whose claim it is (a page, a site, an operator); the fetcher is the software that gathered it.
The archive repeats claims with their place and verbatim text; it does not say that they are true.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from manifests.canonical import Model

ByteRange = Annotated[tuple[int, int], Field(description="[start, end) in bytes of the entity, charset not decoded")]


class Agent(Model):
    """A person, organisation or program that acts."""

    shared = True

    name: str
    """Its name, as it gives it."""
    url: str | None = None
    """Its page on the web."""
    contact: str | None = None
    """Where to write to, as it gives it: an address or a URL."""


class Fetcher(Model):
    """A program and its version: what gathered or read something."""

    shared = True

    name: str
    """The program's name."""
    version: str
    """Its version; results of different versions are not compared."""


class Authority(Model):
    """The one whose claim it is."""

    kind: str
    """`page` (the page's own words), `server` (its HTTP header), `site` (a file of its site) or `operator`."""
    url: str | None = None
    """Where it spoke."""


class Confidence(StrEnum):
    """How far the reading of a claim may be relied upon; always given with a reason."""

    HIGH = "high"
    """Stated in so many words, at a place made for it."""
    MEDIUM = "medium"
    """Stated, but at a place or in words that sometimes mean something else."""
    LOW = "low"
    """Inferred."""


class Place(Model):
    """Where in a capture the words stand. At least one field is set."""

    header: str | None = None
    """The HTTP response header's name, lower case."""
    css_path: str | None = None
    """A CSS selector path to the innermost element that holds the words."""
    json_pointer: str | None = None
    """RFC 6901 pointer into the JSON of the script that `css_path` names; without one, of the entity."""
    attribute: str | None = None
    """The attribute of that element that holds the words, such as `content` of a meta element."""
    ranges: tuple[ByteRange, ...] = ()
    """The words' bytes in the entity; absent when the text has no bytes of its own there."""


class Evidence(Model):
    """The words a claim rests on, and where they stand."""

    authority: Authority
    """Whose words they are."""
    place: Place
    """Where they stand."""
    text: str
    """The words, verbatim but for white space, which is collapsed."""


class Claim(Model):
    """One statement read from a page."""

    value: str
    """What is claimed, normalised for its field."""
    evidence: Evidence
    """The words it was read from."""
    confidence: Confidence
    """How far the reading may be relied upon."""
    reason: str
    """Why that confidence: the rule that read it."""
    also: tuple[Evidence, ...] = ()
    """Other places that say the same, the most telling first, at most three."""


class Differing(Model):
    """What another place of the page says of the same thing, and was not believed."""

    field: str
    """The claim it differs from, by its name: `publisher`, `authors`, `published_at`, `modified_at`, `canonical_url`."""
    value: str
    """What is said there, normalised for its field."""
    evidence: Evidence
    """The words it was read from."""
    reason: str
    """The rule that read it."""
