# SPDX-License-Identifier: Apache-2.0
"""The whole command tree: importing this adds every group to `app`, in the order the help shows them."""

from archiver.faces.cli import capture, crawl, crawls, crawl_control, jobs, scheduler, demo  # noqa: F401  # isort: skip
from archiver.faces.cli import lookup, show, cite, trace, history, changes, provenance  # noqa: F401  # isort: skip
from archiver.faces.cli import re_extract, texts, audit, repair, reconcile, prove, ledger, keys, witness  # noqa: F401  # isort: skip
from archiver.faces.cli import replicas, care, monitor  # noqa: F401  # isort: skip
from archiver.faces.cli.app import CARE, app, keys_app, ledger_app, replicas_app, store_app, witness_app

app.add_typer(ledger_app, name="ledger", rich_help_panel=CARE)
app.add_typer(keys_app, name="keys", rich_help_panel=CARE)
app.add_typer(witness_app, name="witness", rich_help_panel=CARE)
app.add_typer(replicas_app, name="replicas", rich_help_panel=CARE)
app.add_typer(store_app, name="store", rich_help_panel=CARE)

__all__ = ["app"]
