"""From invoices to a transmission of transactions: flux 10.1 and 10.3 of one declarant.

Sources: DGFiP external specifications v3.2, dossier général §3.7.3, §3.7.5 and §3.7.7. Who declares
what follows from :func:`facturier.reporting.scope.decide` and from the side the declarant is on:
the seller tells international sales (10.1) and sales to private persons (10.3), the buyer
purchases from sellers who are not established in France (10.1).

The period of an invoice is that of its date of issue (BT-2). The portal's text names the date of
the operation (note 125); an invoice that is issued after its delivery could then be due before it
exists, so that the date of issue stands here for it. Who knows better filters beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from facturier.invoice.model import Invoice
from facturier.reporting import international, sales
from facturier.reporting.filing import (
    Filing,
    Gathered,
    LeftOut,
    Role,
    Untellable,
    key,
    side,
)
from facturier.reporting.periods import Data
from facturier.reporting.report import Report, ReportedInvoice, Transactions
from facturier.reporting.sales import TOLD_BEFORE, Category, IsService, Sale
from facturier.reporting.scope import Treatment, decide, is_established

PRIVATE = frozenset({Treatment.B2C, Treatment.B2C_INTERNATIONAL})
DEBITS_FROM = date(2027, 7, 1)
"""By then at the latest the portal takes TT-80 of another length than two (AIFE, 07/2026)."""
_ELSEWHERE = {
    Treatment.B2B: "Elle va d'un assujetti établi en France à un autre : elle passe par la "
    "facturation électronique (flux 1), pas par l'e-reporting.",
    Treatment.OUT_OF_SCOPE: "L'opération est hors du champ de la déclaration.",
    Treatment.ARCHIVE_ONLY: "Elle est une copie d'archive.",
}


def gather_transactions(
    invoices: Iterable[Invoice],
    filing: Filing,
    *,
    tills: Iterable[Sale] = (),
    is_service: IsService | None = None,
    otherwise: Category | None = None,
) -> Gathered:
    """Make the transmission of transactions of one declarant, role and period.

    `tills` are sales without invoice, told in 10.3 together with those of invoices; `is_service`
    and `otherwise` are those of :func:`facturier.reporting.sales.sales_of`. Whatever is not taken
    is left out with its reason; nothing is guessed.
    """
    basket = _Basket(filing, is_service, otherwise)
    for invoice in invoices:
        try:
            basket.put(invoice)
        except Untellable as reason:
            basket.left_out.append(LeftOut(number=invoice.number or "", reason=str(reason)))
    basket.put_tills(tills)
    return basket.gathered()


@dataclass(slots=True)
class _Basket:
    """A transmission under construction."""

    filing: Filing
    is_service: IsService | None
    otherwise: Category | None
    told: list[ReportedInvoice] = field(default_factory=list)
    sold: list[Sale] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    keys: set[tuple[object, ...]] = field(default_factory=set)

    def put(self, invoice: Invoice) -> None:
        """Take an invoice in. Raises Untellable."""
        treatment = self._treatment(invoice)
        day = invoice.issue_date
        if day is not None and day not in self.filing.period:
            raise Untellable(
                f"Elle est datée du {day:%d/%m/%Y}, hors de la période {self.filing.period}."
            )
        if key(invoice) in self.keys:
            raise Untellable("La même facture a déjà été prise.")
        if treatment in PRIVATE:
            self._sell(invoice)
        else:
            on = self.filing.created_on
            told = international.told(invoice, self.filing.role, on=on)
            self.told.append(told.invoice)
            self.remarks += (f"Facture {invoice.number} : {change}" for change in told.changes)
        self.keys.add(key(invoice))
        self.taken.append(invoice.number or "")

    def _treatment(self, invoice: Invoice) -> Treatment:
        """Return how an invoice is declared by this declarant. Raises Untellable."""
        role = side(invoice, self.filing.siren)
        if role is None:
            raise Untellable(f"Le déclarant ({self.filing.siren}) n'y est ni vendeur ni acheteur.")
        scope = decide(invoice)
        if scope.treatment in _ELSEWHERE:
            raise Untellable(f"{_ELSEWHERE[scope.treatment]} {scope.reason}")
        if role is Role.BUYER and (scope.treatment in PRIVATE or is_established(invoice.seller)):
            raise Untellable("C'est le vendeur, établi en France, qui la déclare.")
        if role is not self.filing.role:
            what = "vendeur" if role is Role.SELLER else "acheteur"
            raise Untellable(
                f"Le déclarant y est {what} : elle va dans une autre transmission ({role})."
            )
        return scope.treatment

    def _sell(self, invoice: Invoice) -> None:
        found = sales.sales_of(invoice, is_service=self.is_service, otherwise=self.otherwise)
        self.sold += found
        process = invoice.process.business_process if invoice.process else None
        if process in TOLD_BEFORE:
            self.remarks.append(
                f"Facture {invoice.number} : son cadre ({process}) dit que la vente a déjà été "
                "déclarée ; retirez-la si elle est dans une caisse du jour."
            )
        code = next((one.vat_point_code for one in found if one.vat_point_code), "")
        if code and self.filing.created_on < DEBITS_FROM:
            self.remarks.append(
                f"Facture {invoice.number} : l'option pour les débits (TT-80 = {code}) est due, "
                "mais le portail annonce ne l'accepter qu'au premier semestre 2027."
            )

    def put_tills(self, tills: Iterable[Sale]) -> None:
        """Take in the sales of tills."""
        for sale in tills:
            if self.filing.role is Role.BUYER:
                reason = "Des ventes ne se déclarent pas dans une transmission d'acheteur."
            elif sale.day not in self.filing.period:
                reason = f"Ventes du {sale.day:%d/%m/%Y}, hors de la période {self.filing.period}."
            else:
                self.sold.append(sale)
                continue
            self.left_out.append(LeftOut(number="", reason=reason))

    def gathered(self) -> Gathered:
        """Return the transmission, without one when there is nothing to tell."""
        report = None
        if self.told or self.sold:
            report = Report(
                header=self.filing.header(Data.TRANSACTIONS),
                transactions=Transactions(
                    period=self.filing.days(),
                    invoices=tuple(self.told),
                    sales=sales.by_day(self.sold),
                ),
            )
        return Gathered(
            report=report,
            taken=tuple(self.taken),
            left_out=tuple(self.left_out),
            remarks=(*self.remarks, *self.filing.remarks()),
        )
