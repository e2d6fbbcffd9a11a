"""Who is who: SIREN, SIRET, routing codes, electronic addresses.

BR-FR-09 to 13, 21 to 26, 32, BR-FR-CO-10 and CO-15. Source: XP Z12-012 as BR-FR-Flux2 1.4.0 tests
it. A rule about "each party" has one id a party, and one row here for each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from lxml import etree

from facturier.findings import Layer
from facturier.formats import cii, ubl
from facturier.invoice.model import Identifier, Invoice, Party
from facturier.invoice.parties import (
    ELECTRONIC_ADDRESS,
    MAX_ADDRESS_LENGTH,
    MAX_ROUTING_CODE_LENGTH,
    ROUTING,
    SINGLE_TAXABLE_PERSON,
    SIREN,
    SIRET,
)
from facturier.invoice.terms import label
from facturier.rules.en16931.codes import places_of
from facturier.rules.facts import Facts
from facturier.rules.france.mentions import is_said_b2b
from facturier.rules.france.writing import is_address, is_blank, is_siren, is_siret_of
from facturier.rules.rule import Family, reader

PARTIES = Family(Layer.BR_FR)

# Group, identifiers, legal identifier, electronic address.
SELLER = ("BG-4", "BT-29", "BT-30", "BT-34")
BUYER = ("BG-7", "BT-46", "BT-47", "BT-49")
PAYEE = ("BG-10", "BT-60", "BT-61", "EXT-FR-FE-29")
BUYER_AGENT = ("EXT-FR-FE-BG-01", "EXT-FR-FE-06", "EXT-FR-FE-08", "EXT-FR-FE-12")
PAYER = ("EXT-FR-FE-BG-02", "EXT-FR-FE-46", "EXT-FR-FE-48", "EXT-FR-FE-52")
SELLER_AGENT = ("EXT-FR-FE-BG-03", "EXT-FR-FE-69", "EXT-FR-FE-71", "EXT-FR-FE-75")
INVOICEE = ("EXT-FR-FE-BG-04", "EXT-FR-FE-92", "EXT-FR-FE-94", "EXT-FR-FE-98")
INVOICER = ("EXT-FR-FE-BG-05", "EXT-FR-FE-115", "EXT-FR-FE-117", "EXT-FR-FE-121")
OTHERS = (PAYEE, BUYER_AGENT, PAYER, SELLER_AGENT, INVOICEE, INVOICER)
EVERYONE = (SELLER, BUYER, *OTHERS)

OTHER_SIREN = "999999999"


def _tuple(held: Any) -> tuple[Identifier, ...]:
    """Return identifiers as a tuple, whether the term repeats or not."""
    if held is None:
        return ()
    return held if isinstance(held, tuple) else (held,)


def _of(identifiers: tuple[Identifier, ...], *schemes: str) -> list[str]:
    return [one.value for one in identifiers if one.scheme in schemes]


def legal_siren(party: Party | None) -> str | None:
    """Return the SIREN that a party gives as legal identifier; None under another scheme."""
    legal = party.legal_identifier if party else None
    return legal.value if legal is not None and legal.scheme == SIREN else None


# --- BR-FR-09: a SIRET begins with the SIREN ------------------------------------------------------


_OWN_SIREN = " et commence par le SIREN de la même partie"
_ANY_SIREN = ", dont les neuf premiers sont le SIREN s'il est donné"


_OTHER_SIRENS = {
    name: etree.XPath(
        f"cac:{name}/cac:Party/cac:PartyLegalEntity/cbc:CompanyID[@schemeID = '{SIREN}']/text()",
        namespaces=ubl.NAMESPACES,
    )
    for name in ("AccountingSupplierParty", "AccountingCustomerParty")
}


def _other_siren(party: Any, facts: Facts) -> str | None:
    """Return the SIREN of a seller or buyer that UBL gives in a second legal entity."""
    if facts.syntax != "UBL" or facts.tree is None or not facts.is_odd_file:
        return None
    is_seller = party is facts.invoice.seller
    name = "AccountingSupplierParty" if is_seller else "AccountingCustomerParty"
    return next(iter(cast("list[str]", _OTHER_SIRENS[name](facts.tree))), None)


def _siret(term: str, *, own: bool, syntax: str = "") -> None:
    """Write BR-FR-09 for one party; `own` when its SIREN must be given beside its SIRET.

    A third party that gives no SIREN is asked for the fourteen digits only.
    """
    on, read = reader(term)

    def begins_with_siren(holder: Any, facts: Facts) -> bool:
        found = _of(_tuple(read(holder)), SIRET)
        if not found:
            return True
        siren = legal_siren(holder) if isinstance(holder, Party) else None
        if not siren and own:
            siren = _other_siren(holder, facts)
        if not siren and own:
            return False
        return is_siret_of(found[0], siren or found[0][:9])

    beginning = _OWN_SIREN if own else _ANY_SIREN
    PARTIES.add(
        f"BR-FR-09_{term}",
        begins_with_siren,
        on=on,
        terms=term,
        meaning=(
            f"« {label(term)} » ({term}) : un SIRET (schéma 0009) a quatorze chiffres{beginning}."
        ),
        remedy=f"Vérifiez le SIRET donné en {term} : ses neuf premiers chiffres sont le SIREN.",
        breaks=f'{term} = "{OTHER_SIREN}00017@{SIRET}"' if own else f'{term} = "123@{SIRET}"',
        syntax=syntax,
    )


for _party in (SELLER, BUYER):
    _siret(_party[1], own=True)
for _party in OTHERS:
    _siret(_party[1], own=False)
_siret("BT-71", own=False)
# The UBL file looks for a DeliveryLocation inside a DeliveryLocation: it never finds one.
_siret("EXT-FR-FE-146", own=False, syntax="CII")


# --- BR-FR-10 to 13: the seller and the buyer say who and where they are --------------------------


def _is_in_a_legal_entity(seller: Party | None) -> bool:
    """Tell whether UBL has an element around the seller's SIREN, where the official file looks."""
    return seller is not None and any(
        one is not None for one in (seller.name, seller.legal_identifier, seller.legal_information)
    )


