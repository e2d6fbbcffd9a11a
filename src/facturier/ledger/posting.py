"""The posting rules, a table, and the one function that reads it.

A rule says for which piece of an invoice it is (side, what, and a few conditions), which account
is debited, which is credited. Accounts are numbers of the PCG or one of the three words
:data:`CHOSEN` (the account chosen from the words of the line), :data:`THIRD_PARTY` (401, 404, 411)
and nothing. The first rule that fits a piece wins; a piece that no rule fits is a bug.

Amounts are those of an invoice; a credit note swaps the sides. A negative amount goes to the
other side, so debits and credits are never negative.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.errors import Unpostable
from facturier.findings import Finding, Layer, Severity
from facturier.invoice.codes import MARGIN_REASONS
from facturier.invoice.money import cents
from facturier.ledger.books import Nature, Side
from facturier.ledger.documents import Origin, Situation, situation_of
from facturier.ledger.entries import ZERO, Confidence, Entry, Fiscal, Line, Timing
from facturier.ledger.figures import Figures, french, rate_told, read_figures
from facturier.ledger.pieces import REVERSE_CHARGED, Dissection, Piece, What, cannot_recall

if TYPE_CHECKING:
    from datetime import date

    from facturier.invoice.model import Invoice, Party
    from facturier.ledger.books import Books, ExchangeRate

CHOSEN = "compte choisi"
THIRD_PARTY = "tiers"
SUPPLIER, ASSET_SUPPLIER, CUSTOMER = "401", "404", "411"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table. A condition left at None is not asked."""

    id: str
    name: str
    """What the row is for, in French."""
    side: Side
    what: What
    debit: str = ""
    credit: str = ""
    why: str = ""
    """Source or reason, in French."""
    deposit: bool | None = None
    asset: bool | None = None
    timing: Timing | None = None
    categories: frozenset[str] | None = None
    origins: frozenset[Origin] | None = None
    nature: Nature | None = None
    deductible: bool | None = None
    gain: bool | None = None
    """For differences: True when the dossier gains by them."""

    def fits(self, piece: Piece, side: Side, *, gain: bool) -> bool:
        """Tell whether this row is for `piece`."""
        asked = (
            (self.side, side),
            (self.what, piece.what),
            (self.deposit, piece.deposit),
            (self.asset, piece.asset),
            (self.timing, piece.fiscal.timing),
            (self.nature, piece.nature),
            (self.deductible, piece.deductible),
            (self.gain, gain),
        )
        among = ((self.categories, piece.fiscal.category), (self.origins, piece.origin))
        return all(wanted is None or wanted == found for wanted, found in asked) and all(
            wanted is None or found in wanted for wanted, found in among
        )


BUY, SELL = Side.PURCHASE, Side.SALE
UNION, ELSEWHERE = frozenset({Origin.UNION}), frozenset({Origin.ELSEWHERE})
NOT_UNION = "Preneur redevable, vendeur français ou hors Union (CGI 283)."

