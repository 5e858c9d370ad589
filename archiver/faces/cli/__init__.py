# SPDX-License-Identifier: Apache-2.0
"""The `archiver` command: a file a command group; `output` knows the exit codes, `app` what all commands share.

Exit codes: 0 fine, 1 finished but found problems, 2 the caller's mistake, 3 not found, 4 store or database unavailable.
"""

import sys

from archiver.faces.cli.app import app
from archiver.faces.cli.output import run


def main() -> None:
    """The console script."""
    sys.exit(run(app))
