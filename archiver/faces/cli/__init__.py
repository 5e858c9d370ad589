# SPDX-License-Identifier: Apache-2.0
"""The `archiver` command: a file a command group; `output` knows the exit codes, `app` what all commands share.

Exit codes: 0 fine, 1 finished but found problems, 2 the caller's mistake, 3 not found, 4 store or database unavailable.
"""

import sys


def main() -> None:
    """The console script."""
    try:
        # Here, not above: loading takes long enough for a Ctrl-C, which must not end in a traceback either.
        from archiver.faces.cli.commands import app
        from archiver.faces.cli.output import run

        sys.exit(run(app))
    except KeyboardInterrupt:
        sys.exit(130)
