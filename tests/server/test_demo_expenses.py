"""The expenses of the demonstration: each situation once, and not again."""

import pytest

from facturier.server import sight
from facturier.server.books.models import Entry
from facturier.server.demo import expenses, seeding
from facturier.server.documents.models import Document
from facturier.server.expenses import advising, linking
from facturier.server.expenses.models import Claim, ClaimLine, PaidInvoice
from facturier.server.reporting import periods

pytestmark = pytest.mark.django_db


def told(firm):
    expenses.tell(firm.dossiers["conseil"], firm.people["sophie"], firm.people["helene"])
    return [model.objects.count() for model in (Claim, ClaimLine, PaidInvoice, Document, Entry)]


def test_consultants_have_expenses_of_every_kind(wide_sight):  # noqa: ARG001
    firm = seeding.open_firm()
    dossier = firm.dossiers["conseil"]
    counted = told(firm)
    with sight.of([dossier.pk]):
        assert set(Document.objects.values_list("outcome", flat=True)) == {"valid"}
        assert set(PaidInvoice.objects.values_list("state", flat=True)) == {"cleared", "asked"}
        assert {"draft", "booked"} == set(Claim.objects.values_list("state", flat=True))
        (found,) = linking.candidates(dossier)
        assert found.document.number == "BH-2041"
        month = periods.today().replace(day=1)
        assert advising.habits_of(dossier, month) or periods.today().day < 7
    assert told(firm) == counted, "a second seeding changes nothing"
