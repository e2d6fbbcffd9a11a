"""What may be missing on the way of an invoice, in words, with the remedy: a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A kind of gap."""

    label: str
    remedy: str
    is_lack: bool = True
    """False: nothing is missing, work is not finished."""


GAPS: dict[str, Gap] = {
    "silent": Gap(
        label="La plateforme n'a pas répondu : rien ne peut être affirmé de ce qu'elle liste",
        remedy="Page « Raccordement » : lancez un essai ; la comparaison reprend chaque nuit.",
    ),
    "not-taken": Gap(
        label="Listée par la plateforme, jamais arrivée ici",
        remedy="Page « Raccordement » : lancez un essai. Si elle manque encore demain, demandez "
        "ce flux à la plateforme.",
    ),
    "no-longer-listed": Gap(
        label="Reçue ici, mais la plateforme ne la liste pas",
        remedy="Demandez à la plateforme ce qu'est devenu ce flux ; la pièce d'ici est gardée.",
    ),
    "issued-elsewhere": Gap(
        label="Déposée sur la plateforme par une autre voie, absente d'ici",
        remedy="Téléchargez-la sur la plateforme et déposez-la dans le dossier, ou demandez au "
        "client quel logiciel l'a émise.",
    ),
    "quarantined": Gap(
        label="En quarantaine : jamais lue",
        remedy="Page « Quarantaine » : le motif et le remède y sont.",
    ),
    "no-bytes": Gap(
        label="Fichier absent ou altéré dans le stockage",
        remedy="Restaurez une sauvegarde et prévenez l'administrateur.",
    ),
    "no-envelope": Gap(
        label="Sans enveloppe dans la chaîne de preuve",
        remedy="La pièce est plus ancienne que l'archive, ou l'archive est incomplète : prévenez "
        "l'administrateur.",
    ),
    "not-handed": Gap(
        label="La remise à l'autre partie a été abandonnée",
        remedy="Page de la pièce : lisez le motif, corrigez, déposez de nouveau.",
    ),
    "lost-on-the-way": Gap(
        label="Remise, mais le réseau ne la connaît pas",
        remedy="Prévenez l'administrateur : la pièce est ici et peut être remise de nouveau.",
    ),
    "unknown-there": Gap(
        label="Remise à la plateforme, qui ne la liste pas",
        remedy="Demandez à la plateforme ce qu'est devenu ce flux.",
    ),
    "not-booked": Gap(
        label="Sans écriture",
        remedy="Page de la pièce : le motif y est ; saisissez l'écriture ou corrigez la pièce.",
    ),
    "pending": Gap(
        label="En cours de traitement", is_lack=False,
        remedy="Rien à faire ; si cela dure, la page « Santé » dit pourquoi.",
    ),
    "to-hand": Gap(
        label="Pas encore remise à l'autre partie", is_lack=False,
        remedy="Rien à faire ; si cela dure, la page « Santé » dit pourquoi.",
    ),
    "to-validate": Gap(
        label="Écriture proposée, à valider", is_lack=False,
        remedy="Page « Écritures » : validez-la.",
    ),
    "to-reverse": Gap(
        label="Refusée, rejetée ou annulée : contre-passation proposée, à valider", is_lack=False,
        remedy="Page « Écritures » : validez la contre-passation.",
    ),
}  # fmt: skip
"""By code."""
