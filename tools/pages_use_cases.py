"""Write the pages of the use cases from their sheets: an index, and one page each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from facturier.ledger import accounts
from facturier.ledger.entries import ZERO
from facturier.use_cases import script, sheets, stem
from facturier.use_cases.case import Certainty
from facturier.use_cases.matrix import matrix
from facturier.use_cases.pieces import process_of

if TYPE_CHECKING:
    from decimal import Decimal

    from facturier.invoice.model import Line, VatBreakdown
    from facturier.use_cases.case import Sheet
    from facturier.use_cases.story import Story


def pages(place: Path) -> dict[Path, Callable[[], str]]:
    """Return what makes each page, by its path below `place`."""
    made: dict[Path, Callable[[], str]] = {place / "README.md": index}
    for one in sheets():
        made[place / f"{name(one.CASE.number)}.md"] = lambda one=one: page(one)  # type: ignore[misc]
    return made


def name(number: str) -> str:
    """Return the name of a page: ``case-02``, ``case-19b``."""
    return f"case-{stem(number)}"


def index() -> str:
    """Return the index: one line a sheet."""
    rows = matrix()
    covered = sum(row.state == "covered" for row in rows)
    lines = [
        "# Cas d'usage",
        "",
        "Les cas d'usage de XP Z12-014, joués par le moteur : documents, statuts, écritures des",
        "deux côtés, données envoyées à l'administration, cases de la CA3. L'état de chaque fiche",
        "est calculé de ses preuves (`facturier use-cases`) ; `facturier use-cases play 20` rejoue",
        "un cas dans le terminal. Chaque fiche est un exemple chiffré : calcul de chaque document,",
        "écritures et soldes de chaque entreprise, cases, et ce que l'État reçoit de l'ensemble.",
        "",
        f"{covered} fiches couvertes sur {len(rows)}. **C** : les écritures sont notre lecture du",
        "PCG, à confirmer par un expert-comptable. **U** : la norme laisse un point ouvert.",
        "",
        "| n° | Titre | État | | Preuve |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        title = f"[{row.title}]({name(row.case)}.md)" if row.title else "—"
        proof = "<br>".join(row.evidence)
        lines.append(f"| {row.case} | {title} | {row.state.label} | {row.certainty} | {proof} |")
    return "\n".join(lines) + "\n"


def page(one: Sheet) -> str:
    """Return the page of a sheet."""
    story = one.example()
    lines = [f"# Cas n° {one.CASE.number} : {one.CASE.title}", "", *_certainty(one), one.CASE.text]
    lines += ["", "## Documents", "", *_documents(story)]
    lines += _calculations(story)
    lines += ["", "## Ce qui se passe", "", "```text", script.life(story), "```"]
    lines += ["", "## Écritures"]
    for actor in story.actors:
        if story.entries_of(actor):
            lines += ["", "```text", script.entries(story, actor), "```"]
    lines += _balances(story)
    lines += ["", "## Déclaration de TVA"]
    for actor in story.actors:
        lines += ["", "```text", script.boxes(story, actor), "```"]
    lines += _counted_once(story)
    lines += ["", "## Erreurs fréquentes", "", *_mistakes(one)]
    absent = one.EXPECT.absent
    if absent:
        lines += ["", "## Sans objet", ""]
        lines += [f"- {part} : {why}" for part, why in absent.items()]
    lines += ["", f"Source : {one.CASE.source}."]
    return "\n".join(lines) + "\n"


def _certainty(one: Sheet) -> Iterator[str]:
    if one.CASE.certainty is Certainty.SURE:
        return
    doubts = f" {one.CASE.doubts}" if one.CASE.doubts else ""
    yield f"> **{one.CASE.certainty.value}**, {one.CASE.certainty.label}.{doubts}"
    yield ""


def _documents(story: Story) -> Iterator[str]:
    if not story.documents:
        yield "Aucun document électronique."
        return
    yield "| Numéro | Type | Cadre | Date | Vendeur | Acheteur | HT | TVA | TTC | Payé | Net |"
    yield "|---|---|---|---|---|---|---:|---:|---:|---:|---:|"
    for document in story.documents:
        one = document.invoice
        totals = one.totals
        assert totals is not None
        amounts = (
            totals.without_vat, totals.vat_amount, totals.with_vat, totals.paid_amount,
            totals.due_amount,
        )  # fmt: skip
        parties = [party.name if party else "" for party in (one.seller, one.buyer)]
        cells = [
            one.number, one.type_code, process_of(one), f"{one.issue_date:%d/%m/%Y}", *parties,
            *map(_money, amounts),
        ]  # fmt: skip
        yield f"| {' | '.join(str(cell or '') for cell in cells)} |"


def _calculations(story: Story) -> list[str]:
    """Return each document taken apart: lines, what is off or on at its foot, VAT by rate."""
    lines: list[str] = []
    for document in story.documents:
        one = document.invoice
        lines += ["", f"{one.number} :", ""]
        lines += [f"- {_line(line)}" for line in one.lines]
        lines += [
            f"- {word} : {sign}{_money(item.amount)}{_because(item.reason)}"
            for word, sign, items in (
                ("remise de pied", "-", one.allowances), ("frais de pied", "+", one.charges),
            )
            for item in items
        ]  # fmt: skip
        lines += [f"- {_tax(group)}" for group in one.vat_breakdown]
    return lines


def _line(line: Line) -> str:
    price = line.price.net_price if line.price else None
    item = line.item.name if line.item else ""
    counted = f"{_number(line.quantity)} × {_money(price)} = " if price is not None else ""
    off = sum((one.amount or ZERO for one in line.allowances), ZERO)
    on = sum((one.amount or ZERO for one in line.charges), ZERO)
    changed = (f" (remise {_money(off)})" if off else "") + (f" (frais {_money(on)})" if on else "")
    return f"{item} : {counted}{_money(line.net_amount)}{changed}"


def _because(reason: str | None) -> str:
    return f" ({reason})" if reason else ""


def _tax(group: VatBreakdown) -> str:
    why = _because(group.exemption_reason or group.exemption_code)
    return (
        f"TVA {group.category} : {_money(group.taxable_amount)} × {_number(group.rate)} % = "
        f"{_money(group.tax_amount)}{why}"
    )


def _number(number: Decimal | None) -> str:
    text = f"{number or ZERO:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def _balances(story: Story) -> list[str]:
    """Return what each account comes to when all is done; those that are cleared are told too."""
    lines: list[str] = []
    for actor in story.actors:
        sums: dict[str, Decimal] = {}
        for one in story.entries_of(actor):
            for line in one.entry.lines:
                sums[line.account] = sums.get(line.account, ZERO) + line.balance
        if not sums:
            continue
        lines += ["", f"Soldes de {actor.name} :", "", "| Compte | | Débit | Crédit |",
                  "|---|---|---:|---:|"]  # fmt: skip
        for account, net in sorted(sums.items()):
            debit, credit = (_money(net) if net > 0 else "", _money(-net) if net < 0 else "")
            lines.append(f"| {account} | {accounts.label(account)} | "
                         f"{debit or ('soldé' if not credit else '')} | {credit} |")  # fmt: skip
    return lines


def _counted_once(story: Story) -> list[str]:
    """Return what the State gets of each company, and of all of them together."""
    rows = []
    for actor in story.actors:
        made = script.whole(story, actor)
        due, kept = (made.box(code) for code in ("16", "23"))
        owed = due.shown_tax if due else ZERO
        deducted = kept.shown_tax if kept else ZERO
        if owed or deducted:
            rows.append((actor.name, owed, deducted))
    if not rows:
        return []
    all_due = sum((due for _, due, _ in rows), ZERO)
    rows.append(("Ensemble", all_due, sum((kept for _, _, kept in rows), ZERO)))
    return [
        "", "TVA, en euros entiers comme sur le formulaire :", "",
        "| Entreprise | Due (16) | Déduite (23) | Nette |", "|---|---:|---:|---:|",
        *(f"| {name} | {_whole(due)} | {_whole(kept)} | {_whole(due - kept)} |"
          for name, due, kept in rows),
    ]  # fmt: skip


def _whole(amount: Decimal) -> str:
    return f"{amount:,.0f}".replace(",", " ")


def _money(amount: Decimal | None) -> str:
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",") if amount is not None else ""


def _mistakes(one: Sheet) -> Iterator[str]:
    if not one.EXPECT.mistakes:
        yield "Aucune n'est recensée."
    for mistake in one.EXPECT.mistakes:
        caught = ", ".join(f"`{rule}`" for rule in mistake.caught)
        how = f"Attrapée par {caught}." if caught else "Aucune règle ne l'attrape seule."
        yield f"- {mistake.what} {how} {mistake.remedy}".rstrip()
