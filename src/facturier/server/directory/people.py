"""What the directory knows of a company: its name and where it is."""

from __future__ import annotations

from facturier.server.directory.models import Facility, LegalUnit, current

HEAD_OFFICE = "P"
"""Kind of the principal place of business in the directory (*siège*)."""


def identity(siren: str) -> dict[str, str]:
    """Return name and address of a SIREN by field of a dossier; nothing when it is unknown."""
    unit = current(LegalUnit).filter(siren=siren).first()
    if unit is None:
        return {}
    known = {"name": unit.name}
    office = current(Facility).filter(siren=siren).order_by("-kind", "pk")
    place = next((one for one in office if one.kind == HEAD_OFFICE), office.first())
    if place is not None:
        known |= {
            "siret": place.siret, "address_line": place.line_1, "address_line_2": place.line_2,
            "post_code": place.post_code, "city": place.city,
        }  # fmt: skip
    return {name: value for name, value in known.items() if value}
