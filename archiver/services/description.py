# SPDX-License-Identifier: Apache-2.0
"""`archive.json`: what an archive says of itself, written once when it is made."""

from typing import Literal

from pydantic import Field

from manifests.agents import Agent, Fetcher
from manifests.canonical import Instant, Model

ARCHIVE_FORMAT = "archive/0"


class ArchiveDescription(Model):
    """An archive's own description."""

    format: Literal["archive/0"] = Field(default=ARCHIVE_FORMAT, validate_default=True)
    archive_id: str
    """A UUID: the archive's name for ever, wherever it is copied."""
    created_at: Instant
    """When it was made."""
    operator: Agent | None = None
    """Who runs it, with the contact that site owners may write to."""
    software: Fetcher
    """The program that made it."""
