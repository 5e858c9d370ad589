# SPDX-License-Identifier: Apache-2.0
"""Both contenders are told to archive the same hosts, and nginx to serve each of them."""

import socket
from pathlib import Path

import yaml

from archiver.addresses import Allowed
from archiver.jobs.reading import read_job
from bench import contenders, nginx
from bench.place import Place
from bench.processes import Program
from bench.site import Shape

SHAPE = Shape(hosts=3, port=8471)


def test_the_job_names_every_host_and_is_allowed_to_reach_it() -> None:
    job = yaml.safe_load(contenders.job_text(SHAPE))
    assert job["seeds"] == [f"http://127.0.0.{n}:8471/" for n in (11, 12, 13)]
    allowed = [Allowed.parse(one) for one in job["network"]["allow_private"]]
    assert all(one.names(f"127.0.0.{n}", 8471) for n, one in zip((11, 12, 13), allowed, strict=True))


def test_the_job_is_one_that_the_program_accepts() -> None:
    job = read_job(contenders.job_text(SHAPE), where="bench.yaml", seed_files=lambda name: "")
    assert (job.name, job.settings.scope.kind, job.settings.politeness.delay) == ("bench", "host", 0)
    assert job.settings.politeness.robots == "obey"


def test_fsync_is_made_free_by_a_program_before_the_command(tmp_path: Path) -> None:
    plain = contenders.Contender("plain", lambda folder: [Program(["true", "x"], folder)])
    freed = contenders.without_sync(plain, "/usr/bin/eatmydata")
    assert freed is not None
    assert [one.command for one in freed.programs(tmp_path)] == [["/usr/bin/eatmydata", "true", "x"]]
    assert contenders.without_sync(plain, None) is None


def test_a_server_is_written_for_each_address() -> None:
    text = nginx.configuration(Path("/scratch"), {"127.0.0.11": Path("/site/h1")}, 8471, None)
    assert "listen 127.0.0.11:8471 " in text
    assert "root /site/h1;" in text
    assert text.count("{") == text.count("}")
    assert "user " not in text
    assert "user root;" in nginx.configuration(Path("/scratch"), {}, 8471, "root")


def test_a_port_is_free_only_when_no_address_has_it_taken() -> None:
    with socket.create_server(("127.0.0.12", 0)) as taken:
        port = taken.getsockname()[1]
        assert not nginx.is_free(["127.0.0.11", "127.0.0.12"], port)
    assert nginx.is_free(["127.0.0.11", "127.0.0.12"], port)


def test_a_run_gets_a_new_folder_that_is_gone_after_it(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path / "site", SHAPE)
    for _ in range(2):
        with place.fresh("ours") as folder:
            assert not folder.exists()
            folder.mkdir()
            (folder / "left").touch()
    assert not folder.exists()
