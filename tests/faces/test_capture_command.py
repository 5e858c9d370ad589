# SPDX-License-Identifier: Apache-2.0
"""`archiver capture`: lists in, lines and reports out, and an exit code that says whether all went well."""

import csv
import json
import stat
from pathlib import Path

import pytest

from tests.faces.command import Here, cli
from tests.faces.outlet import PAGE, Answer, Outlet, numbered

KEYS = [
    *("capture_id", "url", "final_url", "discovery_path", "embedded_by", "outcome", "reason", "response_code"),
    *("suspected", "fetched_at", "payload_sha256", "segment_id", "manifest_digest"),
]


def test_the_first_capture_makes_the_default_archive_and_says_so(here: Here, outlet: Outlet, tmp_path: Path) -> None:
    ran = here("capture", outlet.url("/a"), "--no-site-files", "--allow-private", outlet.place)
    assert (ran.code, ran.out) == (0, "")
    assert "Made a new archive in ./archive" in ran.err
    assert (tmp_path / "archive" / "archive.json").is_file()
    assert "captured-complete" in ran.err
    assert "Harbour notes  by The Quay" in ran.err
    assert "1 notice" in ran.err
    assert "2 captures of 1 URL, sealed in ./archive" in ran.err
    assert f"Next: archiver lookup {outlet.url('/a')}" in ran.err
    again = here("capture", outlet.url("/a"), "--allow-private", outlet.place)
    assert "Made" not in again.err


def test_json_is_one_line_a_capture_with_exactly_these_keys_the_seed_first(tmp_path: Path) -> None:
    style = Answer(b"body{color:#222}", "text/css")
    page = PAGE.replace(b"<head>", b'<head><link rel="stylesheet" href="/s.css">')
    with Outlet({"/a": Answer(page), "/s.css": style, "/old": Answer(code=301, headers=(("Location", "/a"),))}) as site:
        ran = cli("capture", site.url("/old"), "--json", "--no-site-files", "--allow-private", site.place, cwd=tmp_path)
    assert ran.code == 0
    assert [list(line) for line in ran.lines] == [KEYS] * 4
    seed, page_line, *others = ran.lines
    assert (seed["url"], seed["response_code"], seed["final_url"]) == (site.url("/old"), 301, site.url("/a"))
    assert (page_line["url"], page_line["discovery_path"]) == (site.url("/a"), "R")
    embedded = next(one for one in others if one["url"] == site.url("/s.css"))
    assert (embedded["discovery_path"], embedded["embedded_by"]) == ("RE", site.url("/a"))
    assert {one["discovery_path"] for one in others} == {"RE", "P"}
    assert all(line["fetched_at"].endswith("Z") and line["payload_sha256"].startswith("sha256:") for line in ran.lines)


CHECK = b"<title>Just a moment...</title><div id='challenge-error-text'>Enable JavaScript and cookies to continue</div>"


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (Answer(b"It was here.", code=410), "the server answered 410; what came is kept. Check the URL"),
        (Answer(CHECK, code=403), "the server answered 403 and it looks like bot-check; what came is kept. Try again"),
        (Answer(CHECK), ": it looks like bot-check; what came is kept. Try again"),
    ],
    ids=["gone", "refused-to-bots", "bot-check"],
)
def test_an_error_or_a_suspected_page_is_kept_but_is_exit_code_1_with_advice(
    here: Here, answer: Answer, advice: str
) -> None:
    with Outlet({"/a": answer}) as site:
        ran = here("capture", site.url("/a"), "--json", "--allow-private", site.place)
    assert ran.code == 1
    assert ran.lines[0]["outcome"] == "captured-complete"
    assert advice in ran.err


def test_a_url_that_is_not_captured_is_exit_code_1_and_says_what_to_try(here: Here, outlet: Outlet) -> None:
    ran = here("capture", outlet.url("/a"))
    assert ran.code == 1
    assert "address-refused" in ran.err
    assert "--allow-private" in ran.err


def test_one_bad_row_never_stops_the_rest(here: Here, outlet: Outlet, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(
        f"# a comment\n\n{outlet.url('/a')}\nnot a url\nhttp://[broken/\nftp://h/x\nhttp://h.invalid:0/\n{outlet.url('/gone')}\n"
    )
    ran = here("capture", "--input", "list.txt", "--json", "--page-only", "--allow-private", outlet.place)
    became = {line["url"]: (line["outcome"], line["reason"]) for line in ran.lines if line["discovery_path"] == ""}
    assert ran.code == 1
    assert became[outlet.url("/a")] == ("captured-complete", None)
    assert became[outlet.url("/gone")] == ("captured-complete", None)
    assert became["not a url"] == ("refused-with-reason", "bad-url")
    assert became["ftp://h/x"] == ("refused-with-reason", "scheme-refused")
    assert len(became) == 6


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("l.csv", "case,url,seen\n7,{0},yes\n8,{1},\n"),
        ("l.tsv", "case\turl\tseen\n7\t{0}\tyes\n8\t{1}\t\n"),
        ("l.csv", '\ufeffcase;"URL";seen\r\n7;"{0}";yes\r\n8;{1};\r\n'),
        ("l.csv", "case,url,seen\r7,{0},yes\r8,{1},\r"),
    ],
    ids=["csv", "tsv", "excel", "old-mac"],
)
def test_other_columns_become_labels_and_the_report_holds_the_rows_again(
    here: Here, tmp_path: Path, name: str, content: str
) -> None:
    with Outlet(numbered(2)) as site:
        urls = [site.url("/1"), site.url("/2")]
        (tmp_path / name).write_text(content.format(*urls), encoding="utf-8", newline="")
        given = ("--input", name, "--report", f"report-{name}", "--label", "desk=city", "--note", "for the file")
        ran = here("capture", *given, "--json", "--allow-private", site.place)
        assert ran.code == 0, ran.err
        first = next(line for line in ran.lines if line["url"] == urls[0])
        shown = here("manifest", first["capture_id"], "--json").lines[0]
        assert shown["observation"]["labels"] == {"case": "7", "seen": "yes", "desk": "city", "note": "for the file"}
        rows = _rows(tmp_path / f"report-{name}")
        column = "URL" if "URL" in content else "url"
        assert [row[column] for row in rows] == urls
        assert [row["case"] for row in rows] == ["7", "8"]
        assert rows[0]["capture_id"] == first["capture_id"]
        assert rows[0]["payload_sha256"] == first["payload_sha256"]
        assert rows[0]["fetched_at"] == first["fetched_at"]
        asked = len(site.requests)
        again = here("capture", *given, "--allow-private", site.place)
        assert (again.code, len(site.requests)) == (0, asked)
        assert "2 of 2 URLs are done already" in again.err
        assert _rows(tmp_path / f"report-{name}") == rows


