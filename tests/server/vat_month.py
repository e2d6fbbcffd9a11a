"""October 2026 of one company, made of real documents, takings, payments and transmissions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from tests.server.portals import PortalInMemory

from facturier import formats
from facturier.invoice.model import Address, Delivery, PrecedingInvoice
from facturier.ledger import settlement
from facturier.ledger.entries import Entry as LedgerEntry
from facturier.ledger.entries import Fiscal, Line
from facturier.lifecycle.messages import received
from facturier.lifecycle.statuses import Side
from facturier.reporting.sales import Category
from facturier.reporting.takings import Means, Z, part
from facturier.server import clock
from facturier.server.books import booking
from facturier.server.books.models import Entry, EntryLine
from facturier.server.documents import history
from facturier.server.documents.deposit import deposit
from facturier.server.documents.models import Document
from facturier.server.portal import allotment, answers, sending
from facturier.server.reporting import periods, transmitting
from facturier.server.takings import keeping
from facturier.use_cases import pieces
from facturier.use_cases.case_43_international import AMERICAN, GERMAN

US, MASON, FLORIST = (
    pieces.actor(9002, "Boulangerie Simulée", "nous", vat_on_receipts=True),
    pieces.actor(9003, "Maçonnerie Simulée", "maçon", vat_on_receipts=True),
    pieces.actor(9004, "Fleuriste Simulé", "fleuriste", vat_on_receipts=True),
)
UNION = ("K", "VATEX-EU-IC", "Exonération, article 262 ter I du CGI")
EXPORT = ("G", "VATEX-EU-G", "Exonération, article 262 I du CGI")
BUILDING = ("AE", "VATEX-FR-AE", "AUTOLIQUIDATION")
MARGIN = ("E", "VATEX-EU-F", "Régime particulier, biens d'occasion (CGI 297 A)")
TO_GERMANY = Delivery(
    actual_date=date(2026, 10, 12), address=Address(city="Köln", country_code="DE")
)


def at(day: int, month: int = 10) -> datetime:
    return datetime(2026, month, day, 9, tzinfo=UTC)


class Month:
    """Plays the month: each method is an act of somebody."""

    def __init__(self, office, expert, settings, everybody_works):
        self.us, self.office, self.expert = office.bakery, office, expert
        self.work, self.portal = everybody_works, PortalInMemory()
        settings.PORTAL_APPLICATION, settings.PORTAL_WAIT = "TST001", 0
        self.us.vat_on_receipts = True
        self.us.save()

    # Documents

    def document(self, number, seller, buyer, *lines, on=5, dossier=None, **more) -> Document:
        """Deposit an invoice; it goes its way when everybody works."""
        process = more.pop("process", "B1")
        made = pieces.invoice(
            number, seller, buyer, *lines, on=f"2026-10-{on:02d}", process=process, **more
        )
        data = formats.write(made, "ubl").xml
        with clock.set_to(at(on)):
            deposit(dossier or self.us, data, name=f"{number}.xml", channel="page")
            self.work()
        document = Document.objects.get(dossier=self.us, number=number)
        if not document.entries.exists() and process[1] != "7":  # not valid: somebody books it
            booking.propose(document, made)
        return document

    def sale(self, number, *lines, to=MASON, **more) -> Document:
        return self.document(number, US, to, *lines, **more)

    def purchase(self, number, *lines, of=MASON, **more) -> Document:
        """Receive an invoice by hand: collected outside the network."""
        return self.document(number, of, US, *lines, **more)

    def from_florist(self, number, *lines, **more) -> Document:
        """Receive an invoice that the florist's platform carries."""
        return self.document(number, FLORIST, US, *lines, dossier=self.office.florist, **more)

    # Books

    def entry(self, document) -> Entry:
        return Entry.objects.get(document=document, reverses=None)

    def validate_all(self) -> None:
        for one in Entry.objects.filter(dossier=self.us, state="proposed"):
            booking.validate(one, self.expert)

    def type_in(self, document, on, *lines, journal="OD", month=10) -> Entry:
        """Type an entry: (account, signed amount, rate, base, auxiliary) each."""
        made = tuple(_line(*one) for one in lines)
        day = date(2026, month, on)
        return booking.keep(self.us, LedgerEntry(
            journal=journal, date=day, document=document, document_date=day,
            label=f"Saisie {document}", lines=made,
        ))  # fmt: skip

    def pay(self, document, amount, on, move="R-BANQUE") -> None:
        """Book a payment."""
        paid = settlement.settle(
            booking.entry_of(self.entry(document)), move, Decimal(amount), on=date(2026, 10, on),
            books=US.books,
        )  # fmt: skip
        booking.keep(self.us, paid)

    def change(self, document, account, **fields) -> None:
        """Change a line of a proposal by hand, as no page lets anybody."""
        EntryLine.objects.filter(entry=self.entry(document), account__startswith=account).update(
            **fields
        )

    def not_deducted(self, document, gross) -> None:
        """Leave the VAT of a purchase in its charge, where the proposal did not."""
        lines = EntryLine.objects.filter(entry=self.entry(document))
        if lines.filter(account__startswith="4456").delete()[0]:
            self.change(document, "6", debit=gross)

    # Statuses and transmissions

    def say(self, document, code, side, on, *amounts, dossier=None, **more) -> None:
        found = Document.objects.get(dossier=dossier or self.us, number=document.number)
        told = tuple(
            received(Decimal(gross), Decimal(rate), on=date(2026, 10, on))
            for gross, rate in amounts
        )
        with clock.set_to(at(on)):
            history.say(found.transmissions.get(), code, side, amounts=told, at=at(on), **more)
            self.work()

    def cashed(self, document, on, *amounts, dossier=None) -> None:
        self.say(document, 212, Side.SELLER, on, *amounts, dossier=dossier)

    def till(self, on, *sold) -> None:
        """Record and book a day of the till: (rate, gross) of goods."""
        whole = sum((Decimal(gross) for _, gross in sold), Decimal(0))
        z = Z(
            day=date(2026, 10, on), till="Caisse", count=9, payments=((Means.CARD, whole),),
            parts=tuple(part(Category.GOODS, Decimal(r), Decimal(gross)) for r, gross in sold),
        )  # fmt: skip
        keeping.propose_entry(keeping.record(self.us, z, origin="form"))

    def transmit(self) -> None:
        """Let flux 1 and statuses go to the portal, which takes them; send the declarations."""
        while (len(allotment.allot()) + sending.send_all(self.portal)
               + answers.take_in(self.portal)):  # fmt: skip
            pass
        with clock.set_to(at(12, 11)):
            periods.bring_up_to_date(self.us)
            for one in self.us.declarations.filter(state__in=("ready", "to-rectify", "refused")):
                file = transmitting.transmit(one, self.expert).file
                file.state = "accepted"  # the portal in memory judges invoices only
                file.save()


