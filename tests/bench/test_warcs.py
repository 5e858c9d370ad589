# SPDX-License-Identifier: Apache-2.0
"""A run counts only when every URL of the site is archived once, and asked for once."""

import gzip
from pathlib import Path

import pytest

from bench import recrawl, warcs
from bench.failed import Failed
from bench.processes import Cost
from bench.warcs import Holdings

SITE = [f"http://127.0.0.11:8460/{name}" for name in ("", "a.html", "b.png")]
ROBOTS = "http://127.0.0.11:8460/robots.txt"
PROFILE = "http://netpreserve.org/warc/1.1/revisit/"


def _record(kind: str, url: str, code: int = 200, profile: str | None = None) -> bytes:
    block = f"HTTP/1.1 {code} Word\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n".encode()
    block += b"" if kind == "revisit" else b"ok"
    head = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {url}",
        "WARC-Date: 2026-01-01T00:00:00Z",
        "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000000>",
        "Content-Type: application/http;msgtype=response",
        f"Content-Length: {len(block)}",
    ]
    head += [f"WARC-Profile: {PROFILE}{profile}"] if profile else []
    return gzip.compress("\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n")


def _held(folder: Path, *records: bytes) -> Holdings:
    file = folder / "one.warc.gz"
    file.write_bytes(b"".join(records))
    return warcs.holdings([file], SITE)


def _log(*urls: str) -> list[str]:
    return [f"200 {url}\n" for url in urls]


def test_responses_and_both_kinds_of_revisits_are_told_apart(tmp_path: Path) -> None:
    held = _held(
        tmp_path,
        _record("response", SITE[0]),
        _record("revisit", SITE[1], 304, "server-not-modified"),
        _record("revisit", SITE[2], 200, "identical-payload-digest"),
        _record("request", SITE[2]),
        _record("response", ROBOTS),
    )
    assert (held.responses, held.not_modified, held.identical, held.robots) == ([SITE[0]], 1, 1, 1)
    assert held.codes == {"200": 2, "304": 1}
    assert held.warc_bytes == (tmp_path / "one.warc.gz").stat().st_size


def test_angle_brackets_around_a_target_are_not_part_of_it(tmp_path: Path) -> None:
    assert _held(tmp_path, _record("response", f"<{SITE[0]}>")).records == {SITE[0]: 1}


def test_a_whole_run_has_nothing_wrong(tmp_path: Path) -> None:
    held = _held(tmp_path, *(_record("response", url) for url in SITE))
    verdict = warcs.verdict(held, _log(*SITE, ROBOTS), SITE)
    assert (verdict.urls, verdict.warc_bytes, verdict.wrong) == (3, held.warc_bytes, [])


@pytest.mark.parametrize(
    ("archived", "asked", "said"),
    [
        (SITE[:2], SITE, f"in the WARC files 1 URLs are missing: {SITE[2]}"),
        ([*SITE, SITE[1]], SITE, f"in the WARC files 1 URLs are there more than once: {SITE[1]}"),
        ([*SITE, "http://elsewhere/"], SITE, "in the WARC files 1 URLs are not of the site: http://elsewhere/"),
        (SITE, [*SITE, SITE[0]], f"among the requests 1 URLs are there more than once: {SITE[0]}"),
        (SITE, SITE[1:], f"among the requests 1 URLs are missing: {SITE[0]}"),
        (SITE, [*SITE, "http://x/y"], "among the requests 1 URLs are not of the site: http://x/y"),
    ],
)
def test_what_is_missing_doubled_or_foreign_is_named(
    tmp_path: Path, archived: list[str], asked: list[str], said: str
) -> None:
    held = _held(tmp_path, *(_record("response", url) for url in archived))
    assert warcs.verdict(held, _log(*asked), SITE).wrong == [said]


def test_an_error_page_does_not_pass_for_a_page(tmp_path: Path) -> None:
    held = _held(tmp_path, *(_record("response", url, 503 if url == SITE[1] else 200) for url in SITE))
    (wrong,) = warcs.verdict(held, _log(*SITE), SITE).wrong
    assert "'503': 1" in wrong


def test_another_process_comes_to_the_same_verdict(tmp_path: Path) -> None:
    held = _held(tmp_path, *(_record("response", url) for url in SITE[:2]))
    (tmp_path / "urls.txt").write_text("\n".join(SITE))
    (tmp_path / "access.log").write_text("".join(_log(*SITE)))
    found = warcs.judged([tmp_path / "one.warc.gz"], tmp_path / "access.log", tmp_path / "urls.txt")
    assert found == warcs.verdict(held, _log(*SITE), SITE)


def test_a_file_that_cannot_be_read_ends_the_benchmark(tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text("")
    with pytest.raises(Failed, match="cannot be read"):
        warcs.judged([tmp_path / "none.warc.gz"], tmp_path / "none.log", tmp_path / "urls.txt")


def _crawled(held: Holdings, **octets: int) -> recrawl.Crawled:
    return recrawl.Crawled("again", Cost(1.0, 1.0, 1.0), held, octets)


def test_a_recrawl_must_have_exactly_what_changed_as_responses(tmp_path: Path) -> None:
    again = _held(tmp_path, _record("response", SITE[0]), *(_record("revisit", url, 304) for url in SITE[1:]))
    assert recrawl.faults(_crawled(again), SITE, [SITE[0]]) == []
    assert recrawl.faults(_crawled(again), SITE, []) == [f"of the responses 1 URLs are not of the site: {SITE[0]}"]
    assert recrawl.faults(_crawled(again), SITE, SITE[:2]) == [f"of the responses 1 URLs are missing: {SITE[1]}"]


def test_the_shares_of_a_recrawl_are_of_the_first_crawl(tmp_path: Path) -> None:
    held = _held(tmp_path, *(_record("response", url) for url in SITE))
    again = _held(tmp_path, *(_record("revisit", url, 304) for url in SITE))
    first = _crawled(held, warc=8000, manifests=1500, indexes=400, others=100)
    assert recrawl.summary(first, _crawled(again, warc=300), _crawled(held, warc=600)) == {
        "first_bytes": 10000,
        "unchanged_share": 0.03,
        "unchanged_bytes_per_url": 100.0,
        "unchanged_responses": 0,
        "changed_share": 0.06,
        "changed_bytes_per_url": 200.0,
        "changed_responses": 3,
    }


def test_only_the_store_of_an_archive_is_counted(tmp_path: Path) -> None:
    sizes = {
        "segments/bench/x/bench-1.warc.gz": 50,
        "segments/bench/x/manifests.jsonl.gz": 20,
        "segments/bench/x/index.cdxj": 10,
        "segments/bench/x/segment.json": 5,
        "state.sqlite": 1000,
        "catalog.sqlite-wal": 1000,
        "spool/x/bench-1.warc.gz": 1000,
    }
    for name, size in sizes.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(size))
    octets = recrawl.by_kind(recrawl.stored(tmp_path))
    assert octets == {"warc": 50, "manifests": 20, "indexes": 10, "others": 5}
