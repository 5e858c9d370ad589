# SPDX-License-Identifier: Apache-2.0
"""Every promise of the `Store` port as a test. A backend's test file subclasses `StoreContract` and gives it a
`store`."""

import io
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.errors import BadInput, Damaged, StoreConflict, StoreUnavailable
from archiver.ports import Store
from manifests.digest import Digest

BAD_KEYS = [
    *("", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/../b", "a/./b", ".hidden", "a/.b.tmp"),
    *(
        "A",
        "a b",
        "a\\b",
        "a\n",
        "a\x00b",
        "é",
        "a?b",
        "a%2fb",
        "https://example.org/",
        "a/" + "b" * 201,
        "a/" * 450 + "a",
    ),
]
PAGE = 1000
"""Keys on one page of an S3 list."""


def put(store: Store, key: str, content: bytes) -> None:
    """Puts `content` with its true digest and size."""
    store.put(key, content, sha256=Digest.of(content), size=len(content))


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that nothing compresses."""
    return Random(seed).randbytes(size)


class Unseekable(io.RawIOBase):
    """A file that can be read once."""

    def readable(self) -> bool:
        return True


class StoreContract:
    """Subclasses define the fixture `store`: an empty store."""

    race_rounds = 5
    """How often eight threads race for one key."""

    removes = True
    """Whether `sweep` removes by itself."""

    def fill(self, store: Store, keys: Iterable[str]) -> None:
        """Makes many tiny objects; a backend may know a faster way."""
        for key in keys:
            put(store, key, b".")

    def test_what_was_put_is_given_back(self, store: Store) -> None:
        put(store, "segments/adhoc/2026/a_b=c.warc.gz", b"some bytes\x00\xff")
        assert store.get("segments/adhoc/2026/a_b=c.warc.gz") == b"some bytes\x00\xff"
        with store.open("segments/adhoc/2026/a_b=c.warc.gz") as stream:
            assert stream.read() == b"some bytes\x00\xff"

    def test_the_place_has_a_name_for_people(self, store: Store) -> None:
        assert store.place

    def test_an_empty_object_is_an_object(self, store: Store) -> None:
        put(store, "empty", b"")
        assert store.get("empty") == b""
        assert store.get("empty", 0, 0) == b""
        with store.open("empty") as stream:
            assert stream.read() == b""
        seen = store.head("empty")
        assert seen is not None
        assert seen.size == 0

    def test_a_large_object_comes_back_whole_in_pieces_and_in_ranges(self, store: Store) -> None:
        content = noise(3 * 1024 * 1024 + 7)
        put(store, "large", content)
        assert store.get("large") == content
        assert store.get("large", 1_000_000, 2_500_001) == content[1_000_000:2_500_001]
        with store.open("large") as stream:
            pieces = [stream.read(70_001), stream.read(1), stream.read()]
        assert b"".join(pieces) == content
        assert len(pieces[0]) == 70_001

    def test_head_gives_the_size_and_a_true_checksum_or_none(self, store: Store) -> None:
        put(store, "a/b", b"12345")
        seen = store.head("a/b")
        assert seen is not None
        assert (seen.key, seen.size) == ("a/b", 5)
        assert seen.sha256 in (None, Digest.of(b"12345"))

    def test_a_missing_key_is_a_key_error_and_has_no_head(self, store: Store) -> None:
        put(store, "a/b", b"1")
        for missing in ("b", "a", "a/b/c", "a/bc"):
            assert store.head(missing) is None
            for read in (store.get, store.open):
                with pytest.raises(KeyError):
                    read(missing)
            with pytest.raises(KeyError):
                store.get(missing, 5, 5)

    def test_ranges_are_half_open(self, store: Store) -> None:
        put(store, "ten", b"0123456789")
        assert store.get("ten", 0, 1) == b"0"
        assert store.get("ten", 3, 7) == b"3456"
        assert store.get("ten", 9, 10) == b"9"
        assert store.get("ten", 4) == b"456789"
        assert store.get("ten", 10) == b""
        assert store.get("ten", 0, 10) == b"0123456789"
        assert store.get("ten", 4, 4) == b""
        assert store.get("ten", 10, 10) == b""

    @pytest.mark.parametrize(
        ("start", "end"), [(0, 11), (9, 11), (10, 11), (11, 11), (11, 12), (11, None), (0, 1 << 50)]
    )
    def test_a_range_beyond_the_end_is_an_error_and_not_a_short_answer(
        self, store: Store, start: int, end: int | None
    ) -> None:
        put(store, "ten", b"0123456789")
        with pytest.raises(StoreUnavailable):
            store.get("ten", start, end)

    @pytest.mark.parametrize(("start", "end"), [(-1, None), (-3, 2), (5, 4)])
    def test_a_range_that_is_none_is_refused(self, store: Store, start: int, end: int) -> None:
        put(store, "ten", b"0123456789")
        with pytest.raises(BadInput):
            store.get("ten", start, end)

    def test_the_same_bytes_again_succeed(self, store: Store) -> None:
        for _ in range(3):
            put(store, "a/b", b"the same")
        assert store.get("a/b") == b"the same"
        assert list(store.list("")) == ["a/b"]

    @pytest.mark.parametrize("other", [b"other bytes", b"the sam", b"the same.", b""])
    def test_other_bytes_conflict_and_the_first_are_kept(self, store: Store, other: bytes) -> None:
        put(store, "a/b", b"the same")
        with pytest.raises(StoreConflict):
            put(store, "a/b", other)
        assert store.get("a/b") == b"the same"
        assert list(store.list("")) == ["a/b"]

    def test_content_unlike_its_announcement_is_damaged_and_creates_nothing(self, store: Store) -> None:
        for content, announced, size in (
            (b"bytes", Digest.of(b"other"), 5),
            (b"bytes", Digest.of(b"bytes"), 4),
            (b"bytes", Digest.of(b"bytes"), 6),
            (b"bytes", Digest.of(b"byte"), 4),
        ):
            for form in (content, io.BytesIO(content)):
                with pytest.raises(Damaged):
                    store.put("a/b", form, sha256=announced, size=size)
        assert store.head("a/b") is None
        assert list(store.list("")) == []
        put(store, "a/b", b"bytes")

    def test_a_digest_other_than_sha256_is_refused(self, store: Store) -> None:
        with pytest.raises(BadInput):
            store.put("a", b"x", sha256=Digest.of(b"x", "sha1"), size=1)

    def test_a_file_is_read_from_where_it_stands(self, store: Store) -> None:
        content = noise(2_500_000)
        for key, start in (("from/start", 0), ("from/middle", 1_234_567), ("from/end", len(content))):
            file = io.BytesIO(content)
            file.seek(start)
            store.put(key, file, sha256=Digest.of(content[start:]), size=len(content) - start)
            assert store.get(key) == content[start:]
            assert not file.closed

    def test_a_file_that_can_be_read_only_once_is_refused(self, store: Store) -> None:
        once: BinaryIO = Unseekable()  # type: ignore[assignment]
        with pytest.raises(BadInput):
            store.put("a", once, sha256=Digest.of(b""), size=0)

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_what_is_no_key_is_refused_everywhere(self, store: Store, key: str) -> None:
        calls: list[Callable[[], object]] = [
            lambda: put(store, key, b"x"),
            lambda: store.get(key),
            lambda: store.open(key),
            lambda: store.head(key),
        ]
        for call in calls:
            with pytest.raises(BadInput):
                call()
        assert list(store.list("")) == []

    @pytest.mark.parametrize("prefix", ["/", "/a", "a//", "..", "../", "a/../", "A", "é", ".hid"])
    def test_a_prefix_that_begins_no_key_is_refused(self, store: Store, prefix: str) -> None:
        with pytest.raises(BadInput):
            list(store.list(prefix))

    def test_keys_are_listed_in_byte_order_by_prefix(self, store: Store) -> None:
        keys = ["a-b/x", "a.b", "a/b", "a/b-c", "a/b.c/d", "a/c/d", "a0", "a=b", "a_b", "b"]
        for key in reversed(keys):
            put(store, key, key.encode())
        assert list(store.list("")) == keys
        assert list(store.list("a/")) == ["a/b", "a/b-c", "a/b.c/d", "a/c/d"]
        assert list(store.list("a/b")) == ["a/b", "a/b-c", "a/b.c/d"]
        assert list(store.list("a/b.")) == ["a/b.c/d"]
        assert list(store.list("a/b.c/d")) == ["a/b.c/d"]
        assert list(store.list("a/b.c/d/")) == []
        assert list(store.list("a-")) == ["a-b/x"]
        assert list(store.list("c/d/e")) == []

    def test_a_list_goes_on_past_one_page(self, store: Store) -> None:
        keys = [f"many/{number:05d}" for number in range(PAGE + 5)]
        self.fill(store, keys)
        assert list(store.list("many/")) == keys
        assert list(store.list("many/010")) == keys[PAGE:]

    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(
        content=st.binary(max_size=3000), start=st.integers(0, 3100), length=st.integers(0, 3100), whole=st.booleans()
    )
    def test_a_range_is_the_slice_or_an_error(
        self, store: Store, content: bytes, start: int, length: int, whole: bool
    ) -> None:
        key = f"by-digest/{Digest.of(content).hex}"
        put(store, key, content)
        end = None if whole else start + length
        if start > len(content) or (end is not None and end > len(content)):
            with pytest.raises(StoreUnavailable):
                store.get(key, start, end)
        else:
            assert store.get(key, start, end) == content[start:end]

    def test_of_eight_writers_with_different_bytes_exactly_one_wins(self, store: Store) -> None:
        for number in range(self.race_rounds):
            key, together = f"race/{number}", threading.Barrier(8)

            def write(worker: int, key: str = key, together: threading.Barrier = together) -> int | None:
                together.wait()
                try:
                    put(store, key, noise(5000, worker))
                except StoreConflict:
                    return None
                return worker

            with ThreadPoolExecutor(8) as pool:
                winners = [worker for worker in pool.map(write, range(8)) if worker is not None]
            assert len(winners) == 1
            assert store.get(key) == noise(5000, winners[0])

    def test_eight_writers_with_the_same_bytes_all_succeed(self, store: Store) -> None:
        for number in range(self.race_rounds):
            key, together = f"race/{number}", threading.Barrier(8)

            def write(_: int, key: str = key, together: threading.Barrier = together) -> None:
                together.wait()
                put(store, key, b"the same")

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(write, range(8)))
            assert store.get(key) == b"the same"

    def test_the_probe_sees_create_only_writes_and_writes_only_under_staging(self, store: Store) -> None:
        assert store.probe().create_only
        keys = list(store.list(""))
        assert keys
        assert all(key.startswith("staging/probe-") for key in keys)

    def test_what_the_probe_saw_of_checksums_is_what_head_gives(self, store: Store) -> None:
        abilities = store.probe()
        put(store, "a", b"1")
        seen = store.head("a")
        assert seen is not None
        assert (seen.sha256 == Digest.of(b"1")) is abilities.checks_sha256
        with pytest.raises(StoreConflict):
            put(store, "a", b"2")
        put(store, "a", b"1")

    def test_the_checkpoint_is_replaced_as_often_as_wanted(self, store: Store) -> None:
        for content in (b"one", b"", b"a longer one than the first", noise(70_000), b"2"):
            store.replace("ledger/checkpoint", content)
            assert store.get("ledger/checkpoint") == content
            seen = store.head("ledger/checkpoint")
            assert seen is not None
            assert seen.size == len(content)
            assert seen.sha256 in (None, Digest.of(content))
        assert list(store.list("")) == ["ledger/checkpoint"]

    def test_no_other_key_is_ever_replaced(self, store: Store) -> None:
        put(store, "ledger/heads/1", b"a head")
        for key in (
            "ledger/heads/1",
            "ledger/checkpoint/",
            "ledger/checkpoint2",
            "staging/a",
            "",
            "../ledger/checkpoint",
        ):
            with pytest.raises(ValueError, match="never overwritten"):
                store.replace(key, b"other")
        assert store.get("ledger/heads/1") == b"a head"
        assert list(store.list("")) == ["ledger/heads/1"]

    def test_put_never_replaces_the_checkpoint_and_replace_takes_what_put_made(self, store: Store) -> None:
        put(store, "ledger/checkpoint", b"first")
        with pytest.raises(StoreConflict):
            put(store, "ledger/checkpoint", b"second")
        store.replace("ledger/checkpoint", b"second")
        assert store.get("ledger/checkpoint") == b"second"

    def test_whoever_reads_while_it_is_replaced_gets_one_whole_checkpoint(self, store: Store) -> None:
        written = [bytes([number]) * (1000 + 3000 * (number % 2)) for number in range(20)]
        store.replace("ledger/checkpoint", written[0])

        def write(_: int) -> None:
            for content in written:
                store.replace("ledger/checkpoint", content)

        with ThreadPoolExecutor(2) as pool:
            writers = [pool.submit(write, number) for number in range(2)]
            read = [store.get("ledger/checkpoint")]
            while not all(one.done() for one in writers):
                read.append(store.get("ledger/checkpoint"))
            for one in writers:
                one.result()
        assert set(read) <= set(written)
        assert store.get("ledger/checkpoint") == written[-1]
        assert list(store.list("")) == ["ledger/checkpoint"]

    def test_what_was_staged_is_swept_and_nothing_else(self, store: Store) -> None:
        for key in ("staging/a/b", "staging/a/c", "segments/a"):
            put(store, key, b"content")
        store.sweep("staging/a/b")
        store.sweep("staging/a/b")
        store.sweep("staging/never/there")
        store.sweep("staging/a")
        kept = [] if self.removes else ["staging/a/b"]
        assert list(store.list("")) == ["segments/a", *kept, "staging/a/c"]
        put(store, "staging/a/b", b"other" if self.removes else b"content")

    def test_nothing_is_swept_that_was_not_staged(self, store: Store) -> None:
        put(store, "segments/a", b"content")
        for key in ("segments/a", "staging", "stagings/a", "ledger/checkpoint", "a/staging/b", ""):
            with pytest.raises(ValueError, match="never removed"):
                store.sweep(key)
        for key in ("staging/", "staging/../segments/a", "staging//a", "staging/.a"):
            with pytest.raises(BadInput):
                store.sweep(key)
        assert store.get("segments/a") == b"content"
