# SPDX-License-Identifier: Apache-2.0
"""A chain as PROV-JSON keeps the rules of the submission and of PROV-DM, as PREMIS those of its schema; both take any words."""

import json
import re
import warnings
from collections import Counter
from typing import Any
from xml.etree import ElementTree

import pytest
from prov.model import ProvDocument

from archiver.extract import EXTRACTOR
from archiver.services.provenance import document, premis, prov
from archiver.services.provenance.asking import Asked
from archiver.services.provenance.assembling import assemble
from archiver.services.provenance.chain import Chain
from archiver.services.provenance.holdings import ArchiveHoldings
from archiver.url_keys import url_key
from manifests.canonical import Model
from manifests.capture import Outcome
from manifests.rights import Notice
from tests.services.chains import OPERATOR, ORIGINAL, OTHER, REPRINT, article, chain_of, keep, keep_with_site_file
from tests.services.exchanges import ARCHIVE_ID, Archive, exchange, plain
from tests.services.premis_facts import PREMIS
from tests.services.reread import HOST, keener, many_kinds, re_extracted

NOTICES = (
    "<p>\u00a9 2020-2026 Harbour Light. All rights reserved.</p>"
    '<p><a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p>'
    "<p>This page makes fair use of quotations under 17 U.S.C. \u00a7 107.</p>"
    "<p>Harbour Light grants permission to cross-post this article on non-commercial sites as long as the source is named.</p>"
    "<p>No part of this may be reproduced without permission of Harbour Light.</p>"
)
HOSTILE = '<b>&amp;"\']]>--><!-- \u202e\u0007 \ufffe</premis>{"$": 1}'
FAILED = "http://never.example/a"
SHORT = "http://commons.example/s/1"
RELATIONS = {
    "wasGeneratedBy": ("entity", "activity"), "used": ("activity", "entity"), "wasDerivedFrom": ("generatedEntity", "usedEntity"),
    "wasAttributedTo": ("entity", "agent"), "wasAssociatedWith": ("activity", "agent"),
    "actedOnBehalfOf": ("delegate", "responsible"), "specializationOf": ("specificEntity", "generalEntity"),
    "wasInfluencedBy": ("influencee", "influencer"), "wasInformedBy": ("informed", "informant"),
}  # fmt: skip
"""What each relation of PROV-DM that we use is between."""
FIXED = {"activity", "time"}
"""Further attributes of the standard that a relation may have."""


@pytest.fixture
def chain(archive: Archive) -> Chain:
    """A redirect to a reprint, its original, a mirror with the same bytes and text, a name, and a ring of statements."""
    archive.keep(exchange(plain(b"", b"Location: /articles/17", code=b"301 Moved"), SHORT))
    body = article("Harbour Light", date="2026-02-27", notice=NOTICES, source="http://gone.example/x")
    keep(archive, {REPRINT: article("Commons", source=ORIGINAL, notice="\u00a9 Commons"), ORIGINAL: body, OTHER: body})
    keep(archive, {"http://ring.example/": article("Ring", source=REPRINT, body="<p>ring</p>")}, days=1)
    keep(archive, {ORIGINAL: article("Harbour Light", source="http://ring.example/")}, days=2)
    return chain_of(archive, SHORT, alike={REPRINT: [(ORIGINAL, 0.93), (OTHER, 0.9)]})


def with_words(chain: Chain, words: str) -> Chain:
    """The chain with these words wherever somebody else's may stand."""

    def changed(model: Any) -> Any:
        if isinstance(model, Model):
            fields = {name: changed(getattr(model, name)) for name in type(model).model_fields}
            texts = {
                "text",
                "name",
                "reason",
                "purpose",
                "detail",
                "holder",
                "statute",
                "title",
                "contact",
                "doctrine",
                "usage",
            }
            return model.model_copy(
                update={n: words if n in texts and isinstance(v, str) else v for n, v in fields.items()}
            )
        return tuple(changed(one) for one in model) if isinstance(model, tuple) else model

    for node in chain.nodes:
        if node.held is not None:
            object.__setattr__(node.held, "claims", changed(node.held.claims))
            object.__setattr__(node.held, "manifest", changed(node.held.manifest))
        if node.named is not None:
            object.__setattr__(node, "named", changed(node.named))
    return chain


