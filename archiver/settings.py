# SPDX-License-Identifier: Apache-2.0
"""What the environment says, read once into one frozen value. Command-line flags win over it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_ARCHIVE = "./archive"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one process."""

    archive: str | None
    """`ARCHIVER_ARCHIVE`: the archive to use when none is named: a folder or `s3://bucket/prefix`."""
    state: Path | None
    """`ARCHIVER_STATE`: where an `s3://` archive keeps its state, catalog and spool on this machine."""
    state_home: Path
    """`XDG_STATE_HOME`/colophon: where they are when `ARCHIVER_STATE` is not set, by archive id."""
    operator: str | None
    """`ARCHIVER_OPERATOR`: who runs the archive, for archives made by this process."""
    contact: str | None
    """`ARCHIVER_CONTACT`: where site owners may write to."""
    proxies: Mapping[str, str]
    """Proxy variables that are set; they are not followed, but a failed connection names them."""
    signing_key: Path | None = None
    """`ARCHIVER_SIGNING_KEY_FILE`: the private key of the ledger; by default in `XDG_STATE_HOME`/colophon/keys, by archive id."""
    authorities: Path | None = None
    """`ARCHIVER_AUTHORITIES`: a file that names time-stamping authorities."""
    witnesses: Path | None = None
    """`ARCHIVER_WITNESSES`: a file that names witnesses of the ledger."""
    lock: str | None = None
    """`ARCHIVER_LOCK`: how long a bucket locks what is written, as `governance:365`, in days."""
    encryption: str | None = None
    """`ARCHIVER_ENCRYPTION`: how a bucket encrypts what is written: `aes256` or a KMS key."""
    storage_class: str | None = None
    """`ARCHIVER_STORAGE_CLASS`: the storage class of what is written into a bucket."""
    smtp: str | None = field(default=None, repr=False)
    """`ARCHIVER_SMTP`: the mail server that takes notifications, as `smtp://user@host:587`."""
    smtp_password: str | None = field(default=None, repr=False)
    """`ARCHIVER_SMTP_PASSWORD`: its user's password."""
    smtp_from: str | None = None
    """`ARCHIVER_SMTP_FROM`: the address that notifications come from; the archive's contact when it is not set."""


def read(environ: Mapping[str, str]) -> Settings:
    """The settings that an environment holds."""
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    state_home = Path(environ["XDG_STATE_HOME"]) if environ.get("XDG_STATE_HOME") else home / ".local" / "state"
    return Settings(
        archive=environ.get("ARCHIVER_ARCHIVE") or None,
        state=_path(environ, "ARCHIVER_STATE"),
        state_home=state_home / "colophon",
        operator=environ.get("ARCHIVER_OPERATOR") or None,
        signing_key=_path(environ, "ARCHIVER_SIGNING_KEY_FILE"),
        authorities=_path(environ, "ARCHIVER_AUTHORITIES"),
        witnesses=_path(environ, "ARCHIVER_WITNESSES"),
        contact=environ.get("ARCHIVER_CONTACT") or None,
        proxies={name: value for name, value in environ.items() if name.lower().endswith("_proxy") and value},
        lock=environ.get("ARCHIVER_LOCK") or None,
        encryption=environ.get("ARCHIVER_ENCRYPTION") or None,
        storage_class=environ.get("ARCHIVER_STORAGE_CLASS") or None,
        smtp=environ.get("ARCHIVER_SMTP") or None,
        smtp_password=environ.get("ARCHIVER_SMTP_PASSWORD") or None,
        smtp_from=environ.get("ARCHIVER_SMTP_FROM") or None,
    )


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]) if environ.get(name) else None
