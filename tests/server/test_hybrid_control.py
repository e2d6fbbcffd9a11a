"""A Factur-X whose pages name another account: kept, not rejected, and said on its page."""

import pytest
from tests.server.invoices import ubl

from facturier.formats import read, readable, write
from facturier.formats.facturx_write import embed
from facturier.server.documents.models import Document, FindingRow

pytestmark = pytest.mark.django_db

OTHER = b"FR7630006000011234567890189"


def test_a_diverted_account_is_an_alert_on_the_document(deposited, everybody_works, office):
    honest = ubl("F-1", seller=office.bakery.siren, buyer=office.florist.siren)
    told = honest.replace(b"FR7600000000000000000000097", OTHER)
    assert told != honest
    pages = readable.pdf(read(told).invoice, copy=False)
    xml = write(read(honest).invoice, "cii").xml
    deposited(data=embed(pages, xml, profile_level="EN 16931"))
    everybody_works()
    sent = Document.objects.get(direction="issued", number="F-1")
    assert sent.outcome == "valid"
    assert sent.state == "203"
    found = FindingRow.objects.get(document=sent, rule="PDF-IBAN")
    assert found.severity == "warning"
    assert "FR76 3000 6000 0112 3456 7890 189 (page 1)" in found.message
