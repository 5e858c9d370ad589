# SPDX-License-Identifier: Apache-2.0
"""A job file comes to one frozen job, or to all its mistakes at once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.capture.http import HARD_MAX_BODY, Limits
from archiver.crawling.planning import options_of
from archiver.errors import BadInput
from archiver.jobs.description import describe, describe_job
from archiver.jobs.effective import Feed, Job, Politeness, Secret, Seed, Sitemap, Timeouts
from archiver.jobs.explaining import known_keys
from archiver.jobs.job import JobFile
from archiver.jobs.mistakes import Mistake
from archiver.jobs.reading import read_job
from archiver.jobs.schedule import Schedule
from archiver.jobs.shapes import MOST_BODY

SEEDS = "name: x\nseeds: [https://example.org/]\n"


def job(text: str, files: Mapping[str, str] | None = None) -> Job:
    def give(name: str) -> str:
        if name in (files or {}):
            return (files or {})[name]
        raise BadInput(f"there is no list {name}", "put it beside the job file")

    return read_job(text, where="job.yaml", seed_files=give)


def mistakes(text: str, files: Mapping[str, str] | None = None) -> list[Mistake]:
    with pytest.raises(BadInput) as raised:
        job(text, files)
    found: Any = raised.value.fields["mistakes"]
    assert str(raised.value).splitlines() == [str(one) for one in found]
    return list(found)


def told(text: str, files: Mapping[str, str] | None = None) -> str:
    return "\n".join(str(one) for one in mistakes(text, files))


def test_a_job_of_name_and_seeds_has_every_default() -> None:
    found = job(SEEDS)
    first = found.settings_of(found.seeds[0])
    assert found.seeds == (Seed("https://example.org/"),)
    assert first is found.settings
    assert first.scope.kind == "prefix"
    assert first.scope.embeds
    assert first.politeness == Politeness("auto", 60.0, 1, 64, "obey", None)
    assert (first.limits.header, first.limits.body) == (2 << 20, 512 << 20)
    assert found.timeouts == Timeouts(10.0, 30.0, 30.0, 600.0)
    assert first.limits.captures is None
    assert first.schedule is None
    assert found.segments.octets == 256 << 20
    assert found.secrets == ()


def test_all_mistakes_of_a_file_are_told_at_once_in_its_order() -> None:
    text = """\
