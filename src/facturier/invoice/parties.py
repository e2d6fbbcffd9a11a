"""Who is who: SIREN, SIRET, VAT numbers, electronic addresses, and numbers for demonstrations.

Keys: Luhn for SIREN and SIRET, with the exception of La Poste; modulo 97 for French VAT numbers, or
the formula for keys with letters. The grammar of electronic addresses under scheme 0225 is that of
XP Z12-012 (BR-FR-23, BR-FR-25) and of the directory: ``SIREN``, ``SIREN_SIRET``,
``SIREN_SIRET_CODE`` or ``SIREN_SUFFIX``.

Schemes (ISO/IEC 6523): 0002 SIREN, 0009 SIRET, 0223 VAT number of another member state, 0224
routing code, 0225 electronic address, 0226 private individual, 0227 company outside the Union, 0228
RIDET, 0229 TAHITI, 0231 SIREN of the single taxable person, 0238 matricule of a platform.

Every check of an invoice asks for the common keys, so they are computed here; the tests hold them
against python-stdnum, which has the others, and which brings ssl, pydoc and a list of banks: it is
imported by the functions that ask it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SIREN, SIRET, ROUTING, ELECTRONIC_ADDRESS = "0002", "0009", "0224", "0225"
EU_VAT, INDIVIDUAL, NON_EU, RIDET, TAHITI = "0223", "0226", "0227", "0228", "0229"
SINGLE_TAXABLE_PERSON, PLATFORM = "0231", "0238"

LA_POSTE = "356000000"
"""SIREN whose establishments have no Luhn key, but for the head office."""
LA_POSTE_HEAD_OFFICE = "35600000000048"

MAX_ADDRESS_LENGTH = 125
MAX_ROUTING_CODE_LENGTH = 100

_NINE = re.compile(r"[0-9]{9}")
_FOURTEEN = re.compile(r"[0-9]{14}")
_FRENCH_VAT = re.compile(r"FR[0-9A-HJ-NP-Z]{2}[0-9]{9}")
_FRENCH_IBAN = re.compile(r"FR[0-9]{12}[0-9A-Z]{11}[0-9]{2}")
_CHARSET = re.compile(r"[A-Za-z0-9+\-_.]+")
_FORMATS = {
    SIREN: _NINE,
    SIRET: _FOURTEEN,
    EU_VAT: re.compile(r"[A-Z]{2}.{1,16}"),
    ROUTING: re.compile(rf"[A-Za-z0-9+\-_.]{{1,{MAX_ROUTING_CODE_LENGTH}}}"),
    ELECTRONIC_ADDRESS: re.compile(rf"[A-Za-z0-9+\-_.]{{1,{MAX_ADDRESS_LENGTH}}}"),
    INDIVIDUAL: re.compile(r".{1,80}"),
    NON_EU: re.compile(r"[A-Z]{2}.{1,16}"),
    RIDET: re.compile(r"[0-9]{9,10}"),
    TAHITI: re.compile(r"[0-9A-Z]{9}"),
    SINGLE_TAXABLE_PERSON: _NINE,
    PLATFORM: re.compile(r"[0-9]{4}"),
}


def has_format(value: str, scheme: str) -> bool:
    """Tell whether an identifier is written as its French scheme asks; its key is not looked at.

    A scheme we know nothing of admits anything but the empty text.
    """
    known = _FORMATS.get(scheme)
    return bool(known.fullmatch(value) if known else value)


def is_siren(text: str) -> bool:
    """Tell whether `text` is nine digits, without spaces, with a right key."""
    return bool(_NINE.fullmatch(text)) and has_luhn_key(text)


def is_siret(text: str) -> bool:
    """Tell whether `text` is fourteen digits, without spaces, with right keys.

    The establishments of La Poste (SIREN 356000000) have no Luhn key: the sum of their digits is a
    multiple of five.
    """
    if not _FOURTEEN.fullmatch(text) or not has_luhn_key(text[:9]):
        return False
    if text.startswith(LA_POSTE) and text != LA_POSTE_HEAD_OFFICE:
        return sum(map(int, text)) % 5 == 0
    return has_luhn_key(text)


def has_luhn_key(digits: str) -> bool:
    """Tell whether the last digit is the key of the others (Luhn, ISO/IEC 7812-1)."""
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(n // 10 + n % 10 for n in doubled)) % 10 == 0


def is_french_vat_number(text: str) -> bool:
    """Tell whether `text` is a French VAT number with a right key: ``FR``, the key, nine digits.

    Monaco shares the prefix; the nine digits of its companies begin with 000 and are no SIREN.
    """
    if not _FRENCH_VAT.fullmatch(text):
        return False
    number = text[4:]
    if not text[2:4].isdecimal():  # a key with letters
        from stdnum.fr import tva  # noqa: PLC0415

        return bool(tva.is_valid(text))
    return text == french_vat_number(number) and (number.startswith("000") or is_siren(number))


def siren_of(identifier: str) -> str | None:
    """Return the SIREN inside a SIREN, a SIRET or a French VAT number; None when there is none.

    Formats decide, not keys: a wrong SIRET still says whom it means.
    """
    if _NINE.fullmatch(identifier) or _FOURTEEN.fullmatch(identifier):
        return identifier[:9]
    if _FRENCH_VAT.fullmatch(identifier) and not identifier[4:].startswith("000"):
        return identifier[4:]
    return None


def french_vat_number(siren: str) -> str:
    """Return the VAT number that the tax office gives to a SIREN: ``FR`` + key + SIREN.

    Raises ValueError when `siren` is not nine digits.
    """
    if not _NINE.fullmatch(siren):
        message = f"« {siren} » n'est pas un SIREN."
        raise ValueError(message)
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicAddress:
    """A French electronic address (scheme 0225), taken apart."""

    siren: str
    siret: str | None = None
    routing_code: str | None = None
    """Only with a SIRET."""
    suffix: str | None = None
    """Only without a SIRET."""

    def __str__(self) -> str:
        parts = (self.siren, self.siret, self.routing_code, self.suffix)
        return "_".join(part for part in parts if part)


def read_address(text: str) -> ElectronicAddress | None:
    """Take an address of scheme 0225 apart; None when it does not follow the grammar.

    What follows the SIREN is a SIRET when it is fourteen digits that begin with that SIREN, else a
    suffix; a code or a suffix may hold underscores.
    """
    if len(text) > MAX_ADDRESS_LENGTH or not _CHARSET.fullmatch(text):
        return None
    siren, underscore, rest = text.partition("_")
    if not _NINE.fullmatch(siren) or bool(underscore) != bool(rest):
        return None
    if not rest:
        return ElectronicAddress(siren=siren)
    siret, underscore, code = rest.partition("_")
    if not (_FOURTEEN.fullmatch(siret) and siret.startswith(siren)):
        return ElectronicAddress(siren=siren, suffix=rest)
    if bool(underscore) != bool(code) or len(code) > MAX_ROUTING_CODE_LENGTH:
        return None
    return ElectronicAddress(siren=siren, siret=siret, routing_code=code or None)


# --- Numbers for demonstrations, examples and tests --------------------------------------------

DEMO_SIREN_PREFIX = "003"
"""The family of SIREN numbers of our fictitious companies: 003 000 007 to 003 999 992.