POSTING: tuple[Rule, ...] = (
    # Purchases
    Rule(id="A-ACOMPTE", name="Acompte versé, hors taxe", side=BUY, what=What.NET, deposit=True,
         debit="4091", why="Un acompte n'est pas encore une charge (PCG, compte 4091)."),
    Rule(id="A-HT", name="Achat hors taxe", side=BUY, what=What.NET, debit=CHOSEN,
         why="Net des remises portées sur la facture (PCG, classe 6 ; classe 2 si immobilisé)."),
    Rule(id="A-TVA-ATTENTE", name="TVA déductible au paiement", side=BUY, what=What.VAT,
         timing=Timing.ON_PAYMENT, debit="44564",
         why="Services sans option pour les débits, acomptes : déductible quand elle est "
         "exigible chez le vendeur (CGI 269-2 et 271 I-2)."),
    Rule(id="A-TVA-IMMO", name="TVA déductible sur immobilisation", side=BUY, what=What.VAT,
         asset=True, debit="44562", why="Ligne 19 de la CA3."),
    Rule(id="A-TVA", name="TVA déductible", side=BUY, what=What.VAT, debit="44566",
         why="Ligne 20 de la CA3."),
    Rule(id="A-TVA-ACOMPTE-NR", name="TVA non récupérable sur acompte", side=BUY,
         what=What.VAT_COST, deposit=True, debit="4091",
         why="Elle suit l'acompte, qui vaut alors le TTC versé."),
    Rule(id="A-TVA-NR", name="TVA non récupérable", side=BUY, what=What.VAT_COST, debit=CHOSEN,
         why="Franchise en base, TVA étrangère, part que la loi exclut (CGI ann. II, 206 ; "
         "298-4) : elle fait partie du coût."),
    Rule(id="A-INTRACOM-NR", name="Acquisition intracommunautaire, TVA non récupérable", side=BUY,
         what=What.SELF_VAT, categories=frozenset({"K"}), deductible=False, debit=CHOSEN,
         credit="4452", why="Due même par une entreprise en franchise (CGI 256 bis, 283-2 bis)."),
    Rule(id="A-BIENS-NR", name="Bien livré en France par un vendeur étranger, non récupérable",
         side=BUY, what=What.SELF_VAT, origins=UNION | ELSEWHERE, nature=Nature.GOODS,
         deductible=False, debit=CHOSEN, credit="445717",
         why="L'acheteur identifié à la TVA en France la doit (CGI 283-1)."),
    Rule(id="A-AUTOLIQ-UE-NR", name="TVA intracommunautaire due, non récupérable", side=BUY,
         what=What.SELF_VAT, origins=UNION, deductible=False, debit=CHOSEN, credit="4452",
         why="Due même par une entreprise en franchise (CGI 283-2, 256 bis)."),
    Rule(id="A-AUTOLIQ-HORS-UE-NR", name="Service acheté hors de l'Union, TVA non récupérable",
         side=BUY, what=What.SELF_VAT, origins=ELSEWHERE, deductible=False, debit=CHOSEN,
         credit="445717", why="Le preneur doit la TVA (CGI 283-2)."),
    Rule(id="A-AUTOLIQ-NR", name="TVA autoliquidée due, non récupérable", side=BUY,
         what=What.SELF_VAT, deductible=False, debit=CHOSEN, credit="445717", why=NOT_UNION),
    Rule(id="A-INTRACOM", name="Acquisition intracommunautaire", side=BUY, what=What.SELF_VAT,
         categories=frozenset({"K"}), debit="445662", credit="4452",
         why="Acquisition de biens dans l'Union (CGI 256 bis, 283-2 bis)."),
    Rule(id="A-BIENS", name="Bien livré en France par un vendeur étranger", side=BUY,
         what=What.SELF_VAT, origins=UNION | ELSEWHERE, nature=Nature.GOODS, debit="445667",
         credit="445717", why="L'acheteur identifié à la TVA en France la doit et la déduit "
         "(CGI 283-1)."),
    Rule(id="A-AUTOLIQ-UE", name="Service acheté dans l'Union, autoliquidation", side=BUY,
         what=What.SELF_VAT, origins=UNION, debit="445662", credit="4452",
         why="Le preneur doit la TVA et la déduit (CGI 283-2)."),
    Rule(id="A-AUTOLIQ-HORS-UE", name="Service acheté hors de l'Union, autoliquidation", side=BUY,
         what=What.SELF_VAT, origins=ELSEWHERE, debit="445667", credit="445717",
         why="Le preneur doit la TVA et la déduit (CGI 283-2)."),
    Rule(id="A-AUTOLIQ", name="Autoliquidation", side=BUY, what=What.SELF_VAT, debit="445667",
         credit="445717", why=f"{NOT_UNION} Sous-traitance du bâtiment : 283-2 nonies."),
    Rule(id="A-ECART-PLUS", name="Écart d'arrondi des lignes, favorable", side=BUY, what=What.GAP,
         gain=True, debit="758", why="Au plus un centime par ligne, un euro en tout."),
    Rule(id="A-ECART", name="Écart d'arrondi des lignes, défavorable", side=BUY, what=What.GAP,
         debit="658", why="Au plus un centime par ligne, un euro en tout."),
    Rule(id="A-ARRONDI-PLUS", name="Net à payer arrondi en notre faveur", side=BUY,
         what=What.ROUNDING, gain=True, debit="758", credit=THIRD_PARTY, why="BT-114."),
    Rule(id="A-ARRONDI", name="Net à payer arrondi en notre défaveur", side=BUY,
         what=What.ROUNDING, debit="658", credit=THIRD_PARTY, why="BT-114."),
    Rule(id="A-REPRISE-HT", name="Reprise de l'acompte versé", side=BUY, what=What.RECALL_NET,
         debit=THIRD_PARTY, credit="4091", why="Facture définitive (cadre B4, S4, M4), BT-113."),
    Rule(id="A-REPRISE-TVA-ATTENTE", name="Reprise de la TVA de l'acompte, au paiement", side=BUY,
         what=What.RECALL_VAT, timing=Timing.ON_PAYMENT, debit=THIRD_PARTY, credit="44564",
         why="TVA déjà déduite lors de l'acompte : il n'en reste à attendre que le solde."),
    Rule(id="A-REPRISE-TVA-IMMO", name="Reprise de la TVA de l'acompte, immobilisation", side=BUY,
         what=What.RECALL_VAT, asset=True, debit=THIRD_PARTY, credit="44562",
         why="TVA déjà déduite lors de l'acompte."),
    Rule(id="A-REPRISE-TVA", name="Reprise de la TVA de l'acompte", side=BUY,
         what=What.RECALL_VAT, debit=THIRD_PARTY, credit="44566",
         why="TVA déjà déduite lors de l'acompte."),
    Rule(id="A-TTC", name="Dette envers le fournisseur", side=BUY, what=What.TOTAL,
         credit=THIRD_PARTY,
         why="TTC dû (404 quand tout est immobilisé)."),
    # Sales
    Rule(id="V-TTC", name="Créance sur le client", side=SELL, what=What.TOTAL, debit=THIRD_PARTY,
         why="TTC dû, moins les acomptes repris."),
    Rule(id="V-ACOMPTE", name="Acompte reçu, hors taxe", side=SELL, what=What.NET, deposit=True,
         credit="4191", why="Un acompte n'est pas encore un produit (PCG, compte 4191)."),
    Rule(id="V-HT", name="Vente hors taxe", side=SELL, what=What.NET, credit=CHOSEN,
         why="Nette des remises portées sur la facture (PCG, compte 70)."),
    Rule(id="V-TVA-ATTENTE", name="TVA collectée à l'encaissement", side=SELL, what=What.VAT,
         timing=Timing.ON_PAYMENT, credit="44574",
         why="Services sans option pour les débits, acomptes (CGI 269-2)."),
    Rule(id="V-TVA", name="TVA collectée", side=SELL, what=What.VAT, credit="44571",
         why="Biens, option pour les débits, facture déjà payée (CGI 269-2)."),
    Rule(id="V-ECART-PLUS", name="Écart d'arrondi des lignes, favorable", side=SELL,
         what=What.GAP, gain=True, credit="758", why="Au plus un centime par ligne, un euro en "
         "tout."),
    Rule(id="V-ECART", name="Écart d'arrondi des lignes, défavorable", side=SELL, what=What.GAP,
         credit="658", why="Au plus un centime par ligne, un euro en tout."),
    Rule(id="V-ARRONDI-PLUS", name="Net à payer arrondi en notre faveur", side=SELL,
         what=What.ROUNDING, gain=True, debit=THIRD_PARTY, credit="758", why="BT-114."),
    Rule(id="V-ARRONDI", name="Net à payer arrondi en notre défaveur", side=SELL,
         what=What.ROUNDING, debit=THIRD_PARTY, credit="658", why="BT-114."),
    Rule(id="V-REPRISE-HT", name="Reprise de l'acompte reçu", side=SELL, what=What.RECALL_NET,
         debit="4191", credit=THIRD_PARTY, why="Facture définitive (cadre B4, S4, M4), BT-113."),
    Rule(id="V-REPRISE-TVA-ATTENTE", name="Reprise de la TVA de l'acompte, à l'encaissement",
         side=SELL, what=What.RECALL_VAT, timing=Timing.ON_PAYMENT, debit="44574",
         credit=THIRD_PARTY, why="TVA déjà déclarée lors de l'acompte : il n'en reste à attendre "
         "que le solde."),
    Rule(id="V-REPRISE-TVA", name="Reprise de la TVA de l'acompte", side=SELL,
         what=What.RECALL_VAT, debit="44571", credit=THIRD_PARTY,
         why="TVA déjà déclarée lors de l'acompte."),
)  # fmt: skip
"""The table, in the order it is read."""


