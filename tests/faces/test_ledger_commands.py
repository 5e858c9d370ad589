# SPDX-License-Identifier: Apache-2.0
"""`archiver ledger` and `archiver keys`: what was sealed is logged, lags where the key is not, and no change goes unseen."""

import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from archiver.archive import Archive
from archiver.errors import BadInput
from tests.faces.command import KEPT, Here, Ran
from tests.faces.outlet import Outlet


@pytest.fixture
def own_keys(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for signing keys that no other test uses."""
    home = tmp_path_factory.mktemp("keys-home")
    monkeypatch.setenv(KEPT, str(home))
    return home


class Desk:
    """One archive, and who works with it."""

    def __init__(self, here: Here, outlet: Outlet, folder: Path, home: Path, patch: pytest.MonkeyPatch) -> None:
        self.here, self.outlet, self._root, self._home, self._patch = here, outlet, folder, home, patch

    @property
    def folder(self) -> Path:
        """The archive."""
        [found] = self._root.glob("*/archive.json")
        return found.parent

    def capture(self) -> Ran:
        """One capture more."""
        alone = ("--page-only", "--robots", "off", "--allow-private", self.outlet.place, "--json")
        return self.here("capture", self.outlet.url("/a"), *alone)

    def status(self) -> dict[str, Any]:
        [told] = self.here("ledger", "status", "--json").lines
        return told

    @property
    def key(self) -> Path:
        [found] = (self._home / "colophon" / "keys").glob("*.pem")
        return found

    def use(self, key: Path) -> None:
        self._patch.setenv("ARCHIVER_SIGNING_KEY_FILE", str(key))

    def rotate(self, name: str, reason: str = "scheduled") -> Ran:
        new = self._root.parent / f"{self._root.name}-{name}.pem"
        ran = self.here("keys", "rotate", "--new-file", str(new), "--reason", reason)
        if ran.code == 0:
            self.use(new)
        return ran

    def elsewhere(self, name: str) -> str:
        """The archive as another machine sees it: the same objects, nothing else."""
        copy = self._root.parent / f"{self._root.name}-{name}"
        shutil.copytree(self.folder, copy, ignore=shutil.ignore_patterns("*.sqlite*", "*.lock"))
        return str(copy)


@pytest.fixture
def desk(here: Here, outlet: Outlet, tmp_path: Path, own_keys: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    one = Desk(here, outlet, tmp_path, own_keys, monkeypatch)
    assert one.capture().code == 0
    return one


class TestLogging:
    def test_a_capture_is_logged_when_the_command_is_done(self, desk: Desk) -> None:
        told = desk.status()
        assert (told["size"], told["head"], told["waiting"], told["waiting_since"]) == (1, 1, 0, None)
        assert told["origin"].startswith("urn:uuid:")
        ran = desk.here("ledger", "status")
        assert ran.code == 0
        assert "1, root " in ran.err

    def test_the_key_is_outside_the_archive_and_its_owners_alone(self, desk: Desk) -> None:
        assert stat.S_IMODE(desk.key.stat().st_mode) == 0o600
        held = [one for one in desk.folder.rglob("*") if one.is_file()]
        assert not any(b"PRIVATE KEY" in one.read_bytes() for one in held)

    def test_without_the_key_captures_go_on_and_the_ledger_lags(self, desk: Desk, tmp_path: Path) -> None:
        desk.use(tmp_path / "gone.pem")
        ran = desk.capture()
        assert (ran.code, len(ran.lines)) == (0, 1)
        assert "not in the ledger yet" in ran.err
        assert "no signing key at" in " ".join(ran.err.split())
        told = desk.status()
        assert (told["size"], told["waiting"]) == (1, 1)
        assert told["waiting_since"]
        ran = desk.here("ledger", "append")
        assert (ran.code, "no signing key" in " ".join(ran.err.split())) == (1, True)
        desk.use(desk.key)
        [told] = desk.here("ledger", "append", "--json").lines
        assert (told["size"], told["waiting"]) == (2, 0)

    @pytest.mark.parametrize("fault", ["readable by others", "another key", "no key"])
    def test_with_a_key_that_cannot_be_used_captures_go_on_and_say_so(
        self, desk: Desk, tmp_path: Path, fault: str
    ) -> None:
        wrong = tmp_path / "wrong.pem"
        if fault == "readable by others":
            shutil.copy(desk.key, wrong)
            wrong.chmod(0o644)
        elif fault == "another key":
            other = tmp_path / "other"
            before = os.environ.get("ARCHIVER_SIGNING_KEY_FILE")
            assert before is None
            desk.use(wrong)
            assert desk.here("--archive", str(other), "init").code == 0
        else:
            wrong.write_bytes(b"not a key")
            wrong.chmod(0o600)
        desk.use(wrong)
        ran = desk.capture()
        assert (ran.code, len(ran.lines)) == (0, 1)
        assert "not in the ledger yet" in ran.err
        assert desk.status()["waiting"] == 1  # who only looks needs no key
        assert desk.here("ledger", "check").code == 0
        assert desk.here("ledger", "append").code == 1
        desk.use(desk.key)
        assert desk.here("ledger", "append", "--json").lines[0]["size"] == 2

    def test_what_another_machine_sealed_is_found_by_comparing(self, desk: Desk, tmp_path: Path) -> None:
        desk.use(tmp_path / "gone.pem")
        desk.capture()
        desk.use(desk.key)
        other = desk.elsewhere("other")
        assert desk.here("--archive", other, "ledger", "append", "--json").lines[0]["size"] == 1
        [told] = desk.here("--archive", other, "ledger", "append", "--compare", "--json").lines
        assert (told["size"], told["waiting"]) == (2, 0)
        assert desk.here("--archive", other, "ledger", "check").code == 0


class TestChecking:
    def test_a_whole_ledger_is_in_order(self, desk: Desk) -> None:
        assert "1 leaves: all in order" in desk.here("ledger", "check").err
        assert desk.here("ledger", "check", "--json").lines == [{"verdict": "sound", "leaves": 1}]

    def test_a_changed_tile_is_named(self, desk: Desk) -> None:
        tile = desk.folder / "ledger/tile/0/000.p/1"
        tile.write_bytes(bytes(32))
        ran = desk.here("ledger", "check", "--json")
        assert ran.code == 1
        *findings, last = ran.lines
        assert "ledger/tile/0/000.p/1" in {one["where"] for one in findings}
        assert last["verdict"] == "damaged"

    def test_a_ledger_that_was_rolled_back_is_told_by_who_saw_it(self, desk: Desk) -> None:
        desk.capture()
        (desk.folder / "ledger/heads/0000000002").unlink()
        (desk.folder / "ledger/checkpoint").write_bytes((desk.folder / "ledger/heads/0000000001").read_bytes())
        ran = desk.here("ledger", "check", "--json")
        assert ran.code == 1
        assert "L03" in {one.get("code") for one in ran.lines}
        ran = desk.here("ledger", "status")
        assert (ran.code, "rolled back" in ran.err) == (4, True)
        ran = desk.capture()
        assert (ran.code, "rolled back" in ran.err) == (0, True)
        assert [one.name for one in (desk.folder / "ledger/heads").iterdir()] == ["0000000001"]


class TestKeys:
    def test_a_second_first_key_is_refused(self, desk: Desk) -> None:
        ran = desk.here("keys", "make")
        assert (ran.code, "already" in ran.err) == (2, True)

    @pytest.mark.parametrize("reason", ["scheduled", "stolen", "lost"])
    def test_after_a_change_the_new_key_signs_and_the_old_proofs_hold(self, desk: Desk, reason: str) -> None:
        before = desk.status()
        if reason == "lost":
            desk.key.unlink()
        assert desk.rotate("second", reason).code == 0
        ran = desk.capture()
        assert (ran.code, ran.err) == (0, "")
        after = desk.status()
        assert (after["size"], after["head"], after["waiting"]) == (before["size"] + 1, before["head"] + 1, 0)
        assert desk.here("ledger", "check").code == 0
        first, second = desk.here("keys", "export-public", "--json").lines
        assert (first["number"], second["number"], second["reason"], second["first_size"]) == (1, 2, reason, 1)
        signed = (desk.folder / "ledger/heads/0000000002").read_text("utf-8")
        assert json.dumps(second["vkey"].split("+")[0])[1:-1] in signed

    def test_an_old_key_logs_nothing_any_more(self, desk: Desk) -> None:
        old = desk.key
        assert desk.rotate("second", "stolen").code == 0
        desk.use(old)
        ran = desk.capture()
        assert (ran.code, "not the newest key" in " ".join(ran.err.split())) == (0, True)
        assert not (desk.folder / "ledger/heads/0000000002").exists()

    def test_a_process_that_was_at_work_while_the_key_was_changed_notices(self, desk: Desk) -> None:
        with Archive.open(desk.folder) as archive:
            assert archive.ledger.standing().head.size == 1
            assert desk.rotate("second").code == 0
            assert desk.capture().code == 0
            with pytest.raises(BadInput, match="not the newest key"):
                archive.ledger.log()

    def test_without_the_old_key_only_its_loss_is_a_reason(self, desk: Desk) -> None:
        desk.key.unlink()
        ran = desk.rotate("second")
        assert (ran.code, "--reason lost" in ran.err) == (2, True)
        assert not (desk.folder / "ledger/keys/2.json").exists()

    def test_a_key_file_that_is_broken_is_as_good_as_lost(self, desk: Desk) -> None:
        desk.key.write_bytes(b"what a bad disk left")
        ran = desk.rotate("second")
        assert (ran.code, "holds no private key" in ran.err) == (2, True)
        assert desk.rotate("third", "lost").code == 0
        assert desk.capture().err == ""

    def test_a_key_file_that_is_there_is_not_written_over(self, desk: Desk) -> None:
        before = desk.key.read_bytes()
        ran = desk.here("keys", "rotate", "--new-file", str(desk.key))
        assert (ran.code, desk.key.read_bytes()) == (2, before)
        assert not (desk.folder / "ledger/keys/2.json").exists()

    def test_another_machine_learns_of_a_key_that_the_old_one_signed_for(self, desk: Desk) -> None:
        other = desk.elsewhere("other")
        assert desk.here("--archive", other, "ledger", "status").code == 0
        assert desk.rotate("second").code == 0
        shutil.copy(desk.folder / "ledger/keys/2.json", Path(other) / "ledger/keys/2.json")
        assert desk.here("--archive", other, "ledger", "status").code == 0
        (Path(other) / "ledger/keys/2.json").unlink()
        ran = desk.here("--archive", other, "ledger", "status")
        assert (ran.code, "seen before" in ran.err) == (4, True)

    def test_another_machine_believes_no_loss_until_it_is_told(self, desk: Desk) -> None:
        other = desk.elsewhere("other")
        assert desk.here("--archive", other, "ledger", "status").code == 0
        desk.key.unlink()
        assert desk.rotate("second", "lost").code == 0
        shutil.copy(desk.folder / "ledger/keys/2.json", Path(other) / "ledger/keys/2.json")
        ran = desk.here("--archive", other, "ledger", "status")
        assert (ran.code, "archiver keys trust" in " ".join(ran.err.split())) == (4, True)
        first, second = [one["vkey"] for one in desk.here("keys", "export-public", "--json").lines]
        assert desk.here("--archive", other, "keys", "trust", first).code == 2
        assert desk.here("--archive", other, "keys", "trust", second, "--json").lines == [{"trusted": second}]
        assert desk.here("--archive", other, "ledger", "status").code == 0

    def test_every_key_is_printed_as_openssl_and_as_verifiers_read_it(self, desk: Desk) -> None:
        out = desk.here("keys", "export-public").out
        assert "-----BEGIN PUBLIC KEY-----" in out
        assert desk.status()["origin"] + "+" in out
