"""Who sells, who buys, who makes the document out: identities that are not what they should be."""

from __future__ import annotations

import re
from collections.abc import Iterator

from facturier.anomalies import risk
from facturier.anomalies.kind import Hit, Table
from facturier.anomalies.look import Look, Place, words
from facturier.invoice.parties import (
    SIRET,
    is_french_vat_number,
    is_siren,
    siren_of,
)
from facturier.ledger.books import siren_of as siren_of_party

PARTIES = Table()
_FRENCH_VAT = re.compile(r"FR[0-9A-HJ-NP-Z]{2}[0-9]{9}")
_PERSON = re.compile(r"(?:m\.|mr\.?|monsieur|mme\.?|madame|mlle\.?)\s")
_EMPLOYEE_ADDRESS = "_FRAISCOLLABORATEUR"
_LEGAL_FORMS = frozenset({
    "sa", "sas", "sasu", "sarl", "eurl", "sci", "snc", "scop", "scp", "selarl", "earl", "gaec",
    "ei", "eirl", "association", "ste", "societe", "ets", "etablissements", "groupe", "et", "de",
    "la", "le", "les", "du", "des", "cie", "france", "holding", "fils", "co",
})  # fmt: skip
_SELF_BILLED = re.compile(r"\bauto-? ?factur|\bself[ -]?bill")
_IN_THE_NAME = re.compile(r"\bau nom et pour le compte\b|\bpour le compte de\b|\bsous mandat\b")


def _key_words(name: str) -> frozenset[str]:
    """Return the words by which a company is known, legal forms apart."""
    found = re.findall(r"[a-z0-9]+", words(name))
    return frozenset(one for one in found if one not in _LEGAL_FORMS and len(one) > 1)


@PARTIES.kind(
    "vat-number-of-another",
    "Numéro de TVA d'une autre entreprise",
    source="CGI annexe II, 242 nonies A I-2° ; CGI 286 ter, 271 II",
    risk=risk.vat_or_omission,
    letter="Sur votre facture n° {number} du {day}, le numéro de TVA {shown} n'est pas celui de "
    "votre SIREN {siren}. Pouvez-vous nous confirmer l'entreprise qui facture et nous adresser "
    "une facture avec son numéro ?",
    remedy="Vérifiez sur VIES et dans l'annuaire des entreprises qui facture vraiment, avant de "
    "payer ou de déduire.",
)
def number_of_another(look: Look) -> Iterator[Hit]:
    """Numéro de TVA français du vendeur : sa clé, et le SIREN qu'il contient (BT-31, BT-30)."""
    shown = ((look.seller.vat_identifier if look.seller else "") or "").replace(" ", "").upper()
    if not _FRENCH_VAT.fullmatch(shown) or look.is_of_single_taxable_person:
        return
    own = look.seller_siren
    if own and is_siren(own) and siren_of(shown) not in (None, own):
        yield Hit(
            why=f"Le numéro {shown} (BT-31) n'est pas celui du SIREN {own} (BT-30).",
            where="BT-31 BT-30", said={"shown": shown, "siren": own},
        )  # fmt: skip
    elif shown[2:4].isdecimal() and not is_french_vat_number(shown):
        yield Hit(
            why=f"La clé du numéro {shown} (BT-31) est fausse : il n'appartient à personne.",
            where="BT-31", said={"shown": shown, "siren": own or "(absent)"},
        )  # fmt: skip


@PARTIES.kind(
    "other-company",
    "Facture d'une autre entreprise que celle du dossier",
    source="CGI 271 II et annexe II, 242 nonies A I-1° (nom et adresse des parties)",
    risk=risk.vat_lost,
    letter="Votre facture n° {number} du {day}, de {gross}, est faite au SIREN {shown} ; le nôtre "
    "est {own}. La TVA n'est déductible que sur une facture à notre nom. Pouvez-vous nous dire "
    "à qui elle est destinée, et la refaire si c'est à nous ?",
    remedy="Refusez-la (210, destinataire erroné) ou transférez-la au bon dossier ; ne la "
    "comptabilisez pas ici.",
    needs_history=True,
)
def other_company(look: Look) -> Iterator[Hit]:
    """SIREN du dossier absent de la facture, du côté où il est (BT-47 reçue, BT-30 émise)."""
    company = look.history.company
    own = look.buyer_siren if look.is_bought else look.seller_siren
    if company is not None and own and own != company.siren:
        yield Hit(
            why=f"SIREN {own} sur la facture, {company.siren} pour le dossier.",
            where="BT-47" if look.is_bought else "BT-30", said={"shown": own, "own": company.siren},
        )  # fmt: skip


