"""How a final invoice takes its deposits back: twice, after VAT, not at all, by another amount."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from facturier.anomalies import risk
from facturier.anomalies.history import Earlier
from facturier.anomalies.kind import Hit, Table
from facturier.anomalies.look import Look, euros
from facturier.invoice.money import CENT, ZERO, cents, percent_of, total
from facturier.ledger.documents import DEPOSIT_TYPES

DEPOSITS = Table()
_RETENTION = re.compile(r"\bretenue de garantie\b|\bretenue contractuelle\b")
_HUNDRED = Decimal(100)


def _vat_inside(look: Look, gross: Decimal) -> Decimal:
    """Return the VAT in an amount with VAT, in the proportion of the invoice."""
    return cents(gross * look.vat / look.gross) if look.gross else ZERO


def _gross_of_lines(look: Look) -> Decimal:
    """Return the deposits that negative lines take back, with their VAT, as a positive amount."""
    taken = total(
        (line.net_amount or ZERO)
        + percent_of(line.net_amount or ZERO, (line.vat and line.vat.rate) or ZERO)
        for line in look.taken_back()
    )
    return cents(-taken)


@DEPOSITS.kind(
    "final-without-deposit",
    "Facture définitive sans référence à l'acompte",
    source="XP Z12-014, cas n° 21 ; CGI annexe II, 242 nonies A I-10°",
    risk=risk.vat_counted_twice,
    letter="Votre facture définitive n° {number} du {day}, de {gross}, ne cite pas la facture "
    "d'acompte qu'elle déduit. Pouvez-vous nous en donner le numéro et la date, ou nous "
    "adresser une facture qui les porte ?",
    remedy="Lettrez l'acompte à la main (4091 ou 4191) ; sans référence il reste ouvert.",
)
def final_without_deposit(look: Look) -> Iterator[Hit]:
    """Cadre B4, S4 ou M4 sans facture d'acompte citée (BG-3 ni ligne)."""
    if look.digit == "4" and not look.names_earlier():
        part = look.paid or _gross_of_lines(look)
        yield Hit(
            why=f"Cadre {look.process} (définitive après acompte), aucune facture citée.",
            where="BT-23 BT-25", amount=_vat_inside(look, part) if part else None,
        )  # fmt: skip


@DEPOSITS.kind(
    "deposit-deducted-twice",
    "Acompte déduit deux fois",
    source="XP Z12-014, cas n° 21 : une des deux manières, jamais les deux",
    risk=risk.deducted_twice,
    letter="Votre facture définitive n° {number} du {day} déduit deux fois le même acompte : "
    "{how}. "
    "Le net à payer en est trop faible de {twice}. Pouvez-vous nous adresser une facture "
    "corrigée ?",
    remedy="Ne payez que sur la facture corrigée ; n'enregistrez l'acompte repris qu'une fois.",
)
def deducted_twice(look: Look) -> Iterator[Hit]:
    """Acompte repris à la fois en ligne négative et en montant déjà payé, ou par deux lignes."""
    by_line = _gross_of_lines(look)
    if by_line > 0 and look.paid >= by_line - CENT:
        yield Hit(
            why=f"{euros(by_line)} repris en ligne, et {euros(look.paid)} encore en montant "
            f"déjà payé.",
            where="BT-131 BT-113", amount=by_line,
            said={
                "how": "en ligne négative et en montant déjà payé (BT-113)",
                "twice": euros(by_line),
            },
        )  # fmt: skip
        return
    seen: dict[str, Decimal] = {}
    for line in look.taken_back():
        for named in {one.number for one in line.preceding_invoices if one.number}:
            if seen.get(named) == line.net_amount:
                again = cents(-(line.net_amount or ZERO))
                yield Hit(
                    why=f"Deux lignes reprennent l'acompte {named}, de {euros(again)} hors "
                    f"taxe chacune.",
                    where="BT-131", amount=again,
                    said={
                        "how": f"deux lignes citent {named}",
                        "twice": f"{euros(again)} hors taxe",
                    },
                )  # fmt: skip
            seen[named] = line.net_amount or ZERO


@DEPOSITS.kind(
    "deposit-deducted-after-vat",
    "Acompte déduit du TTC, TVA entière sur la définitive",
    source="XP Z12-014, cas n° 21, manière 2 ; CGI 271 et 283-3",
    risk=risk.vat_counted_twice,
    letter="Votre facture définitive n° {number} du {day} déduit l'acompte de {paid} du total TTC, "
    "si bien que sa TVA de {vat} comprend celle de l'acompte, déjà facturée. Pouvez-vous à "
    "l'avenir reprendre l'acompte par une ligne négative hors taxe, et nous confirmer que la "
    "TVA de l'acompte est de {part} ?",
    remedy="Ne déduisez (ou ne déclarez) que la TVA du solde : la pré-remplie est à corriger de "
    "la TVA de l'acompte. L'écriture proposée le fait déjà.",
)
def deducted_after_vat(look: Look) -> Iterator[Hit]:
    """Définitive dont BT-113 porte l'acompte, sans ligne négative : base et TVA entières."""
    if not look.is_final or look.is_deposit or look.is_credit or look.paid <= 0 or look.vat <= 0:
        return
    if any(look.taken_back()) or look.invoice.advance_payments:
        return
    part = _vat_inside(look, look.paid)
    yield Hit(
        why=f"Acompte de {euros(look.paid)} déduit du TTC ; la TVA de {euros(look.vat)} est celle "
        f"du tout, dont {euros(part)} déjà facturés avec l'acompte.",
        where="BT-113 BT-110", amount=part,
        said={"paid": euros(look.paid), "part": euros(part)},
    )  # fmt: skip


