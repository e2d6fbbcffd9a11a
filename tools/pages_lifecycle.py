"""Write the reference page of the life cycle from the tables of ``facturier.lifecycle``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from facturier.lifecycle.reasons import CARES, FORMER_CODES, REASONS
from facturier.lifecycle.statuses import STATUSES, Duty, Phase, Status
from facturier.lifecycle.transitions import diagram

if TYPE_CHECKING:
    from collections.abc import Iterable

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "life-cycle.md"

_PHASES = {
    Phase.TRANSMISSION: "transmission (305)",
    Phase.TREATMENT: "traitement (23)",
    Phase.PPF: "réponse du portail public",
}
_DUTIES = {
    Duty.NEVER: "non",
    Duty.ALWAYS: "oui",
    Duty.VAT_ON_PAYMENT: "si la TVA est due à l'encaissement",
}
_NEEDS = {"": "", "MEN": "montant TTC par taux (MEN)", "CBB": "coordonnées bancaires (CBB)"}


def page() -> str:
    """Return the Markdown of ``docs/reference/life-cycle.md``."""
    return "\n".join(
        (
            "# Cycle de vie d'une facture",
            "",
            "<!-- Page générée par tools/pages_lifecycle.py : ne pas modifier à la main. -->",
            "",
            "Un état appartient à **une transmission**, jamais à un numéro de facture : le rejet",
            "d'un envoi en double ne touche pas le premier envoi.",
            "",
            "Un *rejet* (213) vient d'une plateforme ; un *refus* (210) vient de l'acheteur.",
            "",
            "## Statuts",
            "",
            *_table(_STATUS_HEAD, map(_status_row, STATUSES.values())),
            "",
            "Quand l'acheteur établit la facture (autofacturation), vendeur et acheteur échangent",
            "leurs places, sauf pour les paiements (211, 212) et l'affacturage (224 à 228).",
            "",
            "## Enchaînement",
            "",
            "Les statuts de traitement se donnent dans n'importe quel ordre. « reçu seulement » :",
            "accepté quand une autre plateforme l'envoie, jamais proposé ici. Après un refus",
            "(210), aucun statut destiné au portail public ne peut suivre.",
            "",
            "```mermaid",
            diagram().rstrip("\n"),
            "```",
            "",
            "### Reçus, jamais proposés",
            "",
            "Dits par un tiers dès que la facture peut être chez l'acheteur (214) ou qu'elle est",
            "déposée (228) ; acceptés d'une autre plateforme, gardés et montrés.",
            "",
            *_table(
                ("Statut", "Donné par", "Pourquoi aucun dossier ne le donne ici"),
                (
                    (f"{one.code} {one.label}", _sides(one), one.heard_only)
                    for one in STATUSES.values()
                    if one.heard_only
                ),
            ),
            "",
            "## Motifs",
            "",
            *_table(
                _REASON_HEAD,
                (
                    (
                        f"`{one.code}`",
                        one.label,
                        one.cause,
                        one.actor,
                        one.remedy,
                        one.step,
                        ", ".join(one.terms),
                        _admitted_by(one.code),
                    )
                    for one in REASONS.values()
                ),
            ),
            "",
            "« À changer » : ce que la clinique des rejets demande dans le document préparé.",
            "(public) : admis de la part de Chorus Pro (210) ou du portail public (501) seulement.",
            "",
            "## Après un rejet, un refus, un litige",
            "",
            *_table(
                ("Statut", "Délai", "Dans les livres du vendeur", "Document préparé"),
                (
                    (
                        f"{code} {STATUSES[code].label}",
                        care.deadline,
                        care.accounting,
                        ", ".join(one.value.replace("-", " ") for one in care.drafts),
                    )
                    for code, care in CARES.items()
                ),
            ),
            "",
            "Un doublon (213 `DOUBLON`) n'appelle aucun document : le premier envoi reste valable.",
            "",
            "## Anciens codes de motif",
            "",
            "Lus et expliqués, jamais écrits.",
            "",
            *_table(
                ("Ancien code", "Code d'aujourd'hui"),
                ((f"`{old}`", f"`{new}`") for old, new in FORMER_CODES.items()),
            ),
            "",
        )
    )


_REASON_HEAD = (
    "Code",
    "Libellé",
    "Cause",
    "Qui agit",
    "Que faire",
    "Suite",
    "À changer",
    "Statuts",
)
_STATUS_HEAD = (
    "Code",
    "Statut",
    "Status",
    "Donné par",
    "Phase",
    "Vers le portail public",
    "Motif",
    "Donnée exigée",
    "MDT-88",
)


def _status_row(one: Status) -> tuple[str, ...]:
    return (
        str(one.code),
        one.label,
        one.label_en,
        _sides(one),
        _PHASES[one.phase],
        _DUTIES[one.duty],
        _reason_duty(one),
        _NEEDS[one.needs],
        one.object_status,
    )


def _sides(one: Status) -> str:
    return ", ".join(side.label for side in one.by)


def _reason_duty(one: Status) -> str:
    if not one.reasons:
        return ""
    return "obligatoire" if one.reason_required else "possible"


def _admitted_by(code: str) -> str:
    plain = [str(one.code) for one in STATUSES.values() if code in one.reasons]
    public = [
        f"{one.code} (public)"
        for one in STATUSES.values()
        if code in one.public_reasons and code not in one.reasons
    ]
    return ", ".join(plain + public)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return lines


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(page(), encoding="utf-8")
