"""Documents with one anomaly each, made by our own pieces, and the kind that must be found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from facturier.anomalies.history import Channel, Company, Earlier, History, Mandate
from facturier.invoice.model import (
    CreditTransfer,
    Delivery,
    PaymentInstructions,
    PrecedingInvoice,
)
from facturier.invoice.parties import demo_iban, demo_vat
from facturier.ledger.books import Side
from facturier.rules.example_pieces import foreign_party
from facturier.use_cases.pieces import (
    actor,
    by_card,
    earlier,
    earlier_on_line,
    invoice,
    line,
    note,
)

SALE, PURCHASE = Side.SALE, Side.PURCHASE
SELLER = actor(901, "Fictif Agencement SARL", "vendeur")
BUYER = actor(902, "Fictif Hôtel SAS", "acheteur")
THIRD = actor(903, "Fictif Mandat SAS", "mandataire")
GERMAN = foreign_party("Beispiel GmbH", "DE", "DE136695976")
TODAY = date(2026, 11, 22)


def day(text):
    return date.fromisoformat(text)


def plain(*lines, number="FA-2026-0100", seller=SELLER, buyer=BUYER, **more):
    """A right invoice of 1 000,00 + 200,00 unless told otherwise."""
    return invoice(number, seller, buyer, *(lines or (line("Comptoir en chêne", "1000.00"),)),
                   process=more.pop("process", "B1"), **more)  # fmt: skip


def without_notes(document, *codes):
    return replace(
        document, notes=tuple(one for one in document.notes if one.subject_code not in codes)
    )


def noted(document, text, code="AAI"):
    return replace(document, notes=(*document.notes, note(code, text)))


def totalled(document, **totals):
    return replace(document, totals=replace(document.totals, **totals))


def by_transfer(account):
    return (PaymentInstructions(means_code="58", credit_transfer=CreditTransfer(account=account)),)


def deposit(number="AC-2026-0007", **more):
    return plain(line("Acompte de 30 % sur le devis 118", "300.00"), number=number, kind="386",
                 **more)  # fmt: skip


def final(**more):
    lines = more.pop("lines", (line("Comptoir en chêne", "1000.00"),))
    return plain(*lines, process="B4", number="FA-2026-0190", on="2026-11-20", **more)


def reprise():
    taken = deposit()
    return line("Reprise de l'acompte", "-300.00", preceding_invoices=earlier_on_line(taken))


def seller_with(**changes):
    return replace(SELLER.party, **changes)


def buyer_with(**changes):
    return replace(BUYER.party, **changes)


def at(party, **changes):
    return replace(party, postal_address=replace(party.postal_address, **changes))


def known(number="FA-2026-0090", when="2026-10-20", gross="1200.00", **more):
    return Earlier(number=number, issue_date=day(when), gross=Decimal(gross), **more)


def company(actor_=BUYER, **more):
    address = actor_.party.postal_address
    return Company(siren=actor_.siren, names=(actor_.name,), post_code=address.post_code, **more)


def seen(*documents, **more):
    return History(earlier=documents, **more)


def of_company(actor_=BUYER, **more):
    return History(company=company(actor_, **more))


def exempt(category, code, reason):
    return plain(line("Comptoir en chêne", "1000.00", "0", category),
                 exempt=(category, code, reason))  # fmt: skip


def in_breakdown(document, **changes):
    return replace(document, vat_breakdown=(replace(document.vat_breakdown[0], **changes),))


@dataclass(frozen=True)
class Planted:
    kind: str
    what: str
    invoice: object
    history: History = field(default_factory=History)
    side: Side = PURCHASE
    also: frozenset = frozenset()
    risk: str | None = None
    """Euros, computed by hand."""


def plant(kind, what, document, history=None, *, side=PURCHASE, also=(), risk=None):
    return Planted(kind, what, document, history or History(), side, frozenset(also), risk)


AE = ("AE", "VATEX-FR-AE", "AUTOLIQUIDATION, article 283-2 nonies du CGI")

NATURES = [
    plant("pro-forma", "type 325", replace(plain(), type_code="325"), risk="200.00"),
    plant("pro-forma", "le dit en note", noted(plain(), "FACTURE PRO-FORMA n° 12"), risk="200.00"),
    plant("pro-forma", "le dit en nom", replace(plain(), document_name="Proforma"), risk="200.00"),
    plant("not-an-invoice", "devis", replace(plain(), document_name="Devis"), risk="200.00"),
    plant("not-an-invoice", "note de débit (383)", replace(plain(), type_code="383"),
          risk="200.00"),
    plant("deposit-without-vat", "acompte en catégorie E sans motif",
          plain(line("Acompte de 30 %", "300.00", "0", "E"), kind="386",
                exempt=("E", "VATEX-FR-CNWVAT", "TVA à l'encaissement")), risk="60.00", side=SALE),
    plant("deposit-without-vat", "acompte hors champ",
          plain(line("Acompte de 30 %", "300.00", "0", "O"), kind="386",
                exempt=("O", "VATEX-EU-O", "Hors champ")), risk="60.00"),
    plant("progress-called-deposit", "situation n° 2 en 386",
          plain(line("Situation n° 2, travaux réalisés à 40 %", "4000.00"), kind="386",
                process="S1"), risk="1000.00"),
    plant("deposit-as-invoice", "acompte en 380",
          plain(line("Acompte de 30 % sur le devis 118", "300.00")), risk="75.00"),
    plant("earnest-money-with-vat", "arrhes taxées", plain(line("Arrhes, salle du 12 juin",
          "500.00"), process="S1"), risk="100.00"),
    plant("negative-invoice", "380 négative", plain(line("Reprise de comptoir", "-1000.00")),
          risk="200.00"),
    plant("credit-note-without-origin", "avoir qui ne cite rien", plain(kind="381"),
          risk="200.00"),
    plant("credit-note-too-large", "avoir de 1 200 sur 600",
          plain(kind="381", preceding_invoices=(
              PrecedingInvoice(number="FA-2026-0050", issue_date=day("2026-10-01")),)),
          seen(known("FA-2026-0050", "2026-10-01", "600.00")), risk="600.00"),
    plant("credit-note-too-large", "second avoir de la même facture",
          plain(number="AV-2", kind="381", preceding_invoices=(
              PrecedingInvoice(number="FA-2026-0050", issue_date=day("2026-10-01")),)),
          seen(known("FA-2026-0050", "2026-10-01", "1500.00"),
               known("AV-1", "2026-10-20", "500.00", type_code="381", about=("FA-2026-0050",))),
          risk="200.00"),
]  # fmt: skip

DEPOSITS = [
    plant("final-without-deposit", "B4 qui ne cite rien",
          final(lines=(line("Comptoir en chêne", "1000.00"),
                       line("Reprise de l'acompte", "-300.00"))), risk="60.00"),
    plant("deposit-deducted-twice", "ligne négative et BT-113",
          final(lines=(line("Comptoir", "1000.00"), reprise()), paid="360.00", extended=True,
                preceding_invoices=earlier(deposit(), typed=True)), risk="360.00", side=SALE),
    plant("deposit-deducted-twice", "deux lignes pour un acompte",
          final(lines=(line("Comptoir", "1000.00"), reprise(), reprise()), extended=True,
                preceding_invoices=earlier(deposit(), typed=True)), risk="300.00"),
    plant("deposit-deducted-after-vat", "déduit du TTC",
          final(paid="360.00", preceding_invoices=earlier(deposit())), risk="60.00"),
    plant("deposit-amount-differs", "400 repris pour 360 facturés",
          final(lines=(line("Comptoir", "1000.00"),
                       line("Reprise", "-333.33", preceding_invoices=earlier_on_line(deposit()))),
                extended=True, preceding_invoices=earlier(deposit(), typed=True)),
          seen(known("AC-2026-0007", "2026-11-02", "360.00", type_code="386")), risk="40.00"),
    plant("deposit-not-deducted", "commande avec acompte", plain(order="CDE-77"),
          seen(known("AC-2026-0007", "2026-10-02", "360.00", type_code="386", order="CDE-77")),
          risk="360.00"),
    plant("retention-from-base", "ligne de retenue de garantie",
          plain(line("Travaux de peinture", "1000.00"),
                line("Retenue de garantie 5 %", "-50.00"), process="S1"), risk="10.00"),
]  # fmt: skip

TAXES = [
    plant("category-and-rate", "AE à 20 %",
          in_breakdown(plain(line("Pose", "1000.00", "0", "AE"), process="S1", exempt=AE),
                       rate=Decimal(20))),
    plant("category-and-rate", "S à 0 %", plain(line("Comptoir", "1000.00", "0"))),
    plant("rate-of-another-territory", "8,5 % à Lyon", plain(line("Comptoir", "1000.00", "8.5")),
          risk="85.00"),
    plant("exemption-unexplained", "E sans motif",
          in_breakdown(exempt("E", "VATEX-FR-CGI261-4", "Article 261"), exemption_code=None,
                       exemption_reason=None), risk="200.00", side=SALE),
    plant("exemption-contradicts", "code de franchise, texte de l'article 283",
          exempt("E", "VATEX-FR-FRANCHISE", "Autoliquidation, article 283 du CGI"), side=SALE,
          risk="15.00"),
    plant("exemption-contradicts", "catégorie K, code d'exportation",
          in_breakdown(exempt("K", "VATEX-EU-IC", "Article 262 ter I"),
                       exemption_code="VATEX-EU-G"), side=SALE, risk="15.00"),
    plant("franchise-with-vat", "293 B et TVA",
          noted(plain(), "TVA non applicable, article 293 B du CGI"), risk="200.00"),
    plant("franchise-with-vat", "dossier en franchise", plain(),
          of_company(SELLER, is_franchise=True), side=SALE, risk="200.00"),
    plant("reverse-charge-without-mention", "AE sans le mot",
          plain(line("Pose", "1000.00", "0", "AE"), process="S1",
                exempt=("AE", "VATEX-FR-AE", "TVA due par l'acheteur")), risk="10.00"),
    plant("reverse-charge-with-vat", "sous-traitance de travaux taxée",
          plain(line("Travaux de maçonnerie en sous-traitance, lot n° 2", "1000.00"),
                process="S1"), risk="200.00"),
    plant("reverse-charge-with-vat", "mention et TVA",
          noted(plain(process="S1"), "Autoliquidation"), risk="200.00"),
    plant("margin-with-vat", "marge et TVA apparente",
          noted(plain(), "Régime particulier, biens d'occasion (article 297 A)"), risk="200.00"),
    plant("disbursement-with-vat", "débours taxé",
          plain(line("Honoraires", "1000.00"), line("Débours : frais de greffe", "60.00"),
                process="S1"), risk="12.00"),
    plant("vat-does-not-follow", "TVA de 260 pour 200",
          totalled(in_breakdown(plain(), tax_amount=Decimal("260.00")),
                   vat_amount=Decimal("260.00"), with_vat=Decimal("1260.00"),
                   due_amount=Decimal("1260.00")), risk="60.00"),
    plant("vat-number-missing", "aucun numéro", plain(seller=seller_with(vat_identifier=None)),
          risk="200.00"),
]  # fmt: skip

CROSSINGS = [
    plant("foreign-seller-french-vat", "vendeur allemand, numéro français",
          plain(seller=replace(GERMAN, vat_identifier=demo_vat(905)), payment=by_card()),
          risk="200.00"),
    plant("foreign-seller-french-vat", "vendeur de Cayenne",
          plain(seller=at(SELLER.party, post_code="97300", city="Cayenne")), risk="200.00"),
    plant("foreign-vat", "TVA allemande",
          plain(line("Maschine", "1000.00", "19"), seller=GERMAN, payment=by_card()),
          risk="190.00"),
    plant("foreign-buyer-french-vat", "client allemand taxé",
          plain(line("Étude de marché", "1000.00"), buyer=GERMAN, process="S1"), side=SALE,
          risk="200.00"),
    plant("service-as-goods", "heures en cadre B", plain(line("Audit", "1000.00", unit="HUR")),
          side=SALE, risk="15.00"),
    plant("goods-as-service", "kilogrammes en cadre S",
          plain(line("Farine T65", "1000.00", unit="KGM"), process="S1"), side=SALE,
          risk="15.00"),
]  # fmt: skip

PARTIES = [
    plant("vat-number-of-another", "clé fausse",
          plain(seller=seller_with(vat_identifier="FR00" + SELLER.siren)), risk="200.00"),
    plant("vat-number-of-another", "autre SIREN",
          plain(seller=seller_with(vat_identifier=demo_vat(904))), risk="200.00"),
    plant("other-company", "au SIREN d'un autre", plain(), of_company(THIRD), risk="200.00"),
    plant("other-name", "ancien nom", plain(buyer=buyer_with(name="Ancienne Auberge Réunie SA")),
          of_company()),
    plant("other-address", "ancienne adresse",
          plain(buyer=at(BUYER.party, post_code="13001", city="Marseille")), of_company()),
    plant("employee-purchase", "adresse des frais", plain(buyer=BUYER.at("FRAISCOLLABORATEUR")),
          risk="1200.00"),
    plant("employee-purchase", "au nom d'un salarié",
          plain(buyer=replace(BUYER.party, name="Jeanne Fictive")),
          of_company(employees=("Jeanne Fictive",)), also=("other-name",), risk="1200.00"),
    plant("buyer-siren-missing", "acheteur sans SIREN",
          plain(buyer=buyer_with(legal_identifier=None)), side=SALE, risk="15.00"),
    plant("self-billed-without-mention", "389 sans le mot", plain(kind="389"), side=SALE,
          risk="15.00"),
    plant("agent-without-mention", "facturant muet",
          plain(extended=True, invoicer=THIRD.third()), side=SALE, risk="15.00"),
    plant("no-mandate", "autofacture sans mandat",
          noted(plain(kind="389"), "Autofacturation"),
          History(mandates=(Mandate(seller=SELLER.siren, issuer=THIRD.siren,
                                    start=day("2026-01-01")),)), risk="200.00"),
    plant("no-mandate", "mandat expiré",
          noted(plain(kind="389"), "Autofacturation"),
          History(mandates=(Mandate(seller=SELLER.siren, issuer=BUYER.siren,
                                    start=day("2025-01-01"), end=day("2025-12-31")),))),
]  # fmt: skip

MENTIONS = [
    plant("late-fees-missing", "sans pénalités",
          noted(without_notes(plain(), "PMD", "PMT"), "Indemnité de recouvrement : 40 €", "PMT")),
    plant("recovery-indemnity-missing", "sans les 40 €", without_notes(plain(), "PMT")),
    plant("payment-terms-missing", "sans échéance", replace(plain(), due_date=None)),
    plant("delivery-date-missing", "bon de livraison sans date",
          plain(despatch_advice="BL-1207"), side=SALE, risk="15.00"),
    plant("debits-option-not-coded", "débits en note",
          noted(plain(process="S1"), "TVA acquittée d'après les débits"), side=SALE,
          risk="15.00"),
    plant("debits-option-missing", "dossier aux débits", plain(process="S1"),
          of_company(SELLER, option_for_debits=True), side=SALE, risk="15.00"),
    plant("term-too-long", "90 jours", plain(due="2027-01-31")),
    plant("far-from-delivery", "livrée en juin",
          plain(delivery=Delivery(actual_date=day("2026-06-10"))), risk="250.00"),
    plant("in-closed-year", "datée d'un mois clos", plain(),
          of_company(closed_until=day("2026-11-30")), risk="250.00"),
    plant("dated-ahead", "datée de décembre", plain(on="2026-12-24"), History(today=TODAY)),
    plant("deduction-lapsed", "facture de 2023", plain(on="2023-05-04"), History(today=TODAY),
          risk="200.00"),
]  # fmt: skip

REPEATS = [
    plant("duplicate", "déjà reçue sur papier, saisie", plain(number="FA-2026-0100"),
          seen(known("fa 2026/100", "2026-11-02", channel=Channel.BOOKS,
                     place="écriture HA 118 du 02/11/2026")), risk="1200.00"),
    plant("duplicate", "PDF puis facture électronique", plain(),
          seen(known("FA-2026-0100", "2026-11-02", channel=Channel.PAPER)), risk="1200.00"),
    plant("same-number-other-amount", "même numéro, 900 €", plain(),
          seen(known("FA-2026-0100", "2026-10-02", "900.00")), risk="200.00"),
    plant("near-duplicate", "numéro abrégé", plain(), seen(known("100", "2026-11-02")),
          risk="1200.00"),
    plant("near-duplicate", "chiffres intervertis", plain(number="FA-2026-0213"),
          seen(known("FA-2026-0231", "2026-11-02")), risk="1200.00"),
    plant("number-out-of-order", "numéro antidaté", plain(number="FA-2026-0150"),
          seen(known("FA-2026-0160", "2026-10-01", "10.00"),
               known("FA-2026-0161", "2026-10-09", "20.00")), side=SALE, risk="15.00"),
]  # fmt: skip

PAYMENTS = [
    plant("iban-changed", "autre compte que d'habitude", plain(),
          seen(known(account=demo_iban(77))), risk="1200.00"),
    plant("iban-of-another-country", "compte lituanien",
          plain(payment=by_transfer("LT121000011101001000")), risk="1200.00"),
    plant("unusual-amount", "dix fois plus", plain(line("Comptoir", "10000.00")),
          seen(*(known(f"FA-2026-00{n}", f"2026-10-{n}") for n in range(10, 15))),
          risk="10800.00"),
    plant("paid-but-not-paid", "B2 sans paiement", plain(process="B2"), risk="1200.00"),
    plant("paid-but-not-paid", "B2 sans date",
          replace(plain(process="B2", paid="1200.00"), due_date=None), risk="0.00"),
    plant("after-till-without-till", "S7 sans recette", plain(process="S7"),
          History(takings={day("2026-10-30"): Decimal("450.00")}), side=SALE, risk="200.00"),
    plant("totals-disagree", "TTC de 1 300",
          totalled(plain(), with_vat=Decimal("1300.00"), due_amount=Decimal("1300.00")),
          risk="100.00"),
    plant("total-in-words-differs", "arrêtée à 1 300 en lettres",
          noted(plain(), "Arrêtée la présente facture à la somme de mille trois cents euros."),
          risk="100.00"),
    plant("pages-differ", "total des pages", plain(),
          History(findings=frozenset({"PDF-TOTAL"})), risk="200.00"),
]  # fmt: skip

PLANTED = [
    *NATURES, *DEPOSITS, *TAXES, *CROSSINGS, *PARTIES, *MENTIONS, *REPEATS, *PAYMENTS,
]  # fmt: skip
