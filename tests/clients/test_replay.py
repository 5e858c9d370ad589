# SPDX-License-Identifier: Apache-2.0
"""pywb, given our WARC files and nothing else, serves every page as it was recorded."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.catalog.catalog import Found
from archiver.services import read
from tests.clients.conftest import PAGES, Judge
from tests.site.server import Site

STARTS_WITHIN = 30.0
"""Seconds that pywb has to answer its first request."""


@pytest.fixture(scope="module")
def wayback(judges: Path, judge: Judge, warcs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a pywb that holds our files."""
    folder = tmp_path_factory.mktemp("pywb")
    for arguments in (["init", "judged"], ["add", "judged", *map(str, warcs)]):
        done = subprocess.run(
            [judges / "wb-manager", *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder / "log"
    with log.open("wb") as said:
        server = subprocess.Popen(
            [judges / "wayback", "-b", "127.0.0.1", "-p", str(port), "-t", "1"],
            cwd=folder, stdout=said, stderr=said, start_new_session=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        until = time.monotonic() + STARTS_WITHIN
        while not answers(port):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)  # another program's start gives no sign to wait for
        yield port
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)  # the session is its own, so nothing else is in the group
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(10)


def answers(port: int) -> bool:
    try:
        return get(port, "/")[0] == 200
    except OSError:
        return False


def get(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip, br"})
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def payload(archive: Archive, found: Found) -> bytes:
    """The recorded payload: dechunked, its content coding kept."""
    block = read.record(archive.place.store, found).block
    return b"".join(read.payload_of(block, read.framed(block)))


def captures(archive: Archive, warcs: list[Path]) -> list[Found]:
    found = [one for path in warcs for one in archive.catalog().captures_in(path.parent.name)]
    return [one for one in found if one.record_offset is not None]


def test_every_page_is_served_byte_for_byte(wayback: int, archive: Archive, site: Site, warcs: list[Path]) -> None:
    seen = 0
    for found in captures(archive, warcs):
        if found.revisit:
            continue
        seen += 1
        code, headers, body = get(wayback, f"/judged/{found.fetched_at:%Y%m%d%H%M%S}id_/{found.url}")
        assert code == found.response_code, found.url
        assert body == payload(archive, found), found.url
        assert headers["memento-datetime"] == f"{found.fetched_at:%a, %d %b %Y %H:%M:%S GMT}"
    assert seen > len(PAGES)


def test_a_revisit_is_served_with_the_payload_it_refers_to(wayback: int, archive: Archive, warcs: list[Path]) -> None:
    catalog = archive.catalog()
    revisits = [found for found in captures(archive, warcs) if found.revisit]
    assert len(revisits) >= 2
    for found in revisits:
        manifest = archive.manifest(found.capture_id)
        assert manifest.observation.revisits is not None
        held = catalog.by_id(manifest.observation.revisits.capture_id)
        assert held is not None
        code, _, body = get(wayback, f"/judged/{found.fetched_at:%Y%m%d%H%M%S}id_/{found.url}")
        assert (code, body) == (found.response_code, payload(archive, held))


def test_a_redirect_leads_where_it_led(wayback: int, archive: Archive, site: Site) -> None:
    found = archive.lookup(site.url("moved"))[0].found
    code, headers, _ = get(wayback, f"/judged/{found.fetched_at:%Y%m%d%H%M%S}id_/{found.url}")
    assert code == 301
    assert headers["location"].endswith("/article")


def test_what_was_never_captured_is_not_there(wayback: int, site: Site) -> None:
    assert get(wayback, f"/judged/id_/{site.url('never')}")[0] == 404
