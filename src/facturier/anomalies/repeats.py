"""The same invoice again, by whatever way; numbers that do not fit the series of their seller."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from facturier.anomalies import risk
from facturier.anomalies.history import Earlier, is_near_number, is_same_number
from facturier.anomalies.kind import Hit, Table
from facturier.anomalies.look import Look, day, euros
from facturier.invoice import codes

REPEATS = Table()
_SERIES = re.compile(r"(.*?)(\d+)(\D*)")
_CONTRADICTED_BY = 2
"""Earlier numbers that must contradict the order before it is called broken."""


def _known(look: Look) -> Iterator[Earlier]:
    """Yield the other documents of the seller that are of the same kind: bills, or credits."""
    for one in look.history.earlier:
        if (one.type_code in codes.CREDIT_NOTE) == look.is_credit:
            yield one


def _place(one: Earlier) -> str:
    return one.place or f"{one.channel} {one.number} du {day(one.issue_date)}"


def _same_year(one: Earlier, issued: date | None) -> bool:
    return one.issue_date is None or issued is None or one.issue_date.year == issued.year


@REPEATS.kind(
    "duplicate",
    "Facture déjà connue",
    source="CGI 289 et annexe II, 242 nonies A I-7° (numéro unique) ; XP Z12-012 (motif DOUBLON)",
    risk=risk.paid_twice,
    letter="Votre facture n° {number} du {day}, de {gross}, nous est déjà connue : {known}. "
    "Pouvez-vous nous confirmer qu'il s'agit de la même, à régler une seule fois ?",
    remedy="Gardez la facture électronique, seule à faire foi ; annulez l'autre écriture avant "
    "tout paiement.",
    needs_history=True,
)
def duplicate(look: Look) -> Iterator[Hit]:
    """Même vendeur, même numéro (signes, casse et zéros à part), même TTC, par toute voie."""
    number = look.invoice.number or ""
    for one in _known(look):
        same = one.gross == look.gross and _same_year(one, look.invoice.issue_date)
        if same and is_same_number(number, one.number):
            yield Hit(
                why=f"Même numéro et même montant que : {_place(one)}.",
                where="BT-1 BT-112",
                said={"known": _place(one)},
            )
            return


@REPEATS.kind(
    "same-number-other-amount",
    "Même numéro, autre montant",
    source="CGI annexe II, 242 nonies A I-7° (numéro unique)",
    risk=risk.vat_or_omission,
    letter="Votre facture n° {number} du {day}, de {gross}, porte le numéro d'une autre facture de "
    "votre part : {known}, de {amount}. Laquelle des deux est la bonne ? Pouvez-vous "
    "renuméroter l'autre ?",
    remedy="Comptabilisez une seule des deux jusqu'à la réponse.",
    needs_history=True,
)
def same_number(look: Look) -> Iterator[Hit]:
    """Même vendeur, même numéro et même année, TTC différent."""
    number = look.invoice.number or ""
    for one in _known(look):
        if one.gross is None or one.gross == look.gross or not is_same_number(number, one.number):
            continue
        if one.issue_date is not None and _same_year(one, look.invoice.issue_date):
            yield Hit(
                why=f"{_place(one)} : {euros(one.gross)}, celle-ci {euros(look.gross)}.",
                where="BT-1 BT-112", said={"known": _place(one), "amount": euros(one.gross)},
            )  # fmt: skip
            return


@REPEATS.kind(
    "near-duplicate",
    "Facture sans doute déjà connue sous un numéro voisin",
    source="CGI annexe II, 242 nonies A I-7° ; contrôle interne (piste d'audit fiable, CGI 289 "
    "VII)",
    risk=risk.paid_twice,
    letter="Votre facture n° {number} du {day}, de {gross}, ressemble à une autre de votre "
    "part, du "
    "même jour et du même montant : {known}. S'agit-il de la même ?",
    remedy="Comparez les deux pièces avant de payer : numéro abrégé, mal lu ou mal saisi.",
    needs_history=True,
)
def near_duplicate(look: Look) -> Iterator[Hit]:
    """Même vendeur, même jour, même TTC, numéro abrégé, mal lu ou aux chiffres intervertis."""
    number, issued = look.invoice.number or "", look.invoice.issue_date
    for one in _known(look):
        same = one.gross == look.gross and look.gross and one.issue_date == issued and issued
        if same and is_near_number(number, one.number):
            yield Hit(
                why=f"Même jour, même montant, numéro voisin : {_place(one)}.",
                where="BT-1 BT-2 BT-112", said={"known": _place(one)},
            )  # fmt: skip
            return


def _in_series(number: str) -> tuple[str, int, str] | None:
    """Take a number apart at its last group of digits: series, rank, end."""
    found = _SERIES.fullmatch(number)
    return (found[1], int(found[2]), found[3]) if found else None


@REPEATS.kind(
    "number-out-of-order",
    "Numéro hors de la suite du vendeur",
    source="CGI annexe II, 242 nonies A I-7° (séquence chronologique et continue)",
    risk=risk.omission,
    letter="Votre facture n° {number} du {day} ne suit pas l'ordre de vos autres factures : "
    "{known}. "
    "Pouvez-vous nous confirmer son numéro et sa date ?",
    remedy="Un numéro antidaté peut cacher une facture refaite : comparez aux précédentes.",
    needs_history=True,
)
def out_of_order(look: Look) -> Iterator[Hit]:
    """Rang du numéro dans sa série et dates : deux autres factures au moins le démentent."""
    issued, mine = look.invoice.issue_date, _in_series(look.invoice.number or "")
    if issued is None or mine is None:
        return
    against = []
    agreeing = 0
    for one in _known(look):
        other = _in_series(one.number)
        if one.issue_date is None or one.type_code != look.kind or other is None:
            continue
        if (other[0], other[2]) != (mine[0], mine[2]) or one.issue_date == issued:
            continue
        if (one.issue_date < issued) == (other[1] < mine[1]):
            agreeing += 1
        elif other[1] != mine[1]:
            against.append(one)
    if len(against) >= _CONTRADICTED_BY and len(against) > agreeing:
        known = " ; ".join(f"{one.number} du {day(one.issue_date)}" for one in against[:3])
        yield Hit(
            why=f"{len(against)} factures démentent cet ordre : {known}.",
            where="BT-1 BT-2",
            said={"known": known},
        )
