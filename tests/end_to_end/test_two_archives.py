# SPDX-License-Identifier: Apache-2.0
"""Two archives witness each other and watch each other: who rewrites its ledger is refused by the one and found by the other."""

import json
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from archiver.errors import FetchFailed
from archiver.ledger import posting
from archiver.services.witness import Witness
from tests.faces.command import KEPT, Here, cli, ended, environment, start
from tests.faces.outlet import PAGE, Answer, Outlet
from tests.ledger.ledgers import ORIGIN, signer
from tests.ledger.witnessed import FORKED, SEEN, listening, prefix, request


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.setenv(KEPT, str(tmp_path / "home"))
    return Here(tmp_path, monkeypatch, capsys)


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with Outlet({f"/{at}": Answer(PAGE.replace(b"Harbour", b"Harbour %d" % at)) for at in range(9)}) as one:
        yield one


def capture(here: Here, outlet: Outlet, archive: str, path: str) -> str:
    ran = here(
        "--archive", archive, "capture", outlet.url(path), "--json", "--no-site-files", "--allow-private", outlet.place
    )
    assert ran.code == 0, ran.err
    return str(ran.lines[0]["capture_id"])


def vkey(here: Here, archive: str) -> str:
    return str(here("--archive", archive, "keys", "export-public", "--json").lines[-1]["vkey"])


def named(folder: Path, monkeypatch: pytest.MonkeyPatch, url: str, key: str) -> None:
    """From now on captures are witnessed there."""
    path = folder / "witnesses.yaml"
    path.write_text(f"witnesses:\n  - name: harbour\n    url: {url}\n    key: '{key}'\n")
    monkeypatch.setenv("ARCHIVER_WITNESSES", str(path))


