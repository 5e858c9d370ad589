# SPDX-License-Identifier: Apache-2.0
"""Credentials that end while the program runs: new ones are taken from where the old came from, and nothing is lost."""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.errors import StoreUnavailable
from archiver.store.retry import Retry
from archiver.store.s3 import S3Store
from tests.contracts.store_contract import noise, put
from tests.store.conftest import set_aws
from tests.store.s3_faults import EXPIRED, Proxy, Script, says

CONTENT = noise(40_000)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Writes the credentials file of this test."""
    set_aws(monkeypatch)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    path = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))

    def credentials(key: str) -> None:
        path.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = s\naws_session_token = t\n")

    return credentials


@pytest.fixture
def store(bucket: str, faulty: Proxy, script: Script) -> S3Store:
    assert script.seen == []
    return S3Store(bucket, endpoint_url=faulty.url, region="us-east-1", retry=Retry(attempts=3, sleep=lambda _: None))


def test_a_session_that_ends_is_followed_by_the_one_in_the_rewritten_file(
    store: S3Store, script: Script, write: Callable[[str], None]
) -> None:
    write("first")
    put(store, "a", CONTENT)
    script.refused.add("first")
    write("second")
    script.signed.clear()
    put(store, "b", CONTENT)
    assert script.signed == ["first", "second", "second"]
    assert store.get("b") == CONTENT
    assert set(script.signed[1:]) == {"second"}


@pytest.mark.parametrize("call", ["put", "get", "open", "head", "list", "replace"])
def test_every_call_goes_on_with_the_new_session(
    store: S3Store, script: Script, write: Callable[[str], None], call: str
) -> None:
    write("first")
    put(store, "a", CONTENT)
    script.refused.add("first")
    write("second")
    calls: dict[str, Callable[[], object]] = {
        "put": lambda: put(store, "a", CONTENT),
        "get": lambda: store.get("a"),
        "open": lambda: store.open("a").close(),
        "head": lambda: store.head("a"),
        "list": lambda: list(store.list("")),
        "replace": lambda: store.replace("ledger/checkpoint", b"1"),
    }
    calls[call]()
    assert "second" in script.signed


def test_a_session_that_ends_in_the_middle_of_a_write_loses_and_doubles_nothing(
    store: S3Store, script: Script, write: Callable[[str], None]
) -> None:
    write("first")
    # the server did the work and then called the session ended; the read-back meets the same once more
    script.on("PUT", says(400, "ExpiredToken", forward=True))
    script.on("GET", EXPIRED)
    put(store, "a", CONTENT)
    assert [code for method, code in script.seen if method == "PUT"] == [400, 412]
    assert store.get("a") == CONTENT


def test_without_a_new_session_the_second_refusal_is_final_and_says_what_to_do(
    store: S3Store, script: Script, write: Callable[[str], None]
) -> None:
    write("first")
    script.refused.add("first")
    with pytest.raises(StoreUnavailable, match="renew them"):
        put(store, "a", CONTENT)
    assert script.seen == [("PUT", 400), ("PUT", 400)]
    with pytest.raises(StoreUnavailable, match="renew them"):
        store.head("a")
    write("second")
    put(store, "a", CONTENT)


def test_of_many_threads_that_meet_the_end_all_go_on(
    store: S3Store, script: Script, write: Callable[[str], None]
) -> None:
    write("first")
    put(store, "a", CONTENT)
    script.refused.add("first")
    write("second")
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(store.get, ["a"] * 16)) == {CONTENT}


def test_sessions_with_a_known_end_are_renewed_before_it(
    store: S3Store, script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_aws(monkeypatch)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    drawn = tmp_path / "drawn"
    # within ten minutes of its end botocore asks for another before each request
    ends = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    issued = {"Version": 1, "SecretAccessKey": "s", "SessionToken": "t", "Expiration": ends}
    (tmp_path / "issue.py").write_text(
        f"import json, pathlib\n"
        f"drawn = pathlib.Path({str(drawn)!r})\n"
        f"number = len(drawn.read_text()) if drawn.exists() else 0\n"
        f"drawn.write_text('x' * (number + 1))\n"
        f"print(json.dumps({json.dumps(issued)} | dict(AccessKeyId=f'drawn-{{number}}')))\n"
    )
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {sys.executable} {tmp_path / 'issue.py'}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    put(store, "a", CONTENT)
    assert store.get("a") == CONTENT
    assert len(set(script.signed)) == len(script.signed) == 3
    assert [code for _, code in script.seen] == [200, 200, 200]


def test_an_issuer_that_fails_is_named_without_its_words(
    store: S3Store, script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_aws(monkeypatch)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    code = "import sys; sys.exit('the secret is open sesame')"
    (tmp_path / "config").write_text(f'[default]\ncredential_process = {sys.executable} -c "{code}"\n')
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(StoreUnavailable, match="AWS_ACCESS_KEY_ID") as seen:
        put(store, "a", CONTENT)
    assert "sesame" not in str(seen.value)
    assert script.seen == []
