# SPDX-License-Identifier: Apache-2.0
"""What programs cost is counted over their whole tree, and none of them is left behind."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.failed import Failed
from bench.processes import Program, run

ROOT = Path(__file__).parents[2]
BUSY = "import time\nwhile time.process_time() < {}: pass\n"
FORKS = f"import os\nif os.fork() == 0:\n exec({BUSY.format(0.2)!r})\n os._exit(0)\nos.wait()\n"


def _python(code: str, folder: Path, **more: object) -> Program:
    return Program([sys.executable, "-c", code], folder, **more)  # type: ignore[arg-type]


def _ends(pid: int) -> bool:
    """Whether a process is gone, or on its way: a killed one takes a moment."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], 5)[0])
    finally:
        os.close(watched)


def test_cpu_time_of_a_forked_child_is_counted(tmp_path: Path) -> None:
    assert run([_python(FORKS, tmp_path)], 20).cpu_s >= 0.2


def test_cpu_time_is_the_sum_and_wall_time_not(tmp_path: Path) -> None:
    cost = run([_python(BUSY.format(0.15), tmp_path / str(n)) for n in range(3)], 20)
    assert cost.cpu_s >= 0.45
    waiting = [_python("import time; time.sleep(0.3)", tmp_path / str(n)) for n in range(3)]
    assert 0.3 <= run(waiting, 20).wall_s < 0.9


def test_memory_is_that_of_the_largest_process(tmp_path: Path) -> None:
    # Measured by a process of its own: whoever starts a program has it count the starter's memory, and tests grow.
    measuring = (
        "import sys\nfrom pathlib import Path\nfrom bench.processes import Program, run\n"
        "large = 'import os\\nif os.fork() == 0:\\n held = chr(120) * 150_000_000\\n os._exit(0)\\nos.wait()\\n'\n"
        "folder = Path(sys.argv[1])\n"
        "programs = [Program([sys.executable, '-c', code], folder / str(len(code))) for code in (large, '')]\n"
        "print(run(programs, 20).peak_rss_mb)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", measuring, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert 150 < float(ran.stdout) < 250


def test_a_program_that_fails_is_shown_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"(?s)ended with 3: the disk is on fire"):
        run([_python("import sys; print('the disk is on fire'); sys.exit(3)", tmp_path)], 20)


def test_other_exit_codes_can_mean_success(tmp_path: Path) -> None:
    assert run([_python("import sys; sys.exit(8)", tmp_path, codes=(0, 8))], 20).wall_s > 0


def test_a_program_that_is_not_done_in_time_is_ended_with_its_children(tmp_path: Path) -> None:
    hangs = "import os, time\npid = os.fork()\nif pid: open('child', 'w').write(str(pid))\ntime.sleep(60)\n"
    began = time.monotonic()
    with pytest.raises(Failed, match="not done after 1 s"):
        run([_python(hangs, tmp_path)], 1)
    assert time.monotonic() - began < 20
    assert _ends(int((tmp_path / "child").read_text()))


def test_a_child_that_outlives_its_program_is_ended(tmp_path: Path) -> None:
    leaves = "import os, time\npid = os.fork()\nif pid == 0: time.sleep(60)\nopen('child', 'w').write(str(pid))\n"
    run([_python(leaves, tmp_path)], 20)
    assert _ends(int((tmp_path / "child").read_text()))


def test_when_one_cannot_be_started_the_others_are_ended(tmp_path: Path) -> None:
    noted = "import os, time\nopen('own', 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    with pytest.raises(FileNotFoundError):
        run([_python(noted, tmp_path / "a"), Program([str(tmp_path / "no such program")], tmp_path / "b")], 20)
    own = tmp_path / "a" / "own"
    assert not own.exists() or _ends(int(own.read_text()))


def test_a_program_runs_in_its_folder_with_our_environment_and_more(tmp_path: Path) -> None:
    code = "import os; print(os.getcwd(), os.environ['PATH'], os.environ['MORE'])"
    run([_python(code, tmp_path / "new", environment={"MORE": "yes"})], 20)
    assert (tmp_path / "new" / "said.log").read_text() == f"{(tmp_path / 'new').resolve()} {os.environ['PATH']} yes\n"
