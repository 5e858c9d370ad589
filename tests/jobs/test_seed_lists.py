# SPDX-License-Identifier: Apache-2.0
"""Lists of seeds: every encoding people have, bad lines told with their numbers, columns that override, the rest labels."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import BadInput
from archiver.jobs.effective import Seed
from archiver.jobs.job import OwnSection
from archiver.jobs.mistakes import Mistake
from archiver.jobs.seed_lists import COLUMNS, Source, decode, read_seed_list

TEXT = "# pages\nhttps://a.example/ # a comment\n\n  https://b.example/ü  \n"


def read(text: str, name: str = "list.csv", **more: Any) -> tuple[list[Seed], list[Mistake]]:
    return read_seed_list(text, Source(name, **more))


def own(seed: Seed) -> dict[str, Any]:
    assert seed.own is not None
    return seed.own.model_dump(exclude_unset=True, by_alias=True)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_list_is_read_in_any_encoding_and_line_ends(encoding: str, ends: str) -> None:
    seeds, bad = read(decode(TEXT.replace("\n", ends).encode(encoding)), "list.txt")
    assert [seed.url for seed in seeds] == ["https://a.example/", "https://b.example/ü"]
    assert bad == []


def test_bad_lines_are_told_with_their_numbers_and_the_others_go_on() -> None:
    text = decode(
        b"https://a.example/\nfoo\nhttps://b.example/ https://c.example/\nhttp://10.0.0.1/\nhttps://\xff.example/\n"
        b"https://u:hunter2@d.example/\nftp://e.example/\nhttps://f.example/\n"
    )
    seeds, bad = read(text, "list.txt")
    assert [seed.url for seed in seeds] == ["https://a.example/", "https://f.example/"]
    assert [(one.where, one.line) for one in bad] == [("list.txt", number) for number in (2, 3, 4, 5, 6, 7)]
    assert str(bad[0]) == "list.txt:2:1: the URL does not begin with a scheme; write it as http://host/path"
    assert "hunter2" not in "".join(map(str, bad))


def test_a_private_seed_may_be_allowed() -> None:
    assert read("http://10.0.0.1/\n", "list.txt", allow_private=("10.0.0.0/8",))[0]


def test_columns_override_and_the_others_are_labels() -> None:
    seeds, bad = read(
        "url,case,scope,depth,delay,schedule,collection,limits.bytes,note\r\n"
        'https://a.example/,1,page,2,1m30s,6h,one,5MiB,"a, ""b""\nc"\r\n'
        "https://b.example/,2,,,,30 2 * * *,,,\r\n"
        "https://c.example/,,,,,,,,\r\n"
    )
    assert bad == []
    assert seeds[0].labels == {"case": "1", "note": 'a, "b"\nc'}
    assert own(seeds[0]) == {
        "scope": {"type": "page", "depth": 2},
        "politeness": {"delay": 90.0},
        "schedule": {"every": 21600.0},
        "collection": "one",
        "limits": {"bytes": 5 << 20},
    }
    assert own(seeds[1]) == {"schedule": {"cron": "30 2 * * *"}}
    assert seeds[2] == Seed("https://c.example/")


def test_equal_rows_share_what_they_override() -> None:
    seeds, _ = read("url,depth\n" + "".join(f"https://a.example/{n},{n % 2}\n" for n in range(100)))
    assert len({id(seed.own) for seed in seeds}) == 2


def test_a_cell_that_cannot_be_read_is_told_for_each_of_its_rows() -> None:
    seeds, bad = read(
        "url,depth,delay,schedule,collection\n"
        "https://a.example/,two,,,\n"
        "https://b.example/,,soon,61 * * * *,My Things\n"
        "https://c.example/,two,,,\n"
        "https://d.example/,1,,@daily,\n"
        "https://e.example/,,,5s,\n"
    )
    assert [seed.url for seed in seeds] == ["https://d.example/"]
    assert [(one.line, one.path) for one in bad] == [
        (2, "depth"),
        (3, "delay"),
        (3, "collection"),
        (3, "schedule"),
        (4, "depth"),
        (6, "schedule"),
    ]
    assert str(bad[0]) == "list.csv:2:1: column depth: `depth` cannot be text; write a whole number"


def test_rows_are_numbered_by_the_line_they_begin_in() -> None:
    _, bad = read('url,note\nhttps://a.example/,"x\ny\nz"\nfoo,\n')
    assert [one.line for one in bad] == [5]


def test_a_row_with_too_many_cells_is_told() -> None:
    seeds, bad = read("url,a\nhttps://a.example/,b,c\nhttps://b.example/,b,\nhttps://c.example/\n")
    assert [seed.url[8] for seed in seeds] == ["b", "c"]
    assert "more cells than the header" in bad[0].what


def test_quotes_that_never_close_are_told_and_the_list_is_read_to_its_end() -> None:
    seeds, bad = read('url,a\nhttps://a.example/,b\nhttps://b.example/,"' + "x\n" * 70_000)
    assert [seed.url for seed in seeds] == ["https://a.example/"]
    assert bad


@pytest.mark.parametrize(
    ("name", "header"),
    [("a.tsv", "url\tcase"), ("a.CSV", "URL;case"), ("a.tab", "case\tSeed"), ("a.csv", "case,link")],
)
def test_the_url_column_and_the_delimiter_are_found(name: str, header: str) -> None:
    delimiter = next(one for one in "\t;," if one in header)
    cells = ["https://a.example/" if one.lower() != "case" else "1" for one in header.split(delimiter)]
    assert read(f"{header}\n{delimiter.join(cells)}\n", name)[0] == [Seed("https://a.example/", {"case": "1"})]


def test_the_url_column_may_be_named() -> None:
    seeds, _ = read("url,Page\nx,https://a.example/\n", url_column="page")
    assert seeds == [Seed("https://a.example/", {"url": "x"})]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no column of URLs"),
        ("a,b\nhttps://a.example/,c\n", "no column of URLs"),
        ("url,a,a\n", "two columns 'a'"),
        ("url,limits.capture\n", "the column 'limits.capture', which no list can set"),
        ("url,politeness.robots\n", "the column 'politeness.robots', which no list can set"),
    ],
)
def test_a_table_that_says_nothing_is_refused(text: str, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        read(text)


def test_every_column_names_a_key_of_a_seed() -> None:
    cells = {"scope": "page", "scope.type": "page", "engine": "http", "collection": "a", "schedule": "6h"}
    cells |= {"scope.embeds": "true", "schedule.zone": "UTC"}
    for column in COLUMNS:
        schedule = {"cron": "0 0 * * *"}
        found, bad = read(f"url,{column}\nhttps://a.example/,{cells.get(column, '1')}\n", schedule_of_job=schedule)
        assert bad == []
        assert isinstance(found[0].own, OwnSection)


def test_a_hundred_thousand_lines_take_seconds_of_cpu_at_most() -> None:
    text = "".join(f"https://www.example.org/articles/{n}\n" for n in range(100_000))
    began = time.process_time()
    seeds, bad = read(text, "list.txt")
    assert (len(seeds), len(bad)) == (100_000, 0)
    assert time.process_time() - began < 5  # a tenth of that here; a quadratic reader takes minutes


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["a.txt", "a.csv", "a.tsv"]))
def test_any_octets_are_read_or_refused(octets: bytes, name: str) -> None:
    try:
        seeds, bad = read(decode(b"url,depth\n" + octets if name != "a.txt" else octets), name)
    except BadInput:
        return
    assert all(seed.url for seed in seeds)
    assert all(one.line >= 1 for one in bad)
