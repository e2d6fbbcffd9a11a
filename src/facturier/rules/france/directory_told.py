"""What the rules of annexe 7 ask of an update of the directory, told: a part of ``explain``."""

from __future__ import annotations

from dataclasses import dataclass

from facturier.formats.directory import ROUTING_SCHEME


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryRule:
    """One rule of annexe 7 on flux 13."""

    id: str
    terms: tuple[str, ...]
    """Ids of annexe 3."""
    meaning: str
    """What must be so, in French."""
    remedy: str
    judged: str = ""
    """What it takes to be judged, where the file alone does not do."""


_AGAINST = "Contrôlée seulement avec un export de l'annuaire : facturier directory --against."
_NEVER = "Non contrôlée ici : seul le portail connaît l'état de chaque entreprise."


def _rule(id_: str, terms: str, meaning: str, remedy: str, judged: str = "") -> DirectoryRule:
    return DirectoryRule(
        id=id_, terms=tuple(terms.split()), meaning=meaning, remedy=remedy, judged=judged
    )


_RULES = (
    _rule(
        "G1.09",
        "DT-7-3-1 DT-7-3-2",
        "Une date s'écrit AAAAMMJJ et existe au calendrier.",
        "Corrigez la date.",
    ),
    _rule(
        "G1.36",
        "DT-7-3-1 DT-7-3-2",
        "L'année d'une date est comprise entre 2000 et 2099.",
        "Corrigez la date.",
    ),
    _rule(
        "G1.80",
        "DT-7-5-1-1 DT-7-5-1-2",
        "Le SIRET d'une ligne commence par son SIREN.",
        "Corrigez l'un ou l'autre.",
    ),
    _rule(
        "G1.83",
        "DT-5-4-1 DT-7-5-1-3-1",
        f"Un identifiant de routage est qualifié par {ROUTING_SCHEME}.",
        f"Qualifiez-le par {ROUTING_SCHEME}.",
    ),
    _rule(
        "G1.84",
        "DT-7-2",
        "Une ligne de masquage (M) reprend à l'identique une ligne de définition (D) existante.",
        "Reprenez la ligne à masquer : mêmes dates, même adresse, même plateforme.",
        _AGAINST,
    ),
    _rule(
        "G1.85",
        "DT-7-3-1",
        "Une ligne de masquage commence au plus tôt demain : on ne masque qu'une ligne à venir.",
        "Pour une ligne en vigueur, donnez-lui une fin d'effet.",
    ),
    _rule(
        "G1.86",
        "DG-7-3",
        "Les périodes de deux lignes de définition de la même adresse ne se recouvrent pas.",
        "Terminez ou masquez d'abord l'autre ligne, plus haut dans le même fichier.",
    ),
    _rule(
        "G1.87",
        "DT-7-3-1",
        "Une ligne de définition commence au plus tôt demain, sauf si elle reprend une ligne en "
        "vigueur pour en changer la fin.",
        "Choisissez demain au plus tôt, ou reprenez la ligne en vigueur avec une autre fin.",
        _AGAINST,
    ),
    _rule(
        "G1.88",
        "DT-7-3-2",
        "La fin d'effet d'une ligne de définition est au plus tôt demain.",
        "Choisissez demain au plus tôt.",
    ),
    _rule(
        "G1.89",
        "DT-7-5-1-1",
        "Un SIREN compte neuf chiffres.",
        "Corrigez le SIREN.",
    ),
    _rule(
        "G1.91",
        "DT-7-5-1-2",
        "Un identifiant de routage va avec le SIRET de l'établissement auquel il appartient.",
        "Ajoutez le SIRET.",
    ),
    _rule(
        "G1.92",
        "DT-7-5-1-3",
        "L'identifiant de routage existe dans l'annuaire, actif, pour ce SIRET.",
        "Créez d'abord le code de routage (DG-5), ou corrigez-le.",
        _NEVER,
    ),
    _rule(
        "G1.93",
        "DT-7-5-1-4",
        "Un suffixe va avec le SIREN seul, jamais avec un SIRET.",
        "Retirez le SIRET ou le suffixe.",
    ),
    _rule(
        "G1.94",
        "DT-7-6",
        "La plateforme désignée est immatriculée et active.",
        "Vérifiez le matricule dans l'annuaire.",
        _AGAINST,
    ),
    _rule(
        "G1.95",
        "DT-5-4 DT-7-5-1-3",
        "Un identifiant de routage n'a que des lettres sans accent, des chiffres, - et _.",
        "Retirez les autres signes.",
    ),
    _rule(
        "G1.96",
        "DT-7-5-1-1",
        "Le SIREN est connu de l'annuaire et actif.",
        "Vérifiez l'entreprise dans l'annuaire.",
        _NEVER,
    ),
    _rule(
        "G1.97",
        "DT-5-3 DT-7-5-1-2",
        "Le SIRET est connu de l'annuaire et actif.",
        "Vérifiez l'établissement dans l'annuaire.",
        _NEVER,
    ),
    _rule(
        "G1.112",
        "DT-7-6",
        "Les matricules 9997, 9998 et 9999 sont réservés au portail.",
        "Donnez le matricule de la plateforme agréée qui recevra les factures.",
    ),
    _rule(
        "G1.113",
        "DT-7-3-2",
        "La fin d'effet d'une ligne est après son début.",
        "Corrigez les dates de la ligne.",
    ),
    _rule(
        "G1.115",
        "DT-7-5-1-4",
        "Un suffixe n'a que des lettres sans accent, des chiffres, -, _ et le point.",
        "Retirez les autres signes.",
    ),
    _rule(
        "G2.01",
        "DT-5-12",
        "Un code pays est un code ISO 3166 de deux lettres.",
        "Écrivez FR, DE, GR…",
    ),
    _rule(
        "G2.07",
        "DT-5-3 DT-7-5-1-2",
        "Un SIRET compte quatorze chiffres.",
        "Corrigez le SIRET.",
    ),
)
RULES = {one.id: one for one in _RULES}
"""Every rule on flux 13, by its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryExplanation:
    """A rule on the directory, told."""

    rule: DirectoryRule

    @property
    def id(self) -> str:
        """Its code."""
        return self.rule.id

    def __str__(self) -> str:
        one = self.rule
        lines = [
            f"{one.id} — annuaire, demande d'actualisation (flux 12 et 13)",
            "Source : Spécifications externes de la DGFiP v3.2, annexes 3 et 7",
            f"Données : {', '.join(one.terms)}",
            "",
            one.meaning,
            "Gravité : bloquante : le portail rejette la demande.",
            f"Remède : {one.remedy}",
        ]
        return "\n".join([*lines, one.judged] if one.judged else lines)


def explained(id_: str) -> DirectoryExplanation | None:
    """Return what a code of annexe 7 asks of the directory; None for another id."""
    return DirectoryExplanation(rule=RULES[id_]) if id_ in RULES else None