def _line(account, amount, rate=None, base=None, auxiliary="") -> Line:
    signed = Decimal(amount)
    return Line(
        account=account.ljust(6, "0"), label="Saisie", debit=max(signed, Decimal(0)),
        credit=max(-signed, Decimal(0)), auxiliary=auxiliary, auxiliary_label=auxiliary,
        fiscal=Fiscal(category="S", rate=Decimal(rate)) if rate else None,
        base=Decimal(base) if base else None, rule="SAISIE",
    )  # fmt: skip


def ordinary(month: Month) -> None:
    """Live nineteen situations of an ordinary month, all booked and told."""
    line = pieces.line
    sold = month.sale("FA-1", line("Pain de mie", "1000.00"))
    paid = month.sale("FA-2", line("Cours de boulangerie", "600.00", unit="HUR"), process="S1")
    month.sale("FA-3", line("Cours de boulangerie", "400.00", unit="HUR"), process="S1", on=6)
    month.sale("FA-4", line("Prestation au débit", "300.00", "10", unit="HUR"), process="S1",
               vat_point_date_code="3")  # fmt: skip
    deposit_ = month.sale("FA-5", line("Acompte, pièce montée", "500.00"), kind="386")
    month.sale(
        "FA-6",
        line("Pièce montée", "2000.00"),
        process="B4",
        paid="600.00",
        on=20,
        preceding_invoices=(PrecedingInvoice(number="FA-5", issue_date=date(2026, 10, 5)),),
    )
    month.sale("FA-7", line("Biscuits", "2000.00", "0", "G"), to=AMERICAN, exempt=EXPORT,
               treatment="B2BINT", on=9)  # fmt: skip
    month.sale("FA-8", line("Biscuits", "3000.00", "0", "K"), to=GERMAN, exempt=UNION,
               treatment="B2BINT", delivery=TO_GERMANY, on=12)  # fmt: skip
    month.sale(
        "AV-9",
        line("Pain de mie rendu", "100.00"),
        kind="381",
        on=15,
        preceding_invoices=(PrecedingInvoice(number="FA-1", issue_date=sold.issue_date),),
    )
    month.till(13, ("5.5", "1055.00"), ("20", "240.00"))
    month.sale("FA-10", line("Gâteau déjà en caisse", "100.00"), process="B7", paid="120.00",
               due="2026-10-14", payment=pieces.by_card(), on=14)  # fmt: skip
    month.sale("FA-11", line("Fourgon d'occasion", "5200.00", "0", "E"), exempt=MARGIN, on=16)
    month.type_in("FA-11", 16, ("707", "200.00"), ("44571", "-200.00", "20", "1000.00"))
    month.document("AF-12", US, MASON, line("Pâte à l'atelier", "700.00"), kind="389", on=17)

    month.purchase("AC-1", line("Rénovation du fournil, main-d'œuvre", "5000.00", "0", "AE",
                                unit="LS"), process="S1", exempt=BUILDING)  # fmt: skip
    month.purchase(
        "AC-2",
        line("Marchandises : moules", "4000.00", "0", "K"),
        of=GERMAN,
        exempt=("K", "VATEX-EU-IC", "Intra-Community supply"),
        treatment="",
        on=7,
    )
    hotel = month.purchase("AC-3", line("Nuitée d'hôtel", "150.00", "10"), on=8)
    month.not_deducted(hotel, "165.00")
    month.purchase("AC-4", line("Farine, marchandise", "800.00"))
    month.purchase("AC-5", line("Ordinateur de caisse", "1500.00"), on=9)
    care = month.from_florist("AC-6", line("Décor de vitrine", "200.00", unit="HUR"), process="S1")

    month.cashed(paid, 19, ("720.00", "20"))
    month.pay(paid, "720.00", 19)
    month.cashed(deposit_, 8, ("600.00", "20"))
    month.pay(deposit_, "600.00", 8)
    month.cashed(care, 21, ("240.00", "20"), dossier=month.office.florist)
    month.pay(care, "240.00", 21, "P-BANQUE")