def _deposits_named(look: Look) -> list[Earlier]:
    named = look.names_earlier()
    return [
        one for one in look.history.earlier
        if one.number in named and one.type_code in DEPOSIT_TYPES and one.gross is not None
    ]  # fmt: skip


@DEPOSITS.kind(
    "deposit-amount-differs",
    "Acompte déduit pour un autre montant que le sien",
    source="XP Z12-014, cas n° 21 ; CGI 289",
    risk=risk.difference,
    letter="Votre facture définitive n° {number} du {day} déduit {taken} d'acompte, alors que vos "
    "factures d'acompte citées font {invoiced}. Pouvez-vous nous dire d'où vient l'écart de "
    "{gap}, ou corriger la facture ?",
    remedy="Rapprochez le compte 4091 (ou 4191) des factures d'acompte avant de payer.",
    needs_history=True,
)
def amount_differs(look: Look) -> Iterator[Hit]:
    """Montant repris, comparé au TTC des factures d'acompte citées que le dossier connaît."""
    known = _deposits_named(look)
    if look.is_credit or not known or {one.number for one in known} != look.names_earlier():
        return
    taken = _gross_of_lines(look) or look.paid
    invoiced = total(one.gross for one in known)
    if taken and abs(taken - invoiced) > CENT * len(look.lines):
        yield Hit(
            why=f"{euros(taken)} repris, {euros(invoiced)} d'acomptes facturés.",
            where="BT-113 BT-131", amount=abs(taken - invoiced),
            said={
                "taken": euros(taken),
                "invoiced": euros(invoiced),
                "gap": euros(abs(taken - invoiced)),
            },
        )  # fmt: skip


@DEPOSITS.kind(
    "deposit-not-deducted",
    "Acompte de la même commande, non déduit",
    source="XP Z12-014, cas n° 21 ; CGI 289",
    risk=risk.paid_twice,
    letter="Votre facture n° {number} du {day}, de {gross}, suit la commande {order}, pour "
    "laquelle "
    "vous avez déjà facturé un acompte ({deposit}). Il n'y est ni cité ni déduit. Est-ce la "
    "facture définitive ? Pouvez-vous l'adresser nette de l'acompte ?",
    remedy="Comparez au bon de commande avant de payer : l'acompte resterait en 4091.",
    needs_history=True,
)
def not_deducted(look: Look) -> Iterator[Hit]:
    """Facture d'une commande (BT-13) qui a un acompte facturé, ni cité, ni déduit."""
    order = look.invoice.order
    if not order or look.is_credit or look.is_deposit or look.paid or any(look.taken_back()):
        return
    settled = {number for one in look.history.earlier for number in one.about}
    for one in look.history.earlier:
        if one.type_code in DEPOSIT_TYPES and one.order == order and one.gross:
            if one.number in look.names_earlier() or one.number in settled:
                continue
            if one.gross > look.gross or (one.buyer and one.buyer != look.buyer_siren):
                continue
            yield Hit(
                why=f"L'acompte {one.number} de {euros(one.gross)}, commande {order}, n'est "
                f"pas repris.",
                where="BT-13 BT-25", amount=one.gross,
                said={"order": order, "deposit": f"{one.number}, {euros(one.gross)}"},
            )  # fmt: skip
            return


@DEPOSITS.kind(
    "retention-from-base",
    "Retenue de garantie déduite de la base",
    source="CGI 267 ; loi n° 71-584 ; XP Z12-014, cas n° 26",
    risk=risk.vat_owed,
    letter="Votre facture n° {number} du {day} déduit la retenue de garantie de la base hors taxe. "
    "La facture doit porter le prix entier et sa TVA ; la retenue ne diminue que le paiement. "
    "Pouvez-vous la refaire, avec la clause en note ?",
    remedy="Comptabilisez le prix entier ; la retenue reste au compte du tiers (4017 ou 4117).",
)
def retention_from_base(look: Look) -> Iterator[Hit]:
    """Ligne ou remise négative qui dit « retenue de garantie »."""
    held = [
        line for line, name in zip(look.lines, look.items, strict=True)
        if (line.net_amount or ZERO) < 0 and _RETENTION.search(name)
    ]  # fmt: skip
    amounts = [(line.net_amount or ZERO, (line.vat and line.vat.rate) or ZERO) for line in held]
    amounts += [
        (-(one.amount or ZERO), one.vat_rate or ZERO) for one in look.invoice.allowances
        if _RETENTION.search((one.reason or "").casefold())
    ]  # fmt: skip
    base = -total(amount for amount, _ in amounts)
    if base > 0:
        vat = cents(-total(percent_of(amount, rate) for amount, rate in amounts))
        yield Hit(
            why=f"La retenue de {euros(base)} diminue la base et la TVA ({euros(vat)}).",
            where="BT-131 BT-92", amount=vat,
        )  # fmt: skip
