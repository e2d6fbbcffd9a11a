"""A status becomes the message that a CDAR carries, for the right readers."""

import os
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from tests.lifecycle.examples import BP, INVOICE, SP, START, at, event

from facturier.errors import ConfigurationError
from facturier.lifecycle.messages import (
    AMOUNT_TYPES,
    ANONYMOUS_PLATFORM,
    PPF,
    Characteristic,
    InvoiceReference,
    Party,
    StatusDetail,
    StatusMessage,
    heard,
    message,
    messages,
    received,
    recipients,
)
from facturier.lifecycle.statuses import STATUSES, Side, status
from facturier.lifecycle.transitions import State, Transmission, advance

SELLER, BUYER, FACTOR = Side.SELLER, Side.BUYER, Side.FACTOR
EXAMPLES = Path(__file__).parents[3] / "shared" / "official" / "fnfe-1.4.0" / "examples"


def test_a_refusal_goes_to_the_seller_and_to_the_public_portal():
    state, sent = advance(at(Transmission.AVAILABLE), event(210, BUYER, 60, reason="TX_TVA_ERR"))
    peer, ppf = sent
    assert peer.guideline == "urn.cpro.gouv.fr:1p0:CDV:invoice"
    assert (peer.process, peer.reference_type) == ("REGULATED", "")
    assert peer.sender == ANONYMOUS_PLATFORM
    assert peer.issuer == Party(role="BY", identifier="200000008", scheme="0002", name="ACHETEUR")
    assert peer.recipients == (INVOICE.seller, PPF)
    assert (peer.phase, peer.object_status, peer.status_code) == ("23", "50", 210)
    assert peer.received_at == state.history[2].at
    assert not peer.to_ppf
    assert ppf.guideline == ppf.reference_type == "urn.cpro.gouv.fr:1p0:CDV:einvoicingF2"
    assert ppf.process == ""
    assert ppf.sender == INVOICE.buyer_platform
    assert ppf.issuer == peer.issuer
    assert ppf.recipients == (PPF,)
    assert ppf.to_ppf
    assert ppf.seller.identifier == "100000009"
    # G7.25: the portal wants words with a refusal
    assert ppf.details == (
        StatusDetail(
            sequence=1,
            reason_code="TX_TVA_ERR",
            reason_label="Taux de TVA erroné",
            comment="Taux de TVA erroné",
        ),
    )


def test_a_comment_is_kept_as_written():
    _, (peer, _) = advance(at(Transmission.AVAILABLE), event(210, BUYER, 60, comment="Voir BC 12"))
    assert peer.details[0].comment == "Voir BC 12"


def test_a_deposit_is_told_to_the_seller_under_the_platform_number_only_to_the_portal():
    _, (peer, ppf) = advance(State(invoice=INVOICE), event(200, SP))
    assert peer.recipients == (INVOICE.seller, PPF)
    assert peer.issuer == peer.sender == ANONYMOUS_PLATFORM
    assert ppf.issuer == ppf.sender == INVOICE.seller_platform
    assert peer.details == ()
    assert peer.received_at == peer.decided_at == peer.issued_at == START
    assert peer.document_id == "F-2026-001_200_20260901080000#380_20260901"


@pytest.mark.parametrize("length", [1, 13, 20, 21, 35, 200])
def test_the_identifier_of_a_message_is_never_longer_than_the_portal_takes(length):
    numbers = [f"{letter * length}" for letter in "AB"]
    ids = {
        message(replace(INVOICE, number=number), event(code, SP)).document_id
        for number in numbers for code in (200, 201)
    }  # fmt: skip
    assert len(ids) == 4, "one an invoice and status"
    assert max(map(len, ids)) <= 50


@pytest.mark.parametrize("code", [200, 213])
def test_a_platform_without_number_cannot_speak_to_the_portal(code):
    bare = replace(INVOICE, seller_platform=ANONYMOUS_PLATFORM)
    with pytest.raises(ConfigurationError, match="matricule") as error:
        advance(State(invoice=bare), event(code, SP))
    assert error.value.remedy


