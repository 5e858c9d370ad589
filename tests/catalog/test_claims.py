# SPDX-License-Identifier: Apache-2.0
"""What was read of a page is kept, and is that of the newest claims, in whatever order claims come."""

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from archiver.catalog.catalog import Catalog, Found, NamedOriginal, StoredClaims
from archiver.catalog.entries import (
    Entry,
    KeptClaims,
    KeptNotice,
    KeptOriginal,
    KeptReprint,
    KeptSign,
    Named,
    Placed,
    Program,
    ReadAgain,
    Said,
)
from archiver.errors import Damaged
from archiver.url_keys import url_key
from manifests import Digest
from tests.catalog.captures import AT, URL, manifest, not_modified, placed, segment, uuid

TIDES = KeptNotice("copyright", "© 2026 The Gazette")
COMMENT = KeptNotice("copyright", "© a reader", voice="comment")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    one = Catalog(tmp_path / "catalog.sqlite")
    one.prepare()
    yield one
    one.close()


def claims(version: str = "0", **given: Any) -> KeptClaims:
    return KeptClaims(Program("tests", version), given.pop("notices", ()), **given)


def reprint(name: str | None, url: str | None = None) -> KeptReprint:
    return KeptReprint(KeptOriginal(name, url), "attribution-line")


def with_claims(one: Placed, read: KeptClaims) -> Placed:
    return replace(one, entry=Entry(one.entry.observation, read))


def add(catalog: Catalog, *read: KeptClaims) -> None:
    """One segment of captures with these claims."""
    each = [
        with_claims(*pair) for pair in zip(placed(*(manifest(n) for n, _ in enumerate(read, 1))), read, strict=True)
    ]
    catalog.add(segment(), each)


def the_set(version: str) -> StoredClaims:
    return StoredClaims(f"claims/tests-{version.replace('.', '-')}/{'a' * 26}/", Digest.of(version.encode()))


def again(catalog: Catalog, version: str, *read: tuple[int, KeptClaims]) -> bool:
    """A claims set of the segment with claims of these captures."""
    each = (ReadAgain(uuid(number), one) for number, one in read)
    return catalog.add_claims(the_set(version), "a" * 26, segment().seal_digest, each)


def only(catalog: Catalog, number: int = 1) -> Found:
    found = catalog.by_id(uuid(number))
    assert found is not None
    return found


def test_what_was_read_is_in_every_answer(catalog: Catalog) -> None:
    read = claims(
        title=Said("High water" + "!" * 300),
        published_at=Said("2026-02-01T10:00:00Z" + " " * 40),
        language=Said("en-GB"),
        suspected=(KeptSign("paywall"), KeptSign("login")),
        reprint=reprint("The Quay  Courier", "https://quay.example/a"),
    )
    add(catalog, read)
    found = only(catalog)
    assert found.title == ("High water" + "!" * 300)[:300]
    assert found.claimed_published_at == "2026-02-01T10:00:00Z" + " " * 20
    assert (found.language, found.suspected) == ("en-GB", ("paywall", "login"))
    assert found.reprint == NamedOriginal("https://quay.example/a", "The Quay  Courier", "attribution-line")
    assert (found.extractor, found.claims_set) == ("tests/0", None)
    assert catalog.by_url(URL, url_key(URL)) == [found]
    assert catalog.closest(URL, url_key(URL), AT) == found


def test_a_reprint_is_found_by_what_it_names(catalog: Catalog) -> None:
    add(
        catalog,
        claims(reprint=reprint("The Quay Courier", "https://www.quay.example/2026/Tides")),
        claims(reprint=reprint("THE QUAY\u00a0COURIER")),
        claims(reprint=reprint(None, "http://quay.example/")),
        claims(reprint=reprint("The Mole", "https://news.quay.example/tides")),
        claims(reprint=reprint("The Mole", "https://quay.example:8443/tides")),
        claims(reprint=reprint("quay", "https://quay.example.org/tides")),
        claims(),
    )

    def numbers(found: list[Found]) -> list[int]:
        return [int(one.capture_id[:8], 16) for one in found]

    assert numbers(catalog.reprints_of(url_key("http://quay.example/2026/tides"))) == [1]
    assert numbers(catalog.reprints_from("quay.example")) == [1, 3, 5]
    assert numbers(catalog.reprints_from("www.quay.example")) == [1, 3, 5]
    assert numbers(catalog.reprints_from("news.quay.example")) == [4]
    assert numbers(catalog.reprints_from("quay.example", limit=2)) == [1, 3]
    assert numbers(catalog.reprints_from("example")) == []
    assert numbers(catalog.reprints_naming(" the quay courier")) == [1, 2]
    assert numbers(catalog.reprints_naming("The Mole")) == [4, 5]
    assert catalog.reprints_naming("") == []


