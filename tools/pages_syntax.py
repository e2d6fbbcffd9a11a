"""Write the reference pages of the syntax rules from their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.rules.syntax.explained import explained, ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facturier.rules.syntax.explained import SyntaxExplanation

_WEIGHTS = {"fatal": "bloquante", "warning": ""}


def ubl() -> str:
    """Return the Markdown of ``docs/reference/syntax-ubl.md``."""
    return _page("UBL")


def cii() -> str:
    """Return the Markdown of ``docs/reference/syntax-cii.md``."""
    return _page("CII")


def _page(syntax: str) -> str:
    # Factur-X puts a few of its business rules in the tables: those are told with its book.
    own = (id_ for id_ in ids() if id_.startswith(("UBL-", "CII-")))
    told = [one for id_ in own if (one := explained(id_)) and one.syntax == syntax]
    lines = [
        f"# Règles de la syntaxe {syntax}",
        "",
        "Ce qui ne s'emploie pas dans une facture et ce qui n'y figure qu'une fois, sous les",
        "identifiants officiels. Sans mention, une règle est un avertissement : la facture reste",
        f"valide. Les règles de gestion sont [ailleurs](rules.md). {len(told)} règles.",
        "",
        "| Id | Regarde | Règle | Gravité | Livres |",
        "|---|---|---|---|---|",
        *map(_row, sorted(told, key=lambda one: one.id)),
    ]
    return "\n".join(lines) + "\n"


def _row(one: SyntaxExplanation) -> str:
    regular = "ne s'emploie pas" in one.meaning
    said = "" if regular else one.meaning
    if one.silent:
        said = f"{said or one.meaning} Jamais opposée : {one.silent}."
    books = ", ".join(_shortened(one.books))
    cells = (
        f"`{one.id}`",
        f"`{one.path}`" if regular or one.path != "." else f"`{one.context}`",
        said,
        _WEIGHTS.get(one.severity, one.severity),
        books,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _shortened(books: tuple[str, ...]) -> Iterator[str]:
    """Yield the names of the files, those of Factur-X as one."""
    yield from (book.rpartition(" ")[0] for book in books if book.startswith("EN"))
    yield from ("EXTENDED-CTC-FR" for book in books if book.startswith("EXTENDED"))
    if any(book.startswith("Factur-X") for book in books):
        yield "Factur-X"
