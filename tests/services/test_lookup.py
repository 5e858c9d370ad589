# SPDX-License-Identifier: Apache-2.0
"""A question is understood in all its usual forms, and answered oldest first, the same spelling before a similar one."""

import base64
import gzip
import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.errors import BadInput, Damaged, NotFound
from archiver.services import layout, read
from archiver.services.lookup import Question, lookup, read_digest, understand
from manifests import Digest
from tests.services.exchanges import AT, URL, Archive, chunked, exchange, page, plain
from tests.services.forged import copied

BODY = page()
SHA256, SHA1 = Digest.of(BODY), Digest.of(BODY, "sha1")


def nothing(_: str) -> Path | None:
    return None


@pytest.mark.parametrize(
    "text",
    [
        SHA256, SHA256.hex, SHA256.hex.upper(), f"SHA256:{SHA256.hex.upper()}", f"sha-256:{SHA256.hex}", f" {SHA256} ",
        f"sha256:{SHA256.base32}", "sha256-" + base64.b64encode(SHA256.raw).decode(),
        "sha256-" + base64.b64encode(SHA256.raw).decode().rstrip("="),
    ],
)  # fmt: skip
def test_a_sha256_is_read_in_every_spelling(text: str) -> None:
    assert understand(text, nothing) == Question(digest=SHA256)


@pytest.mark.parametrize("text", [SHA1, SHA1.hex, f"sha1:{SHA1.base32}", SHA1.base32, f"sha1:{SHA1.base32.lower()}"])
def test_a_sha1_is_read_in_every_spelling(text: str) -> None:
    assert understand(text, nothing) == Question(digest=SHA1)


@pytest.mark.parametrize(
    "text",
    [
        "sha256:",
        "sha256:00",
        f"{SHA256}0",
        "sha256:" + "z" * 64,
        f"sha1:{SHA256.hex}",
        "sha1:" + "1" * 32,
        "md5:xyz",
        "sha256-AAAA",
    ],
)
def test_a_digest_that_is_not_whole_is_told(text: str) -> None:
    with pytest.raises(BadInput, match="not a whole digest"):
        read_digest(text)


@pytest.mark.parametrize("text", ["0" * 39, "example.org", "http://example.org/", "A" * 31, "a" * 32, "", "x" * 64])
def test_what_is_no_digest_is_left_to_others(text: str) -> None:
    assert read_digest(text) is None


def test_a_file_is_hashed_and_a_host_is_a_url(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(BODY)
    assert understand(str(path), Path) == Question(digest=SHA256, file=path)
    assert understand("gazette.example/tides", nothing) == Question(url=URL)
    assert understand("HTTP://Gazette.example:80/tides#top", nothing) == Question(url=URL)
    assert understand("http://page.html/", lambda _: path).url == "http://page.html/"


@pytest.mark.parametrize("text", ["", "  ", "two words"])
def test_a_question_that_means_nothing_is_told(text: str) -> None:
    with pytest.raises(BadInput, match="neither a URL"):
        understand(text, nothing)


def test_a_page_is_found_by_every_digest_of_it_and_told_by_role(archive: Archive) -> None:
    packed = gzip.compress(BODY, mtime=0)
    raw = chunked(packed, b"Content-Encoding: gzip")
    archive.keep(exchange(raw))
    catalog = archive.world.generations.current()
    wire = raw.partition(b"\r\n\r\n")[2]
    for content, role in ((raw, "block"), (wire, "body"), (packed, "payload"), (BODY, "entity")):
        (match,) = lookup(catalog, Question(digest=Digest.of(content)))
        assert (match.matched, match.digest, match.found.url) == (role, Digest.of(content), URL)
    (match,) = lookup(catalog, Question(digest=Digest.of(packed, "sha1")))
    assert match.matched == "payload"
    assert lookup(catalog, Question(digest=Digest.of(b"never seen"))) == []


def test_a_plain_page_matches_first_as_payload(archive: Archive) -> None:
    archive.keep(exchange(plain(BODY)))
    (match,) = lookup(archive.world.generations.current(), Question(digest=SHA256))
    assert match.matched == "payload"


def test_answers_are_oldest_first_and_the_nearest_in_time_when_asked(archive: Archive) -> None:
    archive.keep(*(exchange(plain(BODY), at=AT + timedelta(days=n)) for n in (2, 0, 1)))
    catalog = archive.world.generations.current()
    for question in (Question(url=URL), Question(digest=SHA256)):
        days = [(one.found.fetched_at - AT).days for one in lookup(catalog, question)]
        assert days == [0, 1, 2]
        (nearest,) = lookup(catalog, question, at=AT + timedelta(hours=30))
        assert (nearest.found.fetched_at - AT).days == 1
    assert lookup(catalog, Question(url="http://gazette.example/never"), at=AT) == []
    assert lookup(catalog, Question(digest=Digest.of(b"never")), at=AT) == []


def test_the_same_spelling_comes_before_a_similar_one(archive: Archive) -> None:
    similar = "http://www.gazette.example/tides"
    archive.keep(exchange(plain(BODY), similar), exchange(plain(BODY), URL, at=AT + timedelta(days=1)))
    catalog = archive.world.generations.current()
    assert [one.found.url for one in lookup(catalog, Question(url=URL))] == [URL, similar]
    assert [one.found.url for one in lookup(catalog, Question(url=similar))] == [similar, URL]
    assert [one.found.url for one in lookup(catalog, Question(url=URL), exact=True)] == [URL]


def test_reading_what_the_store_lost_or_changed_is_told(archive: Archive) -> None:
    archive.keep(exchange(plain(BODY)))
    catalog = archive.world.generations.current()
    (found,) = catalog.by_digest(SHA256)
    assert read.entity(archive.store, catalog, found) == BODY
    key = found.segment.folder + found.segment.warc
    content = archive.store.get(key)
    assert found.record_offset is not None
    flipped = content[: found.record_offset + 60] + b"\0\0\0" + content[found.record_offset + 63 :]
    with pytest.raises(Damaged):
        read.entity(copied(archive.store, {key: flipped}), catalog, found)
    with pytest.raises(NotFound):
        read.entity(copied(archive.store, {key: None}), catalog, found)
    with pytest.raises(NotFound):
        read.manifest_bytes(copied(archive.store, {key: None}), found)


def test_a_manifest_without_a_record_of_its_own_is_read_from_the_manifests_file(archive: Archive) -> None:
    from manifests import Outcome

    (kept,) = archive.keep(exchange(None, outcome=Outcome.FAILED, reason="dns-failed", sent=False))
    (found,) = archive.world.generations.current().by_url(URL, "example,gazette)/tides")
    raw = read.manifest_bytes(archive.store, found)
    assert hashlib.sha256(raw).hexdigest() == kept.manifest_digest.hex
    with pytest.raises(NotFound):
        read.manifest_bytes(copied(archive.store, {found.segment.folder + layout.MANIFESTS: None}), found)
