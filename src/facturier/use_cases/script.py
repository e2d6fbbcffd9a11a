"""A story in words: what a terminal shows and what the golden files keep."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.ledger.books import VatRegime
from facturier.vat.draft import Draft, draft

if TYPE_CHECKING:
    from facturier.ledger.entries import Entry, Line
    from facturier.use_cases.pieces import Actor
    from facturier.use_cases.scenes import Booked, Said, Scene
    from facturier.use_cases.story import Story


def life(story: Story) -> str:
    """Return what happens, step by step: statuses, files to the tax office, remarks."""
    return "\n".join(line for scene in story.scenes for line in (*scene_lines(scene), "")).rstrip()


def scene_lines(scene: Scene) -> Iterator[str]:
    """Yield the lines of one step, its entries aside."""
    yield f"{scene.day:%d/%m/%Y}  {scene.title}"
    for one in scene.said:
        yield f"  statut  {status_line(one)}"
    for file in scene.told:
        yield f"  flux {file.flow}  {file.who} : {file.label}"
    for remark in scene.remarks:
        yield f"  à savoir  {remark}"


def status_line(one: Said) -> str:
    """Return a status in one line."""
    amounts = f" [{' ; '.join(one.amounts)}]" if one.amounts else ""
    reason = f" (motif {one.reason})" if one.reason else ""
    heard = ", ".join(one.to) or "personne"
    comment = f" « {one.comment} »" if one.comment else ""
    return (
        f"{one.code} {one.label}{reason}{amounts} sur {one.document} : {one.by} → {heard}{comment}"
    )


def entries(story: Story, actor: Actor) -> str:
    """Return the entries of one company."""
    lines = [f"{actor.name}, {actor.role}"]
    for booked in story.entries_of(actor):
        lines += ["", *entry_lines(booked)]
    return "\n".join(lines)


def entry_lines(booked: Booked) -> Iterator[str]:
    """Yield an entry as a small table: account, third party, debit, credit, rule."""
    entry = booked.entry
    by_hand = " (saisie)" if booked.typed else ""
    yield f"{entry.date:%d/%m/%Y}  {entry.journal}  {entry.document}  {entry.label}{by_hand}"
    for line in entry.lines:
        yield (
            f"  {line.account:<8}{line.auxiliary:<12}{_money(line.debit):>14}"
            f"{_money(line.credit):>14}  {line.rule}{_fiscal(line)}"
        ).rstrip()


def _fiscal(line: Line) -> str:
    if line.fiscal is None:
        return ""
    base = f", base {_money(line.base)}" if line.base is not None else ""
    return f"  [{line.fiscal}{base}]"


def months(story: Story, actor: Actor) -> list[tuple[int, int]]:
    """Return the months in which a company has entries."""
    found = {(one.entry.date.year, one.entry.date.month) for one in story.entries_of(actor)}
    return sorted(found)


def returns(story: Story, actor: Actor) -> dict[tuple[int, int], Draft]:
    """Return the draft of each month of a company; none for one that files no return."""
    if actor.books.vat_regime is VatRegime.FRANCHISE:
        return {}
    mine: list[Entry] = [one.entry for one in story.entries_of(actor)]
    return {
        month: draft(one for one in mine if (one.date.year, one.date.month) == month)
        for month in months(story, actor)
    }


def whole(story: Story, actor: Actor) -> Draft:
    """Return the draft of the whole story of a company, as one period."""
    return draft(one.entry for one in story.entries_of(actor))


def boxes(story: Story, actor: Actor) -> str:
    """Return the boxes of one company, month by month, each with its lines."""
    lines = [f"{actor.name}, {actor.role}"]
    if actor.books.vat_regime is VatRegime.FRANCHISE:
        return "\n".join([*lines, "  franchise en base : pas de déclaration de TVA"])
    for (year, month), made in returns(story, actor).items():
        lines += ["", f"{month:02d}/{year} (CA3, édition {made.year})"]
        lines += list(box_lines(made)) or ["  rien"]
        lines += [f"  à savoir  {remark}" for remark in made.remarks]
    return "\n".join(lines)


def box_lines(made: Draft) -> Iterator[str]:
    """Yield the boxes of a draft, with the entry lines of each."""
    for box in made.boxes:
        base, tax = (_euros(box.shown_base), _euros(box.shown_tax))
        yield f"  {box.code:<3} {base:>12} {tax:>12}  {box.printed.label}".rstrip()
        for part in box.parts:
            signs = " ".join(
                f"{word} {_money(amount)}"
                for word, amount in (("base", part.base), ("taxe", part.tax))
                if amount
            )
            yield f"        ← {part.entry.document} {part.line.account} {signs}"


def _euros(amount: Decimal) -> str:
    return f"{amount:,.0f}".replace(",", " ") if amount else ""


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",") if amount else ""
