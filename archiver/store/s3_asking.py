# SPDX-License-Identifier: Apache-2.0
"""How a question is put to an S3 server: by the client of this process, again where that can help, within bounds.

Credentials that the store calls expired are read anew, once a question, from where they came from. What is not answered
by then ends as an error of ours.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from archiver.store.retry import Retry
from archiver.store.s3_answers import FAILURES, Meaning, final, meaning, wait_of
from archiver.store.s3_client import PerProcess

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_T = TypeVar("_T")
_AGAIN = (Meaning.AGAIN,)


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks one store; calling it is asking."""

    clients: PerProcess
    retry: Retry
    place: str

    def __call__(
        self,
        doing: str,
        call: "Callable[[S3Client], _T]",
        *,
        known: Collection[Meaning] = (),
        again: Collection[Meaning] = _AGAIN,
        tries: int | None = None,
    ) -> _T | Meaning:
        """What `call` returns, or one of the `known` meanings of its failure; tried again for the meanings in `again`.

        Raises `StoreUnavailable` or `StoreUnfit` for whatever else it meets.
        """
        tries = self.retry.attempts if tries is None else tries
        done, renewed = 0, False
        while True:
            client = self.clients.client()
            done += 1
            try:
                return call(client)
            except FAILURES as failure:
                means = meaning(failure)
                if means in known:
                    return means
                if means is Meaning.EXPIRED and not renewed:
                    renewed = True
                    self.clients.renew(client)
                    continue
                if means not in again or done >= tries:
                    raise final(failure, doing, self.place) from failure
                self.retry.wait(done, wait_of(failure))