@PARTIES.kind(
    "other-name",
    "Facture à un ancien nom ou à un autre nom",
    source="CGI annexe II, 242 nonies A I-1° ; C. com. L441-9",
    risk=risk.omission,
    letter="Votre facture n° {number} du {day} est faite au nom de « {shown} » ; notre société "
    "s'appelle « {own} ». Pouvez-vous mettre votre fichier à jour et nous adresser une facture "
    "au bon nom ?",
    remedy="Le SIREN est le bon : comptabilisez, et demandez la facture au bon nom avant un "
    "contrôle.",
    needs_history=True,
)
def other_name(look: Look) -> Iterator[Hit]:
    """Raison sociale de l'acheteur (BT-44, BT-45) sans aucun mot du nom du dossier, SIREN juste."""
    company, buyer = look.history.company, look.buyer
    if company is None or buyer is None or not look.is_bought or not buyer.name:
        return
    shown = _key_words(f"{buyer.name} {buyer.trading_name or ''}")
    known = [_key_words(name) for name in company.names]
    if (
        look.buyer_siren == company.siren
        and shown
        and known
        and not any(shown & one for one in known)
    ):
        yield Hit(
            why=f"Facture à « {buyer.name} », dossier « {company.names[0]} ».", where="BT-44",
            said={"shown": buyer.name, "own": company.names[0]},
        )  # fmt: skip


@PARTIES.kind(
    "other-address",
    "Facture à une ancienne adresse",
    source="CGI annexe II, 242 nonies A I-1° ; C. com. L441-9 (adresse de facturation)",
    risk=risk.omission,
    letter="Votre facture n° {number} du {day} porte l'adresse {shown} ; la nôtre est {own}. "
    "Pouvez-vous mettre votre fichier à jour ?",
    remedy="Vérifiez qu'il ne s'agit pas d'un autre établissement ; sinon demandez la correction.",
    needs_history=True,
)
def other_address(look: Look) -> Iterator[Hit]:
    """Code postal de l'acheteur (BT-53) et du dossier, sauf autre établissement nommé (SIRET)."""
    company, buyer = look.history.company, look.buyer
    address = buyer.postal_address if buyer else None
    code = ((address.post_code if address else "") or "").replace(" ", "")
    if company is None or buyer is None or address is None or not look.is_bought:
        return
    siret = next((one.value for one in buyer.identifiers if one.scheme == SIRET), company.siret)
    if look.buyer_siren != company.siren or (company.siret and siret != company.siret):
        return
    if company.post_code and code and code != company.post_code:
        where = f"{code} {address.city or ''}".strip()
        yield Hit(
            why=f"Facture à {where}, dossier au {company.post_code}.",
            where="BT-53",
            said={"shown": where, "own": company.post_code},
        )


@PARTIES.kind(
    "employee-purchase",
    "Achat payé par un salarié",
    source="CGI 271 ; XP Z12-014, cas n° 5 et 6",
    risk=risk.paid_twice,
    letter="Votre facture n° {number} du {day}, de {gross}, a été réglée par un de nos "
    "collaborateurs ({person}). Pouvez-vous nous confirmer qu'elle est soldée, et à l'avenir "
    "nous l'adresser à notre nom et à notre SIREN ?",
    remedy="Rapprochez-la de la note de frais avant de payer : une seule charge, la TVA une seule "
    "fois, le 401 soldé par le 421 ou le 467 du salarié.",
)
def employee_purchase(look: Look) -> Iterator[Hit]:
    """Adresse « FRAISCOLLABORATEUR », payeur ou acheteur qui est une personne physique."""
    if not look.is_bought:
        return
    buyer, payer = look.buyer, look.invoice.payer
    address = buyer.electronic_address.value if buyer and buyer.electronic_address else ""
    company = look.history.company
    staff = {words(one) for one in company.employees} if company else set()
    for party, term in ((payer, "EXT-FR-FE-43"), (buyer, "BT-44")):
        name = words(party.name) if party else ""
        is_person = bool(_PERSON.match(name)) and party is not None and not siren_of_party(party)
        if party and name and (is_person or name in staff):
            yield Hit(
                why=f"{party.name} est une personne, pas l'entreprise.", where=term,
                said={"person": party.name or ""},
            )  # fmt: skip
            return
    if address.upper().endswith(_EMPLOYEE_ADDRESS):
        yield Hit(
            why=f"Adressée à {address} : l'adresse des frais de collaborateurs.", where="BT-49",
            said={"person": (payer.name if payer else "") or "un salarié"},
        )  # fmt: skip