@PARTIES.rule(
    "BR-FR-10_BT-30",
    terms="BT-30",
    remedy="Donnez le SIREN du vendeur, neuf chiffres sans espace, sous le schéma 0002.",
    breaks="BT-30 =",
)
def seller_has_a_siren(invoice: Invoice, facts: Facts) -> bool:
    """Le SIREN du vendeur (BT-30, schéma 0002) est donné et compte neuf chiffres."""
    if facts.syntax == "UBL" and not _is_in_a_legal_entity(invoice.seller):
        return True
    siren = legal_siren(invoice.seller) or _other_siren(invoice.seller, facts)
    return siren is not None and is_siren(siren)


@PARTIES.rule(
    "BR-FR-11_BT-47",
    terms="BT-47 BT-22",
    remedy="Donnez le SIREN de l'acheteur sous le schéma 0002, ou changez la note BAR si la vente "
    "n'est pas entre entreprises françaises.",
    breaks="BT-47 =",
    example="b2b",
)
def french_buyer_has_a_siren(invoice: Invoice, facts: Facts) -> bool:
    """Entre entreprises françaises (note BAR : B2B), le SIREN de l'acheteur (BT-47) est donné."""
    if not is_said_b2b(facts):
        return True
    siren = legal_siren(invoice.buyer) or _other_siren(invoice.buyer, facts)
    return siren is not None and is_siren(siren)


def _has_address(party: Party | None, facts: Facts) -> bool:
    address = party.electronic_address if party else None
    if address is None:
        return False
    return bool(address.value) if facts.syntax == "CII" else not is_blank(address.value)


@PARTIES.rule(
    "BR-FR-12_BT-49",
    terms="BT-49",
    remedy="Donnez l'adresse électronique de l'acheteur : elle est dans l'annuaire.",
    breaks="BT-49 =",
)
def buyer_has_an_electronic_address(invoice: Invoice, facts: Facts) -> bool:
    """L'adresse électronique de l'acheteur (BT-49) est donnée."""
    return _has_address(invoice.buyer, facts)


@PARTIES.rule(
    "BR-FR-13_BT-34",
    terms="BT-34",
    remedy="Donnez l'adresse électronique du vendeur : les statuts de la facture y reviennent.",
    breaks="BT-34 =",
)
def seller_has_an_electronic_address(invoice: Invoice, facts: Facts) -> bool:
    """L'adresse électronique du vendeur (BT-34) est donnée."""
    return _has_address(invoice.seller, facts)


