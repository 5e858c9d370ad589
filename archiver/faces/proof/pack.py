# SPDX-License-Identifier: Apache-2.0
"""A proof pack on disk: a folder, or a zip of it; written whole or not at all, and read back within bounds."""

import io
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from archiver.errors import BadInput
from archiver.faces.proof.index import index
from archiver.faces.proof.readme import readme
from archiver.faces.proof.statement import statement
from archiver.services import proof_facts
from archiver.services.proving import PACK, Pack

_ADVICE = "Name one that `archiver prove` wrote."
_BEGINNING_OF_ZIP = (1980, 1, 1, 0, 0, 0)
MOST_FILES, MOST_OCTETS = 100_000, 4 << 30
MOST_DENSE = 200
"""How many times larger than a zip its files may be, beyond a first mebibyte: our texts stay far below, bombs do not."""

_NO_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
"""What zipfile raises over a damaged one: an offset before its beginning, say, is an OSError."""


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
    try:
        names = [one for one in sorted(path.rglob("*")) if one.is_file() and not one.is_symlink()]
    except RecursionError as fault:
        raise BadInput(f"{path} holds folders in folders without end", _ADVICE) from fault
    _check_bounds(len(names), sum(one.stat().st_size for one in names))
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in names}


def _from_zip(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as held:
            infos = {PurePosixPath(one.filename): one for one in held.infolist() if not one.is_dir()}
            octets = sum(one.file_size for one in infos.values())
            _check_bounds(len(infos), octets)
            if octets > (1 << 20) + MOST_DENSE * path.stat().st_size:
                raise BadInput(f"{path} would unpack to {octets:,} octets: a bomb, not a proof pack", _ADVICE)
            _check_names(path, held.infolist())
            roots = [one.parent for one in infos if one.name == PACK]
            if len(roots) != 1:
                raise BadInput(f"{path} holds {len(roots)} files {PACK}", _ADVICE)
            inside = [one for one in infos if one.is_relative_to(roots[0])]
            return {one.relative_to(roots[0]).as_posix(): held.read(infos[one]) for one in inside}
    except _NO_ZIP as fault:
        raise BadInput(f"{path} cannot be unpacked: {fault}", "Ask for it again.") from fault


def _check_names(path: Path, infos: Sequence[zipfile.ZipInfo]) -> None:
    """What programs that unpack would take in different ways, or put elsewhere, is in no pack of ours."""
    seen: set[PurePosixPath] = set()
    for one in infos:
        name = PurePosixPath(one.filename)
        if name in seen:
            raise BadInput(f"{path} holds {one.filename[:200]} twice", "Do not unpack it; ask for it again.")
        if name.is_absolute() or ".." in name.parts or "\\" in one.filename:
            raise BadInput(f"{path} names a file outside of it, {one.filename[:200]}", "Do not unpack it.")
        if stat.S_ISLNK(one.external_attr >> 16) or one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadInput(f"{path} holds {one.filename[:200]} in a form that no proof pack has", _ADVICE)
        seen.add(name)


def _check_bounds(count: int, octets: int) -> None:
    if count > MOST_FILES or octets > MOST_OCTETS:
        raise BadInput(f"{count:,} files of {octets:,} octets are no proof pack", _ADVICE)


def _check_free(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise BadInput(f"{path} is there already", "Name a new one: a proof pack is never written over another.")
    if not path.parent.is_dir():
        raise BadInput(f"there is no folder {path.parent}", "Make it first.")
