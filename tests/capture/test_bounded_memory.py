# SPDX-License-Identifier: Apache-2.0
"""A capture costs a bounded amount of memory, however much the server sends and however far that expands.

Each capture runs in a process of its own, whose highest resident size is judged.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.site.conversation import Conversation
from tests.site.pages import PAGES
from tests.site.server import Site
from tests.site.wire import CLOSE, HTML, OK, head

MIB = 1 << 20
_MOST = 300 * MIB
_CAPTURE = """
import sys
from pathlib import Path
from archiver.archive import Archive
from archiver.capture.http import Limits
from archiver.options import CaptureOptions

folder, url, place = sys.argv[1:]
options = CaptureOptions(page_only=True, robots="off", allow_private=(place,), limits=Limits(total=60))
with Archive.init(folder) as archive:
    ((page,),) = [one.results for one in archive.capture(url, options)]
seen = page.captured.manifest.observation
words = Path("/proc/self/status").read_text().split()
print(page.outcome.value, page.reason, seen.lengths.body, seen.lengths.entity, words[words.index("VmHWM:") + 1])
"""


def _captured(folder: Path, site: Site, name: str) -> tuple[str, str, str, str, int]:
    """Outcome, reason, length of the body, length of the entity, and the peak resident size in octets."""
    command = [sys.executable, "-c", _CAPTURE, str(folder), site.url(name), f"127.0.0.1:{site.port}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    outcome, reason, body, entity, peak = done.stdout.split()
    return outcome, reason, body, entity, int(peak) * 1024


def _large(conversation: Conversation) -> None:
    conversation.send(head(OK, HTML, b"Content-Length: %d" % (64 * MIB), CLOSE))
    for _ in range(64):
        conversation.send(b"The tide comes in. \r\n" * (MIB // 21) + b" " * (MIB % 21))
    conversation.close()


def test_a_body_of_64_mib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PAGES, "large", _large)
    with Site() as site:
        outcome, reason, body, entity, peak = _captured(tmp_path / "archive", site, "large")
    assert (outcome, reason, body, entity) == ("captured-complete", "None", str(64 * MIB), str(64 * MIB))
    assert peak < _MOST


@pytest.mark.parametrize(
    "name", ["coding-bomb-gzip", "coding-bomb-gzip-large", "coding-bomb-zstd", "coding-bomb-nested"]
)
def test_a_body_that_expands_without_measure(name: str, tmp_path: Path) -> None:
    with Site() as site:
        outcome, _, _, entity, peak = _captured(tmp_path / "archive", site, name)
        assert len(site.sent(name)) == 1
    assert (outcome, entity) == ("captured-complete", "None")
    assert peak < _MOST