def test_only_the_sides_with_a_platform_speak_to_the_portal():
    with pytest.raises(ConfigurationError):
        message(replace(INVOICE, factor=None), event(225, FACTOR), to_ppf=True)
    with pytest.raises(ConfigurationError):
        message(INVOICE, event(225, FACTOR), to_ppf=True)


@pytest.mark.parametrize(("due", "copies"), [(True, 2), (False, 1)])
def test_a_receipt_is_owed_to_the_portal_when_vat_is_due_on_payment(due, copies):
    invoice = replace(INVOICE, vat_due_on_payment=due)
    assert len(messages(invoice, event(212, SELLER))) == copies


def test_receipts_travel_as_characteristics():
    paid = received(Decimal("12000.00"), Decimal("20.00"), on=date(2026, 9, 2))
    sent = message(INVOICE, event(212, SELLER, amounts=(paid,)))
    (detail,) = sent.details
    assert (detail.sequence, detail.reason_code, detail.comment) == (1, "", "")
    assert detail.characteristics == (paid,)
    assert (paid.type_code, paid.currency, paid.changed) == ("MEN", "EUR", False)
    assert AMOUNT_TYPES["MEN"] == "Montant encaissé TTC"
    assert len(AMOUNT_TYPES) == 14


def test_a_global_discount_credit_note_is_a_credit_note_for_the_portal():
    note = replace(INVOICE, type_code="262")
    assert [one.invoice_type for one in messages(note, event(200, SP))] == ["262", "381"]


def test_confidential_factoring_never_reaches_the_buyer():
    for side in (SELLER, FACTOR):
        for sent in messages(INVOICE, event(226, side)):
            assert INVOICE.buyer not in sent.recipients
    assert messages(replace(INVOICE, factor=None), event(226, SELLER)) == ()


@pytest.mark.parametrize(
    ("code", "side", "hearers"),
    [
        (201, SP, (SELLER,)),
        (202, BP, (SELLER, BUYER)),
        (205, BUYER, (SELLER,)),
        (209, SELLER, (BUYER,)),
        (213, BP, (SELLER,)),
        (214, Side.VALIDATOR, (SELLER, BUYER)),
        (225, SELLER, (BUYER, FACTOR)),
        (228, FACTOR, (SELLER, BUYER)),
        (250, Side.PPF, ()),
    ],
)
def test_who_hears_of_a_status(code, side, hearers):
    assert recipients(code, side) == hearers


def test_the_seller_of_a_self_billed_invoice_learns_of_its_rejection():
    assert recipients(200, BP, self_billed=True) == (BUYER,)
    assert recipients(213, BP, self_billed=True) == (BUYER, SELLER)
    assert recipients(210, SELLER, self_billed=True) == (BUYER,)
    assert recipients(212, SELLER, self_billed=True) == (BUYER,)


def test_without_an_invoice_no_message_is_made():
    state, sent = advance(State(), event(200, SP))
    assert (state.latest, sent) == (200, ())


def test_an_answer_of_the_portal_is_not_a_message_about_the_invoice():
    assert advance(at(Transmission.ISSUED), event(250, Side.PPF, 60))[1] == ()
    about_f1 = message(INVOICE, event(250, SP), to_ppf=True)
    assert about_f1.guideline == "urn.cpro.gouv.fr:1p0:CDV:einvoicingF1"
    assert about_f1.phase == "305"


def test_what_one_side_sends_is_what_the_other_hears():
    said = event(210, BUYER, 60, reason="DOUBLON", comment="Déjà reçue")
    _, (peer, _) = advance(at(Transmission.AVAILABLE), said)
    told = heard(peer, BUYER, author="PA-R")
    assert replace(told, author="") == said
    after, _ = advance(at(Transmission.AVAILABLE), told, own=False)
    assert after.refused


