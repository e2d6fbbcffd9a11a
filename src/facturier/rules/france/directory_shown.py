"""What a record of the directory says, element by element, for ``facturier show``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree

    from facturier.rules.france.directory_form import Part

_STATUS = {"A": "actif", "I": "inactif"}
_REASON = {
    "C": "en cours",
    "V": "à venir",
    "N": "nouveau",
    "P": "prend effet",
    "S": "prend fin",
}
_DIFFUSION = {"O": "diffusible", "P": "diffusion partielle", "M": "refus de prospection"}
_CODES = {
    "Statut": _STATUS,
    "MotifPresence": _REASON,
    "Diffusible": _DIFFUSION,
    "TypeFlux": {"C": "complet", "D": "différentiel"},
    "Nature": {"D": "définition", "M": "masquage"},
    "TypeEntite": {"A": "privé assujetti", "P": "public"},
    "TypeEtablissement": {"P": "principal", "S": "secondaire"},
    "TypePlateforme": {
        "PPF": "portail public",
        "PDP": "plateforme agréée",
        "AP": "autre plateforme",
        "NA": "plateforme fictive",
    },
    "IdPlateforme": {"9997": "Chorus Pro", "9998": "plateforme fictive", "9999": "Chorus Pro"},
}
"""Element → what its codes mean (annexe 3)."""
_NAMES = {
    "IdInstance": "Version de l'enregistrement",
    "MotifPresence": "Motif de présence",
    "IdSIREN": "SIREN",
    "IdSIRET": "SIRET",
    "IdRoutage": "Identifiant de routage",
    "Nom": "Dénomination",
    "TypeEntite": "Type d'entité",
    "TypeEtablissement": "Type d'établissement",
    "LigneAdresse1": "Adresse, ligne 1",
    "LigneAdresse2": "Adresse, ligne 2",
    "LigneAdresse3": "Adresse, ligne 3",
    "Localite": "Localité",
    "CP": "Code postal",
    "SubdivisionPays": "Subdivision du pays",
    "CodePays": "Pays",
    "EngagementJuridique": "Engagement juridique obligatoire",
    "Service": "Code service obligatoire",
    "EngJurServ": "Engagement ou service obligatoire",
    "MOA": "Maître d'ouvrage",
    "MOAunique": "Maître d'ouvrage seulement",
    "StatutMiseEnPaiement": "Statut de mise en paiement",
    "TypePlateforme": "Type de plateforme",
    "NomCommercial": "Nom commercial",
    "DateDebutImmatriculation": "Début d'immatriculation",
    "DateFinImmatriculation": "Fin d'immatriculation",
    "DateDebut": "Début d'effet",
    "DateFin": "Fin d'effet (exclue)",
    "DateFinEffective": "Fin effective (exclue)",
    "Identifiant": "Identifiant d'adressage",
    "IdLinSIREN": "SIREN",
    "IdLinSIRET": "SIRET",
    "IdLinRoutage": "Identifiant de routage",
    "IdPlateforme": "Plateforme de réception",
}
"""Element → its name, where that is not the name of the element itself."""


def values_of(element: etree._Element, parts: tuple[Part, ...]) -> Iterator[tuple[str, str, str]]:
    """Yield the id of annexe 3, the French name and the value of each element of a record.

    What annexe 3 does not know there is left out: the check names it.
    """
    for part in parts:
        child = element.find(part.tag)
        if child is None:
            continue
        if part.inside:
            yield from values_of(child, part.inside)
        else:
            text = (child.text or "").strip()
            meaning = _CODES.get(part.tag, {}).get(text)
            shown = f"{text} ({meaning})" if meaning else text
            yield part.term, _NAMES.get(part.tag, part.tag), shown
