"""Invoices to private persons and abroad as files, for tests of e-reporting on the platform."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from facturier import formats
from facturier.invoice.compute import compute
from facturier.invoice.model import (
    Address,
    CreditTransfer,
    Delivery,
    Identifier,
    Invoice,
    Item,
    Line,
    LineVat,
    Note,
    Party,
    PaymentInstructions,
    PriceDetails,
    ProcessControl,
)
from facturier.invoice.parties import french_vat_number
from facturier.reporting.envelope import Interface
from facturier.reporting.filing import Role
from facturier.reporting.periods import Data, Period, Regime
from facturier.server import sight
from facturier.server.portal.models import PortalAnswer, PortalFlow
from facturier.server.portal.outbox import owe
from facturier.server.reporting import periods
from facturier.server.reporting.models import Declaration, Sending


def sent_and_answered(dossier):
    """A declaration with one transmission that the portal refused: declaration, sending, answer."""
    period = Period(date(2026, 9, 1), date(2026, 9, 10))
    row = periods.new_declaration(dossier, Role.SELLER, Data.TRANSACTIONS, period, Regime.MONTHLY)
    row.state = Declaration.State.REFUSED
    row.save()
    file = owe(
        dossier, Interface.F10, "T-1.xml", b"<Report/>", about="Transactions", due_at=row.due_at,
        reference="T-1",
    )  # fmt: skip
    file.state, file.answer_code, file.answer_reason = "refused", "301", "REJ_COH"
    file.flow_name, file.last_error = "FFE1025A_TST001_1.tar.gz", "G1.53 : Total faux. (TT-82)"
    file.save()
    sending = Sending.objects.create(
        dossier=dossier, declaration=row, kind="IN", identifier="T-1", file=file, made_at=row.due_at
    )
    with sight.of_portal():
        archive = PortalFlow.objects.create(
            direction="in", name="CFE1025A_1.tar.gz", interface="CFE1025A", stored=file.stored,
            state="read",
        )  # fmt: skip
        answer = PortalAnswer.objects.create(
            dossier=dossier, file=file, archive=archive, name="r.xml", stored=file.stored,
            code="301", reason="REJ_COH", reference="T-1", at=row.due_at,
        )  # fmt: skip
    return row, sending, answer


NOTES = (
    Note(subject_code="PMT", text="Indemnité forfaitaire de recouvrement : 40 euros."),
    Note(subject_code="PMD", text="Pénalités de retard : trois fois le taux d'intérêt légal."),
    Note(subject_code="AAB", text="Pas d'escompte pour paiement anticipé."),
)
PERSON = Party(
    name="Mme Dupont",
    postal_address=Address(
        line_1="2 rue Simulée", city="Lyon", post_code="69001", country_code="FR"
    ),
    electronic_address=Identifier("particulier@exemple.fr", "EM"),
)
GERMAN = Party(
    name="Käufer GmbH",
    vat_identifier="DE123456789",
    postal_address=Address(line_1="Weg 1", city="Köln", post_code="50667", country_code="DE"),
    electronic_address=Identifier("DE123456789", "9930"),
)


def french(dossier) -> Party:
    return Party(
        name=dossier.name,
        legal_identifier=Identifier(dossier.siren, "0002"),
        vat_identifier=french_vat_number(dossier.siren),
        postal_address=Address(
            line_1="1 rue Simulée", city="Angers", post_code="49000", country_code="FR"
        ),
        electronic_address=Identifier(dossier.electronic_address, "0225"),
    )


def invoice(
    number: str,
    *lines: tuple[str, str, str],
    day: str,
    seller: Party,
    buyer: Party = PERSON,
    process: str = "B1",
    type_code: str = "380",
    **more: object,
) -> bytes:
    """An invoice of (net amount, category, rate) lines, in UBL."""
    exempt = {
        "K": ("VATEX-EU-IC", "Livraison intracommunautaire"), "G": ("VATEX-EU-G", "Exportation"),
        "AE": ("VATEX-EU-AE", "Autoliquidation"),
    }  # fmt: skip
    made = Invoice(
        number=number,
        issue_date=date.fromisoformat(day),
        due_date=date(2099, 12, 31),
        type_code=type_code,
        currency="EUR",
        notes=NOTES,
        seller=seller,
        buyer=buyer,
        process=ProcessControl(business_process=process, specification="urn:cen.eu:en16931:2017"),
        payment_instructions=(
            PaymentInstructions(
                means_code="30",
                credit_transfer=CreditTransfer(account="FR7600000000000000000000097"),
            ),
        ),
        lines=tuple(
            Line(
                identifier=str(rank),
                quantity=Decimal(1),
                unit="C62",
                price=PriceDetails(net_price=Decimal(amount)),
                vat=LineVat(category=category, rate=Decimal(rate)),
                item=Item(name=f"Article {rank}"),
            )
            for rank, (amount, category, rate) in enumerate(lines, 1)
        ),
    )
    computed = compute(made)
    breakdown = tuple(
        replace(
            one,
            exemption_code=exempt[one.category][0],
            exemption_reason=exempt[one.category][1],
        )
        if one.category in exempt
        else one
        for one in computed.vat_breakdown
    )
    told = replace(computed, vat_breakdown=breakdown, **more)
    return formats.write(told, "ubl").xml


def abroad(number: str, amount: str, *, day: str, seller: Party, **more: object) -> bytes:
    """An intra-Community supply to a German company."""
    delivery = Delivery(
        actual_date=date.fromisoformat(day),
        address=Address(line_1="Weg 1", city="Köln", post_code="50667", country_code="DE"),
    )
    return invoice(
        number, (amount, "K", "0"), day=day, seller=seller, buyer=GERMAN, delivery=delivery, **more
    )
