"""Our own words and the official defects, told to a person: a part of ``facturier explain``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from facturier import errors
from facturier.rules.advice.defects import LEDGER, Defect
from facturier.rules.advice.words import WORDS, Word
from facturier.rules.mutation import in_words

SEVERITIES = {
    "fatal": "bloquante : le document est invalide",
    "warning": "avertissement : le document reste valide",
    "advice": "conseil : le document reste valide",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordExplanation:
    """A finding of ours, told."""

    word: Word

    @property
    def id(self) -> str:
        """Its word."""
        return self.word.id

    def __str__(self) -> str:
        one = self.word
        return "\n".join(
            (
                f"{one.id} — {one.title}, constat de Facturier",
                one.meaning,
                f"Gravité : {SEVERITIES[one.severity]}.",
                f"Remède : {one.remedy}",
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectExplanation:
    """A defect of an official file, told."""

    defect: Defect

    @property
    def id(self) -> str:
        """Its number in the ledger."""
        return self.defect.id

    def __str__(self) -> str:
        one = self.defect
        only = f", en {one.syntax}" if one.syntax else ""
        lines = [
            f"{one.id} — défaut du fichier officiel {one.book} {one.version}{only}",
            f"Règles : {', '.join(one.rules)}",
            f"Le fichier {one.verb} à tort : {one.file_says}.",
            f"Le texte : {one.text_says}.",
            "Le verdict suit le fichier officiel ; ce constat ne bloque jamais.",
            f"Remède : {one.remedy}",
        ]
        if one.mended:
            lines.append(f"Corrigé par la version {one.mended}.")
        answer = "opposée" if one.refuses else "non opposée"
        lines += [
            f"Preuve : exemple « {name} », {in_words(breaks)} → {rule} {answer}"
            for rule, name, breaks in one.proof
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalExplanation:
    """Why a file was not read, told."""

    id: str
    message: str

    def __str__(self) -> str:
        return "\n".join(
            (
                f"{self.id} — refus de lire un fichier",
                self.message,
                "Le constat dit la raison exacte et le remède.",
                "Toutes les raisons : docs/reference/refused-files.md.",
            )
        )


OwnExplanation = WordExplanation | DefectExplanation | RefusalExplanation


def explained(id_: str) -> OwnExplanation | None:
    """Return what one of our own ids means; None for an id of another kind."""
    if id_.upper() in WORDS:
        return WordExplanation(word=WORDS[id_.upper()])
    for one in LEDGER:
        if one.id == id_:
            return DefectExplanation(defect=one)
    for kind in _refusals(errors.UnreadableDocument):
        if kind.code == id_:
            message = (inspect.getdoc(kind) or "").partition("\n")[0]
            return RefusalExplanation(id=id_, message=message)
    return None


def ids() -> Iterator[str]:
    """Yield every id that :func:`explained` knows."""
    yield from WORDS
    yield from (one.id for one in LEDGER)
    codes = (kind.code for kind in _refusals(errors.UnreadableDocument))
    yield from (code for code in codes if code.upper() not in WORDS)


def _refusals(kind: type[errors.FacturierError]) -> Iterator[type[errors.FacturierError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _refusals(child)
