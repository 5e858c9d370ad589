# SPDX-License-Identifier: Apache-2.0
"""What was observed of a capture, on its card: the exchange, the connection, the digests, and what they prove so far."""

from collections.abc import Iterable

from archiver.services.markup import moment, octets, table, words
from archiver.services.provenance.chain import Held
from manifests.capture import Observation
from manifests.digest import Role, canonical_digest

DIGESTS_ALONE = (
    "The proofs on this card are digests only: they show that the bytes are still those that were sealed. What the archive's "
    "ledger adds, whether an authority stamped it, and how strong that makes the proof, is in a proof pack."
)


def fetched_part(seen: Observation) -> str:
    """The section on the exchange."""
    rows = [(f"{words(name)}", value) for name, value in facts_of(seen) if value]
    headers = [
        (words(name), words(value, 1000))
        for name, value in (seen.response.headers if seen.response is not None else ())
    ]
    chain = seen.connection.tls.chain if seen.connection is not None and seen.connection.tls is not None else ()
    certificates = [(words("leaf" if at == 0 else f"issuer {at}"), words(one.sha256)) for at, one in enumerate(chain)]
    return (
        '<section aria-labelledby="fetched"><h2 id="fetched">How it was fetched</h2>\n'
        + table("The request and the connection", ("what", "as observed"), rows, row_heads=True)
        + table(
            "Certificates, as the server sent them", ("certificate", "sha256 fingerprint"), certificates, row_heads=True
        )
        + table("Headers of the response that matter", ("header", "value"), headers, row_heads=True)
        + "</section>\n"
    )


def facts_of(seen: Observation) -> Iterable[tuple[str, str]]:
    """What is known of the exchange, as markup."""
    link, response = seen.connection, seen.response
    tls = link.tls if link is not None else None
    yield "URL asked for", f'<span class="url">{words(seen.url, 2000)}</span>'
    yield "asked for because of", f'<span class="url">{words(seen.seed, 2000)}</span>' if seen.seed != seen.url else ""
    ways = [one for one in seen.links if one.relation != "site-file"]
    yield "came here from", "; ".join(f"{words(one.relation)} {words(one.url, 2000)}" for one in ways)
    files = [
        f"{words(one.url, 2000)} (capture <code>{one.capture_id[:8]}</code>)" for one in seen.links if one not in ways
    ]
    yield "its site speaks for all its pages in", "; ".join(files)
    yield "requested", moment(seen.requested_at)
    yield "first byte", moment(seen.first_byte_at) if seen.first_byte_at is not None else ""
    yield "last byte", moment(seen.last_byte_at) if seen.last_byte_at is not None else ""
    yield "clock", words(f"{seen.clock.source}, offset {seen.clock.offset}")
    yield (
        "server's clock",
        f"{seen.origin_date_offset} seconds ahead of ours" if seen.origin_date_offset is not None else "",
    )
    yield "address", words(f"{link.ip} port {link.port}") if link is not None and link.ip else ""
    yield (
        "name answered by",
        words(f"{link.resolver}: {', '.join(link.addresses)}") if link is not None and link.resolver else "",
    )
    yield (
        "protocol",
        words(f"HTTP/{response.http_version} {response.code or ''} {response.reason}") if response is not None else "",
    )
    if tls is not None:
        told = (
            "chain and host name agree with the trust store"
            if tls.verified
            else f"not trusted: {tls.fault or 'no reason given'}"
        )
        yield "TLS", words(f"{tls.version}, {tls.cipher}; {told}")
    elif link is not None:
        yield "TLS", "none: the bytes travelled in the clear"
    yield (
        "robots.txt said",
        words(f"{seen.robots.decision}, {'obeyed' if seen.robots.obeyed else 'recorded, not a condition'}"),
    )
    yield "user agent", words(seen.settings.user_agent)
    yield "software", words(f"{seen.software.name} {seen.software.version}, engine {seen.engine}")
    yield (
        "operator",
        words(" ".join(one for one in (seen.operator.name, seen.operator.contact) if one)) if seen.operator else "",
    )
    yield "purpose, as given", words(seen.purpose or "")
    yield "labels, as given", words("; ".join(f"{name}: {value}" for name, value in seen.labels.items()))
    yield "what became of it", words("; ".join(one for one in (seen.outcome.value, seen.reason, seen.detail) if one))


def digests_part(held: Held) -> str:
    """The section on digests and proofs."""
    seen, found = held.manifest.observation, held.found
    rows = [
        (words(role.value), words(digest.algorithm), f"<code>{digest.hex}</code>", octets(size) if size is not None else "")
        for role, size in ((Role.BLOCK, seen.lengths.block), (Role.BODY, seen.lengths.body), (Role.PAYLOAD, seen.lengths.payload),
                           (Role.ENTITY, seen.lengths.entity))
        for digest in getattr(seen.digests, role.value)
    ]  # fmt: skip
    if held.claims is not None and held.claims.text_digest is not None:
        text = held.claims.text_digest
        rows.append((Role.TEXT.value, words(text.algorithm), f"<code>{text.hex}</code>", ""))
    more = [
        ("manifest of this capture", f"<code>{held.manifest_digest}</code>"),
        ("observation in the manifest", f"<code>{canonical_digest(seen)}</code>"),
        ("seal of its segment", f"<code>{found.segment.seal_digest}</code>"),
        ("segment", f"<code>{words(found.segment.folder)}</code>, sealed {moment(found.segment.sealed_at)}"),
        ("WARC file", f"<code>{words(found.segment.warc)}</code>"),
    ]
    return (
        '<section aria-labelledby="digests"><h2 id="digests">Digests and proofs so far</h2>\n'
        f"<p>{DIGESTS_ALONE}</p>\n<p>To check them: <code>archiver verify {found.capture_id}</code>. To make a pack: "
        f"<code>archiver prove {found.capture_id} --out pack</code></p>\n"
        + table("Digests of the bytes, by role", ("role", "algorithm", "digest", "size"), rows, row_heads=True)
        + table("What seals them", ("what", "digest or name"), more, row_heads=True)
        + "</section>\n"
    )
