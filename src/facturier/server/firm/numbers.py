"""Checks of official numbers at the door of the database, as Django validators."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret
from stdnum.fr import tva as stdnum_tva


def check_siren(number: str) -> None:
    """Raise `ValidationError` unless `number` is nine digits with a right key."""
    if not stdnum_siren.is_valid(number) or not number.isdigit():
        raise ValidationError("Le numéro SIREN « %(number)s » est faux.", params={"number": number})


def siren_of(typed: str) -> str:
    """Return the nine digits of a SIREN typed with blanks. Raises `ValidationError`."""
    siren = "".join(typed.split())
    check_siren(siren)
    return siren


def check_siret(number: str) -> None:
    """Raise `ValidationError` unless `number` is fourteen digits with a right key."""
    if not stdnum_siret.is_valid(number) or not number.isdigit():
        raise ValidationError("Le numéro SIRET « %(number)s » est faux.", params={"number": number})


def check_vat_number(number: str) -> None:
    """Raise `ValidationError` unless `number` is a French VAT number with a right key."""
    if not number.startswith("FR") or not stdnum_tva.is_valid(number):
        message = "Le numéro de TVA « %(number)s » est faux."
        raise ValidationError(message, params={"number": number})
