# SPDX-License-Identifier: Apache-2.0
"""What a bucket is and lets us do, as its configuration says and as trying shows.

A role of the service may be barred from reading the configuration, and a small server may not know it: then nothing
is said (None), which is no fault. Whether objects can be removed, and whether a lock holds, is tried under `staging/`
and believed only as seen. The lock that is tried ends after half an hour, by our clock: longer than a clock may be off
before S3 refuses a request.
"""

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from archiver.ports import Abilities
from archiver.store.s3_answers import FAILURES, code_of, final, status_of, translated
from manifests.digest import Digest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NOT_SET = ("ObjectLockConfigurationNotFoundError", "ServerSideEncryptionConfigurationNotFoundError")
_TRIED = b"The probe tried whether this can be removed.\n"
_TRIED_LOCK = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket and the beginning of our keys in it, seen by one client."""

    client: "S3Client"
    name: str
    root: str
    """Our prefix with its closing slash, or nothing."""
    place: str

    def survey(self, seen: Abilities, now: datetime) -> Abilities:
        """`seen` and what there is to say of the bucket. Raises `StoreUnavailable` when nothing answers."""
        versioning = self._told(lambda: self.client.get_bucket_versioning(Bucket=self.name))
        lock = self._told(lambda: self.client.get_object_lock_configuration(Bucket=self.name))
        encryption = self._told(lambda: self.client.get_bucket_encryption(Bucket=self.name))
        rule = None if lock is None else lock.get("ObjectLockConfiguration", {})
        versioned = None if versioning is None else versioning.get("Status") == "Enabled"
        can_delete, can_hide = self._removes()
        locks = None if rule is None else rule.get("ObjectLockEnabled") == "Enabled"
        if locks is None or (locks and can_delete):
            locks = self._keeps_locked(now, can_delete)
        return replace(
            seen,
            versioned=versioned,
            object_lock=locks,
            default_retention=None if rule is None else _retention(rule),
            encryption=None if encryption is None else _encryption(encryption),
            can_delete=can_delete,
            can_hide=can_hide if versioned else None,
        )

    def _told(self, call: Callable[[], Any]) -> Mapping[str, Any] | None:
        """What the configuration says: nothing when it is not set, None when we are not told."""
        try:
            answer: Mapping[str, Any] = call()
        except FAILURES as failure:
            if code_of(failure) in _NOT_SET:
                return {}
            if status_of(failure) in (400, 403, 404, 405, 501):
                return None
            raise final(failure, "reading the bucket's configuration", self.place) from failure
        return answer

    def _removes(self) -> tuple[bool, bool]:
        """Whether an object made for it can be removed for good, and whether one can be hidden by a delete marker."""
        key = self._key()
        with translated("probing", self.place):
            version = self._put_once(key).get("VersionId")
        hidden = self._deleted(key, None)
        return (hidden if version is None else self._deleted(key, version)), hidden

    def _keeps_locked(self, now: datetime, can_delete: bool) -> bool | None:
        """Whether an object in governance mode is refused to credentials that can remove, while no bypass is asked; to
        those that cannot, whether the lock is shown. None when nothing is shown."""
        key, end = self._key(), now.replace(microsecond=0) + _TRIED_LOCK
        try:
            put = self._put_once(key, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=end)
            if can_delete:
                return not self._deleted(key, put.get("VersionId"))
            return True if self.client.head_object(Bucket=self.name, Key=key).get("ObjectLockMode") else None
        except FAILURES as failure:
            if status_of(failure) in (400, 501):
                return False
            if status_of(failure) == 403:
                return None
            raise final(failure, "probing", self.place) from failure

    def _key(self) -> str:
        return f"{self.root}staging/probe-{secrets.token_hex(16)}"

    def _put_once(self, key: str, **more: Any) -> Mapping[str, Any]:
        return self.client.put_object(
            Bucket=self.name,
            Key=key,
            Body=_TRIED,
            IfNoneMatch="*",  # a bucket's policy may refuse every other write
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=base64.b64encode(Digest.of(_TRIED).raw).decode("ascii"),
            **more,
        )

    def _deleted(self, key: str, version: str | None) -> bool:
        more = {} if version is None else {"VersionId": version}
        try:
            self.client.delete_object(Bucket=self.name, Key=key, **more)  # type: ignore[arg-type]
        except FAILURES as failure:
            if status_of(failure) in (400, 403, 405, 409, 501):
                return False
            raise final(failure, "probing", self.place) from failure
        return True


def _retention(rule: Mapping[str, Any]) -> str:
    kept = rule.get("Rule", {}).get("DefaultRetention", {})
    if not kept.get("Mode"):
        return "none"
    length = f"{kept['Years']} years" if kept.get("Years") else f"{kept.get('Days')} days"
    return f"{str(kept['Mode']).lower()}, {length}"


def _encryption(answer: Mapping[str, Any]) -> str:
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    used = [one.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for one in rules]
    return next((str(one) for one in used if one), "none")
