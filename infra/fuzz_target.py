# SPDX-License-Identifier: Apache-2.0
"""One input of the fuzzer, read as a page: what must hold of any bytes, and the processes that try it.

An input's first three octets choose the Content-Type, the URL and how often the rest is repeated, so that what grows faster
than the page shows in small inputs. `read` must not raise, every range it gives must read back as its
words, and all that it gives must have canonical bytes.

As a program, in a process of its own so that a crash or a full memory ends nothing else:
    python -m infra.fuzz_target judge FILE [...]     reads files as pages, or as inputs when so named; a line of JSON each
    python -m infra.fuzz_target mutate FOLDER SEED SECONDS FAILED
    python -m infra.fuzz_target atheris FLAG ...     flags of libFuzzer
"""

import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

SECONDS = 1.0
"""CPU time that no page may take."""
MEGABYTES = 1_500
"""Memory that no page may take, the interpreter's included."""
INPUT = ".input"
"""How the name of a file ends that is an input and not a page."""
_LARGEST = 400_000
_TYPES = (
    "text/html", "text/html; charset=utf-8", "text/html; charset=windows-1252", "text/html; charset=utf-16le", None,
    "text/html; charset=shift_jis", "application/xhtml+xml", "text/plain", "text/html; charset=gb18030", "text/css",
)  # fmt: skip
_URLS = (
    "https://www.harbourledger.example/stories/lighthouse", "http://127.0.0.1/", "", "https://example.co.uk/robots.txt",
    "http://[", "https://web.archive.org/web/2019/http://a.example/", "https://a.example/.well-known/tdmrep.json",
)  # fmt: skip
_PARTS = (
    b"<", b">", b"</", b"<p>", b'"', b"'", b"&", b"&#x", b"=", b"<!--", b"-->", b"<script>", b"</script>", b"\xc2\xa9",
    b"(c) 2020 ",
    b"Source: ", b"originally published in ", b"All rights reserved", b"\x00", b"\xff", b"\n\n", b" " * 9, b"{", b"[", b"\\u0000",
    b"\\ud800",
    b"https://a.example/", b"creativecommons.org/licenses/by/4.0/", b"<title>", b"<textarea>", b"<meta content=", b"<a href=",
)  # fmt: skip


class Wrong(Exception):
    """What must hold of any page does not."""


def page_of(data: bytes) -> tuple[bytes, str | None, str]:
    """The entity, Content-Type and URL that an input stands for."""
    first, second, third = (*data[:3], 0, 0, 0)[:3]
    part = data[3:]
    times = 1 << third % 12 if part else 1
    return (part * times)[:_LARGEST], _TYPES[first % len(_TYPES)], _URLS[second % len(_URLS)]


def check(entity: bytes, content_type: str | None, url: str) -> float:
    """Reads a page; seconds of CPU time it took. Raises `Wrong`, or what the extractor raised."""
    from archiver.extract import read
    from manifests.canonical import Model, canonical_bytes
    from manifests.ranges import read_ranges

    headers = [("Link", entity[:300].decode("latin-1")), ("X-Robots-Tag", entity[:80].decode("latin-1"))]
    began = time.process_time()
    reading = read(entity, url=url, content_type=content_type, headers=headers)
    taken = time.process_time() - began
    claims = [claim.evidence for claim in (reading.title, reading.language, reading.canonical_url) if claim]
    for evidence in [*claims, *(notice.evidence for notice in reading.notices[:20])]:
        ranges = evidence.place.ranges
        if ranges and reading.charset and read_ranges(entity, ranges, reading.charset) != evidence.text:
            raise Wrong(f"{ranges} do not read as {evidence.text!r}")
    dates: list[Model | None] = [reading.published_at, reading.modified_at, reading.title, reading.language]
    said: list[Model | None] = [reading.publisher, reading.rights, reading.reprint, reading.canonical_url]
    for part in [*dates, *said, *reading.authors, *reading.differing, *reading.notices, *reading.suspected]:
        if part is not None:
            canonical_bytes(part)
    return taken


def one_input(data: bytes) -> None:
    """Reads one input. Raises `Wrong` when it takes too long, too."""
    taken = check(*page_of(data))
    if taken > SECONDS:
        raise Wrong(f"took {taken:.1f} s")


def mutated(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """An input a few changes away from another."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(made))
        size = chance.choice((1, 2, 8, 40))
        match chance.randrange(6):
            case 0:
                del made[at : at + size]
            case 1:
                made[at:at] = chance.choice(_PARTS)
            case 2:
                made[at:at] = made[chance.randint(0, len(made)) :][:size] * chance.choice((1, 2, 30))
            case 3:
                made[at : at + size] = chance.randbytes(size)
            case 4:
                other = chance.choice(others)
                start = chance.randint(0, len(other))
                made[at:at] = other[start : start + chance.choice((10, 100, 400))]
            case _:
                made[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(made[:6_000])


def inputs(others: list[bytes], chance: random.Random) -> Iterator[bytes]:
    """Inputs without end: each is made from one of the others."""
    while True:
        yield mutated(chance.choice(others), others, chance)


def _judge(files: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    for name in files:
        told: dict[str, object] = {"file": name}
        try:
            data = Path(name).read_bytes()
            page = page_of(data) if name.endswith(INPUT) else (data, "text/html", _URLS[0])
            told["seconds"] = round(check(*page), 3)
        except (Exception, MemoryError) as fault:  # noqa: BLE001 - whatever it is, is the finding
            told["fault"] = f"{type(fault).__name__}: {fault}"[:300]
        told["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(json.dumps(told), flush=True)


def _mutate(folder: str, seed: str, seconds: str, failed: str) -> None:
    others = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
    ends, runs, slowest = time.monotonic() + float(seconds), 0, 0.0
    for data in inputs(others, random.Random(seed)):
        Path(failed).write_bytes(data)  # what a crash of the interpreter leaves behind
        taken = check(*page_of(data))
        if taken > SECONDS:
            raise Wrong(f"took {taken:.1f} s")
        runs, slowest = runs + 1, max(slowest, taken)
        if time.monotonic() > ends:
            break
    Path(failed).unlink()
    print(json.dumps({"runs": runs, "slowest": round(slowest, 3)}))


def _atheris(flags: list[str]) -> None:
    import atheris  # type: ignore[import-untyped]

    with atheris.instrument_imports(include=["archiver.extract", "manifests"]):
        import archiver.extract  # noqa: F401
    atheris.Setup([sys.argv[0], *flags], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    {"judge": _judge, "mutate": lambda given: _mutate(*given), "atheris": _atheris}[sys.argv[1]](sys.argv[2:])
