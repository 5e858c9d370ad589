# SPDX-License-Identifier: Apache-2.0
"""The wheel as a user gets it: built, installed apart from the checkout, and tried in an empty folder.

Nothing is fetched: the fresh environment sees the packages of the one that runs the tests by a path file, but not this
checkout.
"""

import importlib.util
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
_BUILDERS = (Path(sys.executable), ROOT / ".venv-build" / "bin" / "python")


def _builder() -> str | None:
    """An interpreter that has the build backend."""
    if importlib.util.find_spec("hatchling"):
        return sys.executable
    return next((str(one) for one in _BUILDERS[1:] if one.exists()), None)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    builder = _builder()
    if builder is None:
        how = "hatchling is not installed: run `make setup`"
        if os.environ.get("CI"):
            pytest.fail(how)
        pytest.skip(how)
    folder = tmp_path_factory.mktemp("wheel")
    told = subprocess.run(
        [builder, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_two_packages_with_all_that_is_not_code(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"archiver", "manifests"}
    wanted = {"archiver/py.typed", "manifests/py.typed"}
    wanted |= {f"archiver/faces/demo_site/pages/{name}.html" for name in ("original", "reprint")}
    for package in ("archiver", "manifests"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                wanted.add(str(path.relative_to(ROOT)))
    assert wanted <= names, sorted(wanted - names)
    assert any(name.startswith("manifests/schemas/") and name.endswith(".json") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that has the wheel, and the dependencies of this one."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # As text, not `addsitedir`: path files there would lead back to the checkout.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    script = folder / "bin" / "archiver"
    [entry] = packages.glob("*.dist-info/entry_points.txt")
    assert "archiver = archiver.faces.cli:main" in entry.read_text()
    script.write_text(f"#!{folder}/bin/python\nimport sys\nfrom archiver.faces.cli import main\nsys.exit(main())\n")
    script.chmod(0o755)
    return folder / "bin"


def test_the_demo_runs_from_the_wheel_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "PYTHON", "XDG_"))}
    where = [
        str(installed / "python"),
        "-c",
        "import archiver, manifests; print(archiver.__file__, manifests.__file__)",
    ]
    seen = subprocess.run(where, cwd=tmp_path, env=env, capture_output=True, text=True, check=True).stdout
    assert str(ROOT) not in seen
    told = subprocess.run(
        [installed / "archiver", "demo"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout) == (0, ""), told.stderr
    assert "is sound" in told.stderr
    assert sorted(one.name for one in tmp_path.iterdir()) == ["demo-archive", "demo-archive-saved"]
