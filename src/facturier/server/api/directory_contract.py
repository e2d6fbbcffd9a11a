"""The objects of XP Z12-013 1.3.0 (annex B, Directory Service), made from rows of the directory.

What the contract cannot write (a routing code with a blank, a post code of six signs) is left out
rather than altered.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from facturier.server.api.contract import Camel, Text

if TYPE_CHECKING:
    from facturier.server.directory import models

Operator = Literal["strict", "contains", "startWith"]
LONGEST_VALUE = 600
LONGEST = {
    "siren": 9, "siret": 14, "businessName": 150, "name": 100, "postalCode": 5,
    "countrySubdivision": 255, "locality": 100, "routingIdentifier": 100, "routingCodeName": 100,
    "addressingIdentifier": 125, "addressingSuffix": 100,
}  # fmt: skip
"""Characters of the value of a filter, by its name."""
MOST_RESULTS, USUAL_RESULTS = 100, 50
LARGEST_OFFSET = 2**31 - 1
_ROUTING = re.compile(r"[-_/a-zA-Z0-9]{1,100}")


def _strict(value: Any) -> Any:
    """Read a plain word as the filter that some clients mean by it."""
    return {"op": "strict", "value": value} if isinstance(value, str) else value


class Filter(Camel):
    """What a datum must be like."""

    op: Operator = "strict"
    value: Annotated[Text, Field(max_length=LONGEST_VALUE)] = ""


class Sorting(Camel):
    """By what to sort."""

    field: str | None = None
    order: Literal["ascending", "descending"] = "ascending"


class Search(Camel):
    """What to look for; every filter must agree."""

    filters: dict[str, Annotated[Filter, BeforeValidator(_strict)]] | None = None
    sorting: list[Sorting] | None = None
    fields_: Annotated[list[str] | None, Field(alias="fields")] = None
    include: list[str] | None = None
    limit: Annotated[int, Field(strict=True)] | None = None
    ignore: Annotated[int, Field(strict=True)] | None = None


class Found(Camel):
    """A page of results; -1 when they are too many to be counted."""

    search: dict[str, Any]
    total_number_of_results: int
    results: list[dict[str, Any]]


Told = dict[str, Any]


def unit(row: models.LegalUnit) -> Told:
    """Return a legal unit."""
    return {
        "siren": row.siren,
        "businessName": row.name[:150],
        "entityType": "Public" if row.kind == "P" else "PrivateVatRegistered",
        "administrativeStatus": _status(row.status),
        "instructions": {"isSalesProspectingForbidden": row.diffusion == "M"},
    }


def facility(row: models.Facility) -> Told:
    """Return a place of business."""
    told = {
        "siret": row.siret,
        "siren": row.siren,
        "name": row.name[:100],
        "facilityType": "P" if row.kind == "P" else "S",
        "administrativeStatus": _status(row.status),
        "siretInstructions": {"isSalesProspectingForbidden": row.diffusion == "M"},
        "address": _address(row),
    }
    return told | ({"b2gAdditionalData": _demands(row.public)} if row.public else {})


def included_facility(row: models.Facility) -> Told:
    """Return a place of business inside another answer: one key has another name there."""
    told = facility(row)
    told["instructions"] = told.pop("siretInstructions")
    return told


def _demands(public: Told) -> Told:
    return {
        "pm": public["works_manager"],
        "pmOnly": public["works_manager_only"],
        "managesPaymentStatus": public["payment_status"],
        "managesLegalCommitmentCode": public["engagement"],
        "managesLegalCommitmentOrServiceCode": public["engagement_or_service"],
        "serviceCodeStatus": public["service"],
    }


def routing_code(row: models.RoutingCode) -> Told:
    """Return a routing code."""
    told: Told = {"siret": row.siret}
    if _ROUTING.fullmatch(row.routing):
        told["routingIdentifier"] = row.routing
    if row.routing_scheme.strip():
        told["routingIdentifierType"] = row.routing_scheme
    if row.name.strip():
        told["routingCodeName"] = row.name[:100]
    if row.engagement is not None:
        told["managesLegalCommitmentCode"] = row.engagement
    return told | {"administrativeStatus": _status(row.status), "address": _address(row)}


def included_routing_code(row: models.RoutingCode) -> Told:
    """Return a routing code inside a line: one key has another name there."""
    told = routing_code(row)
    told.pop("siret")
    if "managesLegalCommitmentCode" in told:
        told["managesLegalCommitment"] = told.pop("managesLegalCommitmentCode")
    return told


def line(row: models.Line, status: str, *, of_the_state: bool) -> Told:
    """Return a line. `status` is Enabled, Disabled or Upcoming."""
    told: Told = {
        "addressingIdentifier": row.identifier[:125],
        "platformType": "DFH" if of_the_state else "WK",
        "directoryLineStatus": status,
        "siren": row.siren,
    }
    if row.siret:
        told["siret"] = row.siret
    if _ROUTING.fullmatch(row.routing):
        told["routingIdentifier"] = row.routing
    if row.suffix:
        told["addressingSuffix"] = row.suffix
    return told


def _status(kept: str) -> str:
    return "A" if kept == "A" else "C"


def _address(row: models.Located) -> Told:
    told = {
        "addressLine1": row.line_1, "addressLine2": row.line_2, "addressLine3": row.line_3,
        "postalCode": row.post_code if len(row.post_code) <= 5 else "",  # noqa: PLR2004
        "countrySubdivision": row.subdivision, "locality": row.city, "countryCode": row.country,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}
