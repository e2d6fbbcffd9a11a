"""Named status messages for rules to break and docs to show, as :mod:`.examples` has invoices.

Each is one status of the fictitious invoice: ``210`` between platforms, ``210-ppf`` its copy for
the public portal, ``210-chorus`` what the platform of public buyers would say.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from facturier.formats.cdar import document_of
from facturier.invoice.parties import ELECTRONIC_ADDRESS, SIREN, demo_siren
from facturier.lifecycle.acknowledgement import Acknowledgement
from facturier.lifecycle.messages import (
    PPF,
    Characteristic,
    Event,
    InvoiceReference,
    Party,
    message,
    received,
)
from facturier.lifecycle.statuses import Side, status
from facturier.rules.status_facts import CHORUS_PRO


def _company(role: str, number: int, name: str) -> Party:
    siren = demo_siren(number)
    return Party(
        role=role,
        identifier=siren,
        scheme=SIREN,
        name=name,
        address=siren,
        address_scheme=ELECTRONIC_ADDRESS,
    )


def _platform(number: str, name: str) -> Party:
    return Party(role="WK", identifier=number, scheme=PPF.scheme, name=name)


INVOICE = InvoiceReference(
    number="FA-2026-0001",
    issue_date=date(2026, 11, 2),
    type_code="380",
    seller=_company("SE", 1, "Vendeur exemple"),
    buyer=_company("BY", 2, "Acheteur exemple"),
    factor=_company("DL", 3, "Affactureur exemple"),
    validator=_company("SR", 4, "Valideur exemple"),
    seller_platform=_platform("0003", "Plateforme du vendeur"),
    buyer_platform=_platform("0005", "Plateforme de l'acheteur"),
    vat_due_on_payment=True,
)
_DEPOSITED = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_SAID = datetime(2026, 11, 5, 14, 30, tzinfo=UTC)


def event(code: int, side: Side | None = None) -> Event:
    """Return a status with all that it must bring, said by `side` or by who may say it first."""
    said = status(code)
    speakers = [one for one in said.by if one is not Side.PPF]
    amounts: tuple[Characteristic, ...] = ()
    if said.needs == "MEN":
        amounts = (
            received(Decimal("120.00"), Decimal(20)),
            received(Decimal("55.00"), Decimal(10)),
        )
    if said.needs == "CBB":
        amounts = (
            Characteristic(type_code="CBB", term="BT-84", text="FR7612345678901234567890123"),
        )
    return Event(
        code=code,
        side=side or (speakers or [Side.SELLER_PLATFORM])[0],
        at=_SAID,
        reason=said.reasons[0] if said.reason_required else "",
        amounts=amounts,
    )


@functools.cache
def example(name: str) -> Acknowledgement:
    """Return a status message by its name: code, and to whom where it is not the other party."""
    code, _, way = name.partition("-")
    said = message(INVOICE, event(int(code)), received_at=_DEPOSITED, to_ppf=way == "ppf")
    if way == "chorus":
        said = replace(said, sender=_platform(CHORUS_PRO, "Chorus Pro"))
    return document_of(said)