def propose(
    invoice: Invoice,
    *,
    side: Side,
    books: Books,
    rate: ExchangeRate | None = None,
    on: date | None = None,
) -> Entry:
    """Return the entry that books `invoice` for the dossier on `side` of it.

    `rate` is for an invoice in another currency that does not tell its VAT in euros (BT-111); `on`
    is the accounting date when it is not the date of the invoice (its period is closed). Raises
    Unpostable, with a stable ``reason``, when the invoice cannot be booked without guessing.
    """
    if not invoice.number or invoice.issue_date is None:
        raise Unpostable("Le numéro ou la date de la facture manque.", reason="missing-identity")
    party = invoice.seller if side is Side.PURCHASE else invoice.buyer
    if party is None:
        raise Unpostable("Le tiers (vendeur ou acheteur) manque.", reason="missing-party")
    situation = situation_of(invoice, side, books)
    rate = rate or rate_told(invoice)
    figures = read_figures(invoice, rate)
    pieces = Dissection(invoice=invoice, figures=figures, situation=situation, books=books).pieces()
    label = f"{situation.kind.name} {invoice.number} {party.name or ''}".strip()
    merged = (_in_currency(line, invoice, figures, rate)
              for line in _merge(_post(pieces, situation, books, party, label)))  # fmt: skip
    lines = _in_order(list(merged), side)
    if not lines:
        raise Unpostable("Facture à zéro : rien à comptabiliser.", reason="nothing-to-post")
    return Entry(
        journal=books.journal(side),
        date=on or invoice.issue_date,
        document=invoice.number,
        document_date=invoice.issue_date,
        label=label,
        lines=lines,
        remarks=tuple(_remarks(invoice, situation, figures, pieces, rate)),
    )


