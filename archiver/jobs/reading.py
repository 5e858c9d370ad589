# SPDX-License-Identifier: Apache-2.0
"""A job file and its lists in, a `Job` out, or every mistake of the file at once.

Reading touches nothing but the text and what `seed_files` gives. Secrets are not resolved, sitemaps and feeds not asked.
"""

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ValidationError

from archiver.errors import BadInput
from archiver.jobs.document import Document, read_document
from archiver.jobs.effective import Job, Seed
from archiver.jobs.explaining import explained
from archiver.jobs.job import JobFile
from archiver.jobs.mistakes import Mistake, refusal, shown_path
from archiver.jobs.resolving import resolve
from archiver.jobs.rules import Fault, faults
from archiver.jobs.seed_lists import Source, read_seed_list


def read_job(text: str, *, where: str, seed_files: Callable[[str], str]) -> Job:
    """Reads a job file.

    `where` names it in messages. `seed_files(name)` gives the text of a list beside it (`seed_lists.decode` makes text of
    its octets) and raises `BadInput` when there is none. Bad lines of lists are in `Job.mistakes`, their seeds left out.
    Raises `BadInput` with all mistakes of the job file, as text and as the field `mistakes`.
    """
    document = read_document(text, where)
    values = document.value
    if not isinstance(values, dict):
        line, column = document.place(())
        what, instead = "a job file is a mapping", "write `name: my-job` and the other keys, a line each"
        raise refusal([Mistake(where, line, column, "", what, instead)])
    found: list[Fault] = []
    file = None
    try:
        file = JobFile.model_validate(values)
    except ValidationError as fault:
        found += explained(fault, JobFile)
    found += faults(values)
    texts = _texts(values, seed_files, found)
    if found or file is None:
        raise refusal(_placed(found, document, where))
    seeds: list[Seed] = []
    bad: list[Mistake] = []
    for at, list_text in texts.items():
        one = file.seeds_from[at]
        assert one.file is not None
        schedule = values.get("schedule")
        source = Source(one.file, one.url_column, file.network.allow_private, schedule_of_job=schedule)
        try:
            good, wrong = read_seed_list(list_text, source)
        except BadInput as fault:
            found.append((("seeds_from", at, "file"), fault.what, fault.advice))
            continue
        seeds += good
        bad += wrong
    if found:
        raise refusal(_placed(found, document, where) + bad)
    job = resolve(file, tuple(seeds), tuple(bad))
    if not job.seeds and not job.sources:
        raise refusal(
            [*_placed([(("seeds_from",), "no list has a usable seed", "mend the lines named")], document, where), *bad]
        )
    return job


def _texts(values: dict[str, Any], seed_files: Callable[[str], str], found: list[Fault]) -> dict[int, str]:
    """The text of each list, by its place under `seeds_from`."""
    texts: dict[int, str] = {}
    sources = values.get("seeds_from")
    for at, source in enumerate(sources if isinstance(sources, list) else []):
        name = source.get("file") if isinstance(source, dict) else None
        path = ("seeds_from", at, "file")
        if isinstance(name, str) and all(one[0] != path for one in found):
            try:
                texts[at] = seed_files(name)
            except BadInput as fault:
                found.append((path, fault.what, fault.advice))
    return texts


def _placed(found: Iterable[Fault], document: Document, where: str) -> list[Mistake]:
    mistakes: dict[tuple[Any, str], Mistake] = {}
    for path, what, instead in found:
        # Of an unknown key and of a name, the key is what is wrong; of anything else, the value.
        of_key = what.startswith(("unknown key", "this cannot be the name", "the header"))
        line, column = document.place(path, of_key=of_key)
        mistakes.setdefault((path, what), Mistake(where, line, column, shown_path(path), what, instead))
    return list(mistakes.values())
