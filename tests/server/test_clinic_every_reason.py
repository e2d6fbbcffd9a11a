"""Each reason of each status that sends an invoice back: its next document, valid once corrected.

The invoice is one; what the reason is about is broken in it where it can be, a person changes only
that, and the document is written and checked by the real rules in both syntaxes.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.server.invoices import ubl

from facturier import formats, rules
from facturier.invoice import corrections
from facturier.invoice.amending import amended, data_of
from facturier.invoice.model import Attachment, SupportingDocument
from facturier.invoice.parties import demo_siren, demo_siret, demo_vat
from facturier.lifecycle.reasons import CARES, REASONS, Draft, Step, drafts, reason, to_change
from facturier.lifecycle.statuses import STATUSES
from facturier.server.web.clinic import _answers
from facturier.server.web.drafting import DraftForm

DAY = date(2026, 12, 1)
BACK = (213, 210, 207, 206, 208, 501, 601, 251, 301, 401)
MAKERS = {
    Draft.NEW: corrections.renewed,
    Draft.RECTIFICATION: corrections.rectification,
    Draft.CREDIT_NOTE: corrections.credit_note,
}
RIGHT = {
    "BT-9": "2026-12-31", "BT-20": "45 jours fin de mois", "BT-10": "SERVICE-1",
    "BT-12": "MARCHE-7", "BT-13": "CDE-2026-118", "BT-44": "Le bon acheteur",
    "BT-47": demo_siren(9010), "BT-46.SIRET": demo_siret(9004), "BT-46.ROUTAGE": "ACHATS",
    "BT-48": demo_vat(9010), "BT-50": "2 rue Juste", "BT-53": "44000", "BT-52": "Nantes",
    "BT-84": "FR7630006000011234567890189", "BT-22.PMD": "Trois fois le taux légal.",
    "BT-22.PMT": "Indemnité de 40 €.", "BT-22.AAB": "Pas d'escompte.",
    "BT-129.0": "2", "BT-146.0": "55,50", "BT-152.0": "10", "BT-153.0": "Cent brioches",
    "BG-24.0": "on",
}  # fmt: skip
"""What a person types, by field."""


def pairs():
    for code in BACK:
        said = STATUSES[code]
        for one in dict.fromkeys((*said.reasons, *said.public_reasons)):
            yield code, one


CASES = [(code, one, draft) for code, one in pairs() for draft in drafts(code, one)]


@pytest.fixture(scope="module")
def invoice():
    data = ubl("F-011", seller=demo_siren(9002), buyer=demo_siren(9004))
    slip = Attachment(filename="bon.pdf", content=b"%PDF-1.4", mime_code="application/pdf")
    held = SupportingDocument(reference="BON", description="BON_LIVRAISON", attachment=slip)
    return replace(formats.read(data).invoice, supporting_documents=(held,))


def typed(keys):
    """What the person types; the address goes with the buyer whom the reason is about."""
    said = {key: RIGHT[key] for key in keys if key in RIGHT}
    if "BT-49" in keys:
        siren = demo_siren(9010) if "BT-47" in keys else demo_siren(9004)
        said["BT-49"] = f"{siren}_FACTURES"
    return said


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
@pytest.mark.parametrize(("code", "why", "draft"), CASES)
def test_the_next_document_is_valid_once_corrected(invoice, code, why, draft, syntax):
    basis = MAKERS[draft](invoice, number="F-012", on=DAY)
    data = tuple(data_of(basis, to_change(draft, code, why)))
    form = DraftForm(typed([one.key for one in data]), "F-012", data, {})
    assert form.is_valid(), form.errors
    if draft is not Draft.CREDIT_NOTE:
        assert bool(form.changes) is bool(reason(why).terms), "what the reason is about is asked"
    made = amended(basis, form.changes)
    written = formats.write(made, syntax)
    assert not written.lost
    verdict = rules.check(formats.read(written.xml), on=DAY)
    assert verdict.outcome == "valid", [(one.rule, one.message) for one in verdict.fatal]
    again = formats.read(written.xml).invoice
    kept = {one.key: one.value for one in data_of(again, to_change(draft, code, why))}
    for key, value in form.changes.items():
        assert key.startswith("BG-24") or kept[key] == value, key
    named = [one.number for one in again.preceding_invoices]
    assert named == ([] if draft is Draft.NEW else ["F-011"])


@pytest.mark.parametrize(("code", "why"), list(pairs()))
def test_each_reason_has_a_next_step(code, why):
    """A document, a status, another sending; or nothing at all, and it says so."""
    care, step = CARES[code], reason(why).step
    beside = {Step.KEEP_FIRST, Step.WAIT, Step.DUPLICATE, Step.RESEND}
    from_portal = code in (601, 251, 301, 401)
    told = type("Told", (), {"reason": why})
    assert drafts(code, why) or _answers(code, told) or step in beside or from_portal
    assert care.deadline
    assert care.accounting


def test_what_must_change_is_named_for_each_reason_about_the_invoice():
    about_the_invoice = {
        code for code, one in REASONS.items()
        if one.step in (Step.CORRECT, Step.NEW) and not code.startswith(("REJ_SEMAN", "REJ_COH"))
    }  # fmt: skip
    assert {code for code in about_the_invoice if not reason(code).terms} == {"ST_CT_NON_DECLAR"}


def test_part_of_a_line_is_credited(invoice):
    basis = corrections.credit_note(invoice, number="A-1", on=DAY)
    form = DraftForm({"BT-129.0": "0,5"}, "A-1", data_of(basis, ("BT-129",)), {})
    assert form.is_valid()
    assert amended(basis, form.changes).totals.with_vat == Decimal(60)


def test_what_the_other_party_expects_is_proposed(invoice):
    basis = corrections.rectification(invoice, number="F-2", on=DAY)
    form = DraftForm({}, "F-2", data_of(basis, ("BT-152",)), {"BT-152": "5,5"})
    assert form.is_valid()
    assert form.changes == {"BT-152.0": Decimal("5.5")}


def test_a_value_that_is_none_is_said_and_changes_nothing(invoice):
    basis = corrections.renewed(invoice, number="F-2", on=DAY)
    form = DraftForm({"BT-146.0": "cher"}, "F-2", data_of(basis, ("BT-146",)), {})
    assert not form.is_valid()
    assert form.changes == {}