def refusal(error: Unpostable) -> Finding:
    """Return the refusal as a finding: the document may be valid, only its booking is not ours."""
    return Finding(
        rule=f"COMPTA-{error.reason.upper()}",
        layer=Layer.ADVICE,
        severity=Severity.ADVICE,
        message=error.message,
        remedy=error.remedy or "Comptabilisez cette facture à la main.",
    )


def rule_for(piece: Piece, situation: Situation) -> Rule:
    """Return the row of the table for `piece`."""
    more = piece.amount > 0
    owed_to_us = (situation.side is Side.SALE) != situation.kind.credit
    gain = more == owed_to_us
    return next(rule for rule in POSTING if rule.fits(piece, situation.side, gain=gain))


def _post(
    pieces: tuple[Piece, ...], situation: Situation, books: Books, party: Party, label: str
) -> Iterator[Line]:
    """Yield one line a movement, amounts signed on one side, before merging."""
    sign = -1 if situation.kind.credit else 1
    for piece in pieces:
        if not piece.amount:
            continue
        rule = rule_for(piece, situation)
        for account, direction in ((rule.debit, sign), (rule.credit, -sign)):
            if account:
                yield _line(piece, rule, account, direction, books, party, label)


def _line(
    piece: Piece,
    rule: Rule,
    account: str,
    direction: int,
    books: Books,
    party: Party,
    label: str,
) -> Line:
    """Return the line of one movement; `debit` holds the signed amount until lines are merged."""
    third_party = account == THIRD_PARTY
    number = _account(piece, rule, account)
    return Line(
        account=books.pad(number),
        auxiliary=(piece.auxiliary or books.auxiliary(rule.side, party)) if third_party else "",
        auxiliary_label=(party.name or "") if third_party else "",
        label=(piece.choice.label if piece.choice and account == CHOSEN else "") or label,
        debit=direction * piece.amount,
        sources=tuple(
            replace(source, amount=direction * source.amount) for source in piece.sources
        ),
        rule=rule.id,
        own_rule=piece.choice.rule if piece.choice and account == CHOSEN else 0,
        reason=_reason(piece, rule, account),
        advice=piece.advice,
        confidence=piece.choice.confidence
        if piece.choice and account == CHOSEN
        else Confidence.CERTAIN,
        fiscal=None if third_party else _fiscal(piece, rule),
        base=None if third_party or piece.base is None else direction * piece.base,
    )


def _reason(piece: Piece, rule: Rule, account: str) -> str:
    """Say why: the words of the line for an account chosen, why now for VAT collected."""
    if account == CHOSEN or (rule.id == "V-TVA" and piece.reason):
        return piece.reason
    return rule.why


def _account(piece: Piece, rule: Rule, account: str) -> str:
    if account == THIRD_PARTY:
        if rule.side is Side.SALE:
            return CUSTOMER
        return ASSET_SUPPLIER if piece.asset else SUPPLIER
    if account == CHOSEN:
        assert piece.choice is not None, rule.id
        return piece.choice.account
    return account


def _fiscal(piece: Piece, rule: Rule) -> Fiscal | None:
    """Keep what a VAT return needs: all VAT, all sales, purchases whose VAT the buyer owes."""
    if not piece.fiscal.category or piece.what is What.VAT_COST:
        return None
    plain_purchase = rule.side is Side.PURCHASE and piece.what is What.NET
    if plain_purchase and piece.fiscal.category not in REVERSE_CHARGED:
        return None
    return piece.fiscal


SURENESS = tuple(Confidence)
"""From the surest down."""


