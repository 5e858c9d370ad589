# SPDX-License-Identifier: Apache-2.0
"""Job files on disk: the file, and the lists beside it."""

from pathlib import Path

from archiver.errors import BadInput
from archiver.jobs.effective import Job
from archiver.jobs.reading import read_job
from archiver.jobs.seed_lists import decode

MAX_JOB = 1 << 20
MAX_LIST = 256 << 20


def load_job(path: Path) -> tuple[Job, str]:
    """The job of a file, and the file's text. Raises `BadInput` with every mistake of it."""
    text = job_text(path)
    return job_of(path, text, []), text


def job_text(path: Path) -> str:
    """The text of a job file. Raises `BadInput`."""
    return _read(path, MAX_JOB, "job file")


def job_of(path: Path, text: str, lists: list[Path]) -> Job:
    """The job of a file with this text; `lists` gets the lists it names. Raises `BadInput` with every mistake of it."""

    def listed(name: str) -> str:
        lists.append(path.parent / name)
        return _read(lists[-1], MAX_LIST, "seed list")

    return read_job(text, where=str(path), seed_files=listed)


def _read(path: Path, most: int, what: str) -> str:
    try:
        with open(path, "rb") as stream:
            content = stream.read(most + 1)
    except OSError as fault:
        raise BadInput(f"the {what} {path} cannot be read: {fault.strerror}", "Check the name.") from fault
    if len(content) > most:
        raise BadInput(f"the {what} {path} is larger than {most >> 20} MiB", "Split it.")
    return decode(content)