# --- BR-FR-21 and 22: the receiver's address belongs to the receiver ------------------------------


def _address_begins_with_siren(party: Party | None, facts: Facts) -> bool:
    address = party.electronic_address if party else None
    legal = party.legal_identifier if party else None
    # The CII file takes the legal identifier whatever its scheme.
    siren = legal.value if facts.syntax == "CII" and legal else legal_siren(party)
    if address is None or address.scheme != ELECTRONIC_ADDRESS:
        return False
    return address.value.startswith(siren or "")


@PARTIES.rule(
    "BR-FR-21_BT-49",
    terms="BT-49 BT-47 BT-22",
    remedy="Donnez en BT-49 une adresse de schéma 0225 qui commence par le SIREN de l'acheteur, "
    "telle qu'elle est dans l'annuaire.",
    breaks=f'BT-49 = "{OTHER_SIREN}@{ELECTRONIC_ADDRESS}"',
    example="b2b",
)
def buyer_receives_at_its_own_address(invoice: Invoice, facts: Facts) -> bool:
    """Avec la note BAR B2B, l'adresse de l'acheteur (0225) commence par son SIREN."""
    if not is_said_b2b(facts) or facts.is_self_billed:
        return True
    return _address_begins_with_siren(invoice.buyer, facts)


@PARTIES.rule(
    "BR-FR-22_BT-34",
    terms="BT-34 BT-30 BT-22 BT-3",
    remedy="Donnez en BT-34 une adresse de schéma 0225 qui commence par le SIREN du vendeur : "
    "c'est lui qui reçoit une autofacture.",
    breaks=f'BT-34 = "{OTHER_SIREN}@{ELECTRONIC_ADDRESS}"',
    example="b2b-self-billed",
)
def seller_receives_a_self_billed_invoice(invoice: Invoice, facts: Facts) -> bool:
    """Avec la note BAR B2B, une autofacture va à l'adresse du vendeur : son SIREN (0225)."""
    if not is_said_b2b(facts) or not facts.is_self_billed:
        return True
    return _address_begins_with_siren(invoice.seller, facts)


# --- BR-FR-23 to 26: how addresses and routing codes are written ----------------------------------


def _address(term: str) -> None:
    """Write BR-FR-23 and BR-FR-25 for one electronic address."""
    name = f"« {label(term)} » ({term})"

    def is_well_written(address: Identifier, _: Facts) -> bool:
        return address.scheme != ELECTRONIC_ADDRESS or is_address(address.value)

    def is_short(address: Identifier, _: Facts) -> bool:
        return len(address.value) <= MAX_ADDRESS_LENGTH

    PARTIES.of_term(
        f"BR-FR-23_{term}",
        term,
        is_well_written,
        meaning=(
            f"{name}, de schéma 0225, ne contient que des lettres sans accent, des chiffres et "
            "les signes + - _ . ; pas d'espace."
        ),
        remedy=f"Reprenez {term} dans l'annuaire : un SIREN, puis au besoin _ et la suite.",
        breaks=f'{term} = "003 000 017@{ELECTRONIC_ADDRESS}"',
    )
    PARTIES.of_term(
        f"BR-FR-25_{term}",
        term,
        is_short,
        meaning=f"{name} compte {MAX_ADDRESS_LENGTH} caractères au plus.",
        remedy=f"Reprenez {term} dans l'annuaire : aucune adresse n'y est plus longue.",
        breaks=f'{term} = "{"1" * (MAX_ADDRESS_LENGTH + 1)}@EM"',
    )


for _party in EVERYONE:
    _address(_party[3])


