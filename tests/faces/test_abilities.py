# SPDX-License-Identifier: Apache-2.0
"""What a probe saw is said in sentences: of a bucket all there is to know, of a folder only what has sense."""

from dataclasses import fields

from archiver.faces.cli.abilities import sentences
from archiver.ports import Abilities

SOUND = Abilities(
    create_only=True,
    checks_sha256=True,
    versioned=True,
    object_lock=True,
    default_retention="none",
    encryption="AES256",
    can_delete=False,
    can_hide=False,
)
BARE = Abilities(
    create_only=True,
    checks_sha256=False,
    versioned=False,
    object_lock=False,
    default_retention="none",
    encryption="none",
    can_delete=True,
)


def test_a_folder_has_no_versions_locks_or_rights_to_speak_of() -> None:
    said = sentences(Abilities(create_only=True, checks_sha256=False))
    assert [fine for fine, _ in said] == [True, False]
    assert "nothing stored is ever overwritten" in said[0][1]


def test_a_sound_bucket_is_fine_in_every_sentence() -> None:
    said = sentences(SOUND)
    assert len(said) == len(fields(Abilities))
    assert all(fine for fine, _ in said)


def test_a_bare_bucket_lacks_five_things_and_each_is_said_with_its_cost() -> None:
    lacks = " ".join(text for fine, text in sentences(BARE) if not fine)
    for words in ("read back and hashed", "versioning", "Object Lock", "encrypts", "s3:DeleteObjectVersion"):
        assert words in lacks
    assert sum(not fine for fine, _ in sentences(BARE)) == 5


def test_default_retention_is_told_with_what_it_means_for_staging() -> None:
    seen = Abilities(True, True, default_retention="compliance, 2 years", object_lock=True, can_delete=False)
    assert any("compliance, 2 years" in text and "staging/" in text for _, text in sentences(seen))


def test_credentials_that_hide_are_told_apart_from_those_that_delete() -> None:
    hides = Abilities(True, True, versioned=True, object_lock=True, can_delete=False, can_hide=True)
    [said] = [text for fine, text in sentences(hides) if not fine and "credentials hide" in text]
    assert "delete marker" in said


def test_what_is_not_told_is_said_to_be_unknown_and_not_to_be_lacking() -> None:
    said = [text for fine, text in sentences(Abilities(True, True, can_delete=False)) if not fine]
    assert len(said) == 3
    assert all("does not tell these credentials" in text for text in said)
