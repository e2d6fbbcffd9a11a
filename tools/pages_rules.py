"""Write the reference page of the rules from the rulebooks themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.findings import Layer
from facturier.language import in_english
from facturier.rules import all_books
from facturier.rules.explain import SOURCES
from facturier.rules.mutation import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facturier.rules.book import Rulebook
    from facturier.rules.rule import Rule

_SEVERITIES = {"fatal": "bloquante", "warning": "avertissement", "advice": "conseil"}


def page() -> str:
    """Return the Markdown of ``docs/reference/rules.md``."""
    lines = [
        "# Règles",
        "",
        "Ce que Facturier contrôle, livre par livre. Chaque identifiant est celui des fichiers",
        "officiels ; chaque phrase est la nôtre. `facturier explain ID` dit le reste : le remède,",
        "un exemple en faute et ce qu'en dit le contrôle.",
        "",
        "« Rompue par » est le changement qui, sur notre exemple, rompt la règle : c'est aussi son",
        "test. Une règle qui regarde plusieurs endroits n'a ici que le premier.",
        "",
    ]
    told: set[str] = set()
    for book in all_books():
        # A code of annexe 7 speaks of other terms in another flux: it is told again.
        lines += _book(book, set() if book.layer is Layer.FLUX1 else told)
        told |= {rule.id for rule in book.rules}
    lines += ["## Règles jamais opposées", "", "Les fichiers officiels les portent, sans effet."]
    lines += ["", "| Id | Syntaxe | Pourquoi |", "|---|---|---|"]
    lines += [
        f"| `{id_}` | {syntax or _syntaxes(book)} | {why} |"
        for book in all_books()
        for name, why in book.never_fires.items()
        for id_, _, syntax in (name.partition("@"),)
    ]
    return "\n".join(lines) + "\n"


def page_in_english() -> str:
    """Return the Markdown of ``docs/reference/rules.en.md``: id, meaning and remedy of each."""
    lines = [
        "# Rules, in English",
        "",
        "What Facturier checks, book by book, from its English catalogue; French is first, and the",
        "[French page](rules.md) tells more. Ids are the official ones, sentences are ours.",
        "`facturier explain ID --lang en` adds the terms, the severity and a broken example.",
        "",
    ]
    told: set[tuple[str, str]] = set()
    for book in all_books():
        lines += [f"## {book.id} {book.version}", "", "| Id | What must be true | Remedy |"]
        lines += ["|---|---|---|"]
        for rule in book.rules:
            if (rule.id, rule.meaning) not in told:
                said = (_cell(in_english(one)) for one in (rule.meaning, rule.remedy))
                lines.append(f"| `{rule.id}` | {' | '.join(said)} |")
            told.add((rule.id, rule.meaning))
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _syntaxes(book: Rulebook) -> str:
    return "CDAR" if book.layer is Layer.CDAR else "UBL, CII"


def _book(book: Rulebook, told: set[str]) -> Iterator[str]:
    """Yield the section of a book; rules that it keeps of those already told are named only."""
    by_id: dict[str, list[Rule]] = {}
    for rule in book.rules:
        by_id.setdefault(rule.id, []).append(rule)
    yield f"## {book.id} {book.version}"
    yield ""
    since = f" En vigueur depuis le {book.valid_from:%d/%m/%Y}."
    yield f"{SOURCES.get(book.id, book.id)}.{'' if book.layer is Layer.ADVICE else since}"
    yield f"{len(by_id)} règles."
    yield ""
    kept = [id_ for id_ in by_id if id_ in told]
    if kept:
        yield f"{len(kept)} sont celles d'un livre ci-dessus, sans changement :"
        yield f"{', '.join(f'`{id_}`' for id_ in kept)}."
        yield ""
    yield "| Id | Termes | Règle | Syntaxe | Gravité | Rompue par |"
    yield "|---|---|---|---|---|---|"
    for id_, rules in by_id.items():
        if id_ in told:
            continue
        first = rules[0]
        terms = dict.fromkeys(term for rule in rules for term in rule.terms)
        syntaxes = {rule.syntax for rule in rules}
        cells = (
            f"`{id_}`",
            ", ".join(terms),
            first.meaning,
            "" if "" in syntaxes or len(syntaxes) > 1 else first.syntax,
            _SEVERITIES.get(first.severity, first.severity),
            in_words(first.breaks) if first.breaks else "",
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""