def check_prov(made: dict[str, Any]) -> None:
    """The structure of PROV-JSON: sections, qualified names, typed values, and ends of relations that exist."""
    prefixes = {*made["prefix"], "prov", "xsd", "_"}
    assert set(made) - {"prefix"} <= {"entity", "activity", "agent", *RELATIONS}
    for kind, records in made.items():
        if kind == "prefix":
            assert all(re.fullmatch(r"[a-z0-9]+", name) for name in records)
            continue
        for name, record in records.items():
            assert re.fullmatch(r"[a-z0-9_]+:[A-Za-z0-9][A-Za-z0-9._-]*", name), name
            assert name.partition(":")[0] in prefixes
            for attribute, value in record.items():
                assert attribute.partition(":")[0] in prefixes, attribute
                if isinstance(value, dict):
                    assert set(value) == {"$", "type"}
                    assert isinstance(value["$"], str)
                    assert value["type"] in ("xsd:QName", "xsd:anyURI", "xsd:integer")
                else:
                    assert isinstance(value, str)
            if kind in RELATIONS:
                for end in RELATIONS[kind]:
                    assert any(
                        record[f"prov:{end}"] in made.get(place, {}) for place in ("entity", "activity", "agent")
                    ), record
                known = {*RELATIONS[kind], *FIXED, "type", "label", "role"}
                assert {a.removeprefix("prov:") for a in record if a.startswith("prov:")} <= known


def check_times(made: dict[str, Any]) -> None:
    """PROV-CONSTRAINTS: an entity is generated once; derivations make no ring."""
    generated = Counter(one["prov:entity"] for one in made["wasGeneratedBy"].values())
    assert set(generated.values()) == {1}
    derived = [(one["prov:generatedEntity"], one["prov:usedEntity"]) for one in made.get("wasDerivedFrom", {}).values()]
    left = set(derived)
    while left:
        ends = {pair for pair in left if pair[1] not in {one for one, _ in left}}
        assert ends, "a ring of derivations"
        left -= ends


def check_premis(text: str) -> Counter[str]:
    """The order and number of elements that the schema asks for; returns how often each element stands there."""
    root = ElementTree.fromstring(text)
    seen: Counter[str] = Counter()
    todo = [root]
    while todo:
        element = todo.pop()
        name = element.tag.removeprefix("{" + premis.NAMESPACE + "}")
        kind = element.get("{http://www.w3.org/2001/XMLSchema-instance}type")
        seen[f"{name} {kind}" if kind else name] += 1
        rule = PREMIS.get(f"{name} {kind}" if kind else name)
        children = [child.tag.removeprefix("{" + premis.NAMESPACE + "}") for child in element]
        if rule is None:
            assert not children, name
            assert (element.text or "").strip(), name
            continue
        pattern = "".join(f"(?:{one.rstrip('1?*+')} )" + (one[-1] if one[-1] in "?*+" else "") for one in rule.split())
        assert re.fullmatch(pattern, "".join(f"{child} " for child in children)), (name, children)
        todo += element
    identifiers = [(one.findtext("{*}objectIdentifierType"), one.findtext("{*}objectIdentifierValue"))
                   for one in root.iter(f"{{{premis.NAMESPACE}}}objectIdentifier")]  # fmt: skip
    related = [(one.findtext("{*}relatedObjectIdentifierType"), one.findtext("{*}relatedObjectIdentifierValue"))
               for one in root.iter(f"{{{premis.NAMESPACE}}}relatedObjectIdentifier")]  # fmt: skip
    assert len(set(identifiers)) == len(identifiers)
    assert set(related) <= set(identifiers)
    for kind in ("event", "rightsStatement", "agent"):
        defined = {
            one.findtext(f"{{*}}{kind}IdentifierValue") for one in root.iter(f"{{{premis.NAMESPACE}}}{kind}Identifier")
        }
        link = f"linking{kind[0].upper()}{kind[1:]}Identifier"
        linked = {one.findtext(f"{{*}}{link}Value") for one in root.iter(f"{{{premis.NAMESPACE}}}{link}")}
        assert linked <= defined, kind
    return seen


def test_prov_json_keeps_the_rules_and_is_read_by_another_program(chain: Chain) -> None:
    made = prov.document(chain)
    check_prov(made)
    check_times(made)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = ProvDocument.deserialize(content=json.dumps(made), format="json")
    assert len(list(read.get_records())) == sum(len(records) for kind, records in made.items() if kind != "prefix")
    again = json.loads(read.serialize(format="json") or "")
    assert set(again) == set(made)


def test_prov_json_says_who_fetched_who_is_named_and_what_is_stated(chain: Chain) -> None:
    made = prov.document(chain)
    labels = {one["prov:label"] for one in made["agent"].values()}
    assert {"Commons", "Harbour Light", "The tests"} <= labels
    stated = list(made["wasDerivedFrom"].values())
    assert all(one["prov:type"] == {"$": "prov:PrimarySource", "type": "xsd:QName"} for one in stated)
    assert {one["term:confidence"] for one in stated} == {"high"}
    assert any(one["term:words"] == ORIGINAL and "bytes" in one["term:place"] for one in stated)
    assert len(made["wasInfluencedBy"]) == 1
    assert made["wasInformedBy"]
    comparisons = [one for one in made["activity"].values() if one["prov:type"]["$"] == "term:TextComparison"]
    assert sorted(one["term:overlapThousandths"]["$"] for one in comparisons) == ["900", "930"]
    payloads = Counter(one["prov:generalEntity"] for one in made["specializationOf"].values())
    assert max(payloads.values()) == 2, "two captures are specializations of one payload"


