# SPDX-License-Identifier: Apache-2.0
"""Time stamps over heads, from end to end: once a day, whoever is down or lies; a pack takes the newest that covers it."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.errors import ArchiverError, BadInput, RemoteFault
from archiver.faces.cli.ledger import lag
from archiver.ledger import heads, places
from archiver.services import stamping
from archiver.services.stamping import HeldStamp
from tests.faces.outlet import Outlet
from tests.ledger.authority import LocalAuthority
from tests.ledger.certificates import DAY, right_now, root
from tests.services.packs import SITE, authorities_file, failed, pages, proof, settings, steps


@dataclass
class Bench:
    archive: Archive
    outlet: Outlet
    authority: LocalAuthority
    second: LocalAuthority
    folder: Path

    def size(self) -> int:
        return self.archive.ledger.standing().head.size

    def held(self) -> list[HeldStamp]:
        return stamping.held(self.archive.place.store)

    def fault(self) -> ArchiverError | None:
        return self.archive.ledger.fault

    def a_day_passes(self, over: timedelta = timedelta(days=1)) -> None:
        """As state has it: the last stamp was made that long ago."""
        self.archive.world().state.remember("ledger_stamped", (datetime.now(UTC) - over).isoformat())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "two").mkdir()
    top = root("Second Root", valid=(right_now() - 365 * DAY, right_now() + 3650 * DAY))
    with Outlet(SITE) as outlet, LocalAuthority(tmp_path) as one, LocalAuthority(tmp_path / "two", top=top) as two:
        given = settings(tmp_path, authorities=authorities_file(tmp_path, ("one", one), ("two", two)))
        with Archive.init(tmp_path / "archive", settings=given) as archive:
            yield Bench(archive, outlet, one, two, tmp_path)


def test_the_first_head_is_stamped_and_then_one_a_day(bench: Bench) -> None:
    pages(bench.archive, bench.outlet, "/anchor")
    assert bench.held() == [HeldStamp(1, "one"), HeldStamp(1, "two")]
    pages(bench.archive, bench.outlet, "/beacon")
    bench.a_day_passes(timedelta(hours=23, minutes=59))
    pages(bench.archive, bench.outlet, "/compass")
    assert (bench.size(), len(bench.held()), len(bench.authority.asked)) == (3, 2, 1)
    bench.a_day_passes()
    pages(bench.archive, bench.outlet, "/dinghy")
    assert bench.held()[2:] == [HeldStamp(4, "one"), HeldStamp(4, "two")]
    assert bench.fault() is None


def test_a_head_is_stamped_once_by_each(bench: Bench) -> None:
    pages(bench.archive, bench.outlet, "/anchor")
    key = places.timestamp(1, "one")
    before = bench.archive.place.store.get(key)
    for _ in range(3):
        head, made, faults = bench.archive.ledger.attesting.stamp()
        assert (head.size, len(made), faults) == (1, 2, [])
    assert bench.archive.place.store.get(key) == before
    assert (len(bench.authority.asked), len(bench.second.asked)) == (1, 1)


@pytest.mark.parametrize("behaviour", ["busy", "silent", "no-http", "refused", "html", "redirect", "cut"])
def test_an_authority_that_is_down_holds_nothing_up_and_is_tried_again(bench: Bench, behaviour: str) -> None:
    bench.authority.behaviour = bench.second.behaviour = behaviour
    found = pages(bench.archive, bench.outlet, "/anchor")
    assert isinstance(bench.fault(), RemoteFault)
    assert (bench.size(), bench.held()) == (1, [])
    pack = bench.archive.prove([found["/anchor"].capture_id])
    assert "The checkpoint is not time-stamped yet." in pack.facts.pending
    assert failed(pack.files) == {}
    bench.authority.behaviour = bench.second.behaviour = "granted"
    pages(bench.archive, bench.outlet, "/beacon")
    assert bench.fault() is None
    assert bench.held() == [HeldStamp(2, "one"), HeldStamp(2, "two")]


@pytest.mark.parametrize("behaviour", ["other-message", "other-nonce", "no-nonce", "sha1"])
def test_what_an_authority_that_lies_sends_is_not_kept(bench: Bench, behaviour: str) -> None:
    bench.authority.behaviour = behaviour
    pages(bench.archive, bench.outlet, "/anchor")
    fault = bench.fault()
    assert isinstance(fault, RemoteFault)
    assert (fault.reason, fault.fields["authority"]) == ("bad-stamp", "one")
    assert bench.held() == [HeldStamp(1, "two")]


def test_the_one_that_failed_is_asked_again_when_the_other_has_stamped(bench: Bench) -> None:
    bench.authority.behaviour = "busy"
    found = pages(bench.archive, bench.outlet, "/anchor")
    _, made, faults = bench.archive.ledger.attesting.stamp()
    assert ([one.authority for one in made], len(faults)) == (["two"], 1)
    bench.authority.behaviour = "granted"
    _, made, faults = bench.archive.ledger.attesting.stamp()
    assert ([one.authority for one in made], faults) == (["one", "two"], [])
    assert {one.authority for one in bench.archive.prove([found["/anchor"].capture_id]).facts.stamps} == {"one", "two"}


def test_openssl_accepts_the_stored_answer_over_the_stored_head(bench: Bench) -> None:
    pages(bench.archive, bench.outlet, "/anchor")
    store = bench.archive.place.store
    (bench.folder / "head").write_bytes(store.get(places.head(1)))
    (bench.folder / "tsr").write_bytes(store.get(places.timestamp(1, "one")))

    def judged(head: str, roots: Path) -> bool:
        command = ["openssl", "ts", "-verify", "-data", head, "-in", "tsr", "-CAfile", str(roots)]
        done = subprocess.run(command, cwd=bench.folder, capture_output=True, text=True, check=False, timeout=30)
        return done.returncode == 0 and "Verification: OK" in done.stdout

    assert judged("head", bench.authority.ca_file)
    assert not judged("head", bench.second.ca_file)
    (bench.folder / "other").write_bytes(store.get(places.head(1))[:-1])
    assert not judged("other", bench.authority.ca_file)
    assert store.get(places.CHECKPOINT) == store.get(places.head(1))


def test_a_pack_takes_the_newest_stamped_head_that_covers_its_captures(bench: Bench) -> None:
    first = pages(bench.archive, bench.outlet, "/anchor")["/anchor"]
    second = pages(bench.archive, bench.outlet, "/beacon")["/beacon"]
    assert (bench.size(), {one.size for one in bench.held()}) == (2, {1})
    assert bench.archive.prove([first.capture_id]).facts.checkpoint_size == 1
    unstamped = bench.archive.prove([first.capture_id, second.capture_id]).facts
    assert (unstamped.checkpoint_size, unstamped.stamps) == (2, ())
    pages(bench.archive, bench.outlet, "/compass")
    bench.archive.ledger.attesting.stamp()
    pages(bench.archive, bench.outlet, "/dinghy")
    for captures in ([first], [second], [first, second]):
        facts = bench.archive.prove([one.capture_id for one in captures]).facts
        assert (facts.checkpoint_size, len(facts.stamps)) == (3, 2)
        assert failed(proof(bench.archive, *captures), roots=(bench.authority.roots_pem, bench.second.roots_pem)) == {}


def test_a_stamp_whose_roots_are_not_configured_any_more_is_named_and_left_out(bench: Bench) -> None:
    found = pages(bench.archive, bench.outlet, "/anchor")["/anchor"]
    one_left = authorities_file(bench.folder, ("two", bench.second))
    with Archive.open(bench.folder / "archive", settings=settings(bench.folder, authorities=one_left)) as archive:
        pack = archive.prove([found.capture_id])
    assert [one.authority for one in pack.facts.stamps] == ["two"]
    assert [said for said in pack.facts.pending if said.startswith("A stamp of one is in the archive")]
    assert failed(pack.files) == {}
    assert [one.where for one in steps(pack.files) if one.where.startswith("timestamps/")] == ["timestamps/two.tsr"]


def test_a_stamp_that_does_not_hold_is_named_and_left_out(bench: Bench) -> None:
    found = pages(bench.archive, bench.outlet, "/anchor")["/anchor"]
    exchanged = authorities_file(bench.folder, ("one", bench.second), ("two", bench.second))
    with Archive.open(bench.folder / "archive", settings=settings(bench.folder, authorities=exchanged)) as archive:
        pack = archive.prove([found.capture_id])
    assert [one.authority for one in pack.facts.stamps] == ["two"]
    assert ["does not hold" in said for said in pack.facts.pending] == [True]
    assert failed(pack.files) == {}


def test_stamps_of_strangers_among_the_keys_are_not_taken(bench: Bench) -> None:
    found = pages(bench.archive, bench.outlet, "/anchor")["/anchor"]
    folder = bench.folder / "archive" / places.TIMESTAMPS
    for name in ("x/one.tsr", "1/notes.txt", "-1/one.tsr", "99/one.tsr", "1"):
        if name != "1":
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(b"x")
    assert {one.size for one in bench.held()} == {1, 99}
    assert bench.archive.prove([found.capture_id]).facts.checkpoint_size == 1


def test_without_authorities_nothing_is_asked_and_stamping_is_a_mistake(tmp_path: Path) -> None:
    with Outlet(SITE) as outlet, Archive.init(tmp_path / "archive", settings=settings(tmp_path)) as archive:
        pages(archive, outlet, "/anchor")
        assert archive.ledger.fault is None
        with pytest.raises(BadInput, match="no time-stamping authority"):
            archive.ledger.attesting.stamp()


def test_heads_are_found_by_their_size(bench: Bench) -> None:
    for word in ("/anchor", "/beacon", "/compass"):
        pages(bench.archive, bench.outlet, word)
    side = bench.archive.ledger.side()
    assert side is not None
    newest, store = side.sequencer.head(), bench.archive.place.store
    for size in (1, 2, 3):
        found = heads.of_size(store, size, newest, side.keyring)
        assert found is not None
        assert (found.size, found.note) == (size, store.get(places.head(size)))
    assert heads.of_size(store, 4, newest, side.keyring) is None


def test_what_is_in_the_ledger_is_never_said_to_be_missing_there_for_want_of_a_stamp(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    (bench.folder / "authorities.yaml").write_text("authorities: nobody")
    pages(bench.archive, bench.outlet, "/anchor")
    assert (bench.size(), bench.archive.ledger.standing().waiting) == (1, 0)
    assert isinstance(bench.fault(), BadInput)
    lag(bench.archive)
    assert "not time-stamped yet" in " ".join(capsys.readouterr().err.split())
