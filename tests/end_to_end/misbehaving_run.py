# SPDX-License-Identifier: Apache-2.0
"""A crawl of the misbehaving site: `… misbehaving_run ARCHIVE JOB WORKERS [resume]`.

What it says last, as JSON: how the crawl ended, and the most memory that one of its workers had, in KiB. A process of its
own, so that no other process of the tests counts.
"""

import json
import resource
import sys
from pathlib import Path

from archiver.archive import Archive
from archiver.crawling.running import Settings
from archiver.faces.cli.job_files import load_job


def main(root: str, job_file: str, workers: str, *more: str) -> None:
    """Runs the crawl to its end."""
    job, text = load_job(Path(job_file))
    settings = Settings(workers=int(workers), first_retry=0.05, free_octets=0)
    with Archive.open(Path(root)) as archive:
        run = archive.crawl(job, text, settings, unfinished="resume" if "resume" in more else None)
        try:
            while True:
                next(run)
        except StopIteration as stopped:
            how = stopped.value.how
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    sys.stdout.write(json.dumps({"how": how, "peak_kib": peak}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
