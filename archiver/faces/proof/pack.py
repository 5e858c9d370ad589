# SPDX-License-Identifier: Apache-2.0
"""A proof pack on disk: a folder, or a zip of it; written whole or not at all, and read back within bounds."""

import io
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from archiver.errors import BadInput
from archiver.faces.proof.index import index
from archiver.faces.proof.readme import readme
from archiver.faces.proof.statement import statement
from archiver.services import proof_facts
from archiver.services.proving import PACK, Pack

_BEGINNING_OF_ZIP = (1980, 1, 1, 0, 0, 0)
MOST_FILES, MOST_OCTETS = 100_000, 4 << 30


def files_of(pack: Pack) -> dict[str, bytes]:
    """Every file of a pack, those for people included. Equal packs have equal files."""
    return {
        proof_facts.README: readme(pack.facts),
        proof_facts.INDEX: index(pack.facts),
        proof_facts.STATEMENT: statement(pack.facts),
        **pack.files,
    }


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """A new folder with these files. Raises `BadInput` when there is something at its place."""
    _check_free(folder)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        made.chmod(0o755)
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def write_zip(path: Path, files: Mapping[str, bytes]) -> None:
    """A new zip of these files below one folder of its name. Raises `BadInput` when there is something at its place."""
    _check_free(path)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(f"{path.stem}/{name}", _BEGINNING_OF_ZIP)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
            made.writestr(info, content)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with open(handle, "wb") as stream:
            stream.write(packed.getvalue())
        Path(name).chmod(0o644)
        path.hardlink_to(name)  # fails when somebody was quicker; a rename would take his file away
    finally:
        Path(name).unlink()


def read(path: Path) -> dict[str, bytes]:
    """The files of a pack by their names in it. Raises `BadInput` when it is none, or larger than any we would write."""
    return _from_zip(path) if path.is_file() else _from_folder(path)


def _from_folder(path: Path) -> dict[str, bytes]:
    names = [one for one in sorted(path.rglob("*")) if one.is_file() and not one.is_symlink()]
    _check_bounds(len(names), sum(one.stat().st_size for one in names))
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in names}


def _from_zip(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as held:
            infos = [one for one in held.infolist() if not one.is_dir()]
            _check_bounds(len(infos), sum(one.file_size for one in infos))
            below = {PurePosixPath(one.filename).parent for one in infos if PurePosixPath(one.filename).name == PACK}
            if len(below) != 1:
                raise BadInput(f"{path} holds {len(below)} files {PACK}", "Name the zip that `archiver prove` wrote.")
            root = below.pop()
            inside = [one for one in infos if PurePosixPath(one.filename).is_relative_to(root)]
            return {PurePosixPath(one.filename).relative_to(root).as_posix(): held.read(one) for one in inside}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as fault:
        raise BadInput(f"{path} cannot be unpacked: {fault}", "Ask for it again.") from fault


def _check_bounds(count: int, octets: int) -> None:
    if count > MOST_FILES or octets > MOST_OCTETS:
        raise BadInput(
            f"{count:,} files of {octets:,} octets are no proof pack", "Name one that `archiver prove` wrote."
        )


def _check_free(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise BadInput(f"{path} is there already", "Name a new one: a proof pack is never written over another.")
    if not path.parent.is_dir():
        raise BadInput(f"there is no folder {path.parent}", "Make it first.")
