# SPDX-License-Identifier: Apache-2.0
"""Secrets of a request reach the server and nothing else: no manifest, record, log, state or screen may hold one.

A secret that the server itself sends is part of the evidence, so the block of its response record holds it, and only that.
"""

import base64
import gzip
import io
import os
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from archiver.formats.warc_scan import Scanned, scan
from tests.faces.command import Ran, cli, ended, start
from tests.faces.outlet import PAGE, Answer, Outlet

COOKIE = "session=swordfish-cookie-1"
BEARER = "swordfish-bearer-2"
USER, PASSWORD = "reader-3", "swordfish-basic-4"
PROXY_USER, PROXY_PASSWORD = "hop-5", "swordfish-proxy-6"
API_KEY = "swordfish-key-7"
SENT = {
    "cookie": COOKIE.partition("=")[2],
    "bearer token": BEARER,
    "user of the URL": USER,
    "password of the URL": PASSWORD,
    "basic credentials": base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
    "user of the proxy": PROXY_USER,
    "password of the proxy": PROXY_PASSWORD,
    "proxy credentials": base64.b64encode(f"{PROXY_USER}:{PROXY_PASSWORD}".encode()).decode(),
    "key in a header": API_KEY,
}
REDIRECT_PASSWORD, SET_COOKIE = "swordfish-redirect-8", "swordfish-set-cookie-9"
LINK_PASSWORD = "swordfish-link-10"
ANSWERED = {
    "password in Location": REDIRECT_PASSWORD,
    "session in Set-Cookie": SET_COOKIE,
    "password in Link": LINK_PASSWORD,
}