INSEE gives SIREN numbers in growing order inside blocks and never gives one twice. The public
SIRENE stock, which lists every unit since 1973, opens with 000 325 175, 001 807 254, 005 410 220:
nothing stands between the last two, and the blocks in use today are far above. So 100 000 numbers
with a valid key belong to nobody. Other families were refused: 000 (the VAT numbers of Monaco
are FR + key + 000…), 1 and 2 (the State and local authorities, which follow other rules), 99 and
the other high blocks (being given out now).
"""

DEMO_BANK_CODE = "00000"
"""The bank of our fictitious accounts: the interbank codes in use begin with 1 or above."""

_DEMO_NUMBERS = 100_000
_NIC_NUMBERS = 10_000


def demo_siren(number: int) -> str:
    """Return the SIREN of fictitious company `number` (0 to 99 999), with a valid key.

    Raises ValueError outside that range.
    """
    if not 0 <= number < _DEMO_NUMBERS:
        message = f"Pas de société fictive numéro {number}."
        raise ValueError(message)
    from stdnum import luhn  # noqa: PLC0415

    body = f"{DEMO_SIREN_PREFIX}{number:05d}"
    return body + luhn.calc_check_digit(body)


def demo_siret(number: int, nic: int = 1) -> str:
    """Return the SIRET of establishment `nic` (0 to 9 999) of fictitious company `number`.

    Raises ValueError outside those ranges.
    """
    if not 0 <= nic < _NIC_NUMBERS:
        message = f"Pas d'établissement fictif numéro {nic}."
        raise ValueError(message)
    from stdnum import luhn  # noqa: PLC0415

    body = f"{demo_siren(number)}{nic:04d}"
    return body + luhn.calc_check_digit(body)


def demo_vat(number: int) -> str:
    """Return the VAT number of fictitious company `number`. Raises ValueError out of range."""
    return french_vat_number(demo_siren(number))


def is_demo(identifier: str) -> bool:
    """Tell whether a SIREN, SIRET, VAT number or IBAN belongs to our fictitious family."""
    siren = siren_of(identifier)
    if siren is not None:
        return siren.startswith(DEMO_SIREN_PREFIX)
    return bool(_FRENCH_IBAN.fullmatch(identifier)) and identifier[4:9] == DEMO_BANK_CODE


def demo_iban(number: int) -> str:
    """Return a French IBAN with valid keys (RIB and IBAN) at a bank that does not exist.

    `number` is 0 or more; the account number has eleven digits. Raises ValueError out of range.
    """
    if not 0 <= number < 10**11:
        message = f"Pas de compte fictif numéro {number}."
        raise ValueError(message)
    from stdnum import iban  # noqa: PLC0415

    branch, account = "00001", f"{number:011d}"
    # Key of the RIB (Banque de France): weights 89, 15 and 3, modulo 97.
    key = 97 - (89 * int(DEMO_BANK_CODE) + 15 * int(branch) + 3 * number) % 97
    bban = f"{DEMO_BANK_CODE}{branch}{account}{key:02d}"
    return f"FR{iban.calc_check_digits('FR00' + bban)}{bban}"
