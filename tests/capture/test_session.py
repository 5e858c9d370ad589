# SPDX-License-Identifier: Apache-2.0
"""A recording session: a script's own requests, recorded to the octet, and answers that requests itself would have given."""

import base64
import gzip
import io
import itertools
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import pytest
import requests
from requests.auth import HTTPDigestAuth
from requests.exceptions import (
    InvalidHeader,
)
from warcio.archiveiterator import ArchiveIterator

from archiver.archive import Archive
from archiver.capture.http import Limits
from archiver.errors import BadInput
from archiver.settings import read as read_settings
from manifests.capture import Outcome
from manifests.digest import Digest
from tests.capture.sessions import Echo, capture_of, manifest_of, options_for
from tests.site.cases import CASES
from tests.site.cases_coding import PLAIN
from tests.site.pages import PASSWORD, USER
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


def _blocks(archive: Archive) -> dict[str, tuple[str, bytes]]:
    """Kind and block of every record in the store, by id, as another maker's reader reads them."""
    assert archive.place.folder is not None
    found = {}
    for path in archive.place.folder.rglob("segments/**/*.warc.gz"):
        with open(path, "rb") as stream:
            for record in ArchiveIterator(stream, no_record_parse=True):
                bare = record.rec_headers.get_header("WARC-Record-ID").removeprefix("<urn:uuid:").removesuffix(">")
                found[bare] = (record.rec_type, record.raw_stream.read())
    return found


def _everything_on_disk(folder: Path) -> bytes:
    content = b""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            content += raw + (gzip.decompress(raw) if path.suffix == ".gz" else b"")
    return content


# What is recorded


@pytest.mark.parametrize("name", ["article", "gzip-page", "chunked-page", "coding-brotli", "coding-zstd", "moved"])
def test_the_record_holds_exactly_the_octets_that_were_sent(archive: Archive, name: str) -> None:
    with Site() as site:
        with archive.recording(options_for(site)) as session:
            response = session.get(site.url(name), allow_redirects=False)
        assert _blocks(archive)[capture_of(response).capture_id] == ("response", site.sent(name)[0])


def test_the_caller_has_every_coding_undone(site: Site, archive: Archive) -> None:
    codings = [
        name for name in CASES if name.startswith("coding-") and CASES[name].reason is None and "bomb" not in name
    ]
    assert {"coding-brotli", "coding-zstd", "coding-deflate-raw", "coding-x-gzip"} < set(codings)
    with archive.recording(options_for(site)) as session:
        contents = {name: session.get(site.url(name)).content for name in codings}
    for name, content in contents.items():
        assert content == archive.entity(archive.lookup(site.url(name))[0].found.capture_id)
    without = {name for name, content in contents.items() if PLAIN not in content}
    assert without == {"coding-gzip-no-bytes", "coding-gzip-empty-content", "coding-gzip-twice-declared-once"}
    assert archive.verify().findings == []


