"""Identifiers that keep the form of their register: PEPPOL-COMMON-R040 to R057.

Source: OpenPeppol, rules of May 2026. Asked wherever an identifier of the register stands: the
electronic addresses, identifiers and legal identifiers of seller, buyer and payee.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from facturier.findings import Layer, Severity
from facturier.invoice import terms as dictionary
from facturier.invoice.model import Identifier, Party
from facturier.rules.facts import Facts
from facturier.rules.peppol import parties
from facturier.rules.rule import Family

IDENTIFIERS = Family(Layer.PEPPOL)

GROUPS = frozenset({"BG-4", "BG-7", "BG-10", "BG-11"})
PLACES = ("electronic_address", "identifiers", "legal_identifier")
TERMS = tuple(
    term
    for term in dictionary.dictionary()[0].values()
    if term.field in PLACES and term.parent in GROUPS
)
"""Where a party says who it is."""
ADDRESSES = frozenset({"BT-34", "BT-49"})
NOT_ADDRESSES = frozenset({"0217", "9907"})
"""Registers judged here that Peppol does not admit for an electronic address."""
TO_THE_LETTER = frozenset({"0096", "0184", "0198"})
"""Danish registers, of whose numbers the official file takes no blanks away."""


def _shaped(pattern: str) -> Callable[[str], bool]:
    form = re.compile(pattern)

    def has_form(text: str) -> bool:
        return form.fullmatch(text) is not None

    return has_form


_is_dutch_vat = _shaped(r"NL[0-9]{9}B[0-9]{2}")


def _of_register(scheme: str, is_right: Callable[[str], bool]) -> Callable[[Any, Facts], bool]:
    def keeps_its_form(held: Identifier | tuple[Identifier, ...], _: Facts) -> bool:
        ones = held if isinstance(held, tuple) else (held,)
        numbers = [one.value for one in ones if one.scheme == scheme]
        if scheme not in TO_THE_LETTER:
            numbers = [" ".join(number.split()) for number in numbers]
        return all(map(is_right, numbers))

    return keeps_its_form


def _register(
    id: str,  # noqa: A002
    scheme: str,
    is_right: Callable[[str], bool],
    what: str,
    *,
    wrong: str = "123",
    warns: bool = False,
    only: frozenset[str] = frozenset(),
) -> None:
    """Identifiers of one register, wherever they stand, have its form."""
    for term in TERMS:
        if only and term.id not in only:
            continue
        breakable = term.id in {"BT-34", "BT-49", "BT-30", "BT-47"}
        IDENTIFIERS.of_term(
            id,
            term.id,
            _of_register(scheme, is_right),
            meaning=f"« {term.nom} » ({term.id}), registre {scheme} : {what}.",
            remedy=f"Vérifiez ce numéro auprès de son titulaire ; {scheme} désigne son registre.",
            breaks=f'{term.id} = "{wrong}@{scheme}"' if breakable else "",
            also="PEPPOL-EN16931-CL008" if scheme in NOT_ADDRESSES and term.id in ADDRESSES else "",
            example="peppol",
            severity=Severity.WARNING if warns else None,
        )


_register("PEPPOL-COMMON-R040", "0088", parties.is_gln, "un GLN de GS1, avec sa clé", wrong="124")
_register("PEPPOL-COMMON-R041", "0192", parties.is_norwegian, "neuf chiffres norvégiens, avec clé")
_register("PEPPOL-COMMON-R042", "0184", _shaped(r"(?:DK)?[0-9]{8}"), "huit chiffres danois (CVR)")
_register("PEPPOL-COMMON-R052", "0096", _shaped(r"[0-9]{10}"), "dix chiffres danois (P)")
_register(
    "PEPPOL-COMMON-R053", "0198", _shaped(r"DK[0-9]{8}"), "DK et huit chiffres danois (ERSTORG)"
)
_register("PEPPOL-COMMON-R043", "0208", parties.is_belgian, "dix chiffres belges, avec clé")
_register(
    "PEPPOL-COMMON-R044",
    "0201",
    _shaped(r"[A-Za-z0-9]{6}"),
    "six lettres ou chiffres (codice IPA)",
    warns=True,
)
_register("PEPPOL-COMMON-R045", "0210", parties.is_codice_fiscale, "un codice fiscale", warns=True)
_register(
    "PEPPOL-COMMON-R046",
    "9907",
    parties.is_codice_fiscale,
    "un codice fiscale",
    warns=True,
    only=ADDRESSES,
)
_register(
    "PEPPOL-COMMON-R047",
    "0211",
    parties.is_partita_iva,
    "une partita IVA, avec sa clé",
    wrong="IT123",
    warns=True,
)
_register(
    "PEPPOL-COMMON-R049",
    "0007",
    lambda text: len(text) == 10 and parties.is_swedish(text),  # noqa: PLR2004
    "dix chiffres suédois, avec clé",
)
_register("PEPPOL-COMMON-R050", "0151", parties.is_australian, "onze chiffres (ABN), avec clé")
_register("PEPPOL-COMMON-R054", "0106", _shaped(r"[0-9]{8}"), "huit chiffres (KVK)", warns=True)
_register("PEPPOL-COMMON-R055", "0190", _shaped(r"[0-9]{20}"), "vingt chiffres (OIN)", warns=True)
_register(
    "PEPPOL-COMMON-R056-1",
    "9944",
    _is_dutch_vat,
    "un numéro de TVA néerlandais",
    warns=True,
    only=ADDRESSES,
)
_register("PEPPOL-COMMON-R057", "0217", _shaped(r"[0-9]{12}"), "douze chiffres (KVK)", warns=True)


def _dutch_vat(party: Party, _: Facts) -> bool:
    number = (party.vat_identifier or "").strip()
    return not number.startswith("NL") or _is_dutch_vat(number)


for _group, _term in (("BG-4", "BT-31"), ("BG-7", "BT-48"), ("BG-11", "BT-63")):
    IDENTIFIERS.add(
        "PEPPOL-COMMON-R056-2",
        _dutch_vat,
        on=_group,
        terms=_term,
        meaning=f"Un numéro de TVA néerlandais ({_term}) s'écrit NL, neuf chiffres, B, deux "
        "chiffres.",
        remedy=f"Corrigez {_term} : NL123456789B12 en est un exemple.",
        breaks='BT-48 = "NL12"' if _term == "BT-48" else "",
        example="peppol",
        severity=Severity.WARNING,
    )
