# SPDX-License-Identifier: Apache-2.0
"""The exception tree. Third-party exceptions never cross a port; they become one of these.

    ArchiverError                       fields, one sentence, one sentence of advice
      RemoteFault                       the remote's fault: becomes a recorded outcome, for a failed fetch is evidence
        Refused                         we would not connect, or not go on
        FetchFailed                     it did not answer, or not in HTTP
      ArchiveFault                      the archive's fault: stop and alarm
        StoreUnavailable                no answer, no rights, no space: nothing was changed; try again later
        StoreConflict                   a key holds other bytes than we wrote: never overwritten
        StoreUnfit                      the store ignores conditional writes
        Damaged                         stored bytes differ from their digest
        DiskFault                       a write or sync failed: the file is no longer trusted
        StateFault                      the state or catalog database failed
      CallerFault                       the caller's fault: clear message, exit code 2
        BadInput                        an argument, file or setting that cannot be used
        NoArchive                       no archive at the place named
        NewerFormat                     the archive was written by a later version
        Ambiguous                       a shortened id fits several
        NotFound                        nothing in the archive fits (exit code 3)

Exit codes and HTTP codes are chosen in the faces only.
"""


class ArchiverError(Exception):
    """Every error this package raises on purpose: what happened, and what to do about it."""

    def __init__(self, what: str, advice: str = "", **fields: object) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.fields = fields

    def __str__(self) -> str:
        return f"{self.what}. {self.advice}".strip() if self.advice else self.what


class RemoteFault(ArchiverError):
    """The remote's fault; `reason` is a word of `exchange.REASONS`."""

    def __init__(self, reason: str, what: str, advice: str = "", **fields: object) -> None:
        super().__init__(what, advice, **fields)
        self.reason = reason


class Refused(RemoteFault):
    """We would not connect, or not go on."""


class FetchFailed(RemoteFault):
    """It did not answer, or not in HTTP."""


class ArchiveFault(ArchiverError):
    """The archive's fault: stop and alarm."""


class StoreUnavailable(ArchiveFault):
    """The store gave no answer, no rights or no space; nothing was changed."""


class StoreConflict(ArchiveFault):
    """A key already holds other bytes; they were not overwritten."""


class StoreUnfit(ArchiveFault):
    """The store lacks an ability that evidence needs."""


class Damaged(ArchiveFault):
    """Stored bytes differ from their digest."""


class DiskFault(ArchiveFault):
    """A write or sync failed; the file it was on is no longer trusted."""


class StateFault(ArchiveFault):
    """The state or catalog database failed."""


class CallerFault(ArchiverError):
    """The caller's fault."""


class BadInput(CallerFault):
    """An argument, file or setting that cannot be used."""


class NoArchive(CallerFault):
    """There is no archive at the place named."""


class NewerFormat(CallerFault):
    """The archive was written by a later version."""


class Ambiguous(CallerFault):
    """A shortened id fits several things."""


class NotFound(CallerFault):
    """Nothing in the archive fits."""
