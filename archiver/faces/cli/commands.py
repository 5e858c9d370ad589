# SPDX-License-Identifier: Apache-2.0
"""The whole command tree: importing this adds every group to `app`, in the order the help shows them."""

from archiver.faces.cli import capture, crawl, crawls, crawl_control, jobs, scheduler, demo  # noqa: F401  # isort: skip
from archiver.faces.cli import lookup, show, trace, history, changes, provenance, re_extract, texts, care  # noqa: F401  # isort: skip
from archiver.faces.cli.app import CARE, app, store_app

app.add_typer(store_app, name="store", rich_help_panel=CARE)

__all__ = ["app"]