def _merge(lines: Iterator[Line]) -> list[Line]:
    """Add up the lines of one account, auxiliary, label, rule and fiscal nature.

    What cancels out is dropped. The third party gets one line whatever rules touch it.
    """
    merged: dict[tuple[str, str, str, str, Fiscal | None], Line] = {}
    for line in lines:
        rule = "" if line.auxiliary else line.rule
        key = (line.account, line.auxiliary, line.label, rule, line.fiscal)
        merged[key] = _add(merged[key], line) if key in merged else line
    return [_on_its_side(line) for line in merged.values() if line.debit]


def _add(one: Line, other: Line) -> Line:
    return replace(
        one,
        debit=one.debit + other.debit,
        sources=one.sources + other.sources,
        base=_sum(one.base, other.base),
        own_rule=one.own_rule or other.own_rule,
        reason=_joined(one.reason, other.reason),
        advice=_joined(one.advice, other.advice),
        confidence=max(one.confidence, other.confidence, key=SURENESS.index),
    )


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return one if other is None else other + (one or ZERO)


def _joined(one: str, other: str) -> str:
    return one if not other or other in one else f"{one} {other}".strip()


def _on_its_side(line: Line) -> Line:
    """Turn the signed amount into a debit or a credit, both positive."""
    signed = line.debit
    base = -line.base if line.base is not None and signed < 0 else line.base
    return replace(line, debit=max(signed, ZERO), credit=max(-signed, ZERO), base=base)


def _in_currency(line: Line, invoice: Invoice, figures: Figures, rate: ExchangeRate | None) -> Line:
    """Say on the third party's line what it is in the currency of the invoice."""
    if not line.auxiliary or rate is None or invoice.currency != rate.currency:
        return line
    amount = cents(line.balance / rate.euros)
    whole = invoice.totals.with_vat if invoice.totals else None
    if whole is not None and abs(line.balance) == abs(figures.with_vat):
        amount = whole.copy_sign(line.balance)
    return replace(line, currency=rate.currency, currency_amount=amount)


def _in_order(lines: list[Line], side: Side) -> tuple[Line, ...]:
    """Put the third party first in a sale, last in a purchase; the rest keeps its order."""
    return tuple(sorted(lines, key=lambda line: bool(line.auxiliary) is not (side is Side.SALE)))


def _remarks(
    invoice: Invoice,
    situation: Situation,
    figures: Figures,
    pieces: tuple[Piece, ...],
    rate: ExchangeRate | None,
) -> Iterator[str]:
    """Yield what concerns the whole entry."""
    if situation.kind.corrective:
        earlier = ", ".join(one.number or "?" for one in invoice.preceding_invoices) or "?"
        yield f"Facture rectificative : contre-passer d'abord l'écriture de la facture {earlier}."
    if situation.kind.factored:
        yield "Facture affacturée : le règlement va au factor, le compte du tiers ne change pas."
    if cannot_recall(figures, situation, pieces):
        yield (
            f"Acompte de {french(figures.paid)} € à reprendre à la main : la facture a plusieurs "
            "taux, ou une TVA déductible en partie, et ne dit pas la TVA de l'acompte."
        )
    elif figures.paid and not situation.is_final:
        yield (f"Déjà payé : {french(figures.paid)} €. Le règlement se comptabilise en banque.")
    if any(group.exemption_code in MARGIN_REASONS for group in invoice.vat_breakdown):
        yield (
            "Régime de la marge : la facture ne porte pas de TVA ; le vendeur doit celle de la "
            "marge, à passer par opération diverse (70x à 44571)."
            if situation.side is SELL
            else "Régime de la marge : aucune TVA n'est déductible."
        )
    if situation.foreign_vat and figures.vat:
        yield "TVA étrangère : non déductible en France, à demander en remboursement."
    elif situation.side is Side.PURCHASE and situation.origin is not Origin.FRANCE:
        yield from _foreign_purchase(figures)
    if rate is not None and invoice.currency == rate.currency:
        yield (
            f"Converti au cours de {rate.euros:.6g} € pour 1 {rate.currency} "
            f"({rate.source}, {rate.on:%d/%m/%Y})."
        )


def _foreign_purchase(figures: Figures) -> Iterator[str]:
    """Yield what to look at when a foreign seller charged no VAT and named no reverse charge."""
    categories = {group.key[0] for group in figures.vats}
    if "G" in categories:
        yield "Importation : TVA autoliquidée d'après la douane, sur la CA3, pas sur la facture."
    if categories & {"O", "E", "Z"}:
        yield "Vendeur étranger sans TVA : vérifier si l'autoliquidation est due (CGI 283-2)."
