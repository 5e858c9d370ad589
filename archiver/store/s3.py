# SPDX-License-Identifier: Apache-2.0
"""A store in a bucket of any S3 server that enforces create-only writes.

An object is one PutObject with `If-None-Match: *` and its sha256. 412 is neither failure nor success: it is also what
a try gets whose earlier answer was lost, so the bytes are compared. 409 asks to try again (Amazon S3 User Guide,
"Conditional writes"). After a 200 the object is compared as well: by the checksum on HEAD where the store was seen to
enforce it, else by reading it all again. An ETag is never looked at. botocore's own retries are off: they know
nothing of this order.

A store that has just taken an object may answer 404 for a while: the comparison asks again; `get` and `head` say what
they were told. Multipart uploads are not made: a PUT takes 5 GiB, and their completion is not create-only everywhere.
Credentials that the store calls expired are read again, once a call, from where they came from.
"""

import base64
import contextlib
import copy
import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from archiver.errors import BadInput, Damaged, StoreConflict, StoreUnavailable, StoreUnfit
from archiver.ports import Abilities, Stored
from archiver.store.content import PIECE, Content, check_range, digest_of, short
from archiver.store.keeping import Keeping, Lock
from archiver.store.keys import check_key, check_mutable, check_prefix, check_staged, is_key
from archiver.store.probe import probe
from archiver.store.retry import Retry
from archiver.store.s3_answers import ADVICE, FAILURES, Meaning, code_of, final, meaning, status_of, translated
from archiver.store.s3_asking import Asking
from archiver.store.s3_bucket import Bucket
from archiver.store.s3_client import PerProcess, connect
from archiver.store.s3_stream import BodyStream, checksum_of, lock_told
from manifests.digest import Digest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
LARGEST = 5 << 30
"""Octets that one PutObject takes (Amazon S3 User Guide, "Uploading objects")."""
NO_LOCKS = "Object Lock is switched on when a bucket is made: use such a bucket, or ask for no locks."
_UNTIL_SHOWN = (Meaning.AGAIN, Meaning.MISSING)


def _now() -> datetime:
    return datetime.now(UTC)