def test_a_rerun_tries_only_what_was_not_captured_and_keeps_one_line_a_row(here: Here, tmp_path: Path) -> None:
    with Outlet(numbered(3)) as site:
        urls = [site.url("/1"), "http://h.invalid./nowhere", site.url("/1"), site.url("/3")]
        (tmp_path / "l.txt").write_text("".join(f"{url}\n" for url in urls))
        given = ("--input", "l.txt", "--report", "r.csv", "--page-only", "--allow-private", site.place)
        assert here("capture", *given).code == 1
        assert [row["url"] for row in _rows(tmp_path / "r.csv")] == urls
        assert [path for path, _ in site.requests].count("/1") == 1
        assert here("capture", *given).code == 1
        assert [path for path, _ in site.requests].count("/1") == 1
        rows = _rows(tmp_path / "r.csv")
        assert [row["url"] for row in rows] == urls
        assert rows[1]["outcome"] == "failed-recorded"
        assert rows[1]["reason"] == "dns-failed"


def test_a_report_whose_last_row_a_kill_cut_off_is_mended(here: Here, tmp_path: Path) -> None:
    with Outlet(numbered(2)) as site:
        (tmp_path / "l.txt").write_text(f"{site.url('/1')}\n{site.url('/2')}\n")
        given = ("--input", "l.txt", "--report", "r.csv", "--allow-private", site.place)
        here("capture", *given)
        whole = (tmp_path / "r.csv").read_bytes()
        (tmp_path / "r.csv").write_bytes(whole[:-20])
        assert here("capture", *given).code == 0
        rows = _rows(tmp_path / "r.csv")
    assert [row["url"] for row in rows] == [site.url("/1"), site.url("/2")]
    assert all(row["payload_sha256"].startswith("sha256:") and len(row["payload_sha256"]) == 71 for row in rows)


def test_a_cell_that_begins_like_a_formula_is_written_back_as_words(here: Here, outlet: Outlet, tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text(f"url,remark\n{outlet.url('/a')},=cmd()\n")
    here("capture", "--input", "l.csv", "--report", "r.csv", "--allow-private", outlet.place)
    assert _rows(tmp_path / "r.csv")[0]["remark"] == "'=cmd()"


def test_a_list_may_come_from_stdin(outlet: Outlet, tmp_path: Path) -> None:
    given = ("capture", "--input", "-", "--json", "--page-only", "--allow-private", outlet.place)
    ran = cli(*given, cwd=tmp_path, stdin=f"{outlet.url('/a')}\n".encode())
    assert ran.code == 0
    assert ran.lines[0]["url"] == outlet.url("/a")


def test_request_headers_are_sent_as_given(here: Here, outlet: Outlet) -> None:
    here("capture", outlet.url("/a"), "--header", "X-Desk: city", "--user-agent", "Quay/1", "--accept-language",
         "fr, en;q=0.5", "--allow-private", outlet.place)  # fmt: skip
    sent = dict(outlet.requests)["/a"]
    assert (sent["x-desk"], sent["user-agent"], sent["accept-language"]) == ("city", "Quay/1", "fr, en;q=0.5")


def test_words_of_a_page_cannot_steer_the_terminal(here: Here) -> None:
    page = PAGE.replace(b"<title>Harbour notes", b"<title>\x1b[2J\x1b]0;owned\x07 [red]notes\xe2\x80\xae")
    with Outlet({"/a": Answer(page)}) as site:
        ran = here("capture", site.url("/a"), "--allow-private", site.place)
    assert ran.code == 0
    assert not set("\x1b\x07\u202e") & set(ran.err)
    assert "[red]notes" in ran.err


def test_init_says_the_archive_id_and_keeps_the_operator(here: Here, tmp_path: Path) -> None:
    ran = here("--archive", "desk", "init", "--operator", "City Desk", "--contact", "desk@paper.example", "--json")
    described = json.loads((tmp_path / "desk" / "archive.json").read_bytes())
    told = ran.lines[0]
    key = Path(told.pop("signing_key"))
    assert told == {"archive_id": described["archive_id"], "archive": "desk", "format": "archive/0"}
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert tmp_path / "desk" not in key.parents
    assert described["operator"]["name"] == "City Desk"


def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t" if path.suffix == ".tsv" else ","))