def test_what_others_say_on_a_page_is_kept_and_marked_and_is_no_change_of_its_notices(catalog: Catalog) -> None:
    add(catalog, claims(notices=(TIDES, COMMENT)), claims(notices=(TIDES,)))
    assert sorted(only(catalog).notices, key=len) == [
        {"kind": "copyright", "text": "© 2026 The Gazette"},
        {"kind": "copyright", "text": "© a reader", "voice": "comment"},
    ]
    both = [catalog.last_seen([URL])[URL].notices_digest]
    again(catalog, "1", (2, claims("1", notices=(TIDES, KeptNotice("copyright", "© another", voice="comment")))))
    both.append(catalog.last_seen([URL])[URL].notices_digest)
    assert both[0] == both[1] is not None


def test_newer_claims_take_the_place_of_those_before(catalog: Catalog) -> None:
    add(
        catalog,
        claims(title=Said("Old"), publisher=Named("Old"), notices=(TIDES,), reprint=reprint("The Mole")),
        claims(title=Said("Kept"), notices=(TIDES,)),
    )
    before = [only(catalog, 1), only(catalog, 2)]
    newer = claims("1", title=Said("New"), publisher=Named("New"), language=Said("de"), notices=(COMMENT,))
    assert again(catalog, "1", (1, newer))
    found = only(catalog, 1)
    assert found == replace(
        before[0],
        title="New",
        publisher="New",
        language="de",
        notices=({"kind": "copyright", "text": "© a reader", "voice": "comment"},),
        reprint=None,
        extractor="tests/1",
        claims_set=the_set("1"),
    )
    assert only(catalog, 2) == before[1]
    assert catalog.reprints_naming("The Mole") == []
    assert catalog.all_claims_sets() == [the_set("1")]


def test_a_set_is_taken_once(catalog: Catalog) -> None:
    add(catalog, claims())
    assert again(catalog, "1", (1, claims("1", title=Said("New"))))
    assert not again(catalog, "1", (1, claims("1", title=Said("Other"))))
    assert only(catalog).title == "New"


@pytest.mark.parametrize("order", list(itertools.permutations(["0.9", "0.10", "1"])))
def test_the_highest_version_wins_whatever_comes_first(catalog: Catalog, order: tuple[str, ...]) -> None:
    add(catalog, claims("0.1", title=Said("0.1")), claims("0.10", title=Said("own")), claims("2", title=Said("2")))
    for version in order:
        read = claims(version, title=Said(version), notices=(KeptNotice("disclaimer", version),))
        each = [(1, read), (2, read), (3, read)] if version != "1" else [(1, read)]
        assert again(catalog, version, *each)
    assert [only(catalog, number).title for number in (1, 2, 3)] == ["1", "own", "2"]
    assert [one["text"] for one in only(catalog, 1).notices] == ["1"]
    assert {one.folder for one in catalog.all_claims_sets()} == {the_set(one).folder for one in order}


def test_versions_that_are_no_dotted_numbers_are_older_than_any(catalog: Catalog) -> None:
    add(catalog, claims("dev", title=Said("dev")))
    again(catalog, "0", (1, claims("0", title=Said("0"))))
    assert only(catalog).title == "0"


