# SPDX-License-Identifier: Apache-2.0
"""What must hold of an archive after any crash and one recovery, as sentences about what does not.

Nothing acknowledged is lost; nothing is there twice; whatever is visible is whole; every object in the store belongs
to a segment that is; nothing is left to be recovered. Findings are returned, never raised; an archive that cannot even
be recovered is one of them.
"""

from collections import Counter
from collections.abc import Collection

from archiver.services import layout
from archiver.services.audit import verify_archive
from archiver.services.ingest import World, recover

_FILES_OF_A_SEGMENT = 4


def after_recovery(world: World, acknowledged: Collection[str]) -> list[str]:
    """Recovers, twice, and says what is wrong then. `acknowledged` are capture ids."""
    try:
        recover(world)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is what is wrong
        return [f"recovery gave up: {type(fault).__name__}: {fault}"]
    wrong = broken(world, acknowledged)
    again = recover(world)
    return wrong + [f"a second recovery found segment {one}" for one in again]


def broken(world: World, acknowledged: Collection[str]) -> list[str]:
    """What is wrong with an archive in which nothing is going on."""
    catalog = world.generations.current()
    segments = catalog.all_segments()
    visible = [one for segment in segments for one in catalog.captures_in(segment.segment_id)]
    times = Counter(one.capture_id for one in visible)
    wrong = [f"capture {one} was acknowledged and is lost" for one in sorted(set(acknowledged) - set(times))]
    wrong += _doubled("capture", times) + _doubled("URL", Counter(one.url for one in visible))
    report = verify_archive(world.store, catalog)
    wrong += [f"{one.code} {one.where}: {one.detail}" for one in report.findings]
    stored = list(world.store.list(layout.SEGMENTS))
    folders = Counter(key.rpartition("/")[0] + "/" for key in stored)
    wrong += [f"orphan in the store: {one}" for one in sorted(set(folders) - {one.folder for one in segments})]
    wrong += [f"{count} objects in {one}" for one, count in sorted(folders.items()) if count != _FILES_OF_A_SEGMENT]
    wrong += [f"segment {one.segment_id} is still {one.stage}" for one in world.state.unfinished()]
    wrong += [f"the spool still holds {one}" for one in world.spool.folders()]
    return wrong


def _doubled(what: str, times: Counter[str]) -> list[str]:
    return [f"{what} {name} is visible {count} times" for name, count in sorted(times.items()) if count > 1]