def test_premis_keeps_the_order_of_the_schema_and_its_identifiers_hold_together(chain: Chain) -> None:
    seen = check_premis(premis.document(chain))
    assert seen["object premis:file"] == 5
    assert seen["object premis:intellectualEntity"] == 1
    assert seen["event"] == 5
    for name in (
        "copyrightInformation",
        "licenseInformation",
        "statuteInformation",
        "otherRightsInformation",
        "rightsGranted",
    ):
        assert seen[name], name


def test_premis_assesses_no_copyright(chain: Chain) -> None:
    root = ElementTree.fromstring(premis.document(chain))
    assert {one.text for one in root.iter(f"{{{premis.NAMESPACE}}}copyrightStatus")} == {"unknown"}


def test_a_page_of_which_nothing_came_is_an_entity_without_a_file(archive: Archive) -> None:
    archive.keep(exchange(None, FAILED, outcome=Outcome.FAILED, reason="dns-failed", sent=False))
    chain = chain_of(archive, FAILED)
    seen = check_premis(premis.document(chain))
    assert (seen["object premis:file"], seen["object premis:intellectualEntity"], seen["event"]) == (0, 1, 1)
    check_prov(prov.document(chain))


def test_hostile_words_stay_words_in_every_format(chain: Chain) -> None:
    hostile = with_words(chain, HOSTILE)
    check_premis(premis.document(hostile))
    made = prov.document(hostile)
    check_prov(made)
    check_times(made)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ProvDocument.deserialize(content=json.dumps(made), format="json")
    json.dumps(document.document(hostile), default=str)
    notes = ElementTree.fromstring(premis.document(hostile)).iter(f"{{{premis.NAMESPACE}}}agentName")
    assert any(note.text == HOSTILE.replace("\x07", "\ufffd").replace("\ufffe", "\ufffd") for note in notes)


def test_a_node_says_where_its_claims_stand_and_what_read_them(archive: Archive) -> None:
    many_kinds(archive)
    first = f"{EXTRACTOR.name}/{EXTRACTOR.version}"
    assert _claims_of_visits(archive) == {(200, "manifest", first), (304, "earlier-capture", first)}
    re_extracted(archive, keener())
    later = f"{keener().program.name}/{keener().program.version}"
    assert _claims_of_visits(archive) == {(200, "claims-set", later), (304, "earlier-capture", later)}


def _claims_of_visits(archive: Archive) -> set[tuple[int, str, str]]:
    catalog = archive.world.generations.current()
    holdings, told = ArchiveHoldings(archive.store, catalog, lambda _: []), set()
    for visit in catalog.by_url(HOST + "plain", url_key(HOST + "plain")):
        asked = [Asked(visit, "capture")]
        chain = assemble(HOST, asked, holdings, archive_id=ARCHIVE_ID, operator=OPERATOR)
        node = document.document(chain)["nodes"][0]
        told.add((node["response_code"], node["claims_from"], node["extractor"]))
    return told


def test_equal_chains_give_equal_documents(archive: Archive) -> None:
    keep(archive, {REPRINT: article("Commons", source=ORIGINAL), ORIGINAL: article("Harbour Light", notice=NOTICES)})
    one, other = chain_of(archive, REPRINT), chain_of(archive, REPRINT)
    assert premis.document(one) == premis.document(other)
    assert json.dumps(prov.document(one)) == json.dumps(prov.document(other))


def test_only_notices_in_the_publishers_own_voice_are_rights(archive: Archive) -> None:
    keep(archive, {ORIGINAL: article("Harbour Light", notice="\u00a9 2026 Harbour Light. All rights reserved.")})
    chain = chain_of(archive, ORIGINAL)
    before = check_premis(premis.document(chain))["copyrightInformation"]
    held = chain.nodes[0].held
    assert held is not None
    assert held.claims is not None
    quoted: tuple[Notice, ...] = tuple(one.model_copy(update={"voice": "comment"}) for one in held.claims.notices)
    object.__setattr__(held, "claims", held.claims.model_copy(update={"notices": quoted}))
    assert (before, check_premis(premis.document(chain))["copyrightInformation"]) == (1, 0)


def test_what_a_site_says_for_all_its_pages_is_a_rights_statement_of_each(archive: Archive) -> None:
    capture_id = keep_with_site_file(archive, ORIGINAL, article("Harbour Light"))
    text = premis.document(chain_of(archive, ORIGINAL))
    check_premis(text)
    assert f"notice-{capture_id}-1-for-" in text
    assert "Content-Signal: ai-train=no" in text


def test_an_empty_chain_has_no_premis_document(archive: Archive) -> None:
    with pytest.raises(ValueError, match="without a page"):
        premis.document(chain_of(archive, ORIGINAL))
