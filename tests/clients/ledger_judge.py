# SPDX-License-Identifier: Apache-2.0
"""A program for the judges' own Python: what pymerkle and tlog-scales make of a tree, as JSON.

`pymerkle` reads {"entries": [hex]} from standard input; `tiles FOLDER SIZE` reads every tree up to that size out of the
tiles in a folder; `head FOLDER KEY...` reads the checkpoint there and names the keys whose signatures hold.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def by_pymerkle() -> dict[str, Any]:
    """Roots of every size, each inclusion path, and whether every smaller tree is consistent with every larger one."""
    from pymerkle import InmemoryTree  # type: ignore[import-not-found]

    entries = [bytes.fromhex(one) for one in json.load(sys.stdin)["entries"]]
    tree = InmemoryTree.init_from_entries(entries, algorithm="sha256")
    sizes = range(1, len(entries) + 1)
    roots = [tree.get_root(size) for size in sizes]
    for new in sizes:
        for old in range(1, new + 1):
            tree.prove_consistency(old, new).verify(roots[old - 1], roots[new - 1])
    # It counts entries from one, and its paths begin with the leaf itself.
    paths = [[tree.prove_inclusion(at, size).path[1:] for at in range(1, size + 1)] for size in sizes]
    return {"roots": [one.hex() for one in roots], "paths": [[hexed(one) for one in row] for row in paths]}


def by_tiles(folder: str, size: str) -> dict[str, Any]:
    """Roots, entries, inclusion paths and consistency proofs of every size, read out of tiles by tlog-scales."""
    from tlog_scales.backend import LocalBackend  # type: ignore[import-not-found]
    from tlog_scales.reader import TilesReader  # type: ignore[import-not-found]

    reader = TilesReader(LocalBackend(Path(folder)))
    found: dict[str, Any] = {"roots": [], "paths": [], "proofs": []}
    for one in range(1, int(size) + 1):
        reader.set_size(one)
        found["roots"].append(reader.calculate_root_hash().hex())
        found["paths"].append([hexed(reader.get_inclusion_proof(at, one).node_hashes) for at in range(one)])
        found["proofs"].append([hexed(reader.get_consistency_proof(old, one).node_hashes) for old in range(1, one + 1)])
    found["entries"] = [reader.get_entry(at).hex() for at in range(int(size))]
    return found


def by_head(folder: str, *keys: str) -> dict[str, Any]:
    """The checkpoint, the root that the tiles give at its size, and the known keys that signed it."""
    from tlog_scales.backend import LocalBackend
    from tlog_scales.reader import TilesReader
    from tlog_scales.signing import Vkey, VkeySet  # type: ignore[import-not-found]

    reader = TilesReader(LocalBackend(Path(folder)))
    head = reader.get_checkpoint()
    valid = VkeySet(*map(Vkey.from_string, keys)).verify(head.signatures, head)
    return {
        "origin": head.origin,
        "size": head.size,
        "stated": head.root_hash.hex(),
        "computed": reader.calculate_root_hash().hex(),
        "valid": sorted(key.serialize() for key, _ in valid),
    }


def hexed(hashes: list[bytes]) -> list[str]:
    """Hashes as JSON can hold them."""
    return [one.hex() for one in hashes]


if __name__ == "__main__":
    asked: dict[str, Callable[..., Any]] = {"pymerkle": by_pymerkle, "tiles": by_tiles, "head": by_head}
    print(json.dumps(asked[sys.argv[1]](*sys.argv[2:])))
