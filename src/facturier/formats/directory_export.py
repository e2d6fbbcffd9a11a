"""A flux 14, the portal's export of its directory, written: what our simulated portal serves.

Source: DGFiP external specifications v3.2, annexe 3. Pieces are handed over one by one, so that an
export of any size may go to a stream. Reading is in :mod:`facturier.formats.directory_files`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from facturier.formats.codecs import INSTANT_204
from facturier.formats.directory import (
    SIREN_SCHEME,
    SIRET_SCHEME,
    Establishment,
    Header,
    LegalUnit,
    Line,
    Platform,
    PostalAddress,
    PublicSettings,
    Record,
    RoutingCode,
)
from facturier.formats.directory_files import ROOT_F14, element, written_day

_LONGEST_CODE = 10
_NAME, _LONG_NAME, _SHORT_NAME = 100, 150, 99


def written_export(header: Header, records: Iterable[Record]) -> Iterator[str]:
    """Yield the text of a flux 14. `records` come kind by kind, in the order of :data:`ORDER`.

    Raises AssertionError when they do not.
    """
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{ROOT_F14}>'
    yield element("HorodateProduction", INSTANT_204.write(header.produced_at))
    if header.previous_at is not None:
        yield element("DernierHorodateProduction", INSTANT_204.write(header.previous_at))
    yield element("TypeFlux", header.extent)
    last = -1
    for kind, held in groupby(records, type):
        place = ORDER.index(kind)
        assert place > last, "records come kind by kind, in order"
        last = place
        block, tag, inside = _BLOCKS[kind]
        yield f"\n<{block}>\n"
        for record in held:
            known = element("IdInstance", str(record.instance or 0))
            known += element("MotifPresence", record.presence)
            yield f"<{tag}>{known}{inside(record)}</{tag}>\n"
        yield f"</{block}>"
    yield f"\n</{ROOT_F14}>\n"


def _flag(tag: str, value: bool) -> str:  # noqa: FBT001  # a value of the file
    return element(tag, "true" if value else "false")


def _place(where: PostalAddress) -> str:
    return "".join(
        (
            *(element(f"LigneAdresse{n}", line) for n, line in enumerate(where.lines[:3], 1)),
            element("Localite", where.city),
            element("CP", where.post_code[:_LONGEST_CODE]),
            element("SubdivisionPays", where.subdivision),
            element("CodePays", where.country),
        )
    )


def _unit(unit: LegalUnit) -> str:
    return (
        element("Statut", unit.status)
        + element("IdSIREN", unit.siren, SIREN_SCHEME)
        + element("Nom", unit.name[:_LONG_NAME])
        + element("TypeEntite", unit.kind)
        + element("Diffusible", unit.diffusion or "O")
    )


def _establishment(one: Establishment) -> str:
    return (
        element("Statut", one.status)
        + element("IdSIRET", one.siret, SIRET_SCHEME)
        + element("TypeEtablissement", one.kind)
        + element("Nom", (one.name or one.siret)[:_NAME])
        + _place(one.postal_address)
        + (_public(one.public) if one.public else "")
        + element("Diffusible", one.diffusion or "O")
    )


def _public(said: PublicSettings) -> str:
    inside = (
        _flag("EngagementJuridique", said.engagement)
        + _flag("Service", said.service)
        + _flag("EngJurServ", said.engagement_or_service)
        + _flag("MOA", said.works_manager)
        + _flag("MOAunique", said.works_manager_only)
        + _flag("StatutMiseEnPaiement", said.payment_status)
    )
    return f"<DonneesB2G>{inside}</DonneesB2G>"


def _code(code: RoutingCode) -> str:
    return (
        element("Statut", code.status)
        + element("IdSIRET", code.siret, SIRET_SCHEME)
        + element("IdRoutage", code.routing, code.routing_scheme)
        + element("Nom", (code.name or code.routing)[:_NAME])
        + _place(code.postal_address)
        + ("" if code.engagement is None else _flag("EngagementJuridique", code.engagement))
    )


def _platform(one: Platform) -> str:
    assert one.registered is not None, "a platform is registered since a day"
    return (
        element("Statut", one.status)
        + element("TypePlateforme", one.kind)
        + element("Matricule", one.number)
        + element("IdSIREN", one.siren, SIREN_SCHEME)
        + element("Nom", one.name[:_SHORT_NAME])
        + element("NomCommercial", one.trade_name[:_SHORT_NAME])
        + element("Contact", one.contact[:_NAME])
        + element("DateDebutImmatriculation", written_day(one.registered))
        + element("DateFinImmatriculation", written_day(one.registered_until))
    )


def _line(line: Line) -> str:
    where = line.address
    return (
        element("Nature", line.nature)
        + "<DateEffet>"
        + element("DateDebut", written_day(line.start))
        + element("DateFin", written_day(line.end))
        + element("DateFinEffective", written_day(line.effective_end))
        + "</DateEffet><InfoAdressage>"
        + element("Identifiant", where.identifier)
        + element("IdLinSIREN", where.siren, SIREN_SCHEME)
        + element("IdLinSIRET", where.siret, SIRET_SCHEME)
        + element("IdLinRoutage", where.routing, where.routing_scheme)
        + element("Suffixe", where.suffix)
        + "</InfoAdressage>"
        + element("IdPlateforme", line.platform)
    )


_BLOCKS: dict[type, tuple[str, str, Callable[[Any], str]]] = {
    LegalUnit: ("BlocUnitesLegales", "UniteLegale", _unit),
    Establishment: ("BlocEtablissements", "Etablissement", _establishment),
    RoutingCode: ("BlocCodesRoutage", "CodeRoutage", _code),
    Platform: ("BlocIdPlateformesReception", "IdPlateformeReception", _platform),
    Line: ("BlocLignesAnnuaire", "LigneAnnuaire", _line),
}
ORDER = tuple(_BLOCKS)
"""Kinds of records, as a flux 14 has them."""
