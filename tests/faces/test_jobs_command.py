# SPDX-License-Identifier: Apache-2.0
"""`archiver jobs`: a job file is checked and tried without an archive; notifications are tried with one."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from archiver.services.notify.webhook import MESSAGE, SIGNATURE, verified
from tests.end_to_end.crawl_pages import Answer, Shape
from tests.end_to_end.crawl_site import CrawlSite
from tests.faces.command import Here

SITEMAP = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'


@pytest.fixture
def site() -> Iterator[CrawlSite]:
    with CrawlSite(Shape(pages=6, embeds=1)) as one:
        yield one


def write(folder: Path, text: str) -> Path:
    file = folder / "job.yaml"
    file.write_text(text)
    return file


def job(folder: Path, site: CrawlSite, more: str = "") -> Path:
    return write(
        folder,
        f"name: tides\nseeds:\n  - {site.seeds[0]}\n  - {{url: '{site.url(0, '/page/2')}', scope: {{type: page}}}}\n"
        f"scope: {{type: host, exclude: ['/page/4$']}}\npoliteness: {{delay: 0s}}\n"
        f"network: {{allow_private: ['{site.allowed[0]}']}}\n{more}",
    )


# --- check ---


def test_every_mistake_of_a_file_is_told_on_a_line_of_its_own(here: Here, tmp_path: Path) -> None:
    file = write(tmp_path, "name: Tides\nseeds: []\nshedule: {every: 1h}\nlimits: {captures: many}\n")
    ran = here("jobs", "check", str(file))
    assert ran.code == 2
    places = [one.split(": ")[0].rpartition("job.yaml")[2] for one in ran.err.splitlines() if "job.yaml:" in one]
    assert places == [":1:7", ":2:8", ":3:1", ":4:20"]
    assert "did you mean schedule?" in ran.err
    assert ran.err.splitlines()[-1].endswith("has 4 mistakes")
    lines = here("jobs", "check", str(file), "--json").lines
    assert [(one["line"], one["column"]) for one in lines] == [(1, 7), (2, 8), (3, 1), (4, 20)]


def test_a_file_that_is_not_there_is_a_mistake(here: Here) -> None:
    ran = here("jobs", "check", "nowhere.yaml")
    assert (ran.code, "cannot be read" in ran.err) == (2, True)


def test_the_settings_of_a_seed_are_those_that_hold_for_it(here: Here, tmp_path: Path, site: CrawlSite) -> None:
    file = job(tmp_path, site, "schedule: {cron: '30 2 * * *', zone: Europe/Berlin}\n")
    whole = here("jobs", "check", str(file))
    assert whole.code == 0, whole.err
    assert yaml.safe_load(whole.out)["scope"]["type"] == "host"
    assert "is right. Due next: 20" in whole.err
    for named in ("2", site.url(0, "/page/2"), site.url(0, "/page/2#top")):
        (told,) = here("jobs", "check", str(file), "--seed", named, "--json").lines
        assert (told["settings"]["scope"]["type"], told["seed"]) == ("page", site.url(0, "/page/2"))
        assert len(told["due"]) == 3
    assert not (tmp_path / "archive").exists()
    assert site.asked() == []


@pytest.mark.parametrize(("named", "said"), [("3", "there is no seed 3"), ("http://x.example/", "is no seed")])
def test_a_seed_that_the_job_has_not_is_a_mistake(
    here: Here, tmp_path: Path, site: CrawlSite, named: str, said: str
) -> None:
    ran = here("jobs", "check", str(job(tmp_path, site)), "--seed", named)
    assert (ran.code, said in ran.err) == (2, True)


# --- preview ---


def test_a_preview_asks_for_seeds_and_rules_alone_and_shows_each_verdict(
    here: Here, tmp_path: Path, site: CrawlSite
) -> None:
    site.robots(0, "User-agent: *\nDisallow: /page/5\nSitemap: /map.xml\n")
    file = job(tmp_path, site)
    ran = here("jobs", "check", str(file), "--preview", "--json")
    assert ran.code == 0, ran.err
    front, page = ran.lines
    assert [one.url for one in site.asked()] == [site.url(0, "/robots.txt"), site.seeds[0], site.url(0, "/page/2")]
    assert (front["asked"], front["robots"]) == ([{"url": site.seeds[0], "code": 200, "detail": None}], "allowed")
    assert front["sitemaps"] == ["/map.xml"]
    taken = {one["url"] for one in front["taken"]["first"]}
    assert {site.url(0, path) for path in ("/page/1", "/page/2", "/page/3")} <= taken
    left_out = {one["url"]: one["rule"] for one in front["left_out"]["first"]}
    assert left_out[site.url(0, "/page/4")] == "exclude:/page/4$"
    assert left_out[site.url(0, "/page/5")] == "robots: Disallow: /page/5"
    assert all(one["rule"] == "embed" for one in page["taken"]["first"])
    assert page["left_out"]["rules"] == {f"outside:page:{site.url(0, '/page/2')}": page["left_out"]["urls"]}
    assert "would be left out" in here("jobs", "check", str(file), "--preview").err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["job.yaml"]


def test_the_entries_of_a_sitemap_are_seeds_in_a_preview(here: Here, tmp_path: Path, site: CrawlSite) -> None:
    entries = "".join(f"<url><loc>{site.url(0, f'/page/{n}')}</loc></url>" for n in range(1, 31))
    site.says(site.url(0, "/map.xml"), Answer(SITEMAP.format(entries).encode(), "application/xml"))
    file = job(tmp_path, site, f"seeds_from: [{{sitemap: '{site.url(0, '/map.xml')}'}}]\n")
    ran = here("jobs", "check", str(file), "--preview", "--json")
    assert ran.code == 0, ran.err
    listed = ran.lines[-1]
    assert (listed["source"], listed["taken"]["urls"], len(listed["taken"]["first"])) == ("sitemap", 30, 20)


def test_a_seed_that_cannot_be_had_is_told_by_the_exit_code(here: Here, tmp_path: Path, site: CrawlSite) -> None:
    site.robots(0, "User-agent: *\nDisallow: /page/2\n")
    ran = here("jobs", "check", str(job(tmp_path, site)), "--preview", "--seed", "2", "--json")
    assert (ran.code, ran.lines[0]["robots"], ran.lines[0]["asked"]) == (1, "disallowed", [])
    assert site.counts() == {}


# --- test-notify ---


class _Listener(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """The test reads what came."""


@pytest.fixture
def listener() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), _Listener) as server:
        server.came = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def test_a_test_message_is_sent_signed_to_each_webhook(
    here: Here, tmp_path: Path, listener: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"127.0.0.1:{listener.server_address[1]}"
    monkeypatch.setenv("TIDES_HOOK", f"http://{place}/hook")
    monkeypatch.setenv("TIDES_KEY", "rope")
    file = write(
        tmp_path,
        "name: tides\nseeds: [https://example.org/]\nnotify:\n"
        "  - {to: webhook, url: 'env:TIDES_HOOK', secret: 'env:TIDES_KEY'}\n  - {to: feed}\n"
        f"network: {{allow_private: ['{place}']}}\n",
    )
    here("init")
    ran = here("jobs", "test-notify", str(file), "--json")
    assert ran.code == 0, ran.err
    assert [(one["to"], one["delivered"], one["attempts"]) for one in ran.lines] == [("webhook", True, 1)]
    ((headers, body),) = listener.came  # type: ignore[attr-defined]
    told = json.loads(body)
    assert (told["test"], told["job"], told["message_id"]) == (True, "tides", headers[MESSAGE])
    at = int(headers[SIGNATURE].split(",")[0][2:])
    assert verified(headers[SIGNATURE], body, b"rope", at)
    assert "rope" not in ran.out + ran.err


def test_mail_without_a_server_is_told_with_what_to_set(here: Here, tmp_path: Path) -> None:
    file = write(
        tmp_path, "name: tides\nseeds: [https://example.org/]\nnotify: [{to: email, address: desk@paper.example}]\n"
    )
    here("init")
    ran = here("jobs", "test-notify", str(file))
    assert (ran.code, "ARCHIVER_SMTP" in ran.err) == (1, True)


def test_a_job_without_notifications_has_none_to_try(here: Here, tmp_path: Path, site: CrawlSite) -> None:
    ran = here("jobs", "test-notify", str(job(tmp_path, site)))
    assert (ran.code, "has no notifications" in ran.err) == (2, True)


# --- the list ---


def test_without_a_job_the_list_says_what_to_do(here: Here) -> None:
    here("init")
    ran = here("jobs")
    assert (ran.code, "archiver crawl JOB" in ran.err) == (0, True)