def test_gzip_and_chunks_come_out_as_the_same_words(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        packed, pieces = session.get(site.url("gzip-page")), session.get(site.url("chunked-page"))
    assert packed.content == pieces.content
    assert packed.content.startswith(b"<!doctype html>")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert pieces.headers["Transfer-Encoding"] == "chunked"


def test_the_manifest_says_that_a_script_asked_and_how(site: Site, archive: Archive) -> None:
    options = options_for(site, purpose="a test", user_agent="keeper/1", accept_language="de")
    with archive.recording(options, labels={"case": "2026-17"}) as session:
        response = session.get(site.url("steady") + "#log", headers={"X-Tide": "low"})
        other = session.get(site.url("steady"), headers={"User-Agent": "other/2"})
    seen = manifest_of(archive, response).observation
    assert (seen.engine, seen.settings.session, seen.settings.robots) == ("recording", "recording", "off")
    assert (seen.job, seen.purpose, seen.labels) == ("adhoc", "a test", {"case": "2026-17"})
    assert (seen.seed, seen.url, seen.discovery_path, seen.links) == (site.url("steady"), site.url("steady"), "", ())
    assert (seen.settings.user_agent, seen.settings.accept_language) == ("keeper/1", "de")
    assert seen.robots.decision == "not-asked"
    assert seen.request is not None
    assert [name for name, _ in seen.request.headers] == [
        "Host", "User-Agent", "Accept-Encoding", "Accept", "Accept-Language", "X-Tide", "Connection",
    ]  # fmt: skip
    assert ("Accept", "*/*") in seen.request.headers
    assert response.url.endswith("#log")
    assert manifest_of(archive, other).observation.settings.user_agent == "other/2"
    assert manifest_of(archive, other).observation.crawl_id == seen.crawl_id


def test_the_capture_on_the_response_is_the_one_in_the_archive(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        capture = capture_of(session.get(site.url("article")))
    assert capture.manifest_digest == Digest.of(archive.manifest_bytes(capture.capture_id))
    assert capture.segment_id == archive.find(capture.capture_id).segment.segment_id
    assert (capture.outcome, capture.reason) == (Outcome.CAPTURED_COMPLETE, None)


def test_a_response_is_acknowledged_before_it_is_handed_back(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        capture = capture_of(session.get(site.url("article")))
        known = archive.world().state.acknowledged(capture.segment_id)
        assert [one.capture_id for one in known] == [capture.capture_id]
        assert archive.lookup(site.url("article")) == []
    assert [one.found.capture_id for one in archive.lookup(site.url("article"))] == [capture.capture_id]
    assert archive.verify().findings == []


def test_every_hop_of_a_redirect_is_a_capture_linked_to_the_one_before(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        response = session.get(site.url("redirect-chain-short"))
        session.get(site.url("steady"))
    hops = [manifest_of(archive, one).observation for one in (*response.history, response)]
    assert len(hops) > 2
    assert [one.discovery_path for one in hops] == ["R" * at for at in range(len(hops))]
    assert {one.seed for one in hops} == {site.url("redirect-chain-short")}
    assert hops[0].links == ()
    for earlier, later in itertools.pairwise(hops):
        assert [(link.relation, link.capture_id, link.url) for link in later.links] == [
            ("redirected-from", earlier.capture_id, earlier.url)
        ]
    alone = archive.manifest(archive.lookup(site.url("steady"))[0].found.capture_id).observation
    assert (alone.discovery_path, alone.links) == ("", ())


def test_a_redirect_that_the_script_follows_by_itself_is_linked_too(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        first = session.get(site.url("moved"), allow_redirects=False)
        assert first.next is not None
        second = session.send(first.next)
    links = manifest_of(archive, second).observation.links
    assert [link.capture_id for link in links] == [capture_of(first).capture_id]


def test_a_404_is_a_capture(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        response = session.get(site.url("no-such-page"))
        with pytest.raises(requests.HTTPError):
            response.raise_for_status()
    assert [one.found.response_code for one in archive.lookup(site.url("no-such-page"))] == [404]


def test_the_same_page_again_is_a_revisit_with_the_same_content(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        first, second = session.get(site.url("steady")), session.get(site.url("steady"))
    assert first.content == second.content != b""
    revisited = manifest_of(archive, second).observation.revisits
    assert revisited is not None
    assert revisited.capture_id == capture_of(first).capture_id
    assert archive.entity(capture_of(second).capture_id) == second.content


def test_a_fault_in_the_block_seals_what_was_recorded(site: Site, archive: Archive) -> None:
    def script() -> None:
        with archive.recording(options_for(site)) as session:
            session.get(site.url("article"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        script()
    assert len(archive.lookup(site.url("article"))) == 1


def test_closing_the_session_without_a_block_seals_too(site: Site, archive: Archive) -> None:
    session = archive.recording(options_for(site))
    session.get(site.url("article"))
    session.close()
    session.close()
    assert len(archive.lookup(site.url("article"))) == 1
    with pytest.raises(BadInput, match="has ended"):
        session.get(site.url("article"))


def test_a_recording_of_nothing_leaves_nothing(archive: Archive) -> None:
    with archive.recording():
        pass
    assert list(archive.place.store.list("segments/")) == []


# What is sent


@pytest.mark.parametrize(
    ("given", "body", "kind"),
    [
        ({"data": {"tide": "low", "knots": "7"}}, b"tide=low&knots=7", "application/x-www-form-urlencoded"),
        ({"json": {"tide": "low"}}, b'{"tide": "low"}', "application/json"),
        ({"data": b"\x00\xff octets"}, b"\x00\xff octets", None),
        ({"data": "h\u00f8yvann"}, "h\u00f8yvann".encode(), None),
        ({"data": io.BytesIO(b"from a file")}, b"from a file", None),
        ({}, b"", None),
    ],
)
def test_a_body_is_sent_exactly_and_its_length_alone_is_kept(
    archive: Archive, echo: Echo, given: dict[str, Any], body: bytes, kind: str | None
) -> None:
    with archive.recording(options_for(echo)) as session:
        response = session.post(f"http://{echo.place}/log", **given)
    line, headers, received = echo.received[0]
    assert (line, received, response.content) == ("POST /log HTTP/1.1", body, b"heard")
    assert dict(headers)["Content-Length"] == str(len(body))
    assert dict(headers).get("Content-Type") == kind
    sent = manifest_of(archive, response).observation.request
    assert sent is not None
    assert (sent.method, sent.body_length) == ("POST", len(body))
    request_record = manifest_of(archive, response).observation.records.request
    assert request_record is not None
    assert _blocks(archive)[request_record][1].endswith(b"\r\n\r\n")


def test_a_generator_is_sent_in_its_own_chunks(archive: Archive, echo: Echo) -> None:
    with archive.recording(options_for(echo)) as session:
        session.post(f"http://{echo.place}/log", data=iter([b"ebb ", b"", b"and flow"]))
        session.get(f"http://{echo.place}/next")
    _, headers, received = echo.received[0]
    assert received == b"4\r\nebb \r\n8\r\nand flow\r\n0\r\n\r\n"
    assert dict(headers)["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in dict(headers)
    assert echo.received[1][0] == "GET /next HTTP/1.1"


def test_files_are_sent_as_requests_encodes_them(archive: Archive, echo: Echo) -> None:
    with archive.recording(options_for(echo)) as session:
        session.post(f"http://{echo.place}/log", files={"chart": ("chart.txt", b"rocks here")})
    _, headers, received = echo.received[0]
    boundary = dict(headers)["Content-Type"].partition("boundary=")[2].encode()
    assert received.startswith(b"--" + boundary)
    assert b'name="chart"; filename="chart.txt"\r\n\r\nrocks here\r\n' in received


def test_a_body_is_sent_again_after_307_and_not_after_303(archive: Archive, echo: Echo) -> None:
    with archive.recording(options_for(echo)) as session:
        session.post(f"http://{echo.place}/see/307", data=io.BytesIO(b"again"))
        session.post(f"http://{echo.place}/see/303", data=io.BytesIO(b"once"))
    assert [(line.split()[0], body) for line, _, body in echo.received] == [
        ("POST", b"again"), ("POST", b"again"), ("POST", b"once"), ("GET", b""),
    ]  # fmt: skip


def test_head_has_headers_and_no_content(archive: Archive, echo: Echo) -> None:
    with archive.recording(options_for(echo)) as session:
        response = session.head(f"http://{echo.place}/log")
    assert (response.status_code, response.headers["Content-Length"], response.content) == (200, "5", b"")


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"Host": "elsewhere.example"}},
        {"headers": {"Content-Length": "3"}, "data": iter([b"four"])},
        {"headers": {"Transfer-Encoding": "chunked"}, "data": b"four"},
        {"headers": {"Transfer-Encoding": "gzip"}},
        {"headers": {"X-Name": "\u65e5"}},
    ],
)
def test_headers_that_would_make_two_requests_or_another_host_of_one_are_refused(
    archive: Archive, echo: Echo, given: dict[str, Any]
) -> None:
    with archive.recording(options_for(echo)) as session, pytest.raises(InvalidHeader):
        session.request("PUT", f"http://{echo.place}/log", **given)
    assert echo.received == []


@pytest.mark.parametrize(
    "change",
    [{"method": "GET /x HTTP/1.1\r\nA:"}, {"method": "CONNECT"}, {"name": "A\r\nB"}, {"name": "Content-Length"}],
)
def test_what_a_script_does_to_a_prepared_request_cannot_split_it(
    archive: Archive, echo: Echo, change: dict[str, str]
) -> None:
    with archive.recording(options_for(echo)) as session:
        prepared = session.prepare_request(requests.Request("GET", f"http://{echo.place}/log"))
        prepared.method = change.get("method", "GET")
        if "name" in change:
            prepared.headers[change["name"]] = "1"
        with pytest.raises(InvalidHeader):
            session.send(prepared)
    assert echo.received == []


# Secrets


def test_credentials_are_used_and_are_nowhere_on_disk(site: Site, archive: Archive) -> None:
    with archive.recording(
        options_for(site, headers=("X-Token: rowlock-91",), secret_headers=frozenset({"x-token"}))
    ) as session:
        assert session.get(site.url("secret")).status_code == 401
        by_argument = session.get(site.url("secret"), auth=(USER, PASSWORD))
        by_url = session.get(site.url("secret").replace("://", f"://{USER}:{PASSWORD}@"))
        assert (by_argument.status_code, by_url.status_code) == (200, 200)
    assert archive.place.folder is not None
    content = _everything_on_disk(archive.place.folder)
    assert b"third stone" in content
    for secret in (PASSWORD.encode(), base64.b64encode(f"{USER}:{PASSWORD}".encode()), b"rowlock-91"):
        assert secret not in content
    sent = manifest_of(archive, by_url).observation.request
    assert sent is not None
    assert {(one.where, one.name) for one in sent.redacted} == {
        ("header", "authorization"), ("header", "x-token"), ("url-userinfo", "userinfo"),
    }  # fmt: skip


def test_a_redirect_cannot_make_a_script_send_credentials(archive: Archive, echo: Echo) -> None:
    echo.redirects["/lure"] = f"http://keeper:lured@{echo.place}/trap"
    with archive.recording(options_for(echo)) as session:
        assert session.get(f"http://{echo.place}/lure").content == b"heard"
    assert [line.split()[1] for line, _, _ in echo.received] == ["/lure", "/trap"]
    assert "Authorization" not in dict(echo.received[1][1])


def test_cookies_persist_and_are_redacted(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        first = session.get(site.url("cookie-page"))
        second = session.get(site.url("cookie-page"))
        assert dict(session.cookies) == dict(first.cookies) == {"visitor": "42", "shade": "teal"}
    assert "Welcome back." in second.text
    sent = manifest_of(archive, second).observation.request
    assert sent is not None
    assert [(one.where, one.name) for one in sent.redacted] == [("header", "cookie")]
    requests_written = [block for kind, block in _blocks(archive).values() if kind == "request"]
    assert len(requests_written) == 2
    assert not any(b"visitor=42" in block for block in requests_written)


def test_digest_authentication_records_both_requests(archive: Archive, echo: Echo) -> None:
    with archive.recording(options_for(echo)) as session:
        response = session.get(f"http://{echo.place}/digest", auth=HTTPDigestAuth(USER, PASSWORD))
    assert response.status_code == 200
    found = [one.found.response_code for one in archive.lookup(f"http://{echo.place}/digest")]
    assert found == [401, 200]


# What is handed back


def test_raw_is_a_file_of_the_coded_octets_unless_asked_otherwise(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        coded = session.get(site.url("gzip-page"), stream=True).raw
        plain = session.get(site.url("gzip-page"), stream=True).raw
        whole = session.get(site.url("gzip-page")).content
    assert coded.read(3) == b"\x1f\x8b\x08"
    assert coded.tell() == 3
    assert gzip.decompress(b"\x1f\x8b\x08" + coded.read()) == whole
    assert (coded.read(), coded.closed) == (b"", True)
    plain.decode_content = True
    assert plain.read1(10) + b"".join(plain.stream(100)) == whole


def test_raw_reads_by_lines_through_the_standard_library(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        raw = session.get(site.url("article"), stream=True).raw
        raw.auto_close = False
        wrapper = io.TextIOWrapper(cast(IO[bytes], raw), "utf-8")
        lines = list(wrapper)
        assert not raw.closed
        again = session.get(site.url("article"), stream=True)
    assert "".join(lines) == again.text
    assert [line.encode() for line in lines] == [line + b"\n" for line in again.content.splitlines()]


def test_a_large_answer_is_whole_in_the_record_and_in_the_script(archive: Archive, echo: Echo) -> None:
    options = options_for(echo, limits=Limits())
    with archive.recording(options) as session, session.get(f"http://{echo.place}/large", stream=True) as response:
        length = sum(len(piece) for piece in response.iter_content(1 << 16))
    assert length == 3_200_000
    assert _blocks(archive)[capture_of(response).capture_id][1].endswith(b"flotsam " * 1000)


def test_a_response_survives_pickling_with_its_capture(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        response = session.get(site.url("article"))
    copy = pickle.loads(pickle.dumps(response))
    assert (copy.content, capture_of(copy)) == (response.content, capture_of(response))


def test_repeated_fields_are_all_there(site: Site, archive: Archive) -> None:
    with archive.recording(options_for(site)) as session:
        response = session.get(site.url("cookie-page"))
    assert response.raw.headers.getlist("Set-Cookie") == ["visitor=42; Path=/; HttpOnly", "shade=teal; Path=/"]
    assert (response.reason, response.encoding, response.elapsed.total_seconds() > 0) == ("OK", "utf-8", True)