@contextmanager
def _proxy(target: tuple[str, int], heads: list[bytes]) -> Iterator[int]:
    """An HTTP proxy that opens every tunnel to `target`, and keeps what it was asked."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=tunnel, args=(client,), daemon=True).start()

    def tunnel(client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        heads.append(head)
        with client, socket.create_connection(target) as upstream:
            client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            pairs = {client: upstream, upstream: client}
            while True:
                for one in select.select(list(pairs), [], [])[0]:
                    try:
                        content = one.recv(65536)
                    except ConnectionResetError:
                        return
                    if not content:
                        return
                    pairs[one].sendall(content)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _texts(content: bytes) -> Iterator[bytes]:
    """The bytes as they lie, and what their gzip members hold."""
    yield content
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)


def _found(folder: Path, secret: str) -> set[str]:
    forms = {form.encode() for form in (secret, quote(secret), base64.b64encode(secret.encode()).decode().rstrip("="))}
    return {
        str(one.relative_to(folder))
        for one in folder.rglob("*")
        if one.is_file()
        for text in _texts(one.read_bytes())
        if any(form in text for form in forms)
    }


def _outside_response_blocks(warc: Path, secret: str) -> list[str]:
    found = []
    for record in scan(io.BytesIO(warc.read_bytes())):
        assert isinstance(record, Scanned)
        fields = " ".join(f"{name}: {value}" for name, value in record.fields)
        in_block = secret.encode() in record.block.read()
        if secret in fields or (in_block and record.kind not in ("response", "revisit")):
            found.append(f"{record.kind} {record.get('WARC-Target-URI')}")
    return found


class _Taken:
    """One capture with every secret there is, and where it left its traces."""

    def __init__(self, folder: Path) -> None:
        self.archive, self.state = folder / "archive", folder / "state"
        self.ran: list[Ran] = []
        heads: list[bytes] = []
        redirect = f"http://elsewhere:{REDIRECT_PASSWORD}@%s/b"
        with Outlet({}) as site:
            site.answers["/a"] = Answer(
                code=302,
                headers=(
                    ("Location", redirect % site.place),
                    ("Set-Cookie", f"sid={SET_COOKIE}; HttpOnly"),
                    ("Link", f'<http://u:{LINK_PASSWORD}@{site.place}/c>; rel="canonical"'),
                ),
            )
            site.answers["/b"] = Answer(PAGE, headers=(("Set-Cookie", f"sid={SET_COOKIE}"),))
            host, _, port = site.place.partition(":")
            url = f"http://{USER}:{PASSWORD}@{site.place}/a"
            env = {**os.environ, "HOME": str(folder), "ARCHIVER_STATE": str(self.state)}
            with _proxy((host, int(port)), heads) as proxy_port:
                headers = ["--header", f"Cookie: {COOKIE}", "--secret-header", f"X-Api-Key: {API_KEY}"]
                proxy = ["--proxy", f"http://{PROXY_USER}:{PROXY_PASSWORD}@127.0.0.1:{proxy_port}"]
                given = ["--allow-private", site.place, *headers, *proxy]
                bearer = ["--header", f"Authorization: Bearer {BEARER}"]
                for more in (["--json"], bearer):
                    self.ran.append(cli("capture", url, *given, *more, cwd=folder, env=env))
            dead = ["--proxy", f"http://{PROXY_USER}:{PROXY_PASSWORD}@127.0.0.1:1"]
            bad = [
                f"{begun}{USER}:{PASSWORD}@{rest}"
                for begun, rest in (("http://", ""), ("http://", "ho st/"), ("ftp://", "h/x"))
            ]
            further: list[list[str]] = [
                ["capture", url, *given[:-2], *dead],
                ["capture", *bad],
                ["capture", *bad, "--json"],
                ["lookup", url],
                ["manifest", self.ran[0].lines[0]["capture_id"]],
                ["verify"],
            ]
            # Each on its own would take longer than all together: most of it is starting.
            self.ran += [ended(one) for one in [start(*command, cwd=folder, env=env) for command in further]]
            self.requests = list(site.requests)
        self.proxied = heads


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> _Taken:
    return _Taken(tmp_path_factory.mktemp("secrets"))


def test_every_secret_was_really_sent(taken: _Taken) -> None:
    assert [one.code for one in taken.ran[:2]] == [0, 0], taken.ran[:2]
    asked = [headers for path, headers in taken.requests if path == "/a"]
    assert asked[0]["cookie"] == COOKIE
    assert asked[0]["authorization"] == f"Basic {SENT['basic credentials']}"
    assert asked[1]["authorization"] == f"Bearer {BEARER}"
    assert asked[0]["x-api-key"] == API_KEY
    assert SENT["proxy credentials"].encode() in taken.proxied[0]
    assert any(path == "/b" for path, _ in taken.requests)


@pytest.mark.parametrize("name", SENT)
def test_a_secret_that_was_sent_stands_nowhere(taken: _Taken, name: str) -> None:
    assert _found(taken.archive, SENT[name]) == set()
    assert _found(taken.state, SENT[name]) == set()


@pytest.mark.parametrize("name", ANSWERED)
def test_a_secret_that_the_server_sent_stands_in_response_records_only(taken: _Taken, name: str) -> None:
    secret = ANSWERED[name]
    places = _found(taken.archive, secret)
    assert places
    assert all(one.endswith(".warc.gz") for one in places), places
    for one in places:
        assert _outside_response_blocks(taken.archive / one, secret) == []
    assert _found(taken.state, secret) == set()


@pytest.mark.parametrize("name", [*SENT, *ANSWERED])
def test_no_secret_is_shown(taken: _Taken, name: str) -> None:
    secret = {**SENT, **ANSWERED}[name]
    for one in taken.ran:
        assert secret not in one.out
        assert secret not in one.err


def test_what_was_replaced_is_listed_and_equal_secrets_look_equal(taken: _Taken) -> None:
    manifest = next(one for one in taken.ran if '"observation"' in one.out).lines[0]
    redacted = {(one["where"], one["name"]) for one in manifest["observation"]["request"]["redacted"]}
    assert {("header", "cookie"), ("header", "x-api-key"), ("header", "authorization")} <= redacted
    assert ("url-userinfo", "userinfo") in redacted


def test_secrets_are_not_carried_to_another_host(tmp_path: Path) -> None:
    with Outlet({"/x.css": Answer(b"body{}", "text/css"), "/b": Answer(PAGE)}) as other:
        elsewhere = other.place.replace("127.0.0.1", "elsewhere.localhost")
        page = PAGE.replace(b"<head>", f'<head><link rel="stylesheet" href="http://{elsewhere}/x.css">'.encode())
        redirect = Answer(code=302, headers=(("Location", f"http://{elsewhere}/b"),))
        with Outlet({"/a": Answer(page), "/go": redirect}) as site:
            ran = cli(
                *("capture", site.url("/a"), site.url("/go"), "--no-site-files", "--allow-private", site.place),
                *("--allow-private", elsewhere, "--header", f"Cookie: {COOKIE}", "--header", "X-Desk: city"),
                *("--secret-header", f"X-Api-Key: {API_KEY}"),
                cwd=tmp_path,
            )
            assert ran.code == 0, ran.err
            assert all(headers["cookie"] == COOKIE for _, headers in site.requests)
        assert {path for path, _ in other.requests} == {"/robots.txt", "/x.css", "/b"}
        for _, headers in other.requests:
            assert not {"cookie", "x-api-key"} & set(headers)
            assert headers["x-desk"] == "city"