def test_a_capture_is_found_by_the_newest_text_alone(catalog: Catalog) -> None:
    old, new, payload = Digest.of(b"old"), Digest.of(b"new"), Digest.of(b"1")
    add(catalog, claims(text_digest=old))
    again(catalog, "1", (1, claims("1", text_digest=new)))
    assert catalog.by_digest(old) == []
    assert [one.roles for one in catalog.by_digest(new)] == [("text",)]
    # A plain text file is its own text: the roles share a row.
    again(catalog, "2", (1, claims("2", text_digest=payload)))
    assert [one.roles for one in catalog.by_digest(payload)] == [("body", "payload", "entity", "text")]
    assert catalog.by_digest(new) == []
    again(catalog, "3", (1, claims("3")))
    assert [one.roles for one in catalog.by_digest(payload)] == [("body", "payload", "entity")]


def test_the_state_of_a_page_is_that_of_its_newest_claims(catalog: Catalog) -> None:
    add(catalog, claims(text_digest=Digest.of(b"old")))
    again(catalog, "1", (1, claims("1", text_digest=Digest.of(b"new"), notices=(TIDES,))))
    seen = catalog.last_seen([URL])[URL]
    assert (seen.text_digest, seen.extractor) == (Digest.of(b"new"), "tests/1")
    catalog.add(segment("b"), placed(not_modified(9, 1, AT.replace(year=2027))))
    assert catalog.last_seen([URL])[URL].extractor == "tests/1"


def test_claims_that_do_not_fit_are_refused_and_nothing_of_them_is_taken(catalog: Catalog) -> None:
    add(catalog, claims(title=Said("Old")), claims())
    newer = claims("1", title=Said("New"))
    with pytest.raises(Damaged, match="does not fit its segment"):
        again(catalog, "1", (1, newer), (7, newer))
    with pytest.raises(Damaged, match="does not fit its segment"):
        again(catalog, "1", (1, newer), (1, newer))
    with pytest.raises(Damaged, match="does not fit its segment"):
        again(catalog, "1", (1, claims("1", text_digest="md5")))
    with pytest.raises(Damaged, match="which the catalog lacks"):
        catalog.add_claims(the_set("1"), "b" * 26, segment().seal_digest, [])
    with pytest.raises(Damaged, match="which the catalog lacks"):
        catalog.add_claims(the_set("1"), "a" * 26, Digest.of(b"another seal"), [])
    assert only(catalog).title == "Old"
    assert catalog.all_claims_sets() == []


def test_a_capture_of_which_nothing_was_read_takes_no_claims(catalog: Catalog) -> None:
    catalog.add(segment(), placed(manifest(1), not_modified(2, 1, AT)))
    with pytest.raises(Damaged, match="does not fit its segment"):
        again(catalog, "1", (2, claims("1")))


def test_more_captures_than_one_statement_takes_are_renewed(catalog: Catalog) -> None:
    count = 2100
    add(catalog, *(claims(title=Said("Old"), text_digest=Digest.of(b"%d" % n)) for n in range(count)))
    read = ((n, claims("1", title=Said(f"New {n}"), notices=(TIDES,))) for n in range(1, count + 1))
    assert again(catalog, "1", *read)
    assert [one.title for one in catalog.captures_in("a" * 26)] == [f"New {n}" for n in range(1, count + 1)]
    with closing(sqlite3.connect(catalog.path)) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM notice").fetchone()
    assert rows == 1


def test_segments_are_found_by_what_they_hold_and_what_read_it(catalog: Catalog) -> None:
    catalog.add(segment("a"), placed(manifest(1, version="0"), manifest(2, version="0.1")))
    catalog.add(segment("b"), placed(manifest(3, "http://quay.example:8080/x", AT.replace(year=2027), version="0.1")))
    assert catalog.extractors() == {"a" * 26: {"tests/0", "tests/0.1"}, "b" * 26: {"tests/0.1"}}
    assert catalog.segments_with() == {"a" * 26, "b" * 26}
    assert catalog.segments_with(host="quay.example") == {"b" * 26}
    assert catalog.segments_with(host="gazette.example", since=AT) == {"a" * 26}
    assert catalog.segments_with(since=AT.replace(month=4)) == {"b" * 26}


def test_a_kept_notice_knows_no_language() -> None:
    document = {"kind": "copyright", "text": "© Ada", "language": "en", "confidence": "high"}
    assert msgspec.convert(document, KeptNotice) == KeptNotice("copyright", "© Ada")
