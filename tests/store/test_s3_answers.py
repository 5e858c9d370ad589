# SPDX-License-Identifier: Apache-2.0
"""What the failures of an S3 client mean, and that their messages give nothing away."""

import base64
import inspect
import io
from typing import Any

import pytest
from botocore import exceptions as boto

from archiver.errors import StoreUnavailable
from archiver.store.s3_answers import FAILURES, Meaning, final, meaning, translated, wait_of
from archiver.store.s3_stream import BodyStream, checksum_of
from manifests.digest import Digest

SECRET = "http://user:wJalrXUtnFEMI@host/"


def answered(code: str, status: int, **headers: str) -> boto.ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": SECRET, "AWSAccessKeyId": SECRET, "StringToSign": SECRET},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers},
    }
    return boto.ClientError(response, "PutObject")


@pytest.mark.parametrize(
    ("failure", "means", "advice"),
    [
        (boto.EndpointConnectionError(endpoint_url=SECRET), Meaning.AGAIN, "AWS_ENDPOINT_URL"),
        (boto.ConnectTimeoutError(endpoint_url=SECRET), Meaning.AGAIN, "AWS_ENDPOINT_URL"),
        (boto.ReadTimeoutError(endpoint_url=SECRET), Meaning.AGAIN, "AWS_ENDPOINT_URL"),
        (boto.ConnectionClosedError(endpoint_url=SECRET), Meaning.AGAIN, "AWS_ENDPOINT_URL"),
        (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), Meaning.AGAIN, "AWS_ENDPOINT_URL"),
        (boto.SSLError(endpoint_url=SECRET, error=OSError(SECRET)), Meaning.AGAIN, "AWS_CA_BUNDLE"),
        (boto.ProxyConnectionError(proxy_url=SECRET), Meaning.AGAIN, "network"),
        (ConnectionResetError(SECRET), Meaning.AGAIN, "network"),
        (boto.NoCredentialsError(), Meaning.FINAL, "AWS_ACCESS_KEY_ID"),
        (boto.PartialCredentialsError(provider="env", cred_var=SECRET), Meaning.FINAL, "AWS_ACCESS_KEY_ID"),
        (boto.CredentialRetrievalError(provider="x", error_msg=SECRET), Meaning.FINAL, "AWS_ACCESS_KEY_ID"),
        (boto.ProfileNotFound(profile=SECRET), Meaning.FINAL, "AWS_PROFILE"),
        (boto.NoRegionError(), Meaning.FINAL, "AWS_REGION"),
        (boto.ParamValidationError(report=SECRET), Meaning.FINAL, "bucket"),
        (answered("SignatureDoesNotMatch", 403), Meaning.FINAL, "AWS_SECRET_ACCESS_KEY"),
        (answered("InvalidAccessKeyId", 403), Meaning.FINAL, "AWS_ACCESS_KEY_ID"),
        (answered("Never-seen-before", 400), Meaning.FINAL, "manual"),
        (answered("SlowDown", 503), Meaning.AGAIN, "Try again"),
        (answered("", 500), Meaning.AGAIN, "Try again"),
        (answered("NoSuchKey", 404), Meaning.MISSING, "does not show"),
        (answered("404", 404), Meaning.MISSING, "does not show"),
        (answered("NoSuchBucket", 404), Meaning.FINAL, "no such bucket"),
        (answered("PreconditionFailed", 412), Meaning.HELD, ""),
        (answered("ConditionalRequestConflict", 409), Meaning.AGAIN, ""),
        (answered("BucketAlreadyExists", 409), Meaning.FINAL, ""),
        (answered("InvalidRange", 416), Meaning.BEYOND, ""),
        (answered("ExpiredToken", 400), Meaning.EXPIRED, "renew them"),
        (answered("400", 400), Meaning.EXPIRED, "renew them"),
        (answered("KMS.DisabledException", 400), Meaning.FINAL, "key for encryption"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_failure_has_one_meaning_and_its_message_no_secret(failure: Exception, means: Meaning, advice: str) -> None:
    assert meaning(failure) is means
    error = final(failure, "writing a", "s3://bucket/p")
    assert advice in str(error)
    assert "s3://bucket/p" in str(error)
    assert "wJalrXUtnFEMI" not in f"{error} {error.fields}"


def test_every_exception_of_botocore_is_translated() -> None:
    known = [one for _, one in inspect.getmembers(boto, inspect.isclass) if issubclass(one, Exception)]
    assert len(known) > 80
    assert [one for one in known if not issubclass(one, (*FAILURES, Warning))] == []
    with pytest.raises(StoreUnavailable), translated("reading a", "s3://bucket"):
        raise boto.UnknownServiceError(service_name="x", known_service_names="y")


@pytest.mark.parametrize(
    ("header", "seconds"), [("3", 3.0), ("0", 0.0), ("-1", 0.0), ("Sun, 22 Nov 2026 00:00:00 GMT", 0.0), ("9" * 9, 0.0)]
)
def test_retry_after_is_read_as_seconds_or_not_at_all(header: str, seconds: float) -> None:
    assert wait_of(answered("SlowDown", 503, **{"retry-after": header})) == seconds


def test_a_checksum_counts_only_when_it_is_one_of_the_whole_object() -> None:
    whole = base64.b64encode(Digest.of(b"x").raw).decode()
    assert checksum_of({"ChecksumSHA256": whole}) == Digest.of(b"x")
    assert checksum_of({"ChecksumSHA256": whole, "ChecksumType": "FULL_OBJECT"}) == Digest.of(b"x")
    for answer in (
        {},
        {"ChecksumSHA256": f"{whole}-3"},
        {"ChecksumSHA256": whole, "ChecksumType": "COMPOSITE"},
        {"ChecksumSHA256": "AAAA"},
        {"ChecksumSHA256": "not base64"},
        {"ETag": whole},
    ):
        assert checksum_of(answer) is None


@pytest.mark.parametrize("announced", [2, 4, None])
def test_a_stream_without_the_announced_octets_never_ends_quietly(announced: int | None) -> None:
    body: Any = io.BytesIO(b"123")
    with BodyStream(body, announced, "reading a", "s3://bucket") as stream, pytest.raises(StoreUnavailable):
        stream.readall()
