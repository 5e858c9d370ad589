# SPDX-License-Identifier: Apache-2.0
"""The rights that infra/terraform gives away: the service cannot remove or overwrite, the auditor only reads."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from archiver.store.keys import MUTABLE, STAGING

FOLDER = Path(__file__).parents[2] / "infra" / "terraform"
POLICIES = sorted((FOLDER / "policies").glob("*.json"))
HCL = "\n".join(path.read_text("utf-8") for path in sorted(FOLDER.rglob("*.tf")))


def statements(name: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads((FOLDER / "policies" / f"{name}.json").read_text("utf-8"))["Statement"]
    return told


def actions(name: str) -> set[str]:
    """Every action that a policy allows."""
    assert all(one["Effect"] == "Allow" for one in statements(name))
    return {action for one in statements(name) for action in one["Action"]}


@pytest.mark.parametrize("name", ["service", "auditor", "replicator", "replica"])
def test_only_the_eraser_removes_or_ends_a_lock(name: str) -> None:
    assert not [action for action in actions(name) if re.search(r"Delete|Bypass|\*", action)]


@pytest.mark.parametrize("name", ["service", "auditor", "eraser", "replicator", "replica"])
def test_no_role_changes_the_bucket_or_its_policy(name: str) -> None:
    assert not [action for action in actions(name) if re.match(r"s3:Put(?!Object(LegalHold|Retention)?$)", action)]


def test_the_service_may_do_what_the_store_asks_for() -> None:
    assert actions("service") >= {
        "s3:GetObject",
        "s3:PutObject",
        "s3:PutObjectRetention",
        "s3:PutObjectLegalHold",
        "s3:GetObjectRetention",
        "s3:GetObjectLegalHold",
        "s3:ListBucket",
        "s3:GetBucketVersioning",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetEncryptionConfiguration",
    }


def test_the_auditor_only_reads() -> None:
    assert all(re.match(r"s3:(Get|List)", action) for action in actions("auditor"))
    assert {"s3:GetObjectVersion", "s3:ListBucketVersions"} <= actions("auditor")


def test_the_eraser_removes_versions_and_writes_nothing() -> None:
    assert {"s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:ListBucketVersions"} <= actions("eraser")
    assert not {"s3:PutObject", "s3:PutObjectRetention", "s3:DeleteObject"} & actions("eraser")


def test_the_bucket_refuses_removal_overwriting_and_open_connections_to_everybody_else() -> None:
    by_name = {one["Sid"]: one for one in statements("bucket")}
    assert all((one["Effect"], one["Principal"]) == ("Deny", "*") for one in by_name.values())
    removal = by_name["OnlyTheEraserRemoves"]
    assert {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"} == set(removal["Action"])
    assert removal["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": "${eraser}"}}
    writing = by_name["NothingIsOverwrittenButTheCheckpoint"]
    assert writing["NotResource"] == f"${{bucket}}/${{root}}{MUTABLE}"
    assert writing["Condition"]["Null"] == {"s3:if-none-match": "true"}
    assert by_name["OnlyOverTls"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_staging_and_older_checkpoints_expire() -> None:
    expiring = re.findall(r'prefix = "\$\{local\.root\}([^"]+)"', HCL)
    assert expiring == [STAGING, MUTABLE]
    # the third rule, for the whole bucket, ends unfinished uploads and expires nothing
    [whole] = re.findall(r"filter \{\}(.*?)\n  \}\n", HCL, re.DOTALL)
    assert "expiration" not in whole
    assert HCL.count("expiration {") == 3


def test_the_bucket_is_made_with_versions_locks_encryption_and_no_public_access() -> None:
    for words in (
        "object_lock_enabled = true",
        "force_destroy       = false",
        "prevent_destroy = true",
        'object_ownership = "BucketOwnerEnforced"',
        '"AES256"',
    ):
        assert words in HCL
    for setting in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"):
        assert re.search(rf"{setting}\s+= true", HCL)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_place_in_a_policy_is_filled(path: Path) -> None:
    wanted = set(re.findall(r"\$\{(\w+)\}", path.read_text("utf-8")))
    calls = re.findall(rf'templatefile\("\$\{{path\.module\}}[^"]*/{path.stem}\.json", \{{(.*?)\}}\)', HCL, re.DOTALL)
    assert calls
    for call in calls:
        assert set(re.findall(r"(\w+)\s+=", call)) == wanted


def test_every_variable_is_used_and_every_used_one_declared() -> None:
    for folder in (FOLDER, FOLDER / "bucket"):
        text = "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.tf")))
        assert set(re.findall(r'variable "(\w+)"', text)) == set(re.findall(r"\bvar\.(\w+)", text))
