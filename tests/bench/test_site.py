# SPDX-License-Identifier: Apache-2.0
"""The benchmark site is what the benchmark says of it: reachable, reproducible, a tenth of it copies, as dense as English."""

import hashlib
import json
import os
import re
import zlib
from collections import Counter
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from bench import embeds, site
from bench.site import Shape

SMALL = Shape(seed=5, hosts=3, pages=60, embeds=60)
_REFERENCE = re.compile(r'<(a|img|link rel="stylesheet"|script)[^>]*? (?:href|src)="([^"]+)"')


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bench") / "site"
    site.write(made, SMALL)
    return made


def _urls(root: Path) -> list[str]:
    return (root / "urls.txt").read_text().split()


def _file(root: Path, url: str) -> Path:
    parts = urlsplit(url)
    return root / f"h{int(str(parts.hostname).rpartition('.')[2]) - 10}" / (parts.path[1:] or "index.html")


def _references(root: Path, url: str) -> list[tuple[str, str]]:
    found = _REFERENCE.findall(_file(root, url).read_text())
    return [(name.split()[0], urljoin(url, to)) for name, to in found if "creativecommons" not in to]


def _digests(root: Path) -> dict[str, str]:
    files = sorted(file for file in root.rglob("*") if file.is_file())
    return {str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_the_same_seed_makes_the_same_site(root: Path, tmp_path: Path) -> None:
    site.write(tmp_path / "again", SMALL)
    assert _digests(tmp_path / "again") == _digests(root)


def test_another_seed_makes_another_site(root: Path, tmp_path: Path) -> None:
    other = site.write(tmp_path / "other", Shape(seed=6, hosts=3, pages=60, embeds=60))
    assert other["sha256"] != json.loads((root / "manifest.json").read_text())["sha256"]
    assert len(set(_urls(tmp_path / "other")) & set(_urls(root))) < len(_urls(root)) / 2


def test_each_url_is_a_file_and_each_file_a_url(root: Path) -> None:
    urls = _urls(root)
    assert len(set(urls)) == len(urls) == 3 * (60 + 60)
    files = {file for file in root.rglob("*") if file.is_file() and file.parent != root}
    assert {_file(root, url) for url in urls} == files - {root / f"h{n}" / "robots.txt" for n in (1, 2, 3)}


def test_the_manifest_counts_what_is_there(root: Path) -> None:
    manifest = json.loads((root / "manifest.json").read_text())
    sizes = {url: _file(root, url).stat().st_size for url in _urls(root)}
    pages = sum(size for url, size in sizes.items() if url.endswith(("/", ".html")))
    assert (manifest["urls"], manifest["page_bytes"]) == (len(sizes), pages)
    assert manifest["embed_bytes"] == sum(sizes.values()) - pages


@pytest.mark.parametrize("host", SMALL.numbers)
def test_everything_of_a_host_is_reached_from_its_front_page_without_leaving_it(root: Path, host: int) -> None:
    reached, todo = set[str](), [f"{SMALL.origin(host)}/"]
    while todo:
        url = todo.pop()
        if url in reached or not url.startswith(SMALL.origin(host)):
            continue
        reached.add(url)
        if url.endswith(("/", ".html")):
            todo += [to for _, to in _references(root, url)]
    assert reached == {url for url in _urls(root) if url.startswith(SMALL.origin(host))}


def test_nothing_leads_out_of_the_site(root: Path) -> None:
    urls = set(_urls(root))
    pages = [url for url in urls if url.endswith(("/", ".html"))]
    assert {to for page in pages for _, to in _references(root, page)} <= urls
    styles = [url for url in urls if url.endswith(".css")]
    shown = {urljoin(url, to) for url in styles for to in re.findall(r'url\("([^"]+)"\)', _file(root, url).read_text())}
    assert shown <= urls


def test_a_page_has_twenty_links_two_of_them_to_other_hosts_and_three_embeds(root: Path) -> None:
    unique = [url for url in _urls(root) if url.endswith(("/", ".html"))][: 60 - 6]
    for page in unique:
        kinds = Counter(name for name, _ in _references(root, page))
        assert kinds.pop("a") == 20
        assert sum(kinds.values()) == 3
        origin = f"{urlsplit(page).scheme}://{urlsplit(page).netloc}"
        assert sum(name == "a" and not to.startswith(origin) for name, to in _references(root, page)) == 2


def test_a_tenth_of_the_pages_and_of_the_embeds_are_copies(root: Path) -> None:
    for host in SMALL.numbers:
        urls = [url for url in _urls(root) if url.startswith(f"{SMALL.origin(host)}/")]
        pages = [_file(root, url).read_bytes() for url in urls if url.endswith(("/", ".html"))]
        embedded = [_file(root, url).read_bytes() for url in urls if not url.endswith(("/", ".html"))]
        assert (len(set(pages)), len(set(embedded))) == (54, 54)


def test_of_a_hundred_embeds_seventy_are_images_and_fifteen_each_styles_and_scripts() -> None:
    ends = Counter(path.rpartition(".")[2] for path in embeds.paths(5, 1, 300))
    assert ends == {"jpg": 120, "png": 90, "css": 45, "js": 45}


def test_pages_shrink_to_about_a_third_and_images_not_at_all(root: Path) -> None:
    pages = [file.read_bytes() for file in root.rglob("*.html")]
    assert 2.7 < sum(map(len, pages)) / sum(len(zlib.compress(page, 6)) for page in pages) < 3.4
    images = [file.read_bytes() for file in root.rglob("*.png")]
    assert sum(map(len, images)) / sum(len(zlib.compress(image, 6)) for image in images) < 1.01


def test_every_page_says_who_publishes_it_and_under_which_terms(root: Path) -> None:
    for file in root.rglob("*.html"):
        page = file.read_text()
        for part in (
            "application/ld+json",
            'name="author"',
            "og:site_name",
            'rel="license"',
            '<p class="legal">',
            "opyright",
        ):
            assert part in page


def test_every_file_says_it_was_changed_at_one_fixed_time(root: Path) -> None:
    assert {_file(root, url).stat().st_mtime for url in _urls(root)} == {site.MADE_AT}


def test_a_site_is_kept_only_while_it_is_the_one_that_is_asked_for(root: Path, tmp_path: Path) -> None:
    assert site.kept(root, SMALL) == json.loads((root / "manifest.json").read_text())
    assert site.kept(root, Shape(seed=6, hosts=3, pages=60, embeds=60)) is None
    assert site.kept(tmp_path, SMALL) is None


def test_a_change_rewrites_the_share_of_pages_it_names_and_nothing_else(root: Path, tmp_path: Path) -> None:
    before, copy = _digests(root), tmp_path / "copy"
    site.linked(root, copy)
    changed = site.change(copy, 5)
    assert len(changed) == len(set(changed)) == 9
    assert (copy / "changed.txt").read_text().split() == changed
    after = _digests(copy)
    assert {name for name in before if before[name] != after[name]} == {
        str(_file(copy, url).relative_to(copy)) for url in changed
    }
    assert {_file(copy, url).stat().st_mtime for url in changed} == {site.MADE_AT + site.CHANGED_AFTER}
    # The site it shares files with is as it was, times included.
    assert _digests(root) == before
    assert {os.stat(_file(root, url)).st_mtime for url in changed} == {site.MADE_AT}


def test_a_change_is_the_same_each_time(root: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        site.linked(root, tmp_path / name)
    assert site.change(tmp_path / "one", 2) == site.change(tmp_path / "two", 2)
    assert _digests(tmp_path / "one") == _digests(tmp_path / "two")


def test_a_changed_page_is_no_copy_of_another(root: Path, tmp_path: Path) -> None:
    site.linked(root, tmp_path / "copy")
    changed = site.change(tmp_path / "copy", 100)
    contents = {_file(tmp_path / "copy", url).read_bytes() for url in changed}
    assert len(contents) == len(changed) == 180