def _routing_code(term: str) -> None:
    """Write BR-FR-24 and BR-FR-26 for the routing codes among one party's identifiers."""
    name = f"« {label(term)} » ({term})"

    def is_well_written(held: tuple[Identifier, ...], _: Facts) -> bool:
        return all(is_address(code) for code in _of(held, ROUTING))

    def is_short(held: tuple[Identifier, ...], _: Facts) -> bool:
        return all(len(code) <= MAX_ROUTING_CODE_LENGTH for code in _of(held, ROUTING))

    PARTIES.of_term(
        f"BR-FR-24_{term}",
        term,
        is_well_written,
        meaning=(
            f"{name} : un code routage (schéma 0224) ne contient que des lettres sans accent, des "
            "chiffres et les signes + - _ . ; pas d'espace."
        ),
        remedy="Reprenez le code routage tel qu'il est dans l'annuaire.",
        breaks=f'{term} = "SERVICE ACHATS@{ROUTING}"',
    )
    PARTIES.of_term(
        f"BR-FR-26_{term}",
        term,
        is_short,
        meaning=(
            f"{name} : un code routage (schéma 0224) compte {MAX_ROUTING_CODE_LENGTH} caractères "
            "au plus."
        ),
        remedy="Reprenez le code routage tel qu'il est dans l'annuaire.",
        breaks=f'{term} = "{"A" * (MAX_ROUTING_CODE_LENGTH + 1)}@{ROUTING}"',
    )


_routing_code("BT-29")
_routing_code("BT-46")


# --- BR-FR-32: a SIREN is nine digits wherever it stands ------------------------------------------


def _nine_digits(id: str, term: str, schemes: tuple[str, ...], **said: Any) -> None:  # noqa: A002
    def is_nine_digits(held: Any, _: Facts) -> bool:
        return all(is_siren(value) for value in _of(_tuple(held), *schemes))

    PARTIES.of_term(
        id,
        term,
        is_nine_digits,
        meaning=(
            f"« {label(term)} » ({term}) : un SIREN (schéma {' ou '.join(schemes)}) compte neuf "
            "chiffres."
        ),
        remedy=f"Écrivez en {term} les neuf chiffres du SIREN, sans espace, ni SIRET ni TVA.",
        **({"breaks": f'{term} = "12@{SIREN}"'} | said),
    )


_LEGAL = (*(party[2] for party in EVERYONE), "EXT-FR-FE-167")
_IDENTIFIERS = (*(party[1] for party in EVERYONE), "EXT-FR-FE-165")
for _term in _LEGAL:
    _nine_digits(
        "BR-FR-32-LEGALID", _term, (SIREN,), also="BR-FR-10_BT-30" if _term == "BT-30" else ""
    )
for _term in _IDENTIFIERS:
    _nine_digits("BR-FR-32-ID", _term, (SIREN, SINGLE_TAXABLE_PERSON), syntax="UBL")
# The file of CII looks at every party, those of Factur-X EXTENDED too.
for _place, _id, _schemes in (
    ("legal_identifier", "BR-FR-32-LEGALID", (SIREN,)),
    ("identifiers", "BR-FR-32-GLOBALID", (SIREN, SINGLE_TAXABLE_PERSON)),
):
    for _term in (one for one in places_of(_place) if one.startswith("BT-X-")):
        _nine_digits(_id, _term, _schemes, syntax="CII", breaks="")
# CII writes these three as a GlobalID too, and its file looks at all of them.
for _term in (*_IDENTIFIERS, "BT-71", "EXT-FR-FE-146", "BT-157"):
    _nine_digits("BR-FR-32-GLOBALID", _term, (SIREN, SINGLE_TAXABLE_PERSON), syntax="CII")


_GLOBAL_SIRENS = etree.XPath(
    "//ram:GlobalID[@schemeID = '0002' or @schemeID = '0231']/text()", namespaces=cii.NAMESPACES
)


@PARTIES.rule(
    "BR-FR-32-GLOBALID",
    terms="BG-13",
    remedy="Écrivez les neuf chiffres du SIREN, sans espace, ni SIRET ni TVA.",
    syntax="CII",
    given=lambda facts: facts.is_odd_file and facts.is_odd("ram:GlobalID"),
)
def every_global_siren_has_nine_digits(_: Invoice, facts: Facts) -> bool:
    """Tout identifiant de schéma 0002 ou 0231 compte neuf chiffres, où qu'il se trouve."""
    assert facts.tree is not None, "asked of files only"
    return all(map(is_siren, cast("list[str]", _GLOBAL_SIRENS(facts.tree))))


# --- BR-FR-CO-10: each identifier says its scheme, and no scheme stands twice ---------------------


def _has_scheme_in_ubl(one: Identifier) -> bool:
    return one.scheme is not None