class S3Store:
    """Objects in a bucket, below a prefix; see `ports.Store`."""

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        endpoint_url: str | None = None,
        region: str | None = None,
        client: "S3Client | None" = None,
        abilities: Abilities | None = None,
        retry: Retry | None = None,
        keeping: Keeping | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        """`client` serves the process it was made in; `abilities` are those of an earlier probe, without which
        nothing is believed; `keeping` is asked for with every write, its retention counted from `now`."""
        if not _BUCKET.fullmatch(bucket):
            raise BadInput(f"not a bucket's name: {bucket[:80]!r}", "It has 3 to 63 letters, digits, dots and hyphens.")
        prefix = prefix.strip("/")
        if "//" in prefix or not prefix.isprintable() or len(prefix) > 100:
            raise BadInput(
                f"not a prefix in a bucket: {prefix[:120]!r}", "It has at most 100 octets and no empty part."
            )
        self.place = f"s3://{bucket}/{prefix}".rstrip("/")
        self.abilities = abilities
        self.keeping = keeping or Keeping()
        self._bucket = bucket
        self._root = f"{prefix}/" if prefix else ""
        self._now = now
        if client is not None:
            endpoint_url, region = client.meta.endpoint_url, client.meta.region_name
        self._clients = PerProcess(lambda: connect(endpoint_url, region), client)
        self._ask = Asking(self._clients, retry or Retry(), self.place)
        self._bucket_seen = False

    def put(
        self,
        key: str,
        content: bytes | BinaryIO,
        *,
        sha256: Digest,
        size: int,
        final: bool = False,  # noqa: ARG002 - it copies in any case
    ) -> None:
        given = Content(check_key(key), content, sha256, size)
        if size > LARGEST:
            raise BadInput(
                f"{key} has {size} octets, and one PUT takes at most {LARGEST}",
                "Split the file: a segment holds at most 1 GiB, and multipart uploads are not made.",
            )
        given.check()
        try:
            answer = self._ask(
                f"writing {key}",
                lambda client: self._put_once(client, key, given.body(), sha256, size),
                known=(Meaning.HELD,),
            )
        except StoreUnavailable as fault:
            if self.keeping.lock is not None:
                self._lacks_locks(fault)
            # a server that refuses a taken key by hanging up during the upload never gets its 412 through
            if fault.fields.get("http") == 0 and self._shown_now(key, sha256, size):
                return
            raise
        if self._holds(key, sha256, size):
            return
        if answer is Meaning.HELD:
            raise StoreConflict(
                f"{self.place} already holds other bytes as {key}", "They were kept; find out who wrote them.", key=key
            )
        raise Damaged(
            f"{self.place} holds other bytes as {key} than were sent", "Audit the store before going on.", key=key
        )

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        check_range(check_key(key), start, end)
        came = 0
        for _ in range(2):  # a short answer is asked for once more
            answer = self._beyond(key, start, end) if start == end else self._fetch(key, start, end)
            if isinstance(answer, bytes):
                return answer
            came = answer
        raise short(key, self.place, start, end, came)

    def open(self, key: str) -> BinaryIO:
        check_key(key)
        answer = self._ask(f"opening {key}", lambda client: self._get_once(client, key), known=(Meaning.MISSING,))
        if isinstance(answer, Meaning):
            raise KeyError(key)
        return io.BufferedReader(
            BodyStream(answer["Body"], answer.get("ContentLength"), f"reading {key}", self.place), 1 << 16
        )

    def head(self, key: str) -> Stored | None:
        check_key(key)
        answer = self._ask(f"looking for {key}", lambda client: self._head_once(client, key), known=(Meaning.MISSING,))
        if isinstance(answer, Meaning):
            self._check_bucket()
            return None
        believed = self.abilities is not None and self.abilities.checks_sha256
        return Stored(key, answer["ContentLength"], checksum_of(answer) if believed else None)

    def list(self, prefix: str) -> Iterator[str]:
        return self._keys(self._root + check_prefix(prefix))

    def replace(self, key: str, content: bytes) -> None:
        check_mutable(key)
        sha256 = Digest.of(content)
        self._ask(
            f"replacing {key}",
            lambda client: self._put_once(client, key, content, sha256, len(content), create_only=False),
        )

    def sweep(self, key: str) -> None:
        check_staged(key)

    def probe(self) -> Abilities:
        """As `ports.Store.probe`; raises `StoreUnfit` also when locks are wanted and the bucket takes none."""
        seen = probe(self, self._raw_put, self._raw_checksum)
        bucket = Bucket(self._clients.client(), self._bucket, self._root, self.place)
        seen = bucket.survey(seen, self._now())
        if self.keeping.lock is not None and seen.object_lock is False:
            raise StoreUnfit(f"{self.place} keeps no locks, and {self.keeping.lock} locks are wanted", NO_LOCKS)
        self.abilities = seen
        return seen

    def keeping_as(self, keeping: Keeping) -> "S3Store":
        """The same bucket through the same client, with another wish for what is written."""
        other = copy.copy(self)
        other.keeping = keeping
        return other

    def hold(self, key: str, on: bool) -> None:
        """Puts a legal hold on an object, or takes it off; the same again is no error.

        Raises `KeyError` when there is no such object, `StoreUnfit` when the bucket takes no holds.
        """
        if self.head(key) is None:
            raise KeyError(key)
        try:
            self._ask(
                f"setting the legal hold of {key}",
                lambda client: client.put_object_legal_hold(
                    Bucket=self._bucket, Key=self._root + key, LegalHold={"Status": "ON" if on else "OFF"}
                ),
            )
        except StoreUnavailable as fault:
            self._lacks_locks(fault)
            raise

    def lock_of(self, key: str) -> Lock:
        """What protects an object. S3 leaves it out for who has no right to s3:GetObjectRetention and
        s3:GetObjectLegalHold: then it reads as unlocked. Raises `KeyError`."""
        check_key(key)
        answer = self._ask(f"looking for {key}", lambda client: self._head_once(client, key), known=(Meaning.MISSING,))
        if isinstance(answer, Meaning):
            raise KeyError(key)
        return lock_told(answer)

    def locked_until(self, key: str) -> datetime | None:
        """When the retention of an object ends, UTC; None when it has none. Raises `KeyError`."""
        return self.lock_of(key).until

    def _put_once(
        self,
        client: "S3Client",
        key: str,
        body: bytes | BinaryIO,
        sha256: Digest,
        size: int,
        *,
        create_only: bool = True,
    ) -> None:
        more = self.keeping.arguments(key, size, self._now())
        if create_only:
            more["IfNoneMatch"] = "*"
        client.put_object(
            Bucket=self._bucket,
            Key=self._root + key,
            Body=body,
            ContentLength=size,
            # a bucket with retention refuses a PUT that does not name its checksum's algorithm
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=base64.b64encode(sha256.raw).decode("ascii"),
            Metadata={"sha256": sha256.hex},
            **more,
        )

    def _lacks_locks(self, fault: StoreUnavailable) -> None:
        """Raises `StoreUnfit` when the store refused something because its bucket takes no locks."""
        code = fault.fields.get("code")
        if code in ("InvalidRequest", "NotImplemented"):
            raise StoreUnfit(f"{self.place} takes no locks ({code})", NO_LOCKS) from fault

    def _get_once(self, client: "S3Client", key: str, bytes_of: str | None = None) -> "GetObjectOutputTypeDef":
        more = {} if bytes_of is None else {"Range": bytes_of}
        answer = client.get_object(Bucket=self._bucket, Key=self._root + key, **more)  # type: ignore[arg-type]
        if answer.get("ContentEncoding") and not self._stored_so(client, key, answer):
            answer["Body"].close()
            raise StoreUnavailable(
                f"{self.place} gave {key} in the coding {answer['ContentEncoding'][:40]!r}, which is not how it was stored",
                "Something on the way compresses: turn that off, or go around it.",
                key=key,
            )
        return answer

    def _stored_so(self, client: "S3Client", key: str, answer: "GetObjectOutputTypeDef") -> bool:
        """Whether an answer in a content coding holds the object's own octets: whoever copied it here may have named
        one, as some tools do by the ending of a file."""
        told = _RANGE.fullmatch(answer.get("ContentRange", ""))
        whole = int(told[3]) if told else answer.get("ContentLength")
        head = self._head_once(client, key)
        return (head.get("ContentEncoding"), head["ContentLength"]) == (answer.get("ContentEncoding"), whole)

    def _head_once(self, client: "S3Client", key: str) -> Mapping[str, Any]:
        answer = client.head_object(Bucket=self._bucket, Key=self._root + key, ChecksumMode="ENABLED")
        if "ContentLength" not in answer:
            raise StoreUnavailable(
                f"{self.place} does not tell how long {key} is", "Something on the way changes answers: go around it."
            )
        return answer

    def _fetch(self, key: str, start: int, end: int | None) -> bytes | int:
        """The octets of a range, or how many came when it was not all of them."""
        ranged = start > 0 or end is not None
        bytes_of = f"bytes={start}-{'' if end is None else end - 1}" if ranged else None

        def read(client: "S3Client") -> bytes | int:
            answer = self._get_once(client, key, bytes_of)
            body, length = answer["Body"], answer.get("ContentLength", -1)
            try:
                if ranged:
                    told = _RANGE.fullmatch(answer.get("ContentRange", ""))
                    wanted = (end if end is not None else int(told[3]) if told else 0) - start
                    # a 200 with the whole object has no Content-Range: nothing of it is read
                    if told is None or int(told[1]) != start or length != wanted:
                        return length
                piece = body.read(length if length >= 0 else None)
                return piece if len(piece) == length else len(piece)
            finally:
                body.close()

        answer = self._ask(f"reading {key}", read, known=(Meaning.MISSING, Meaning.BEYOND))
        if answer is Meaning.BEYOND:
            return self._beyond(key, start, end)
        if isinstance(answer, Meaning):
            raise KeyError(key)
        return answer

    def _beyond(self, key: str, start: int, end: int | None) -> bytes | int:
        """A range that holds nothing, or lies outside the object: no HTTP range says which."""
        stored = self.head(key)
        if stored is None:
            raise KeyError(key)
        return b"" if start <= stored.size and (end is None or end == start) else 0

    def _holds(self, key: str, sha256: Digest, size: int, tries: int | None = None) -> bool:
        """Whether the object is these bytes; waits for an object that is not shown yet."""
        doing = f"reading back {key}"
        if self.abilities is not None and self.abilities.checks_sha256:
            seen = self._ask(doing, lambda client: self._head_once(client, key), again=_UNTIL_SHOWN, tries=tries)
            told = None if isinstance(seen, Meaning) else (seen["ContentLength"], checksum_of(seen))
            if told is not None and told[1] is not None:
                return told == (size, sha256)

        def reread(client: "S3Client") -> tuple[int, Digest | None]:
            answer = self._get_once(client, key)
            with contextlib.closing(answer["Body"]) as body:
                if answer.get("ContentLength") != size:
                    return answer.get("ContentLength", -1), None
                return digest_of(body.iter_chunks(PIECE))

        return self._ask(doing, reread, again=_UNTIL_SHOWN, tries=tries) == (size, sha256)

    def _shown_now(self, key: str, sha256: Digest, size: int) -> bool:
        try:
            return self._holds(key, sha256, size, tries=1)
        except StoreUnavailable:
            return False  # the caller raises the fault of the write itself

    def _check_bucket(self) -> None:
        """HEAD cannot say whether the key or the whole bucket is missing (its answers have no body)."""
        if self._bucket_seen:
            return
        answer = self._ask(
            "looking for the bucket",
            lambda client: client.head_bucket(Bucket=self._bucket),
            known=(Meaning.MISSING, Meaning.FINAL),
        )
        if answer is Meaning.MISSING:
            raise StoreUnavailable(f"there is no bucket {self._bucket}", ADVICE["NoSuchBucket"], place=self.place)
        self._bucket_seen = True

    def _keys(self, prefix: str) -> Iterator[str]:
        """All keys, held and sorted: SeaweedFS lists folder by folder, so that `a/b` comes before `a-b`, and pages
        may overlap."""
        keys: set[str] = set()
        token: str | None = None
        while True:
            more = {} if token is None else {"ContinuationToken": token}

            def turn(client: "S3Client", more: dict[str, str] = more) -> Mapping[str, Any]:
                return client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, **more)  # type: ignore[arg-type]

            page = self._ask(f"listing {prefix}", turn)
            assert not isinstance(page, Meaning), "none is known"
            keys.update(one["Key"].removeprefix(self._root) for one in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                break
            if page.get("NextContinuationToken") in (None, token):
                raise StoreUnavailable(
                    f"{self.place} gives the same page of its list again", "Tell whoever runs the store."
                )
            token = page["NextContinuationToken"]
        yield from sorted(key for key in keys if is_key(key))

    def _raw_put(self, key: str, content: bytes, sha256: Digest) -> bool:
        try:
            self._put_once(self._clients.client(), key, content, sha256, len(content))
        except FAILURES as failure:
            # a wrong checksum is refused by 400 under several codes; those with advice of ours are about something else
            if meaning(failure) is Meaning.HELD or (status_of(failure) == 400 and code_of(failure) not in ADVICE):
                return False
            raise final(failure, f"probing with {key}", self.place) from failure
        return True

    def _raw_checksum(self, key: str) -> Digest | None:
        with translated(f"probing with {key}", self.place):
            return checksum_of(self._head_once(self._clients.client(), key))
