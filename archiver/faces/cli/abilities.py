# SPDX-License-Identifier: Apache-2.0
"""What a probe saw of a store, as sentences for the person who runs the archive: what is there, and what each lack costs."""

from archiver.ports import Abilities

_VERSIONS = (
    "older versions are kept: what somebody removes or replaces can be brought back",
    "older versions are not kept: what somebody removes is gone. Switch versioning on",
)
_LOCKS = (
    "Object Lock is there: what is locked stays until its day",
    "no Object Lock: nothing protects stored objects from whoever may delete. It is switched on when a bucket is made",
)
_DELETE = (
    "these credentials delete nothing for good",
    "these credentials delete for good: the program never needs that. Take s3:DeleteObject and "
    "s3:DeleteObjectVersion away from them",
)
_HIDE = (
    "these credentials hide nothing behind a delete marker",
    "these credentials hide objects behind delete markers: the program never needs that. Take s3:DeleteObject away "
    "from them",
)


def sentences(seen: Abilities) -> list[tuple[bool, str]]:
    """Each ability as a sentence, and whether it is as evidence wants it. Of a folder there is less to say."""
    said = [(seen.create_only, "create-only writes are enforced: nothing stored is ever overwritten")]
    if seen.checks_sha256:
        said.append((True, "SHA-256 is checked by the store on arrival, and returned"))
    else:
        said.append(
            (False, "SHA-256 is not checked by the store: every object is read back and hashed after it is written")
        )
    if seen.can_delete is None:
        return said
    said.append(_either(seen.versioned, *_VERSIONS, "whether older versions are kept"))
    said.append(_either(seen.object_lock, *_LOCKS, "whether it has Object Lock"))
    if seen.object_lock and seen.default_retention == "none":
        said.append((True, "the bucket locks nothing by itself: an object is locked where the archive asks for it"))
    elif seen.default_retention not in (None, "none"):
        said.append(
            (True, f"the bucket locks every object by itself ({seen.default_retention}), those in staging/ too")
        )
    if seen.encryption is None:
        said.append(_untold("whether it encrypts by itself"))
    elif seen.encryption == "none":
        said.append((False, "the bucket does not say that it encrypts what it stores"))
    else:
        said.append((True, f"the bucket encrypts what it stores ({seen.encryption})"))
    said.append(_either(not seen.can_delete, *_DELETE, ""))
    if seen.can_hide is not None:
        said.append(_either(not seen.can_hide, *_HIDE, ""))
    return said


def _either(fine: bool | None, good: str, bad: str, about: str) -> tuple[bool, str]:
    if fine is None:
        return _untold(about)
    return fine, good if fine else bad


def _untold(about: str) -> tuple[bool, str]:
    return False, f"the bucket does not tell these credentials {about}"
