# SPDX-License-Identifier: Apache-2.0
"""An archive over HTTP is read as from a folder; what does not answer is not taken for missing."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from archiver.errors import BadInput, StoreUnavailable
from archiver.ledger import places
from archiver.services.published import PublishedStore
from archiver.store.memory import MemoryStore
from tests.services.test_monitoring import archive, log, watched


class Web:
    """A place that publishes a store, and answers as it is told where told so."""

    def __init__(self, store: MemoryStore) -> None:
        self.instead: dict[str, tuple[int, bytes]] = {}
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                key = self.path.removeprefix("/news/")
                status, body = web.instead.get(key, (0, b""))
                try:
                    status, body = (status, body) if status else (200, store.get(key))
                except KeyError:
                    status = 404
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if status == 302:
                    self.send_header("Location", "http://10.0.0.1/")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/news/"


@pytest.fixture
def store() -> MemoryStore:
    return archive(3)


@pytest.fixture
def web(store: MemoryStore) -> Iterator[Web]:
    one = Web(store)
    thread = threading.Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()


def test_a_ledger_is_watched_over_http(web: Web, store: MemoryStore) -> None:
    found, kept = watched(PublishedStore(web.url), None)
    assert found == [0, 1, 2]
    log(store, 260)
    assert watched(PublishedStore(web.url.removesuffix("/")), kept)[0] == list(range(3, 263))


@pytest.mark.parametrize("status", [500, 503, 403, 401, 429, 302, 204])
def test_an_answer_that_says_nothing_is_no_alarm(web: Web, status: int) -> None:
    _, kept = watched(PublishedStore(web.url), None)
    for key in (places.CHECKPOINT, places.head(1), places.head(2), places.key_record(1), "ledger/tile/entries/000.p/3"):
        web.instead = {key: (status, b"")}
        mine = None if "tile" in key else kept
        with pytest.raises(StoreUnavailable):
            watched(PublishedStore(web.url), mine)


def test_a_place_without_an_answer_is_no_alarm(web: Web) -> None:
    url = web.url
    with pytest.raises(StoreUnavailable):
        watched(PublishedStore(url.replace("127.0.0.1", "nowhere.invalid")), None)


def test_more_than_an_object_can_have_is_not_read(web: Web) -> None:
    web.instead = {places.CHECKPOINT: (200, b"x" * (18 << 20))}
    with pytest.raises(StoreUnavailable, match="more than"):
        watched(PublishedStore(web.url), None)


def test_a_url_with_a_query_or_password_is_refused() -> None:
    for url in ("http://a.example/?x=1", "http://user:hidden@a.example/", "ftp://a.example/"):
        with pytest.raises(BadInput):
            PublishedStore(url)


def test_nothing_is_written_or_listed(web: Web) -> None:
    store = PublishedStore(web.url)
    with pytest.raises(ValueError, match="is only read"):
        store.list("ledger/")
    with pytest.raises(ValueError, match="is only read"):
        store.replace(places.CHECKPOINT, b"")
