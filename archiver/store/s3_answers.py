# SPDX-License-Identifier: Apache-2.0
"""What an S3 store's answers and failures mean, and the words for those that are final.

Every exception of botocore, urllib3 and the sockets beneath is read here, so that none crosses the port. A message
names the code, the place and what to check; never the text of an answer or an exception, which may quote keys,
signatures or an endpoint with a password in it. The codes are those of the Amazon S3 API reference, "List of error
codes", and the bare numbers that HEAD answers are limited to.
"""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

import urllib3.exceptions
from boto3.exceptions import Boto3Error
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from archiver.errors import StoreUnavailable, StoreUnfit

FAILURES: tuple[type[Exception], ...] = (
    boto.ClientError,
    boto.BotoCoreError,
    boto.UndefinedModelAttributeError,
    Boto3Error,
    ResponseParserError,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
)
"""Everything that a call of an S3 client, or reading its answer, can raise."""


class Meaning(Enum):
    """What to do about a failure."""

    AGAIN = "no answer, or one that asks to try again"
    MISSING = "there is no such object"
    HELD = "the key was taken: by others, or by our own earlier try"
    BEYOND = "the range lies outside the object"
    EXPIRED = "the credentials are no longer good; there may be new ones where they came from"
    FINAL = "trying again will not help"


_AGAIN = frozenset(
    (
        "408",
        "409",
        "429",
        "BadDigest",
        "ConditionalRequestConflict",
        "IncompleteBody",
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
        "XAmzContentSHA256Mismatch",
    )
)
_EXPIRED_CODES = ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired")
_FINAL_AT_ONCE = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.TokenRetrievalError,
    boto.UnauthorizedSSOTokenError,
    boto.ParamValidationError,
    boto.ProfileNotFound,
    boto.NoRegionError,
    boto.InvalidRegionError,
    boto.ConfigParseError,
    boto.ConfigNotFound,
    boto.UndefinedModelAttributeError,
)
_RIGHTS = (
    "Check that the credentials are those of this bucket and allow s3:GetObject, s3:PutObject and s3:ListBucket; "
    "without the last one a missing key reads as forbidden."
)
_EXPIRED = "The credentials have expired: renew them and run the command again; nothing sealed was changed."
_CREDENTIALS = (
    "Check the access key and its secret in the usual AWS places: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
    "AWS_PROFILE, ~/.aws, or the machine's role."
)
_CLOCK = "This machine's clock is minutes away from the store's: set it right (NTP)."
_REGION = "The bucket lies in another region: set AWS_REGION to it, and check AWS_ENDPOINT_URL."
_UNSHOWN = "The store does not show what it has just taken; try again later, then audit it."
_KMS = "The key for encryption is missing or off: check its name and that these credentials may use it."
ADVICE = {
    "404": _UNSHOWN,
    "NoSuchKey": _UNSHOWN,
    "403": _RIGHTS,
    "AccessDenied": _RIGHTS,
    "AllAccessDisabled": _RIGHTS,
    "InvalidAccessKeyId": _CREDENTIALS,
    "SignatureDoesNotMatch": _CREDENTIALS,
    "InvalidToken": _CREDENTIALS,
    **dict.fromkeys(_EXPIRED_CODES, _EXPIRED),
    "RequestTimeTooSkewed": _CLOCK,
    "RequestExpired": _CLOCK,
    "NoSuchBucket": "There is no such bucket there: check its name, AWS_ENDPOINT_URL and AWS_REGION.",
    "PermanentRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "301": _REGION,
    "QuotaExceeded": "The store has no space left for this bucket: raise its quota.",
    "InvalidStorageClass": "The store has no such storage class: name another, or none.",
    **dict.fromkeys(("KMS.NotFoundException", "KMS.DisabledException", "KMS.KMSInvalidStateException"), _KMS),
    "EntityTooLarge": "The store takes no objects of this size: lower the size of a segment.",
}
"""What to check, by error code; codes that are not here are not about configuration."""


def code_of(failure: Exception) -> str:
    """The S3 error code, the HTTP code where no other came, or the name of the exception."""
    if isinstance(failure, boto.ClientError):
        return str(failure.response.get("Error", {}).get("Code") or status_of(failure))
    return type(failure).__name__


def status_of(failure: Exception) -> int:
    """The HTTP code of the answer; 0 when there was none."""
    if isinstance(failure, boto.ClientError):
        return int(failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return 0


def wait_of(failure: Exception) -> float:
    """The seconds that Retry-After asks for; 0 when it does not, or gives a date."""
    if not isinstance(failure, boto.ClientError):
        return 0.0
    headers = failure.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    asked = str(headers.get("retry-after", ""))
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0.0


def meaning(failure: Exception) -> Meaning:
    """What `failure`, one of `FAILURES`, asks for."""
    if isinstance(failure, _FINAL_AT_ONCE):
        return Meaning.FINAL
    if not isinstance(failure, boto.ClientError):
        return Meaning.AGAIN
    code, status = code_of(failure), status_of(failure)
    if status == 404 and code != "NoSuchBucket":
        return Meaning.MISSING
    # S3Mock answers 304 where 412 is meant
    if code in ("PreconditionFailed", "412") or status in (304, 412):
        return Meaning.HELD
    if code == "InvalidRange" or status == 416:
        return Meaning.BEYOND
    # an answer to HEAD has no body to name its code: an ended session is a bare 400 there
    if code in (*_EXPIRED_CODES, "400"):
        return Meaning.EXPIRED
    if code in _AGAIN or (status >= 500 and status != 501):
        return Meaning.AGAIN
    return Meaning.FINAL


def final(failure: Exception, doing: str, place: str) -> StoreUnavailable | StoreUnfit:
    """The error of ours for a failure that is not, or no longer, to be tried again."""
    code = code_of(failure)
    fields = {"code": code, "http": status_of(failure), "place": place}
    if status_of(failure) == 501:
        return StoreUnfit(
            f"{place} does not know what {doing} needs ({code})", "Use a store with create-only writes.", **fields
        )
    if isinstance(failure, boto.ClientError):
        advice = ADVICE.get(code) or ADVICE.get(str(status_of(failure)))
        if advice is None and code == "400":
            advice = "The credentials may have expired: renew them; else look at what the store wrote in its own log."
        elif advice is None:
            advice = (
                "Try again later." if meaning(failure) is Meaning.AGAIN else "Look the code up in the store's manual."
            )
        return StoreUnavailable(f"{place} answered {code} while {doing}", advice, **fields)
    if isinstance(failure, boto.ParamValidationError):
        advice = "Check the bucket's name."
    elif isinstance(failure, boto.SSLError):
        advice = "The store's certificate is not trusted here: check AWS_ENDPOINT_URL and AWS_CA_BUNDLE."
    elif isinstance(failure, boto.ProfileNotFound | boto.ConfigParseError | boto.ConfigNotFound):
        advice = "Check AWS_PROFILE and the files in ~/.aws."
    elif isinstance(failure, boto.NoRegionError | boto.InvalidRegionError):
        advice = "Set AWS_REGION to the bucket's region."
    elif isinstance(failure, _FINAL_AT_ONCE):
        advice = _CREDENTIALS
    else:
        advice = "Check the network, AWS_ENDPOINT_URL and that the store is running, and run the command again."
    return StoreUnavailable(f"no answer from {place} while {doing} ({code})", advice, **fields)


@contextmanager
def translated(doing: str, place: str) -> Iterator[None]:
    """Turns every failure inside into ours, without another try."""
    try:
        yield
    except FAILURES as failure:
        raise final(failure, doing, place) from failure