name: My Job
sedes: [https://a.example/]
seeds:
  - url: http://127.0.0.1/
    limits: {capture: 3, bytes: 12:30, captures: yes}
  - 3
  - htt://x
politeness: {delay: 1_0, robots: record}
dealy: 3
depth: 2
scope: prefix
engine: browser
headers: {a b: x, Cookie: abc, User-Agent: x}
secret_headers: {X: hunter2}
schedule: {cron: "61 * * * *", zone: Europe/Berln}
notify: {}
segments:
labels: {a: 012, b: 3}
basis: {fair_use: because}
network: {proxy: "http://u:hunter2@h:1", allow_private: [10.0.0.0/33]}
seeds_from: [{file: x.csv, feed: http://x.example/}, {sitemap: http://x.example/s.xml, since: 14days}]
"""
    found = told(text).splitlines()
    expected = [
        "1:7: a name is 1 to 64 of a-z, 0-9 and hyphens; write my-job",
        "2:1: unknown key 'sedes'; did you mean seeds?",
        "4:10: 127.0.0.1 is not a public address; list it under network.allow_private if it is meant",
        "5:14: unknown key 'capture'; did you mean captures?",
        "5:33: '12:30' is not a size; write it as 500kB, 256MiB or 1GiB, or a number of bytes",
        "5:50: `captures` cannot be text; write a whole number",
        "6:5: a seed is a URL, or a mapping with `url`; write - https://example.org/",
        "7:5: the scheme 'htt' is not fetched; only http and https URLs can be",
        "8:21: '1_0' is not a duration; write 10, or auto",
        "8:34: robots.txt is not obeyed without a reason; write it under `robots_reason`",
        "9:1: unknown key 'dealy'; did you mean politeness.delay?",
        "10:1: unknown key 'depth'; it is written as scope.depth",
        "11:8: `scope` is a mapping, not text; write `scope: {type: prefix}`",
        "12:9: 'browser' is not read; write http",
        "13:11: this cannot be the name of a request header; write letters, digits and hyphens",
        "13:27: Cookie is a secret; write it under `secret_headers` as env:NAME",
        "13:44: User-Agent has a key of its own; write it as `user_agent:`",
        "14:21: this is not the name of a variable; write env:NAME, and set NAME where the archiver runs",
        "15:18: there is no minute 61 (at character 1 of the line); write a number from 0 to 59",
        "15:38: 'Europe/Berln' is not a time zone; write a name such as Europe/Berlin, or UTC",
        "16:9: `notify` cannot be a mapping; write a list: a line with `- ` for each entry",
        "17:10: `segments` cannot be nothing; write the value, or leave the key out",
        "18:21: `b` cannot be a number; put it in quotes",
        "19:19: `fair_use` is stated without `assessor`: an assessment is a person's, on a day; write the person's name",
        "19:19: `fair_use` is stated without `date`: an assessment is a person's, on a day; write the day, as 2026-12-31",
        "20:18: the proxy's URL holds a user or password; put the whole URL into a variable and write env:NAME",
        "20:58: '10.0.0.0/33' is no address; write HOST:PORT, an address, or a network as 10.0.0.0/8",
        "21:14: a source names one of `file`, `sitemap` and `feed`; write each as an entry of its own",
        "21:21: there is no list x.csv; put it beside the job file",
        "21:95: '14days' is not a duration; write it as 90s, 10m, 1h30m or 14d",
    ]
    assert found == [f"job.yaml:{one}" for one in expected]


def test_a_mistake_has_its_parts_as_fields() -> None:
    expected = Mistake("job.yaml", 3, 20, "limits.captures", "`captures` is too small", "write 1 or more")
    assert mistakes(SEEDS + "limits: {captures: 0}\n") == [expected]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("schedule: {}", "says neither `cron` nor `every`"),
        ("schedule: {cron: '* * * *'}", "not 4"),
        ("schedule: {cron: '0 0 * * *', every: 6h}", "has `cron` and `every`"),
        ("schedule: {every: 59s}", "write 1m to 366d"),
        ("schedule: {every: 367d}", "write 1m to 366d"),
        ("schedule: {every: 6h, from: 0001-01-01T00:00+14:00}", "this is no moment"),
        ("schedule: {every: soon}", "'soon' is not a duration"),
        ("schedule: {cron: '0 0 * * *', from: 2026-12-01}", "`from` goes with `every`"),
        ("schedule: {every: 6h, from: soon}", "this is no moment"),
        ("schedule: {every: 6h, overlap: both}", "'both' is not read"),
        ("basis: {legal_basis: law, assessor: J. Doe}", "without `date`"),
        ("basis: {date: 22.11.2026}", "this is no date"),
        ("scope: {type: custom}", "without `include` takes nothing"),
        ("scope: {type: hots}", "'hots' is not known here; write host"),
        ("scope: {include: ['a(b']}", "(at character 1 of the pattern)"),
        ("scope: {exclude: ['x(?=y)']}", "(at character 2 of the pattern)"),
        ("scope: {exclude: ['glob:']}", "the pattern is empty"),
        ("scope: {depth: -1}", "`depth` is too small; write 0 or more"),
        ("scope: {embeds: no}", "`embeds` cannot be text; write true or false"),
        ("politeness: {per_host: 65}", "`per_host` is more than `overall`"),
        ("politeness: {robots: ignore}", "write one of obey, record"),
        ("retention: {lock: compliance}", "a lock without `days` has no end"),
        ("segments: {octets: 2GiB}", "at most 1GiB"),
        ("segments: {octets: 10kB}", "under 1MiB"),
        ("headers: {Authorization: abc}", "write it under `secret_headers`"),
        ("headers: {Host: a}", "is set by the engine"),
        ("headers: {X: 'a\n\n  b'}", "cannot be sent"),
        ("headers: {X: a}\nsecret_headers: {x: env:X}", "stands under `secret_headers` too"),
        ("accept_language: de;;q", "no list of languages"),
        ("operator: {name: A}", "`contact` is missing"),
        ("operator: {name: A, contact: nobody}", "where a site's owner can write to"),
        ("parameters: ['*']", "not the name of a query parameter"),
        ("collection: My Things", "write my-things"),
        ("notify: [{to: webhook}]", "`to: webhook` needs `url`"),
        ("notify: [{to: feed, address: a@b.example}]", "`address` goes with `to: email`"),
        ("notify: [{to: email, address: x}]", "this is no e-mail address"),
        ("notify: [{to: feed, watch: 'a[['}]", "is not a CSS selector"),
        ("notify: [{to: feed, share: 101}]", "`share` is too large; write 100 or less"),
        ("notify: [{to: feed, when: [notice]}]", "write notices"),
        ("notify: [{to: feed, when: []}]", "nothing is ever told"),
        ("notify: [{url: https://x.example/}]", "`to` is missing"),
        ("seeds_from: [{file: ../other.csv}]", "stands beside the job file"),
        ("seeds_from: [{sitemap: https://x.example/, url_column: a}]", "`url_column` goes with `file`"),
        ("network: {proxy: socks5://h:1}", "this is no proxy"),
        ("user_agent: ''", "this is no line of text"),
        ("timeouts: {connect: 0}", "a time-out is 100 milliseconds to a day; write 0.1s to 1d"),
        ("timeouts: {total: 2d}", "a time-out is 100 milliseconds to a day"),
        ("timeouts: {idle: null}", "nothing is not a duration"),
        ("timeouts: {header: 00:30}", "'00:30' is not a duration; write 00h30m, or 00m30s"),
        ("timeouts: {headers: 3s}", "did you mean header?"),
        ("timeout: 30s", "did you mean timeouts?"),
        ("limits: {body: 1GiB}", "write 900MiB or less"),
        ("limits: {body: 0}", "the limit of a body is 1 byte to 900MiB"),
        ("limits: {header: 512}", "write 1KiB to 16MiB"),
        ("limits: {header: 17MiB}", "the limit of a header is 1KiB to 16MiB"),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused(line: str, what: str) -> None:
    assert what in told(SEEDS + line + "\n")


@pytest.mark.parametrize("text", ["- a\n", "text\n", "3\n", "null\n"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    assert "a job file is a mapping" in told(text)


def test_a_job_without_seeds_is_refused() -> None:
    assert "the job has no seeds" in told("name: x\n")
    assert "no list has a usable seed" in told("name: x\nseeds_from: [{file: a.txt}]\n", {"a.txt": "# none\n"})


def test_secrets_are_never_shown() -> None:
    text = SEEDS + (
        "headers: {Authorization: hunter2, 'hunter2 x': a}\nsecret_headers: {X: [hunter2]}\n"
        "network: {proxy: 'http://hunter2'}\nnotify: [{to: webhook, url: 'hunter2', secret: hunter2}]\n"
        "user_agent: [hunter2]\n"
    )
    assert "hunter2" not in told(text)


def test_secrets_are_names_of_variables() -> None:
    found = job(
        SEEDS
        + """
secret_headers: {Authorization: env:SITE_TOKEN}
network: {proxy: env:PROXY}
notify: [{to: webhook, url: env:HOOK, secret: env:HOOK_KEY}, {to: webhook, url: https://h.example/, secret: env:HOOK_KEY}]
"""
    )
    assert found.secret_headers == {"Authorization": Secret("SITE_TOKEN")}
    assert found.network.proxy == Secret("PROXY")
    assert [one.url for one in found.notify] == [Secret("HOOK"), "https://h.example/"]
    assert [one.name for one in found.secrets] == ["HOOK", "HOOK_KEY", "PROXY", "SITE_TOKEN"]


def test_a_seed_overrides_key_by_key() -> None:
    found = job(
        """
name: x
seeds:
  - https://a.example/
  - url: https://b.example/
    scope: {type: page, exclude: [c]}
    limits: {captures: 3, body: 1MiB}
    politeness: {delay: 2s}
    labels: {b: seed, c: seed}
    collection: own
scope: {type: host, include: [a], exclude: [b], depth: 4}
limits: {captures: 10, time: 1h}
politeness: {robots: record, robots_reason: asked}
labels: {a: job, b: job}
collection: all
"""
    )
    plain, own = map(found.settings_of, found.seeds)
    assert plain is found.settings
    assert (own.scope.kind, own.scope.include, own.scope.exclude, own.scope.depth) == ("page", ("a",), ("c",), 4)
    assert (own.limits.captures, own.limits.time, own.limits.body) == (3, 3600.0, 1 << 20)
    assert own.politeness == Politeness(2.0, 60.0, 1, 64, "record", "asked")
    assert own.labels == {"a": "job", "b": "seed", "c": "seed"}
    assert (plain.collection, own.collection) == ("all", "own")


def test_seeds_are_grouped_by_when_they_are_due() -> None:
    found = job(
        """
name: x
seeds:
  - https://a.example/
  - {url: https://b.example/, schedule: {every: 6h, from: 2026-12-01T06:00}}
  - {url: https://c.example/, schedule: {zone: UTC}}
  - https://d.example/
schedule: {cron: 30 2 * * *, zone: Europe/Berlin}
"""
    )
    start = datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert {schedule: [seed.url[8] for seed in seeds] for schedule, seeds in found.schedules().items()} == {
        Schedule("30 2 * * *", "Europe/Berlin"): ["a", "d"],
        Schedule(None, "Europe/Berlin", 21600.0, start): ["b"],
        Schedule("30 2 * * *", "UTC"): ["c"],
    }


def test_a_reason_on_the_job_serves_its_seeds() -> None:
    seed = "name: x\nseeds: [{url: https://a.example/, politeness: {robots: record}}]\n"
    assert "without a reason" in told(seed)
    assert job(seed + "politeness: {robots_reason: asked}\n").settings.politeness.robots == "obey"


def test_what_holds_for_the_job_cannot_be_a_seeds() -> None:
    assert "holds for the whole job" in told("name: x\nseeds: [{url: https://a.example/, politeness: {overall: 3}}]\n")


def test_sitemaps_and_feeds_are_left_to_the_crawl() -> None:
    text = "name: x\nseeds_from: [{sitemap: https://a.example/s.xml, since: 14d}, {feed: https://a.example/f}]\n"
    assert job(text).sources == (Sitemap("https://a.example/s.xml", 14 * 86_400.0), Feed("https://a.example/f"))


@pytest.mark.parametrize(
    ("seed", "allowed"),
    [
        ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
        ("http://10.1.2.3/", "10.0.0.0/8"),
        ("http://192.168.0.9/", "192.168.0.9"),
        ("http://[::1]:81/", "'[::1]:81'"),
        ("http://localhost:81/", "localhost:81"),
        ("http://0x7f.1:81/", "127.0.0.1:81"),
    ],
)
def test_a_seed_that_is_not_public_needs_to_be_allowed(seed: str, allowed: str) -> None:
    text = f"name: x\nseeds: ['{seed}']\n"
    assert "is not a public address" in told(text)
    assert job(f"{text}network: {{allow_private: [{allowed}]}}\n").seeds


def test_a_user_in_a_seed_is_refused_and_not_shown() -> None:
    found = told("name: x\nseeds: [https://u:hunter2@a.example/]\n")
    assert "holds a user or password" in found
    assert "hunter2" not in found


def test_what_is_described_is_read_again_as_the_same_settings() -> None:
    found = job(
        """
name: x
seeds:
  - url: https://a.example/
    scope: {type: page, exclude: ['1e5', "\\\\?p="]}
    schedule: {every: 1h30m, from: "2026-12-01T06:00:00.5+05:30"}
    labels: {yes: 'on', n: '012', e: '1e5', t: 'null', empty: ''}
  - url: https://b.example/
    limits: {bytes: 1500kB, time: 90, body: 1}
    politeness: {delay: 0.25, robots: record, robots_reason: 'a: b'}
    schedule: {cron: '*/5 * * * *'}
  - https://c.example/
"""
    )
    for seed in found.seeds:
        shown = describe(found.settings_of(seed))
        again = job("name: x\nseeds: [https://a.example/]\n" + shown)
        assert again.settings == found.settings_of(seed)


def test_time_outs_are_described_and_read_again_as_the_same() -> None:
    found = job(SEEDS + "timeouts: {connect: 2.5, header: 1m30s, total: 1d}\nlimits: {header: 64KiB}\n")
    shown = yaml.safe_load(describe_job(found))["timeouts"]
    assert shown == {"connect": "2.5s", "header": "1m30s", "idle": "30s", "total": "1d"}
    assert yaml.safe_load(describe(found.settings))["limits"]["header"] == "64KiB"
    again = job(SEEDS + yaml.safe_dump({"timeouts": shown}) + describe(found.settings))
    assert (again.timeouts, again.settings) == (found.timeouts, found.settings)


def test_a_seed_has_no_time_outs_of_its_own() -> None:
    found = mistakes("name: x\nseeds:\n  - url: https://a.example/\n    timeouts: {total: 3s}\n")
    assert [(one.line, one.column, one.what) for one in found] == [(4, 5, "unknown key 'timeouts'")]


def test_the_largest_body_is_what_the_engine_takes_at_most() -> None:
    assert MOST_BODY == HARD_MAX_BODY


def test_the_defaults_are_those_of_the_engine() -> None:
    assert options_of(job(SEEDS), {}).limits == Limits()


def test_the_description_of_a_job_names_variables_and_counts_seeds() -> None:
    found = job(SEEDS + "secret_headers: {X: env:TOKEN}\nnotify: [{to: webhook, url: env:HOOK}]\n")
    shown = describe_job(found)
    assert shown.startswith("# 1 seeds\n")
    assert yaml.safe_load(shown)["secret_headers"] == {"X": "env:TOKEN"}
    assert yaml.safe_load(shown)["notify"][0]["url"] == "env:HOOK"


def test_a_message_about_any_one_key_names_that_key() -> None:
    for key in ("limits", "politeness", "scope", "schedule", "network", "retention", "segments", "basis", "operator"):
        assert f"`{key}`" in told(f"{SEEDS}{key}: [1]\n")


KEYS = [
    *known_keys(JobFile),
    "url",
    "type",
    "include",
    "delay",
    "robots",
    "cron",
    "zone",
    "every",
    "from",
    "file",
    "to",
]
leaves = st.sampled_from(
    ["x", "6h", "auto", "record", "custom", "https://a.example/", "env:A", "0 0 * * *", "feed", "[", ""]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | leaves
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), values, max_size=8))
def test_any_values_make_a_job_or_are_refused(written: dict[str, Any]) -> None:
    text = yaml.safe_dump({"name": "x", "seeds": ["https://a.example/"]} | written, allow_unicode=True)
    try:
        found = job(text, {"x": "https://b.example/\n"})
    except BadInput as fault:
        assert fault.fields["mistakes"]  # noqa: PT017 - both ends are right
    else:
        for seed in found.seeds:
            assert describe(found.settings_of(seed))
