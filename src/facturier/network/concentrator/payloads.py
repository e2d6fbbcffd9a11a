"""Records of the directory in the words of the portal's API (annuaire public 1.11.0).

Source: DGFiP, OpenAPI ``ppf-openapi-annuaire-api-public-1.11.0``. Data that the record does not
have are left out: every property of its schemas is optional.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from facturier.formats.directory import (
    Establishment,
    LegalUnit,
    Line,
    Nature,
    Platform,
    PostalAddress,
    RoutingCode,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from facturier.network.concentrator.records import Records

Told = dict[str, Any]
_CLOSED = {"siren": "C", "siret": "F", "code-routage": "F"}
"""How each resource writes that it is no more; the files write I."""
_ENTITIES = {"A": "Privée assujettie", "P": "Publique"}
HISTORY = ("dateDefinition", "dateDebutEffet", "creePar", "masque", "idInstance")
"""Data that stand inside ``historisation``."""
PUBLIC = (
    "moa",
    "moaUniquement",
    "gestionStatutMiseEnPaiement",
    "gestionEngagementJuridique",
    "gestionEngagementJuridiqueOuService",
    "gestionCodeService",
)
"""Data that stand inside ``donneesB2gComplementaires``."""
_ADDRESS = ("ligneAdresse1", "ligneAdresse2", "ligneAdresse3")
_COUNTRIES = {"FR": "France"}


def told(record: LegalUnit | Establishment | RoutingCode | Line, records: Records) -> Told:
    """Return a record with its history, as the portal tells it."""
    match record:
        case LegalUnit():
            said = unit(record)
        case Establishment():
            said = establishment(record)
        case RoutingCode():
            said = routing_code(record) | {"siret": record.siret}
        case Line():
            said = line(record)
    return said | {"historisation": _history(record, records)}


def unit(one: LegalUnit) -> Told:
    """Return a company or a public body."""
    return {
        "siren": one.siren,
        "raisonSociale": one.name,
        "typeEntite": _ENTITIES.get(one.kind, _ENTITIES["A"]),
        "etatAdministratif": _state(one.status, "siren"),
        "diffusible": one.diffusion or "O",
    }


def establishment(one: Establishment) -> Told:
    """Return a place of business."""
    said: Told = {
        "siret": one.siret,
        "siren": one.siret[:9],
        "denomination": one.name or one.siret,
        "typeEtablissement": one.kind,
        "diffusible": one.diffusion or "O",
        "etatAdministratif": _state(one.status, "siret"),
        "adresse": _address(one.postal_address),
    }
    if one.public is not None:
        held = one.public
        values = (
            held.works_manager, held.works_manager_only, held.payment_status, held.engagement,
            held.engagement_or_service, held.service,
        )  # fmt: skip
        said["donneesB2gComplementaires"] = dict(zip(PUBLIC, values, strict=True))
    return said


def routing_code(one: RoutingCode) -> Told:
    """Return a routing code."""
    said: Told = {
        "identifiantRoutage": one.routing,
        "typeIdentifiantRoutage": one.routing_scheme or "0224",
        "libelleCodeRoutage": one.name or one.routing,
        "etatAdministratif": _state(one.status, "code-routage"),
        "adresse": _address(one.postal_address),
    }
    if one.engagement is not None:
        said["gestionEngagementJuridique"] = one.engagement
    return said


def platform(one: Platform) -> Told:
    """Return a platform."""
    said = {
        "typePlateforme": one.kind,
        "matriculePlateforme": one.number,
        "raisonSocialePlateforme": one.name,
        "nomCommercialPlateforme": one.trade_name,
        "contactOuUrlPlateforme": one.contact,
        "statutPlateforme": "Actif" if one.status == "A" else "Inactif",
    }
    return {name: value for name, value in said.items() if value}


def line(one: Line) -> Told:
    """Return a line."""
    where = one.address
    said = {
        "identifiantAdressage": where.identifier,
        "siren": where.siren,
        "siret": where.siret,
        "identifiantRoutage": where.routing,
        "suffixeAdressage": where.suffix,
        "matriculePlateforme": one.platform,
        "dateFinEffet": one.end.isoformat() if one.end else "",
        "dateFinEffective": one.effective_end.isoformat() if one.effective_end else "",
    }
    return {name: value for name, value in said.items() if value}


def included(said: Told, names: Collection[str], records: Records) -> Told:
    """Return what is told with the records that it speaks of."""
    more: Told = {}
    siret, routing = said.get("siret", ""), said.get("identifiantRoutage", "")
    if "siren" in names:
        found = records.unit(said.get("siren") or siret[:9])
        more["uniteLegale"] = unit(found) if found else None
    if "siret" in names and siret:
        place = records.establishment(siret)
        more["etablissement"] = establishment(place) if place else None
    if "codeRoutage" in names and siret and routing:
        code = records.routing_code(siret, routing)
        more["codeRoutage"] = routing_code(code) if code else None
    if "plateforme" in names:
        held = {one.number: one for one in records.current(Platform)}
        served = held.get(said.get("matriculePlateforme", ""))
        more["plateforme"] = platform(served) if served else None
    return said | {name: value for name, value in more.items() if value is not None}


def only(said: Told, names: Iterable[str]) -> Told:
    """Return the data that were asked for (``champs``); all of them when none was named."""
    wanted = set(names)
    if not wanted:
        return said
    kept = {name: value for name, value in said.items() if name in wanted}
    for group, inside in (("historisation", HISTORY), ("donneesB2gComplementaires", PUBLIC)):
        held = {name: said[group][name] for name in inside
                if name in wanted and name in said.get(group, {})}  # fmt: skip
        if held:
            kept[group] = held
    return kept | {name: said[name] for name in _RELATIONS if name in said}


_RELATIONS = ("uniteLegale", "etablissement", "codeRoutage", "plateforme")


def _state(status: str, resource: str) -> str:
    return "A" if status == "A" else _CLOSED[resource]


def _address(where: PostalAddress) -> Told:
    said = dict(zip(_ADDRESS, where.lines, strict=False)) | {
        "codePostal": where.post_code[:10],
        "subDivisionPays": where.subdivision,
        "localite": where.city,
        "codePays": where.country,
        "libellePays": _COUNTRIES.get(where.country, ""),
    }
    return {name: value for name, value in said.items() if value}


def _history(record: LegalUnit | Establishment | RoutingCode | Line, records: Records) -> Told:
    if record.instance is None:  # a fictitious company that nobody has written about
        return {"masque": False}
    author, at = records.authorship(record.instance)
    said: Told = {"idInstance": record.instance, "masque": False, "dateDefinition": at.isoformat()}
    if author:
        said["creePar"] = author
    if isinstance(record, Line):
        said["dateDebutEffet"] = record.start.isoformat()
        said["masque"] = record.nature == Nature.MASKING
    return said
