# SPDX-License-Identifier: Apache-2.0
"""One archive, wherever it lies: in a folder, in a bucket, copied from one to the other; and nothing but the store left."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3.session
import pytest
from moto.server import ThreadedMotoServer

from archiver.archive import Archive
from archiver.errors import BadInput, StoreUnfit
from archiver.faces.demo_site.server import DemoSite
from archiver.options import CaptureOptions
from archiver.settings import Settings, read


@pytest.fixture(scope="module")
def site() -> Iterator[DemoSite]:
    with DemoSite() as running:
        yield running


@pytest.fixture(params=["moto", "real"])
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket on a server in this process, then on a real one where there is one."""
    with contextlib.ExitStack() as stack:
        if request.param == "real":
            endpoint = os.environ.get("S3_TEST_ENDPOINT")
            if not endpoint:
                (pytest.fail if os.environ.get("CI") else pytest.skip)(
                    "no S3 server: run `infra/ci-services.sh start`, then `. .services/env`, and run the tests again"
                )
            monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        else:
            server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
            server.start()
            stack.callback(server.stop)
            host, port = server.get_host_and_port()
            for name, value in (
                ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
            ):
                monkeypatch.setenv(name, value)
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            monkeypatch.setenv(name, "us-east-1")
        # a server keeps its buckets as long as it lives: each test has its own
        name = f"evidence-{secrets.token_hex(6)}"
        boto3.session.Session().client("s3").create_bucket(Bucket=name)
        yield name


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read({"XDG_STATE_HOME": str(tmp_path / "state-home"), "HOME": str(tmp_path)})


def _capture(archive: Archive, site: DemoSite) -> None:
    for _ in archive.capture(site.pages, CaptureOptions(allow_private=site.allowed)):
        pass


def _answers(archive: Archive, site: DemoSite) -> list[object]:
    """Everything lookups say of the site's pages, without what belongs to the machine."""
    article = archive.lookup(site.pages[0])
    by_url = [archive.lookup(url) for url in site.pages]
    by_hash = archive.lookup(str(article[0].digest))
    flat = [match for matches in (*by_url, by_hash) for match in matches]
    assert flat
    return [
        replace(match.found, segment=replace(match.found.segment, sealed_at=match.found.fetched_at)) for match in flat
    ] + [archive.manifest_bytes(match.found.capture_id) for match in flat]


def _objects(bucket: str) -> dict[str, bytes]:
    client = boto3.session.Session().client("s3")
    listed = [one["Key"] for one in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
    # the probe announces a wrong checksum; moto takes it and gives it back, which boto3 does not take
    kept = [key for key in listed if not key.endswith("-wrong")]
    return {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in kept}


def test_a_bucket_alone_is_enough_after_everything_else_is_lost(
    bucket: str, settings: Settings, site: DemoSite
) -> None:
    with Archive.init(f"s3://{bucket}/news", settings=settings) as archive:
        _capture(archive, site)
        before = _answers(archive, site)
    shutil.rmtree(settings.state_home)
    with Archive.open(f"s3://{bucket}/news", settings=settings) as archive:
        rebuilt = archive.rebuild()
        assert (rebuilt.segments, rebuilt.findings) == (1, ())
        assert _answers(archive, site) == before
        assert archive.verify().findings == []


def test_a_second_capture_of_an_unchanged_page_in_a_bucket_is_a_revisit(
    bucket: str, settings: Settings, site: DemoSite
) -> None:
    with Archive.init(f"s3://{bucket}/news", settings=settings) as archive:
        _capture(archive, site)
        _capture(archive, site)
        first, second = archive.lookup(site.pages[0])
        assert (first.found.revisit, second.found.revisit) == (False, True)
        assert archive.entity(first.found.capture_id) == archive.entity(second.found.capture_id)


def test_a_folder_copied_into_a_bucket_is_the_same_archive(
    bucket: str, settings: Settings, site: DemoSite, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    with Archive.init(folder, settings=settings) as archive:
        _capture(archive, site)
        before = _answers(archive, site)
    client = boto3.session.Session().client("s3")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            client.upload_file(str(path), bucket, f"copy/{path.relative_to(folder)}")
    with Archive.open(f"s3://{bucket}/copy", settings=settings) as archive:
        assert _answers(archive, site) == before
        _capture(archive, site)
        assert len(archive.lookup(site.pages[0])) == 2
        assert archive.verify().findings == []


def test_a_bucket_copied_into_a_folder_is_the_same_archive(
    bucket: str, settings: Settings, site: DemoSite, tmp_path: Path
) -> None:
    with Archive.init(f"s3://{bucket}", settings=settings) as archive:
        _capture(archive, site)
        before = _answers(archive, site)
    folder = tmp_path / "folder"
    for key, content in _objects(bucket).items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with Archive.open(folder, settings=settings) as archive:
        assert _answers(archive, site) == before
        _capture(archive, site)
        assert len(archive.lookup(site.pages[0])) == 2
        assert archive.verify().findings == []


def test_what_a_bucket_holds_is_only_what_the_format_names(bucket: str, settings: Settings, site: DemoSite) -> None:
    with Archive.init(f"s3://{bucket}/news", settings=settings) as archive:
        _capture(archive, site)
    kinds = {key.split("/")[1] for key in _objects(bucket)}
    assert kinds == {"archive.json", "ledger", "segments", "staging"}
    names = sorted(key.rpartition("/")[2] for key in _objects(bucket) if "/segments/" in key)
    assert [name for name in names if not name.endswith(".warc.gz")] == [
        "index.cdxj",
        "manifests.jsonl.gz",
        "segment.json",
    ]


def test_what_the_environment_wants_of_a_bucket_is_asked_for_with_every_write(
    bucket: str, settings: Settings, site: DemoSite
) -> None:
    client = boto3.session.Session().client("s3")
    locking = f"{bucket}-locks"
    client.create_bucket(Bucket=locking, ObjectLockEnabledForBucket=True)
    settings = replace(settings, lock="governance:3", encryption="aes256")
    with Archive.init(f"s3://{locking}/news", settings=settings) as archive:
        _capture(archive, site)
    heads = {
        one["Key"].removeprefix("news/"): client.head_object(Bucket=locking, Key=one["Key"])
        for one in client.list_objects_v2(Bucket=locking)["Contents"]
    }
    locked = {key for key, head in heads.items() if head.get("ObjectLockMode") == "GOVERNANCE"}
    assert {key for key in heads if not key.startswith("staging/") and key != "ledger/checkpoint"} <= locked
    assert "ledger/checkpoint" not in locked
    kept = [head for key, head in heads.items() if not key.startswith("staging/probe-")]
    assert {head.get("ServerSideEncryption") for head in kept} == {"AES256"}
    with pytest.raises(StoreUnfit, match="governance locks are wanted"):
        Archive.init(f"s3://{bucket}/news", settings=settings)


def test_a_wish_that_no_bucket_can_fulfil_is_a_mistake_before_anything_is_asked(settings: Settings) -> None:
    with pytest.raises(BadInput, match="not a lock"):
        Archive.init("s3://some-bucket", settings=replace(settings, lock="governance"))