def test_two_archives_witness_each_other(
    here: Here, outlet: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {}
    for name in ("east", "west"):
        assert here("--archive", name, "init").code == 0
        [made] = here("witness", "make-key", f"{name}.example/w", "--state", f"{name}-witness", "--json").lines
        keys[name] = made["public_key"]
    for name, other in (("east", "west"), ("west", "east")):
        key = vkey(here, other)
        [added] = here("witness", "add", key.partition("+")[0], key, "--state", f"{name}-witness", "--json").lines
        assert (added["public_keys"], added["size"]) == ([key], 0)
    with ExitStack() as stack:
        urls = {}
        for name in ("east", "west"):
            witness = Witness(tmp_path / f"{name}-witness")
            stack.callback(witness.close)
            urls[name] = prefix(stack.enter_context(listening(witness)))
        for name, other in (("east", "west"), ("west", "east")):
            named(tmp_path, monkeypatch, urls[other], keys[other])
            captured = capture(here, outlet, name, "/0")
            [status] = here("--archive", name, "ledger", "status", "--json").lines
            assert status["witnessed"] == {"harbour": status["size"]}
            assert "harbour: 1 of 1 leaves" in here("--archive", name, "ledger", "status").err
            assert here("--archive", name, "prove", captured, "--out", f"{name}-pack").code == 0
            ran = here("verify", f"{name}-pack", "--key", vkey(here, name), "--key", keys[other])
            assert ran.code == 0, ran.err
            assert f"{other}.example/w states that it saw this checkpoint" in ran.err
            assert "by the key you gave" in ran.err
            head = (tmp_path / name / "ledger" / "heads" / "0000000001").read_bytes()
            pack = tmp_path / f"{name}-pack"
            assert (pack / "checkpoint").read_bytes() == head
            assert (pack / "checkpoint.witnessed").read_bytes().startswith(head)
            assert "witnessed by" in (pack / "index.html").read_text().lower()
            # Within the hour nobody is asked by itself, and at once by the command.
            capture(here, outlet, name, "/1")
            assert here("--archive", name, "ledger", "status", "--json").lines[0]["witnessed"] == {"harbour": 1}
            ran = here("--archive", name, "ledger", "witness", "--json")
            assert (ran.code, [one["size"] for one in ran.lines]) == (0, [2])


def test_a_rewritten_ledger_is_refused_by_the_witness_and_found_by_the_monitor(
    here: Here, outlet: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here("--archive", "east", "init").code == 0
    key = vkey(here, "east")
    [made] = here("witness", "make-key", "west.example/w", "--json").lines
    assert here("witness", "add", key.partition("+")[0], key).code == 0
    shutil.copytree(tmp_path / "east", tmp_path / "fork")
    with closing(Witness(Path(made["state"]))) as witness, listening(witness) as server:
        named(tmp_path, monkeypatch, prefix(server), made["public_key"])
        capture(here, outlet, "east", "/0")
        capture(here, outlet, "east", "/1")
        assert here("--archive", "east", "ledger", "witness").code == 0
        ran = here("monitor", "east", "--json", "--state", "watch.json")
        assert (ran.code, ran.lines[-1]["verdict"], ran.lines[-1]["size"]) == (0, "first", 2)
        assert [one["index"] for one in ran.lines[:-1]] == [0, 1]
        assert "the key was found there" in here("monitor", "east", "--state", "other.json").err

        # The same key, another history.
        for path in ("/2", "/3", "/4"):
            capture(here, outlet, "fork", path)
        ran = here("--archive", "fork", "ledger", "witness")
        assert ran.code == 1
        assert "another tree, or the tiles here are damaged" in ran.err
        assert here("--archive", "fork", "ledger", "status", "--json").lines[0]["witnessed"] == {}

        # Put in the place of the first, for the monitor to see.
        shutil.move(tmp_path / "east", tmp_path / "true")
        shutil.move(tmp_path / "fork", tmp_path / "east")
        for _ in range(2):
            ran = here("monitor", "east", "--json", "--state", "watch.json")
            assert (ran.code, ran.lines[-1]["verdict"], ran.lines[-1]["code"]) == (1, "alarm", "L03")
        assert "ALARM L03" in here("monitor", "east", "--state", "watch.json").err

        # The true one goes on: the alarm changed nothing of what is kept.
        shutil.move(tmp_path / "east", tmp_path / "fork")
        shutil.move(tmp_path / "true", tmp_path / "east")
        capture(here, outlet, "east", "/5")
        ran = here("monitor", "east", "--json", "--state", "watch.json", "--key", key)
        assert (ran.code, ran.lines[-1]["verdict"], ran.lines[-1]["before"]) == (0, "grown", 2)
        assert {"index", "k", "t", "d"} == set(ran.lines[0])
        assert here("monitor", "east", "--state", "watch.json", "--json").lines[-1]["verdict"] == "unchanged"
        assert here("--archive", "east", "ledger", "witness").code == 0


def test_a_witness_that_is_away_holds_up_no_capture(
    here: Here, outlet: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here("--archive", "east", "init").code == 0
    [made] = here("witness", "make-key", "west.example/w", "--json").lines
    named(tmp_path, monkeypatch, "http://127.0.0.1:1/", made["public_key"])
    ran = here(
        "--archive", "east", "capture", outlet.url("/0"), "--json", "--no-site-files", "--allow-private", outlet.place
    )
    assert ran.code == 0
    assert "not witnessed by harbour yet" in ran.err
    [status] = here("--archive", "east", "ledger", "status", "--json").lines
    assert (status["waiting"], status["witnessed"]) == (0, {})
    # Once an hour at most: the next capture does not wait for it again.
    ran = here(
        "--archive", "east", "capture", outlet.url("/1"), "--json", "--no-site-files", "--allow-private", outlet.place
    )
    assert "witnessed" not in ran.err
    captured = ran.lines[0]["capture_id"]
    [told] = here("--archive", "east", "prove", captured, "--out", "pack", "--json").lines
    assert told["pending"] == ["No witness has signed the checkpoint yet."]
    assert here("verify", "pack").code == 0
    assert here("verify", "pack", "--key", made["public_key"]).code == 1


def test_mistakes_are_told(here: Here, outlet: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert here("witness", "list").code == 3
    assert here("witness", "serve").code == 3
    assert here("witness", "make-key", "a b").code == 2
    assert here("--archive", "east", "init").code == 0
    assert here("--archive", "east", "ledger", "witness").code == 2
    assert here("witness", "make-key", "w.example").code == 0
    assert here("witness", "make-key", "w.example").code == 2
    assert here("witness", "add", "urn:uuid:x", "nonsense").code == 2
    assert here("witness", "sign", "nowhere.txt").code == 2
    (tmp_path / "large.txt").write_bytes(b"x" * 70_000)
    assert here("witness", "sign", "large.txt").code == 2
    (tmp_path / "small.txt").write_bytes(b"old 0\n\nx")
    ran = here("witness", "sign", "small.txt", "--json")
    assert (ran.code, ran.lines[0]["status"]) == (1, 400)
    for bind in ("7380", "localhost:x", ":1", "127.0.0.1:99999", "192.0.2.1:1"):
        assert here("witness", "serve", "--bind", bind).code in (2, 4)
    monkeypatch.setenv("ARCHIVER_WITNESSES", str(tmp_path / "none.yaml"))
    capture(here, outlet, "east", "/0")
    ran = here("--archive", "east", "ledger", "witness")
    assert ran.code == 2
    assert "ARCHIVER_WITNESSES" in ran.err
    assert here("monitor", "nowhere").code == 2
    assert here("monitor", "").code == 2
    assert here("monitor", ".").code == 3
    assert here("monitor", "http://127.0.0.1:1/").code == 4
    assert here("monitor", "http://127.0.0.1/?a").code == 2
    assert here("monitor", "east", "--key", "nonsense").code == 2
    (tmp_path / "broken.json").write_text("{}")
    assert here("monitor", "east", "--state", "broken.json").code == 2


def test_a_request_is_signed_without_a_network(tmp_path: Path, here: Here) -> None:
    assert here("witness", "make-key", "w.example", "--state", "w").code == 0
    assert here("witness", "add", ORIGIN, signer().verifier.to_text(), "--state", "w").code == 0
    ran = cli("witness", "sign", "-", "--state", "w", cwd=tmp_path, stdin=request(0, 50), env=environment())
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("\u2014 w.example ")
    (tmp_path / "r").write_bytes(request(0, 60, FORKED))
    ran = here("witness", "sign", "r", "--state", "w")
    assert (ran.code, ran.out) == (1, "")
    assert "not signed (409): it saw 50 entries last" in ran.err
    assert here("witness", "list", "--state", "w", "--json").lines[0]["size"] == 50


def test_a_witness_serves_until_it_is_stopped(tmp_path: Path, here: Here) -> None:
    assert here("witness", "make-key", "w.example", "--state", "w").code == 0
    assert here("witness", "add", ORIGIN, signer().verifier.to_text(), "--state", "w").code == 0
    process = start("witness", "serve", "--bind", "127.0.0.1:0", "--state", "w", "--json", cwd=tmp_path)
    assert process.stdout is not None
    url = json.loads(process.stdout.readline())["url"]
    assert posting.ask(f"{url}add-checkpoint", "POST", request(0, 50), {}).status == 200
    process.send_signal(signal.SIGINT)
    assert ended(process).code == 130


def test_a_witness_that_is_killed_has_recorded_all_that_it_signed(tmp_path: Path, here: Here) -> None:
    assert here("witness", "make-key", "w.example", "--state", "w").code == 0
    assert here("witness", "add", ORIGIN, signer().verifier.to_text(), "--state", "w").code == 0
    size = 0
    for kill_at in (3, 40, 11):
        process = start("witness", "serve", "--bind", "127.0.0.1:0", "--state", "w", "--json", cwd=tmp_path)
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        answered = threading.Event()

        def ask(url: str, first: int, kill_at: int, answered: threading.Event, signed: list[int]) -> None:
            for new in range(first + 1, 300):
                try:
                    if posting.ask(f"{url}add-checkpoint", "POST", request(new - 1, new), {}).status == 200:
                        signed.append(new)
                except FetchFailed:
                    return
                if new - first == kill_at:
                    answered.set()

        signed: list[int] = []
        asking = threading.Thread(target=ask, args=(url, size, kill_at, answered, signed))
        asking.start()
        assert answered.wait(30)
        process.kill()
        asking.join()
        ended(process)
        [known] = here("witness", "list", "--state", "w", "--json").lines
        assert known["size"] in (
            signed[-1],
            signed[-1] + 1,
        )  # the answer to the last may have been lost, never its record
        size = known["size"]
    with closing(Witness(tmp_path / "w")) as witness:
        assert witness.add_checkpoint(request(0, size, FORKED), SEEN).status == 409


def test_two_archives_witness_each_other_by_files_alone(
    here: Here, outlet: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here("--archive", "east", "init").code == 0
    key = vkey(here, "east")
    [made] = here("witness", "make-key", "w.example", "--json").lines
    assert here("witness", "add", key.partition("+")[0], key).code == 0
    named(tmp_path, monkeypatch, "http://127.0.0.1:1/", made["public_key"])
    assert here("--archive", "east", "ledger", "witness", "--request", "harbour").code == 2  # nothing is logged yet
    for size, path in ((1, "/0"), (2, "/1")):
        capture(here, outlet, "east", path)
        (tmp_path / "request").write_text(here("--archive", "east", "ledger", "witness", "--request", "harbour").out)
        ran = here("witness", "sign", "request")
        assert ran.code == 0, ran.err
        (tmp_path / "answer").write_text(ran.out)
        # More is logged before the answer is back.
        if size == 2:
            capture(here, outlet, "east", "/2")
        ran = here("--archive", "east", "ledger", "witness", "--answer", "answer", "--json")
        assert (ran.code, ran.lines[0]["size"], ran.lines[0]["witness"]) == (0, size, "harbour")
    ledger = ("--archive", "east", "ledger", "witness")
    assert here(*ledger[:3], "status", "--json").lines[0]["witnessed"] == {"harbour": 2}
    (tmp_path / "request").write_text(here(*ledger, "--request", "harbour", "--old", "1").out)
    assert "it saw 2 entries last" in here("witness", "sign", "request").err
    for wrong in (
        ["--request", "nobody"], ["--request", "harbour", "--old", "9"], ["--old", "1"], ["--answer", "request"],
        ["--answer", "nowhere"], ["--request", "harbour", "--answer", "answer"],
    ):  # fmt: skip
        assert here(*ledger, *wrong).code == 2, wrong
