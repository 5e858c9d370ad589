# SPDX-License-Identifier: Apache-2.0
"""How S3 clients are made, and one for each process.

A client made before a fork shares its sockets with the child, and answers go to the wrong one: so a new one is made
as soon as the process is another. Threads share a client, which botocore allows. Credentials, endpoint and region
come from the usual AWS places (environment, ~/.aws, the machine's role) unless they are given. botocore addresses
buckets by path as soon as an endpoint is configured, from wherever, and by name on AWS.
"""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import boto3.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from archiver.errors import StoreUnavailable
from archiver.store.s3_answers import final

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def connect(endpoint_url: str | None = None, region: str | None = None, *, read_timeout: float = 60.0) -> "S3Client":
    """A client that tries once, waits 10 s for a connection and `read_timeout` seconds for each read.

    Checksums are added and checked only where we say so: the defaults of 2025 add CRCs in trailers that other stores
    refuse. Raises `StoreUnavailable` when the configuration cannot be used.
    """
    config = Config(
        connect_timeout=10,
        read_timeout=read_timeout,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=32,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        return boto3.session.Session().client("s3", region_name=region, endpoint_url=endpoint_url, config=config)
    except BotoCoreError as failure:
        raise final(failure, "reading the AWS configuration", "S3") from failure
    except ValueError as failure:
        # botocore says so of an endpoint that is no URL; its text would quote it, password and all
        raise StoreUnavailable(
            "the configured S3 endpoint is not a URL", "Check AWS_ENDPOINT_URL and ~/.aws/config."
        ) from failure


class PerProcess:
    """Hands out one client a process; two threads that come first together may each make one, and one of them stays."""

    def __init__(
        self, make: "Callable[[], S3Client]", first: "S3Client | None" = None, process: Callable[[], int] = os.getpid
    ) -> None:
        self._make = make
        self._process = process
        self._held = None if first is None else (process(), first)

    def client(self) -> "S3Client":
        """The client of this process."""
        held, here = self._held, self._process()
        if held is None or held[0] != here:
            held = self._held = (here, self._make())
        return held[1]

    def renew(self, worn: "S3Client") -> None:
        """Makes the next call get another client than `worn`, with credentials read anew from where they come from.

        botocore renews those whose end it was told, in time; this is for the others: a rewritten ~/.aws/credentials,
        a session that was ended early.
        """
        if self.client() is worn:
            self._held = (self._process(), self._make())