def planted(month: Month) -> None:
    """Live what goes wrong: each is one of the gaps of the test's table."""
    line = pieces.line
    lost = month.purchase("GA-1", line("Sucre, marchandise", "110.00"))
    Entry.objects.filter(document=lost).update(state="withdrawn")

    month.purchase("GA-2", line("Beurre, marchandise", "220.00"))
    month.type_in("GA-2", 28, ("607", "220.00"), ("44566", "44.00", "20", "220.00"),
                  ("401", "-264.00", None, None, "F" + MASON.siren), journal="HA")  # fmt: skip

    late = month.sale("GA-3", line("Brioches", "330.00"), on=30)
    Entry.objects.filter(document=late).update(date=date(2026, 11, 2))

    wrong = month.sale("GA-4", line("Tartes", "440.00"))
    ten = {"category": "S", "rate": "10", "timing": "exigible", "base": "440.00"}
    month.change(wrong, "44571", credit="44.00", fiscal=ten)
    month.change(wrong, "411", debit="484.00")
    month.change(wrong, "70", fiscal=ten)

    month.type_in("VTE-6", 22, ("411", "792.00", None, None, "CINCONNU"),
                  ("707", "-660.00", "20"), ("44571", "-132.00", "20", "660.00"))  # fmt: skip

    month.pay(Document.objects.get(dossier=month.us, number="FA-3"), "480.00", 27)

    refused = month.from_florist("GA-8", line("Fleurs, marchandise", "880.00"))
    month.say(refused, 210, Side.BUYER, 9, reason="TX_TVA_ERR")
    month.type_in("GA-8", 12, ("607", "880.00"), ("44566", "176.00", "20", "880.00"),
                  ("401", "-1056.00", None, None, "F" + FLORIST.siren))  # fmt: skip

    month.type_in("SANS-9", 23, ("6064", "90.00"), ("44566", "18.00", "20", "90.00"),
                  ("401", "-108.00", None, None, "FPAPIER"))  # fmt: skip

    month.sale("GA-10", line("Biscuits", "1010.00", "0", "G"), to=AMERICAN, exempt=EXPORT,
               treatment="B2BINT", on=13)  # fmt: skip
    union = {"category": "K", "rate": "0", "timing": "exigible"}
    month.change(Document.objects.get(number="GA-10", dossier=month.us), "70", fiscal=union)

    said = month.from_florist("GA-11", line("Entretien des plantes", "120.00", unit="HUR"),
                              process="S1")  # fmt: skip
    month.cashed(said, 24, ("144.00", "20"), dossier=month.office.florist)

    month.sale("GA-12", line("Gâteaux secs", "130.00"))
    month.portal.objections["GA-12"] = "REJ_COH"


def closed(month: Month) -> None:
    """Validate what is booked, and transmit."""
    month.validate_all()
    month.transmit()


__all__ = ["Month", "at", "closed", "ordinary", "planted"]
