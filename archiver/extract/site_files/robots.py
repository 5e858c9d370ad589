# SPDX-License-Identifier: Apache-2.0
"""What robots.txt says of uses by machines: `Content-Usage` (IETF aipref), `Content-Signal`, `License` (RSL).

A preference stands in a group of user agents (RFC 9309 section 2.2.1) and is told with their names, unless it is for all.
"""

from collections.abc import Iterator

from archiver.extract.rights.notice_signals import license_signal
from archiver.extract.site_files.file import SiteFile
from archiver.extract.site_files.groups import preferred, records
from manifests.rights import Notice

_TOLD = frozenset({"content-usage", "content-signal", "license"})


def read(file: SiteFile) -> Iterator[Notice]:
    """Notices of a robots.txt, in order."""
    for record in records(file, _TOLD):
        if record.name == "license":
            yield license_signal(record.value, record.said, "robots.txt License")
        else:
            yield from preferred(record, "robots.txt")
