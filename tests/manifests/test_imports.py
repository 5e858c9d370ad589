# SPDX-License-Identifier: Apache-2.0
"""What an auditor's tools must not pull in: the format stays free of the service, the network and the databases.

pydantic itself reads the metadata of installed packages when it makes its first model, and the standard library's mail
parser behind that names socket; so what counts is what comes in beyond a bare model.
"""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "kept_out"),
    [
        ("manifests", ["archiver", "requests", "boto3", "sqlalchemy", "socket"]),
        ("manifests.ranges", ["archiver", "requests", "boto3", "sqlalchemy", "socket"]),
        ("archiver.formats", ["boto3", "sqlalchemy", "requests"]),
        ("archiver.formats.warc, archiver.formats.warc_scan, archiver.formats.cdxj, archiver.formats.framing, "
         "archiver.formats.coding", ["boto3", "sqlalchemy", "requests"]),
    ],
)  # fmt: skip
def test_importing_the_format_loads_nothing_of_the_service(module: str, kept_out: list[str]) -> None:
    bare = "import sys, pydantic; pydantic.create_model('One'); before = set(sys.modules)"
    program = f"{bare}; import {module}; print(*set({kept_out!r}) & (set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("\n", "", 0)