@PARTIES.kind(
    "buyer-siren-missing",
    "SIREN de l'acheteur absent",
    source="CGI annexe II, 242 nonies A (décret 2022-1299) ; BT-47",
    risk=risk.omission,
    letter="Votre facture n° {number} du {day} ne porte pas le SIREN de l'acheteur, {buyer}. Cette "
    "mention est obligatoire entre assujettis établis en France. Pouvez-vous la compléter ?",
    remedy="Sans SIREN la plateforme ne peut pas router la facture : donnez-le au fournisseur.",
)
def buyer_siren_missing(look: Look) -> Iterator[Hit]:
    """Acheteur français assujetti (numéro de TVA, ou note BAR « B2B ») sans SIREN (BT-47)."""
    buyer = look.buyer
    if not look.is_french or buyer is None or look.buyer_siren:
        return
    if buyer.vat_identifier or look.noted("BAR") == "b2b":
        yield Hit(
            why=f"{buyer.name or 'L’acheteur'} n'a pas de SIREN sur la facture.", where="BT-47"
        )


@PARTIES.kind(
    "self-billed-without-mention",
    "Autofacturation sans sa mention",
    source="CGI 289 I-2 ; CGI annexe II, 242 nonies A I-14° (« Autofacturation »)",
    risk=risk.omission,
    letter="La facture n° {number} du {day}, établie par l'acheteur (type {kind}), ne porte pas la "
    "mention « Autofacturation ». Pouvez-vous l'ajouter à celle-ci et aux suivantes ?",
    remedy="Ajoutez la mention en note dans le modèle de ces factures.",
)
def self_billed_without_mention(look: Look) -> Iterator[Hit]:
    """Types 389, 500, 261, 471, 473, 501, 502 sans le mot « autofacturation » dans les notes."""
    if look.is_self_billed and look.is_french and not _SELF_BILLED.search(look.all_words):
        yield Hit(
            why=f"Type {look.kind}, le mot « Autofacturation » n'y est pas.", where="BT-3 BT-22",
            said={"kind": look.kind},
        )  # fmt: skip


@PARTIES.kind(
    "agent-without-mention",
    "Facture d'un mandataire sans la mention du mandat",
    source="CGI 289 I-2 ; BOI-TVA-DECLA-30-20-10, § 340 ; XP Z12-014, cas n° 19a",
    risk=risk.omission,
    letter="La facture n° {number} du {day} est établie par {agent} pour {seller} sans dire "
    "qu'elle l'est « au nom et pour le compte » du vendeur. Pouvez-vous ajouter cette mention ?",
    remedy="Note de sujet DCL : « Facture établie par A au nom et pour le compte de B ».",
)
def agent_without_mention(look: Look) -> Iterator[Hit]:
    """Facturant (EXT-FR-FE-BG-05) différent du vendeur, sans note DCL ni ces mots."""
    agent = look.invoice.invoicer
    if agent is None or siren_of_party(agent) in ("", look.seller_siren):
        return
    if not look.noted("DCL") and not _IN_THE_NAME.search(look.notes):
        yield Hit(
            why=f"{agent.name or 'Un tiers'} facture pour le vendeur sans le dire.",
            where="EXT-FR-FE-112 BT-21", said={"agent": agent.name or "un tiers"},
        )  # fmt: skip


@PARTIES.kind(
    "no-mandate",
    "Facture au nom d'un autre, sans mandat connu",
    source="CGI 289 I-2 ; CGI annexe II, 242 nonies I ; XP Z12-014, cas n° 19a et 19b",
    risk=risk.vat_lost,
    letter="La facture n° {number} du {day} est établie par {issuer} au nom de {seller}. Nous "
    "n'avons pas de mandat en vigueur à cette date. Pouvez-vous nous en adresser une copie, ou "
    "une facture établie par le vendeur lui-même ?",
    remedy="Inscrivez le mandat au registre des mandats avec sa preuve, ou contestez la facture.",
    needs_history=True,
)
def no_mandate(look: Look) -> Iterator[Hit]:
    """Autofacturation, ou facturant tiers, sans mandat en vigueur à la date de la facture."""
    known, issued = look.history.mandates, look.invoice.issue_date
    agent = look.invoice.invoicer
    issuer = look.buyer if look.is_self_billed else agent
    if known is None or issued is None or issuer is None:
        return
    number = siren_of_party(issuer)
    if (
        not number
        or number == look.seller_siren
        or look.seller_place not in {Place.FRANCE, Place.UNKNOWN}
    ):
        return
    if not any(one.covers(look.seller_siren, number, issued) for one in known):
        yield Hit(
            why=f"{issuer.name or number} facture au nom du vendeur ; aucun mandat ne le couvre.",
            where="BT-3 EXT-FR-FE-BG-05", said={"issuer": issuer.name or number},
        )  # fmt: skip
