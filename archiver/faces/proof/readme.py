# SPDX-License-Identifier: Apache-2.0
"""`README.txt` of a proof pack: what is in it, and the commands that check it without this program.

The commands are printed as `steps` has them, each in a block of its own between fences, so that they can be copied as they
stand. What the pack does not hold has no step; why is said in its place.
"""

import textwrap
from collections.abc import Iterable

from archiver.faces.proof import steps
from archiver.services.citing import ascii_url, one_line
from archiver.services.proof_facts import ProofFacts

_FILES = """captures/<n>/manifest.json      what was observed of a capture, and what its page claims; canonical JSON
captures/<n>/*.warc.gz          its WARC records: request, response (or revisit, or what arrived), manifest
captures/<n>/inner-path.json    the Merkle path from the digest of manifest.json to captures_root of the seal
segments/<id>/segment.json      the seal: one for all captures that were stored together
segments/<id>/leaf.json         the seal's entry in the ledger of the archive, and leaf.tlog-proof, its place in it
checkpoint                      the ledger's name, size and root, signed by the archive
checkpoint.witnessed            the same text, signed by witnesses too, whose keys are in witnesses/
key.pem, key.vkey               the archive's public key, in two forms; keys/ has the records of all it had
timestamps/                     stamps of independent authorities over the file checkpoint (RFC 3161)
events.jsonl                    what was done with the captures since, one event a line, as the archive recorded it
pack.json                       a list of all this for programs
index.html, statement.html      for people; they show what the other files say and prove nothing by themselves
A file that is not there was not to be had: Strength and Pending say why."""
_HOW = (
    "No program of the archive is needed, and no network. The steps take bash, GNU sed and coreutils, gzip, xxd, jq "
    "and OpenSSL 3; they were tried on Debian 12. On macOS, coreutils, gnu-sed, jq and openssl@3 have to be "
    "installed and to stand first on the PATH. Open bash in the folder of this file and run the blocks one after the "
    "other. Read them before: they come from whoever gave you the pack. Lines that end in OK say what fits; FAILED "
    "or an error says what does not."
)
_SIGNED = (
    "Whoever can reach the ledger of the archive ({origin}) can check all of it with public Go programs, which were not "
    "run for this file: go run github.com/transparency-dev/tessera/cmd/fsck@main --storage_url=URL "
    "--public_key=key.vkey. For programs of your own, golang.org/x/mod/sumdb/note and golang.org/x/mod/sumdb/tlog read "
    "checkpoints and paths."
)
_UNSIGNED = (
    "There is no checkpoint in this pack: the archive has signed nothing over these captures yet, or it keeps no "
    "ledger. Digests show that the bytes are those that were sealed. Ask the operator for a pack made later."
)
_NOT_SHOWN = (
    "That what a page says is true, who wrote it, or that other visitors saw the same. statement.html has the whole "
    "list."
)


def readme(facts: ProofFacts) -> bytes:
    """The file, UTF-8, with a line feed at each end. Equal facts give equal bytes."""
    parts = [_head(facts), *_numbered(_sections(facts)), _closing(facts)]
    return ("\n\n".join(parts) + "\n").encode("utf-8")


def _head(facts: ProofFacts) -> str:
    operator = f", run by {one_line(facts.operator)}" if facts.operator else ""
    contact = f" ({one_line(facts.contact)})" if facts.contact else ""
    made = f"{facts.made_at:%Y-%m-%d %H:%M:%S} UTC with {facts.software.name} {facts.software.version}"
    captures = "\n".join(
        f"{one.number}. {one.fetched_at:%Y-%m-%d %H:%M:%S} UTC  {ascii_url(one.url)}\n"
        f"   capture   {one.capture_id}\n   manifest  {one.manifest_digest}"
        for one in facts.captures
    )
    parts = [
        f"PROOF PACK\n==========\nArchive  {facts.archive_id}{operator}{contact}\nMade     {made}",
        _titled("Captures", captures),
        _titled("Strength", "\n".join(_filled(one_line(one.sentence)) for one in facts.strengths)),
        _titled("Pending when this pack was made", "\n".join(_filled(one_line(one)) for one in facts.pending)),
        _titled("Files", _FILES),
        _titled("How to check it", _filled(_HOW)),
    ]
    return "\n\n".join(filter(None, parts))


def _sections(facts: ProofFacts) -> Iterable[tuple[str, str, str]]:
    """Title, words and commands of each step."""
    yield "Words for the steps that follow", "This defines commands and prints nothing.", steps.TOOLS
    yield (
        "The records are whole, and the manifest names them",
        "Each record is one gzip member. Its block, which is what follows its named fields, has the digest that the "
        "record states; that of an answer has also the digest that manifest.json states. A revisit holds the header of an "
        "answer whose body was the one of an earlier capture, which is then in the pack too; where it came in other chunks, "
        "only the digests of the two payloads can be compared. For time, address and URL the manifest counts: named fields "
        "and request records have no digest in it.",
        steps.RECORDS,
    )
    yield (
        "The manifest is under the seal",
        "A leaf is sha256(0x00 || sha256 of manifest.json), a node sha256(0x01 || left || right), as in RFC 6962.",
        steps.INNER,
    )
    if facts.signed:
        yield (
            "The seal is in the ledger",
            f"The ledger had {facts.checkpoint_size} entries. An entry names the sha256 of a seal; "
            "leaf.tlog-proof has its place "
            "and the path to the root, which is line 3 of checkpoint (c2sp.org/tlog-proof).",
            steps.LEAVES,
        )
        yield (
            "The checkpoint is signed by the archive",
            "The signature is Ed25519 over the text before the empty line (c2sp.org/signed-note).",
            steps.SIGNATURE,
        )
        yield (
            "The key is the archive's",
            "No file of the pack can show this. Compare what the next command prints with what the operator "
            "publishes elsewhere, "
            f"or tells you in another way. When the pack was made it was {facts.key_fingerprint}.",
            steps.FINGERPRINT,
        )
    if facts.stamps:
        yield (
            "Independent authorities have stamped the checkpoint",
            "Certificates are judged as of the time of the stamp, for they expire long before an archive does. The "
            "-chain.pem files come with the pack: compare the subject and the fingerprint that are printed with what "
            "the authority publishes.",
            steps.STAMPS,
        )
    if facts.witnesses:
        yield (
            "Witnesses have signed the checkpoint",
            "Compare their keys with what they publish themselves (c2sp.org/tlog-cosignature).",
            steps.WITNESSES,
        )
    yield (
        "Digests, paths and entries once more, with Python alone",
        "Another way for digests and Merkle paths, with nothing but Python's standard library. It also writes what "
        "followed the HTTP header of each response to body-<n>, with transfer and content codings as they came.",
        steps.PYTHON,
    )


def _numbered(sections: Iterable[tuple[str, str, str]]) -> Iterable[str]:
    for number, (title, said, commands) in enumerate(sections):
        yield _titled(f"{number}. {title}", f"{_filled(said)}\n\n```sh\n{commands}```")


def _closing(facts: ProofFacts) -> str:
    ledger = _SIGNED.format(origin=one_line(facts.origin or "")) if facts.signed else _UNSIGNED
    title = "Other ways" if facts.signed else "The ledger"
    return f"{_titled(title, _filled(ledger))}\n\n{_titled('What none of this shows', _filled(_NOT_SHOWN))}"


def _titled(title: str, content: str) -> str:
    return f"{title}\n{'-' * len(title)}\n{content}" if content else ""


def _filled(said: str) -> str:
    return textwrap.fill(said, 100, break_long_words=False, break_on_hyphens=False)
