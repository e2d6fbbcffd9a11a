"""Write the reference page of the defects of the official files, from their ledger."""

from __future__ import annotations

from collections.abc import Iterator

from facturier.formats.cdar import ACKNOWLEDGEMENT
from facturier.formats.flux10 import REPORT
from facturier.rules.advice.defects import LEDGER, Defect
from facturier.rules.advice.words import WORDS
from facturier.rules.mutation import in_words

_SEVERITIES = {"fatal": "bloquante", "warning": "avertissement", "advice": "conseil"}


def page() -> str:
    """Return the Markdown of ``docs/reference/official-defects.md``."""
    # Terms of other documents are known once their tables are loaded.
    assert ACKNOWLEDGEMENT.terms
    assert REPORT.terms
    lines = [
        "# Défauts des fichiers officiels",
        "",
        "Les fichiers de règles publiés par le CEN et le FNFE-MPE ne font pas partout ce que",
        "disent les textes. Le verdict de Facturier suit toujours le fichier, parce que c'est lui",
        "que les plateformes exécutent ; quand un document rencontre un de ces défauts, un conseil",
        "le dit, qui ne bloque jamais. Chaque preuve est refaite par un test avec le fichier",
        "officiel même.",
        "",
        f"{len(LEDGER)} défauts. Un numéro ne change jamais de sens.",
        "",
    ]
    for one in LEDGER:
        lines += _section(one)
    lines += [
        "## Constats de Facturier",
        "",
        "Les constats qui portent un mot à nous au lieu d'un identifiant officiel. Les conseils",
        "`CONSEIL-…` sont parmi les [règles](rules.md).",
        "",
        "| Mot | Ce que c'est | Quand | Gravité |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{one.id}` | {one.title} | {one.meaning} | {_SEVERITIES[one.severity]} |"
        for one in WORDS.values()
    ]
    return "\n".join(lines) + "\n"


def _section(one: Defect) -> Iterator[str]:
    yield f"## {one.id} : {', '.join(one.rules)}"
    yield ""
    yield f"- Fichier : {one.book} {one.version}{f', {one.syntax}' if one.syntax else ''}"
    yield f"- Le fichier **{one.verb} à tort** : {one.file_says}."
    yield f"- Le texte : {one.text_says}."
    yield f"- Remède : {one.remedy}"
    if one.mended:
        yield f"- Corrigé par la version {one.mended}."
    answer = "est opposée" if one.refuses else "n'est pas opposée"
    for rule, name, breaks in one.proof:
        yield f"- Preuve : exemple « {name} », {in_words(breaks)} : `{rule}` {answer}."
    yield ""
