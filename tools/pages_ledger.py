"""Write the reference page of posting from the tables of ``facturier.ledger``."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from facturier.invoice.model import (
    Address,
    Identifier,
    Invoice,
    Item,
    Line,
    LineVat,
    Party,
    ProcessControl,
    Totals,
    VatBreakdown,
)
from facturier.ledger import accounts
from facturier.ledger.books import Books, Nature, Side
from facturier.ledger.charges import CHARGES, Charge
from facturier.ledger.documents import KINDS
from facturier.ledger.posting import CHOSEN, POSTING, THIRD_PARTY, Rule, propose
from facturier.ledger.settlement import MOVES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facturier.ledger.entries import Entry

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "posting.md"

_SIDES = {Side.PURCHASE: "Achats", Side.SALE: "Ventes"}
_NATURES = {Nature.GOODS: "bien", Nature.SERVICES: "service"}


def page() -> str:
    """Return the Markdown of ``docs/reference/posting.md``."""
    return "\n".join(
        (*_introduction(), *_rules(), *_moves(), *_examples(), *_charges(), *_documents())
    )


def _introduction() -> Iterator[str]:
    yield from (
        "<!-- Page générée par tools/pages_ledger.py : ne pas modifier à la main. -->",
        "",
        "# De la facture à l'écriture",
        "",
        "La machine propose, une personne valide ; une écriture validée ne se modifie plus, elle",
        "se contre-passe. Chaque ligne dit la règle qui l'a posée et les termes de la facture dont",
        "vient son montant. Les montants sont ceux de la facture (BG-22, BG-23) : rien n'est",
        "recalculé, sauf la TVA que l'acheteur autoliquide.",
        "",
        "## Règles",
        "",
        "La première règle qui convient l'emporte. Un avoir inverse les côtés. Un montant négatif",
        f"passe de l'autre côté. « {THIRD_PARTY} » : 401, 404 ou 411 ; « {CHOSEN} » : voir plus",
        "bas.",
        "",
    )


def _rules() -> Iterator[str]:
    for side, title in _SIDES.items():
        yield from (
            f"### {title}",
            "",
            "| Règle | Pour | Si | Débit | Crédit | Pourquoi |",
            "|---|---|---|---|---|---|",
        )
        for rule in POSTING:
            if rule.side is side:
                cells = (
                    rule.id,
                    rule.name,
                    _conditions(rule),
                    _account(rule.debit),
                    _account(rule.credit),
                    rule.why,
                )
                yield f"| {' | '.join(cells)} |"
        yield ""


def _moves() -> Iterator[str]:
    yield from (
        "## Ce qui solde une facture",
        "",
        "Le tiers est soldé par le compte indiqué. Un paiement rend exigible (44574 à 44571) ou",
        "déductible (44564 à 44566) la TVA qui l'attendait, en proportion, au centime près.",
        "",
        "| Règle | Pour | Côté | Compte | Solde | Paiement | Pourquoi |",
        "|---|---|---|---|---|---|---|",
    )
    for move in MOVES.values():
        side = "vente" if move.side is Side.SALE else "achat"
        cells = (
            move.id, move.name, side, _account(move.account),
            _account(move.cleared) if move.cleared else "tiers",
            "oui" if move.pays else "non", move.why,
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |"
    yield ""


def _conditions(rule: Rule) -> str:
    said = (
        "acompte" if rule.deposit else "",
        "immobilisation" if rule.asset else "",
        f"TVA à l'{rule.timing}" if rule.timing else "",
        f"catégorie {', '.join(sorted(rule.categories))}" if rule.categories else "",
        f"vendeur : {' ou '.join(sorted(rule.origins))}" if rule.origins else "",
        _NATURES[rule.nature] if rule.nature else "",
        "TVA non récupérable" if rule.deductible is False else "",
        "gain" if rule.gain else "",
    )
    return ", ".join(filter(None, said))


def _account(number: str) -> str:
    return f"{number} {accounts.label(number)}" if number.isdigit() else number


def _charges() -> Iterator[str]:
    yield from (
        "## Choix du compte de charge",
        "",
        "Du plus sûr au moins sûr : les règles du dossier, la référence comptable de l'acheteur",
        "(BT-133, BT-19) quand c'est un compte, la table ci-dessous (première ligne dont un mot",
        "figure dans le libellé), le compte par défaut. Un bien de plus de",
        f"{Books().assets_from} € HT l'unité est proposé en immobilisation.",
        "",
        "Une règle du dossier demande le tiers (SIREN, numéro de TVA, mots du nom), des mots du",
        "libellé, le code de l'article (BT-158), la catégorie ou le taux de TVA, un montant HT ;",
        "elle dit le compte, le compte du tiers, la part déductible de la TVA, le libellé. La",
        "première dont toutes les conditions sont remplies décide, ce qu'elle ne dit pas reste",
        "comme sans elle ; la ligne de l'écriture dit laquelle, et quel terme l'a remplie.",
        "",
        "Où la loi n'admet qu'une part de la TVA, le reste suit la charge ou l'immobilisation ;",
        "une règle du dossier change cette part (véhicule utilitaire, logement d'un client).",
        "",
        "| Mots | Compte | Immobilisation | Nature | TVA déductible | À vérifier |",
        "|---|---|---|---|---|---|",
    )
    yield from (_charge(row) for row in CHARGES)
    yield ""


def _charge(row: Charge) -> str:
    words = ", ".join(word.replace("*", "…") for word in row.words)
    asset = _account(row.asset) if row.asset else ""
    nature = _NATURES[row.nature]
    return (
        f"| {words} | {_account(row.account)} | {asset} | {nature} | {_right(row)} | {row.advice} |"
    )


def _right(row: Charge) -> str:
    """Return the deductible part of the VAT; empty for all of it."""
    if row.right is None:
        return ""
    limit = f", tout jusqu'à {row.right.up_to} € TTC l'unité" if row.right.up_to else ""
    return f"{row.right.share} %{limit} : {row.right.law}"


def _documents() -> Iterator[str]:
    yield from (
        "## Types de document (BT-3)",
        "",
        "Qui a écrit la facture ne change pas qui a vendu : les types autofacturés gardent leurs",
        "côtés.",
        "",
        "| Type | Nom | Côtés inversés | Acompte | Affacturé |",
        "|---|---|---|---|---|",
    )
    for code, kind in KINDS.items():
        marks = ("oui" if mark else "" for mark in (kind.credit, kind.deposit, kind.factored))
        yield f"| {code} | {kind.name} | {' | '.join(marks)} |"
    yield ""


# Examples: real invoices, posted by the real function


def _examples() -> Iterator[str]:
    yield from ("## Exemples", "")
    dear = _invoice("B1", ("Marchandises", "200.00", "S", "20"), ("Farine", "50.00", "S", "5.5"))
    service = _invoice("S1", ("Honoraires de conseil", "1000.00", "S", "20"))
    works = _invoice("S1", ("Sous-traitance gros œuvre", "10000.00", "AE", "0"))
    final = _invoice("B4", ("Cuisine équipée", "1000.00", "S", "20"), paid="360.00")
    for title, invoice, side, books in (
        ("Achat de biens à deux taux", dear, Side.PURCHASE, Books()),
        ("Achat d'un service sans option pour les débits", service, Side.PURCHASE, Books()),
        ("Vente d'un service, TVA à l'encaissement", service, Side.SALE,
         Books(vat_on_receipts=True)),
        ("Sous-traitance du bâtiment, autoliquidation", works, Side.PURCHASE, Books()),
        ("Avoir reçu", replace(dear, type_code="381"), Side.PURCHASE, Books()),
        ("Facture d'acompte émise", replace(service, type_code="386"), Side.SALE, Books()),
        ("Facture définitive, acompte de 360,00 € repris", final, Side.SALE, Books()),
    ):  # fmt: skip
        yield from _example(title, propose(invoice, side=side, books=books))


def _example(title: str, entry: Entry) -> Iterator[str]:
    yield from (
        f"### {title}",
        "",
        "| Compte | Libellé du compte | Débit | Crédit | Règle | Vient de |",
        "|---|---|---:|---:|---|---|",
    )
    for line in entry.lines:
        yield (
            f"| {line.account} | {accounts.label(line.account)} | {_amount(line.debit)} "
            f"| {_amount(line.credit)} | {line.rule} | {line.where} |"
        )
    yield ""


def _amount(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",") if amount else ""


def _invoice(process: str, *lines: tuple[str, str, str, str], paid: str = "0") -> Invoice:
    """Make an invoice whose totals add up, from (text, net, category, rate) lines."""
    breakdown = tuple(
        VatBreakdown(
            category=category,
            rate=Decimal(rate),
            taxable_amount=Decimal(net),
            tax_amount=(Decimal(net) * Decimal(rate) / 100).quantize(Decimal("0.01")),
        )
        for _, net, category, rate in lines
    )
    without_vat = sum((group.taxable_amount or Decimal(0) for group in breakdown), Decimal(0))
    vat = sum((group.tax_amount or Decimal(0) for group in breakdown), Decimal(0))
    return Invoice(
        number="F-42",
        issue_date=date(2026, 11, 20),
        type_code="380",
        currency="EUR",
        process=ProcessControl(business_process=process),
        seller=_party("Vendeur fictif", "100000009"),
        buyer=_party("Acheteur fictif", "200000008"),
        lines=tuple(
            Line(
                item=Item(name=text),
                net_amount=Decimal(net),
                vat=LineVat(category=category, rate=Decimal(rate)),
            )
            for text, net, category, rate in lines
        ),
        vat_breakdown=breakdown,
        totals=Totals(
            without_vat=without_vat,
            vat_amount=vat,
            with_vat=without_vat + vat,
            paid_amount=Decimal(paid),
        ),
    )


def _party(name: str, siren: str) -> Party:
    return Party(
        name=name,
        legal_identifier=Identifier(siren, "0002"),
        postal_address=Address(country_code="FR"),
    )


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
