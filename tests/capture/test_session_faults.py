# SPDX-License-Identifier: Apache-2.0
"""A recording session when something goes wrong: the remote, the call, the archive, and threads that are still waiting."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectTimeout,
    ContentDecodingError,
    InvalidSchema,
    InvalidURL,
    ReadTimeout,
    SSLError,
    TooManyRedirects,
)

from archiver.archive import Archive
from archiver.capture.http import HttpEngine, Limits
from archiver.capture.recorded import Recorded, Step
from archiver.capture.recording import ENGINES, Recording, Terms
from archiver.capture.session import RecordingAdapter, RecordingSession
from archiver.errors import ArchiverError, BadInput, DiskFault, StoreUnavailable
from archiver.exchange import Exchange
from archiver.options import CaptureOptions
from archiver.settings import read as read_settings
from archiver.wiring import now
from manifests.capture import FetchSettings, Outcome
from manifests.digest import Digest
from tests.capture.sessions import LIMITS, SECONDS, Echo, capture_of, manifest_of, options_for
from tests.site.cases import CASES
from tests.site.server import Site


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as one:
        yield one


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as one:
        yield one


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.init(tmp_path / "archive", settings=read_settings({"HOME": str(tmp_path)})) as one:
        yield one


# What fails


def test_a_private_address_is_refused_and_nothing_is_stored(site: Site, archive: Archive) -> None:
    with archive.recording(CaptureOptions(limits=LIMITS)) as session, pytest.raises(requests.ConnectionError) as fault:
        session.get(site.url("article"))
    assert "address-refused" in str(fault.value)
    assert f"allow_private=('127.0.0.1:{site.port}',)" in str(fault.value)
    assert fault.value.capture is None  # type: ignore[attr-defined]
    assert list(archive.place.store.list("segments/")) == []


def test_a_redirect_to_a_private_address_is_recorded_and_not_followed(archive: Archive) -> None:
    with Site() as site:
        with (
            archive.recording(options_for(site)) as session,
            pytest.raises(requests.ConnectionError, match="address-refused"),
        ):
            session.get(site.url("redirect-to-other-loopback"))
        assert site.canary_connections == 0
    assert len(archive.lookup(site.url("redirect-to-other-loopback"))) == 1


def test_no_redirect_of_the_site_reaches_an_address_that_was_not_allowed(archive: Archive) -> None:
    names = [case.name for case in CASES.values() if case.family == "redirect-ssrf" and case.closes]
    with Site() as site:
        with archive.recording(options_for(site)) as session:
            session.max_redirects = 5

            def ask(name: str) -> None:
                # requests itself reads Location, and raises ValueError for hosts that it cannot read.
                with contextlib.suppress(requests.RequestException, ValueError):
                    session.get(site.url(name))

            with ThreadPoolExecutor(8) as threads:
                list(threads.map(ask, names))
        assert site.canary_connections == 0
    assert all(archive.lookup(site.url(name), exact=True) for name in names)


@pytest.mark.parametrize(
    ("name", "kind", "outcome"),
    [
        ("close-before-any-byte", requests.ConnectionError, Outcome.FAILED),
        ("close-in-header", requests.ConnectionError, Outcome.FAILED),
        ("endless-noise", requests.ConnectionError, Outcome.FAILED),
        ("hang-in-header", ReadTimeout, Outcome.FAILED),
        ("stall-in-body", requests.ConnectionError, Outcome.CAPTURED_TRUNCATED),
        ("reset-in-body", ChunkedEncodingError, Outcome.CAPTURED_TRUNCATED),
        ("reset-in-chunk", ChunkedEncodingError, Outcome.CAPTURED_TRUNCATED),
        ("endless-body", ChunkedEncodingError, Outcome.CAPTURED_TRUNCATED),
        ("coding-gzip-flipped-bit", ContentDecodingError, Outcome.CAPTURED_COMPLETE),
        ("coding-gzip-truncated", ContentDecodingError, Outcome.CAPTURED_COMPLETE),
        ("coding-zstd-garbage", ContentDecodingError, Outcome.CAPTURED_COMPLETE),
    ],
)
def test_a_fault_of_the_remote_is_recorded_and_raised_as_requests_would(
    site: Site, archive: Archive, name: str, kind: type[Exception], outcome: Outcome
) -> None:
    with archive.recording(options_for(site)) as session, pytest.raises(kind) as fault:
        session.get(site.url(name), timeout=(2, 0.2))
    recorded = fault.value.capture  # type: ignore[attr-defined]
    assert recorded.outcome is outcome
    found = archive.lookup(site.url(name))
    assert [one.found.capture_id for one in found] == [recorded.capture_id]
    assert found[0].found.outcome is outcome
    if outcome is not Outcome.CAPTURED_COMPLETE:
        assert str(recorded.reason) in str(fault.value)


def test_the_timeout_of_a_call_is_the_limit_that_cut_it_off(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session, pytest.raises(requests.ConnectionError) as fault:
        session.get(site.url("stall-in-body"), timeout=0.125)
    seen = archive.manifest(fault.value.capture.capture_id).observation  # type: ignore[attr-defined]
    assert seen.truncation is not None
    assert seen.truncation.cap == "idle=0.125"


def test_what_arrived_of_a_short_body_can_be_read_before_the_fault(site: Site, archive: Archive) -> None:
    taken: list[bytes] = []
    with archive.recording(options_for(site)) as session:
        response = session.get(site.url("reset-in-body"), stream=True)
        assert capture_of(response).outcome is Outcome.CAPTURED_TRUNCATED
        pieces = response.iter_content(7)
        with pytest.raises(ChunkedEncodingError):
            taken.extend(iter(lambda: next(pieces), b""))
    assert taken
    assert site.sent("reset-in-body")[-1].endswith(b"".join(taken))


def test_a_coding_nobody_knows_is_handed_over_as_it_came(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        response = session.get(site.url("coding-unknown"))
    assert capture_of(response).reason == "coding-invalid"
    assert site.sent("coding-unknown")[-1].endswith(response.content)
    assert response.content


def test_an_answer_without_a_status_code_is_recorded_and_raised(site: Site, archive: Archive) -> None:
    names = [case.name for case in CASES.values() if case.code is None and case.expects_block and not case.also_code]
    assert names
    with archive.recording(options_for(site)) as session:
        for name in names:
            with pytest.raises(requests.ConnectionError) as fault:
                session.get(site.url(name), timeout=1)
            assert fault.value.capture.outcome.value.startswith("captured")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("ftp://example.org/", InvalidSchema),
        ("http://", InvalidURL),
        ("http://example.org:99999/", InvalidURL),
        ("http://a b.example/", InvalidURL),
        ("no-scheme", requests.exceptions.MissingSchema),
    ],
)
def test_what_is_no_url_is_told_without_asking_anybody(archive: Archive, url: str, kind: type[Exception]) -> None:
    with archive.recording() as session, pytest.raises(kind):
        session.get(url)
    assert list(archive.place.store.list("segments/")) == []


def test_a_name_without_an_address_is_a_failed_capture(archive: Archive) -> None:
    with (
        archive.recording(CaptureOptions(limits=LIMITS)) as session,
        pytest.raises(requests.ConnectionError, match="dns-failed"),
    ):
        session.get("http://nowhere.invalid/")
    assert [one.found.outcome for one in archive.lookup("http://nowhere.invalid/")] == [Outcome.FAILED]


def test_a_redirect_to_another_scheme_is_the_error_of_requests(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session, pytest.raises(InvalidSchema):
        session.get(site.url("redirect-ftp"))
    assert len(archive.lookup(site.url("redirect-ftp"))) == 1


def test_redirects_without_an_end_are_the_error_of_requests(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        session.max_redirects = 3
        with pytest.raises(TooManyRedirects):
            session.get(site.url("redirect-chain"))
    assert archive.catalog().counts()["captures"] == 4


def test_a_connection_that_is_never_accepted_is_a_connect_timeout(archive: Archive) -> None:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        place = listener.getsockname()
        for filling in (first, second):  # the kernel drops what comes after a full backlog
            filling.setblocking(False)
            filling.connect_ex(place)
        options = CaptureOptions(allow_private=(f"127.0.0.1:{place[1]}",), limits=LIMITS)
        with (
            archive.recording(options) as session,
            pytest.raises(ConnectTimeout, match=r"connect-timeout: .* within 0\.2 s"),
        ):
            session.get(f"http://127.0.0.1:{place[1]}/", timeout=(0.2, 5))


@pytest.mark.parametrize("timeout", [0, -1, "soon", (1, 2, 3), (1,), float("nan")])
def test_a_timeout_that_is_none_is_told(archive: Archive, echo: Echo, timeout: Any) -> None:
    with archive.recording(options_for(echo)) as session, pytest.raises(ValueError, match="timeout"):
        session.get(f"http://{echo.place}/", timeout=timeout)
    assert echo.received == []


def test_many_different_timeouts_do_not_collect_engines(archive: Archive, echo: Echo) -> None:
    with archive.recording(options_for(echo)) as session:
        for at in range(ENGINES + 4):
            assert session.get(f"http://{echo.place}/", timeout=1 + at).ok
        assert len(session._recording._engines) == ENGINES


# Proxies and certificates


def test_a_proxy_is_only_ever_the_one_of_the_options(
    archive: Archive, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    url = f"http://{echo.place}/"
    with archive.recording(options_for(echo)) as session:
        assert session.get(url).ok
        with pytest.raises(BadInput, match="proxy="):
            session.get(url, proxies={"http": "http://127.0.0.1:9"})
        session.proxies = {"https": "http://127.0.0.1:9"}
        with pytest.raises(BadInput, match="proxy="):
            session.get(url)
        session.proxies = {}
        session.trust_env = True
        with pytest.raises(BadInput, match="proxy="):
            session.get(url)
    assert len(echo.received) == 1


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[Echo, Path]]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    with Echo(context) as one:
        yield one, tmp_path / "authority.pem"


def test_a_certificate_is_verified_unless_the_call_says_otherwise(archive: Archive, secure: tuple[Echo, Path]) -> None:
    echo, authority = secure
    url = f"https://{echo.place}/"
    with archive.recording(options_for(echo)) as session:
        with pytest.raises(SSLError, match="verify=False") as fault:
            session.get(url)
        trusting = session.get(url, verify=str(authority))
        careless = session.get(url, verify=False)
        with pytest.raises(OSError, match="no file or folder"):
            session.get(url, verify=str(authority) + ".gone")
        with pytest.raises(BadInput, match="client certificate"):
            session.get(url, verify=False, cert="me.pem")
    refused = archive.manifest(fault.value.capture.capture_id).observation  # type: ignore[attr-defined]
    assert (refused.outcome, refused.reason) == (Outcome.REFUSED, "tls-certificate")
    seen = [manifest_of(archive, one).observation for one in (trusting, careless)]
    assert [one.settings.accept_bad_certificate for one in seen] == [False, True]
    assert [one.connection.tls.verified for one in seen if one.connection and one.connection.tls] == [True, False]


# Threads


def test_eight_threads_record_each_of_their_requests_once(archive: Archive, echo: Echo) -> None:
    urls = [f"http://{echo.place}/page-{thread}-{at}" for thread in range(8) for at in range(5)]
    with archive.recording(options_for(echo)) as session, ThreadPoolExecutor(8) as threads:
        responses = list(threads.map(session.get, urls))
    assert len({capture_of(one).capture_id for one in responses}) == 40
    for url, response in zip(urls, responses, strict=True):
        assert [one.found.capture_id for one in archive.lookup(url)] == [capture_of(response).capture_id]
    assert archive.catalog().counts()["captures"] == 40
    assert archive.verify().findings == []


def test_leaving_the_block_waits_for_a_request_in_another_thread(archive: Archive, echo: Echo) -> None:
    with ThreadPoolExecutor(1) as threads:
        with archive.recording(options_for(echo, limits=Limits())) as session:
            waiting = threads.submit(session.get, f"http://{echo.place}/wait")
            assert echo.asked.wait(SECONDS)
            threading.Timer(0.05, echo.release.set).start()
        assert waiting.result(SECONDS).content == b"heard"
    assert len(archive.lookup(f"http://{echo.place}/wait")) == 1


def test_a_fault_in_the_block_waits_for_nobody(archive: Archive, echo: Echo) -> None:
    def script(threads: ThreadPoolExecutor, waiting: list[Future[requests.Response]]) -> None:
        with archive.recording(options_for(echo, limits=Limits())) as session:
            waiting.append(threads.submit(session.get, f"http://{echo.place}/wait"))
            assert echo.asked.wait(SECONDS)
            raise ZeroDivisionError

    waiting: list[Future[requests.Response]] = []
    with ThreadPoolExecutor(1) as threads:
        with pytest.raises(ZeroDivisionError):
            script(threads, waiting)
        with pytest.raises(requests.ConnectionError, match="recording ended"):
            waiting[0].result(SECONDS)
    assert not echo.release.is_set()


def test_capturing_and_recording_go_on_at_once_in_one_archive(site: Site, archive: Archive) -> None:
    options = options_for(site, page_only=True, robots="off")
    with archive.recording(options) as session, archive.recording(options) as other:
        session.get(site.url("article"))
        captured = archive.capturing([site.url("index"), site.url("steady")], options)
        first = next(captured)
        session.get(site.url("frame"))
        other.get(site.url("hidden"))
        rest = list(captured)
        assert {one.page.outcome for one in (first, *rest)} == {Outcome.CAPTURED_COMPLETE}
        assert len(archive.lookup(site.url("index"))) == 1
        assert archive.lookup(site.url("frame")) == []
    for name in ("article", "frame", "index", "steady", "hidden"):
        assert len(archive.lookup(site.url(name))) == 1
    assert archive.catalog().counts() == {"captures": 5, "segments": 3}
    assert archive.verify().findings == []


# Faults of the archive


class _Keeper:
    """Keeps nothing."""

    def __init__(self, keeping: Exception | None = None, finishing: Exception | None = None) -> None:
        self.keeping = keeping
        self.finishing = finishing
        self.finished = 0

    async def keep(self, exchange: Exchange, step: Step, settings: FetchSettings) -> Recorded:
        if self.keeping is not None:
            raise self.keeping
        return Recorded("", Digest.of(b""), "", exchange.outcome, exchange.reason)

    async def finish(self) -> None:
        self.finished += 1
        if self.finishing is not None:
            raise self.finishing


def _session(echo: Echo, keeper: _Keeper) -> RecordingSession:
    def engine(terms: Terms) -> HttpEngine:
        return HttpEngine(options_for(echo).dialer(), now=now, limits=terms.limits)

    settings = FetchSettings(user_agent="", robots="off")
    recording = Recording(engine, keeper)
    return RecordingSession(recording, RecordingAdapter(recording, LIMITS, settings, frozenset()), {})


def test_a_fault_of_the_disk_is_not_taken_for_one_of_the_remote(echo: Echo) -> None:
    keeper = _Keeper(keeping=DiskFault("no more"))
    with _session(echo, keeper) as session, pytest.raises(DiskFault):
        session.get(f"http://{echo.place}/")
    assert keeper.finished == 1


def test_a_seal_that_fails_is_told_when_the_block_is_left(echo: Echo) -> None:
    keeper = _Keeper(finishing=StoreUnavailable("no answer"))
    with pytest.raises(StoreUnavailable), _session(echo, keeper) as session:
        assert session.get(f"http://{echo.place}/").content == b"heard"
    assert keeper.finished == 1


def test_a_store_that_fails_at_the_end_costs_nothing_that_was_acknowledged(site: Site, archive: Archive) -> None:
    assert archive.place.folder is not None
    obstacle = archive.place.folder / "segments"

    def script() -> None:
        with archive.recording(options_for(site)) as session:
            session.get(site.url("steady"))
            obstacle.write_bytes(b"a file where a folder should be")

    with pytest.raises(ArchiverError):
        script()
    obstacle.unlink()
    archive.close()
    archive.world()
    assert len(archive.lookup(site.url("steady"))) == 1
    assert archive.verify().findings == []


def test_options_that_cannot_be_used_are_told_before_anything_is_made(archive: Archive) -> None:
    for options in (CaptureOptions(robots="obey"), CaptureOptions(robots="x"), CaptureOptions(allow_private=("*",))):
        with pytest.raises(BadInput):
            archive.recording(options)
    assert not [one for one in threading.enumerate() if one.name == "recording"]
