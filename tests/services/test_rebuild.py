# SPDX-License-Identifier: Apache-2.0
"""A catalog made from the store alone equals the one that grew with it; a damaged segment costs no other."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.catalog.generations import Generations
from archiver.services import layout
from archiver.services.audit import verify_archive
from archiver.services.rebuild import rebuild_catalog
from archiver.store.memory import MemoryStore
from manifests import Outcome
from tests.services.exchanges import AT, Archive, chunked, exchange, page, plain
from tests.services.forged import copied
from tests.services.reread import keener, re_extracted

HOST = "http://gazette.example/"
DUMP = {
    "fact": "SELECT * FROM fact",
    "segment": """SELECT s.segment_id, s.folder, s.warc, s.seal_digest, s.captures, s.sealed_at, c.capture_id
        FROM segment s LEFT JOIN capture c ON c.id = s.first_capture""",
    "publisher": "SELECT name FROM publisher WHERE EXISTS (SELECT 1 FROM capture WHERE publisher = publisher.id)",
    "extractor": "SELECT name FROM extractor WHERE EXISTS (SELECT 1 FROM capture WHERE extractor = extractor.id)",
    "notice": """SELECT digest, kind, voice, content FROM notice
        WHERE EXISTS (SELECT 1 FROM capture_notice WHERE notice = notice.id)""",
    "claims_set": """SELECT cs.folder, s.segment_id AS segment, cs.seal_digest FROM claims_set cs
        JOIN segment s ON s.id = cs.segment""",
    "capture": """SELECT c.capture_id, s.segment_id, c.ordinal, c.url, c.url_key, c.fetched_at, c.outcome, c.response_code,
        c.revisits, c.payload, c.payload_sha1, c.text, c.etag, c.last_modified, c.record_offset, c.record_length,
        c.manifest_offset, c.manifest_length, p.name, e.name, cs.folder, c.title, c.claimed_published_at, c.language,
        c.suspected
        FROM capture c JOIN segment s ON s.id = c.segment LEFT JOIN publisher p ON p.id = c.publisher
        LEFT JOIN extractor e ON e.id = c.extractor LEFT JOIN claims_set cs ON cs.id = c.claims_set""",
    "digest": "SELECT d.prefix, c.capture_id, d.roles, d.rest FROM digest d JOIN capture c ON c.id = d.capture",
    "capture_notice": """SELECT c.capture_id, n.digest FROM capture_notice cn JOIN capture c ON c.id = cn.capture
        JOIN notice n ON n.id = cn.notice""",
    "reprint": """SELECT c.capture_id, r.original_key, r.original_url, r.original_name, r.name_key, r.basis FROM reprint r
        JOIN capture c ON c.id = r.capture""",
}
"""What each table says, with names in place of ids; of what is interned, that which something refers to."""


def dump(path: Path) -> dict[str, list[Any]]:
    connection = sqlite3.connect(path)
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert sorted(tables) == sorted(DUMP), "a table is not compared"
        for table in tables:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            assert DUMP[table] == f"SELECT * FROM {table}" or all(
                name in DUMP[table] or name == "id" for name in columns
            ), f"a column of {table} is not compared"
        return {table: sorted(map(repr, connection.execute(DUMP[table]))) for table in tables}
    finally:
        connection.close()


def filled(archive: Archive) -> Archive:
    footer = (
        "<p>Originally published by <a href='https://quay.example/tides'>The Quay Courier</a>.</p>"
        "<footer>&copy; 2026 The Harbour Gazette. All rights reserved.</footer>"
    )
    for day in range(4):
        at = AT + timedelta(days=day)
        archive.keep(
            exchange(plain(page(f"<p>Day {day // 2}</p>{footer}")), at=at),
            exchange(chunked(page(f"<p>In pieces</p>{footer}")), HOST + f"pieces/{day}", at=at),
            exchange(None, HOST + "down", at=at, outcome=Outcome.FAILED, reason="connect-failed"),
        )
    return archive


def rebuilt(store: MemoryStore, path: Path) -> tuple[Any, Generations]:
    generations = Generations(path)
    return rebuild_catalog(store, generations), generations


def test_a_rebuilt_catalog_equals_the_one_that_grew(archive: Archive) -> None:
    filled(archive)
    told: list[str] = []
    generations = Generations(archive.folder / "again.sqlite")
    done = rebuild_catalog(archive.store, generations, told.append)
    generations.close()
    archive.close()
    assert (done.segments, done.captures, done.findings) == (4, 12, ())
    assert len(told) == 4
    before, after = dump(archive.folder / "catalog.sqlite"), dump(archive.folder / "again.sqlite")
    assert before == after
    assert [table for table, rows in before.items() if not rows] == ["claims_set"]


def test_a_catalog_that_took_claims_sets_equals_a_rebuilt_one(archive: Archive) -> None:
    filled(archive)
    re_extracted(archive, keener(1))
    re_extracted(archive, keener(2, "ebb-notice"))
    done, generations = rebuilt(archive.store, archive.folder / "again.sqlite")
    generations.close()
    archive.close()
    assert (done.segments, done.claims_sets, done.findings) == (4, 8, ())
    before, after = dump(archive.folder / "catalog.sqlite"), dump(archive.folder / "again.sqlite")
    assert before == after
    assert all(before.values())


def test_a_rebuild_over_a_catalog_replaces_it(archive: Archive) -> None:
    filled(archive)
    before = dump(archive.folder / "catalog.sqlite")
    for _ in range(2):
        rebuild_catalog(archive.store, archive.world.generations)
        assert dump(archive.folder / "catalog.sqlite") == before
    assert [path.name for path in archive.folder.iterdir() if ".new" in path.name] == []
    assert verify_archive(archive.store, archive.world.generations.current()).findings == []


def test_an_empty_store_gives_an_empty_catalog(archive: Archive) -> None:
    done = rebuild_catalog(archive.store, archive.world.generations)
    assert (done.segments, done.captures, done.findings) == (0, 0, ())


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        (layout.MANIFESTS, lambda raw: None, "S01"),
        (layout.INDEX, lambda raw: None, "S01"),
        (layout.MANIFESTS, lambda raw: raw[:-1], "S03"),
        (layout.INDEX, lambda raw: raw + b"\n", "S03"),
        (layout.SEAL, lambda raw: raw[:-1], "S04"),
        (layout.SEAL, lambda raw: b"", "S04"),
        (layout.SEAL, lambda raw: raw.replace(b"segment-manifest/0", b"segment-manifest/9"), "S04"),
        (layout.SEAL, lambda raw: raw.replace(b'"index.cdxj"', b'"../../../x"'), "S04"),
    ],
)
def test_a_damaged_segment_is_told_and_costs_no_other(archive: Archive, name: str, change: Any, code: str) -> None:
    filled(archive)
    key = archive.folders()[1] + name
    done, generations = rebuilt(
        copied(archive.store, {key: change(archive.store.get(key))}), archive.folder / "again.sqlite"
    )
    assert [one.code for one in done.findings] == [code]
    assert (done.segments, done.captures) == (3, 9)
    generations.close()


def test_what_is_no_seal_is_not_read(archive: Archive) -> None:
    filled(archive)
    store = copied(archive.store, {archive.folders()[0] + layout.SEAL: None})
    done, generations = rebuilt(store, archive.folder / "again.sqlite")
    assert (done.segments, done.findings) == (3, ())
    generations.close()


def test_a_segment_stored_while_a_rebuild_runs_is_in_the_new_catalog(archive: Archive) -> None:
    filled(archive)
    late: list[str] = []

    def publish_one(_: str) -> None:
        if not late:
            (kept,) = archive.keep(exchange(plain(page("<p>Late</p>")), HOST + "late", at=AT + timedelta(days=9)))
            late.append(kept.manifest.observation.capture_id)

    done = rebuild_catalog(archive.store, archive.world.generations, publish_one)
    assert (done.segments, done.captures) == (5, 13)
    assert archive.world.generations.current().by_id(late[0]) is not None