def test_a_message_with_several_details_keeps_all_amounts_and_comments():
    paid = received(Decimal(1), Decimal(20))
    sent = replace(
        message(INVOICE, event(212, SELLER)),
        details=(
            StatusDetail(sequence=1, characteristics=(paid,), comment="un"),
            StatusDetail(sequence=2, reason_code="AUTRE", characteristics=(paid,), comment="deux"),
        ),
    )
    told = heard(sent, SELLER)
    assert (told.reason, told.comment, told.amounts) == ("AUTRE", "un\ndeux", (paid, paid))


def test_every_field_of_a_message_names_its_terms():
    for record in (StatusMessage, StatusDetail, Characteristic):
        for one in fields(record):
            if one.name not in {"details", "characteristics"}:
                assert all(term.startswith("MDT-") for term in one.metadata["mdt"]), one.name


@pytest.mark.parametrize("side", list(Side))
def test_each_side_is_a_party_of_the_invoice_or_nobody(side):
    party = INVOICE.party(side)
    assert (party is None) == (side is Side.VALIDATOR)


# --- against the official examples -------------------------------------------------------------

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
CDARS = sorted(EXAMPLES.rglob("*-CDV-*.xml"))


def first(tree, *path):
    found = tree.find(".//" + "/".join(RAM + step for step in path))
    return None if found is None else (found.text or "").strip()


@pytest.mark.skipif(
    not CDARS and "CI" not in os.environ, reason="official examples are not beside this clone"
)
def test_our_messages_agree_with_each_official_example():
    assert len(CDARS) == 30
    for path in CDARS:
        tree = etree.parse(str(path))
        code = int(first(tree, "ReferenceReferencedDocument", "ProcessConditionCode"))
        side = {200: SP, 202: BP, 203: BP, 212: SELLER, 220: SELLER}.get(code, BUYER)
        reason = first(tree, "SpecifiedDocumentStatus", "ReasonCode") or ""
        to_ppf = "POUR_PPF" in path.name
        made = message(INVOICE, event(code, side, reason=reason), to_ppf=to_ppf)
        assert status(code).label.split()[0] == first(tree, "ProcessCondition").split("_")[0]
        assert made.object_status == (first(tree, "StatusCode") or "")
        assert made.sender.role == first(tree, "SenderTradeParty", "RoleCode")
        assert made.issuer.role == first(tree, "IssuerTradeParty", "RoleCode")
        named = [one.findtext(RAM + "RoleCode") for one in tree.iter(RAM + "RecipientTradeParty")]
        assert [one.role for one in made.recipients] == named
        assert made.guideline == first(tree, "GuidelineSpecifiedDocumentContextParameter", "ID")
        assert (made.sender.identifier != "") == to_ppf
        phase = [
            one.text
            for one in tree.iter(RAM + "TypeCode")
            if one.getparent().tag.endswith("AcknowledgementDocument")
        ]
        assert phase == [made.phase]
        assert to_ppf <= status(code).owed_to_ppf(vat_due_on_payment=True)


def test_each_invoice_status_can_be_said_by_each_of_its_sides():
    whole = replace(INVOICE, validator=Party(role="II", identifier="400000006", scheme="0002"))
    for code, said in STATUSES.items():
        for side in said.by if said.invoice_phase else ():
            sent = messages(whole, event(code, side))
            assert sent, (code, side)
            for one in sent:
                assert one.status_label == said.label
                assert one.recipients
                assert [detail.sequence for detail in one.details] in ([], [1])


def test_a_reference_needs_no_more_than_the_invoice_and_its_parties():
    lean = InvoiceReference(
        number="1",
        issue_date=date(2026, 9, 1),
        type_code="380",
        seller=INVOICE.seller,
        buyer=INVOICE.buyer,
    )
    made = message(lean, event(204, BUYER), issued_at=datetime(2026, 9, 2, tzinfo=UTC))
    assert made.issued_at > made.decided_at
    assert not lean.self_billed