def _has_scheme_in_cii(one: Identifier) -> bool:
    """A plain ``ram:ID`` needs none (None); a ``ram:GlobalID`` without one reads as empty."""
    return one.scheme != ""


_BARE = etree.XPath("boolean(//ram:GlobalID[not(@schemeID)])", namespaces=cii.NAMESPACES)


def is_scheme_written(facts: Facts) -> bool:
    """Tell whether each GlobalID of a CII file has its attribute; empty is enough for the file."""
    return facts.tree is not None and facts.syntax == "CII" and not _BARE(facts.tree)


_SCHEMED: tuple[tuple[str, Callable[[Identifier], bool], str], ...] = (
    ("UBL", _has_scheme_in_ubl, "123"),
    ("CII", _has_scheme_in_cii, "123@"),
)


def _schemes_given(term: str) -> None:
    for syntax, has_scheme, broken in _SCHEMED:

        def is_given(
            held: Any, facts: Facts, has_scheme: Callable[[Identifier], bool] = has_scheme
        ) -> bool:
            return all(has_scheme(one) for one in _tuple(held)) or is_scheme_written(facts)

        PARTIES.of_term(
            f"BR-FR-CO-10_{term}-1",
            term,
            is_given,
            meaning=(
                f"« {label(term)} » ({term}) : chaque identifiant dit de quel registre il vient "
                "(schemeID)."
            ),
            remedy=f"Donnez le schéma de l'identifiant {term} : 0009 SIRET, 0224 code routage…",
            breaks=f'{term} = "{broken}"',
            syntax=syntax,
        )


def _schemes_differ(term: str, *, syntax: str = "") -> None:
    second = "0,1" if term.startswith("EXT-FR-FE-146") else "1"

    def differ(held: Any, _: Facts) -> bool:
        schemes = [one.scheme for one in _tuple(held) if one.scheme is not None]
        return len(set(schemes)) == len(schemes)

    PARTIES.of_term(
        f"BR-FR-CO-10_{term}-2",
        term,
        differ,
        meaning=(
            f"« {label(term)} » ({term}) : deux identifiants d'une partie ne viennent pas du même "
            "registre."
        ),
        remedy=f"Gardez en {term} un seul identifiant par schéma.",
        breaks=f'{term} = "1@{ROUTING}"; {term}[{second}] = "2@{ROUTING}"',
        syntax=syntax,
    )


for _party in EVERYONE:
    _schemes_given(_party[1])
    _schemes_differ(_party[1])
_schemes_given("BT-71")
_schemes_given("EXT-FR-FE-146")
# UBL has one place for the identifier of a line's delivery.
_schemes_differ("EXT-FR-FE-146", syntax="CII")

_SECOND_SHIP_TO = "/ram:ApplicableHeaderTradeDelivery/ram:ShipToTradeParty/ram:GlobalID["


@PARTIES.rule(
    "BR-FR-CO-10_BT-71-2",
    terms="BT-71",
    remedy="Gardez en BT-71 un seul identifiant par schéma.",
    syntax="CII",
)
def delivery_place_is_named_once_by_scheme(invoice: Invoice, _: Facts) -> bool:
    """Le lieu de livraison (BT-71) n'a pas deux identifiants du même registre."""
    place = invoice.delivery.location_identifier if invoice.delivery else None
    if place is None or not place.scheme:
        return True
    # The model has room for one: a second GlobalID is reported with its scheme, ``123 (0009)``.
    more = [one.value for one in invoice.unmapped if _SECOND_SHIP_TO in one.path]
    return not any(value.endswith(f"({place.scheme})") for value in more)


@PARTIES.rule(
    "BR-FR-CO-15_BT-29-1",
    terms="BT-63 BT-29",
    remedy="Donnez l'assujetti unique comme représentant fiscal (BG-11), avec son numéro de TVA.",
    breaks="BG-11 =",
    example="single-taxable-person",
)
def single_taxable_person_has_a_vat_number(invoice: Invoice, _: Facts) -> bool:
    """Un vendeur membre d'un assujetti unique donne le numéro de TVA de celui-ci (BT-63)."""
    if invoice.seller is None or not _of(invoice.seller.identifiers, SINGLE_TAXABLE_PERSON):
        return True
    representative = invoice.tax_representative
    return representative is not None and bool(representative.vat_identifier)
