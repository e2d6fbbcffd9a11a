"""Three months of invoices between the companies of the demonstration.

The days are counted back from the day the demonstration is made, so it is always fresh; everything
else is the same each time.
"""

from __future__ import annotations

from decimal import Decimal

from facturier.server.demo.orders import Sale, Ware, regular, ware

PIECE, KILO, HOUR, DAY, MONTH, CUBIC_METRE, FLAT = "C62", "KGM", "HUR", "DAY", "MON", "MTQ", "LS"

MEDICAL = ("VATEX-FR-CGI261-4", "Exonération de TVA, article 261-4-1° du CGI")
FRANCHISE = ("VATEX-FR-FRANCHISE", "TVA non applicable, article 293 B du CGI")
BUILDING = ("VATEX-EU-AE", "Autoliquidation, article 283-2 nonies du CGI")
ABROAD = ("VATEX-EU-AE", "Reverse charge, article 196 of Directive 2006/112/EC")
UNION = ("VATEX-EU-IC", "Exonération, article 262 ter I du CGI")
EXPORT = ("VATEX-EU-G", "Exonération, article 262 I du CGI")

FOOD = (
    regular(
        "negoce", "comptoir",
        ware("Légumes de saison, cageot", "14", PIECE, "11.80", "5.5", varies=5),
        ware("Huile d'olive, bidon de 5 L", "4", PIECE, "34.50", "5.5", varies=2),
        ware("Vin de table, carton de six", "3", PIECE, "27.90", varies=3),
        ware("Produit d'entretien", "2", PIECE, "9.40"),
        every=12, discount=Decimal(3),
        lives=("payée", "payée", "litige réglé", *("payée",) * 3, "silence", "silence"),
    ),
    regular(
        "negoce", "fournil",
        ware("Farine de blé T65, sac de 25 kg", "22", PIECE, "17.60", "5.5", varies=6, rebate="4"),
        ware("Beurre de tourage", "40", KILO, "6.95", "5.5", varies=15),
        ware("Emballage carton pâtissier", "3", PIECE, "21.00"),
        every=12, first=86, lives=("payée", "approuvée", "payée"), carriage=Decimal("18.00"),
    ),
    regular(
        "negoce", "association",
        ware("Épicerie sèche, palette", "1", PIECE, "412.00", "5.5"),
        ware("Fourniture de bureau", "2", PIECE, "23.50"),
        every=30, first=80, attached="BON_LIVRAISON", order="BC-INSERTION-17",
    ),
    regular(
        "fournil", "comptoir",
        ware("Pain de campagne", "60", PIECE, "2.10", "5.5", varies=20),
        ware("Viennoiseries assorties", "35", PIECE, "0.95", "5.5", varies=10),
        ware("Plateau traiteur, repas livré", "1", PIECE, "48.00", "10", varies=1),
        every=12, first=85, terms=15, lives=("payée", "payée", "silence"),
    ),
    regular(
        "fleuriste", "comptoir",
        ware("Bouquet de table", "8", PIECE, "9.50", "10", varies=4),
        ware("Composition d'accueil", "1", PIECE, "45.00", "10"),
        every=20, terms=15, lives=("payée", "qualité", "payée", "prise en charge"),
    ),
    regular(
        "valmont", "comptoir",
        ware("Rouge de garde, bouteille", "36", PIECE, "8.40", varies=12),
        ware("Rosé, bouteille", "24", PIECE, "6.10"),
        every=30, first=70, lives=("payée", "approuvée", "silence"),
    ),
    regular(
        "valmont", "bruxelles", ware("Rouge de garde, bouteille", "240", PIECE, "7.20", "0", "K"),
        every=29, first=75, exemption=UNION, lives=("silence",),
    ),
    regular(
        "valmont", "boston", ware("Vieilles vignes, bouteille", "180", PIECE, "14.60", "0", "G"),
        every=35, first=60, exemption=EXPORT, terms=45, lives=("silence",),
    ),
    regular(
        "valmont", "negoce", ware("Raisin de table", "420", KILO, "1.85", "5.5", varies=90),
        every=24, first=62, last=10, type_code="389", lives=("payée",),
    ),
)  # fmt: skip

BUILDING_TRADE = (
    regular(
        "macon", "constructions",
        ware("Élévation de murs, lot gros œuvre", "18", DAY, "385.00", "0", "AE", varies=5),
        ware("Mise en œuvre de béton", "11", CUBIC_METRE, "212.00", "0", "AE", varies=6),
        every=18, process="S1", terms=45, exemption=BUILDING, attached="BORDEREAU_SUIVI",
        lives=("payée", "complétée", "litige sur le prix", "approuvée", "suspendue", "silence"),
    ),
    regular(
        "scierie", "constructions",
        ware("Charpente sapin, section 75 × 225", "9", CUBIC_METRE, "428.00", varies=4),
        ware("Chevrons", "120", PIECE, "6.35", varies=40, rebate="5"),
        every=18, first=82, terms=45, attached="BON_LIVRAISON", carriage=Decimal("95.00"),
        lives=("payée", "approuvée en partie", "approuvée", "prise en charge", "silence"),
        extended=True,
    ),
    regular(
        "gardiennage", "constructions", ware("Surveillance de chantier", "96", HOUR, "24.80"),
        every=40, first=79, process="S1", tax_point="debits", monthly=True,
        lives=("payée", "approuvée", "silence"),
    ),
    regular(
        "garage", "macon", ware("Entretien de fourgon, main-d'œuvre", "3", HOUR, "68.00"),
        ware("Plaquettes de frein", "1", PIECE, "84.20"),
        every=32, first=66, process="M1", lives=("payée", "silence"),
    ),
)  # fmt: skip

SERVICES = (
    regular(
        "conseil", "agence", ware("Accompagnement de la direction", "4", DAY, "690.00", varies=2),
        every=40, first=84, process="S1", terms=15, lives=("encaissée", "en deux fois", "silence"),
    ),
    regular(
        "conseil", "constructions", ware("Diagnostic d'organisation, étude", "6", DAY, "720.00"),
        every=40, first=81, process="S1", terms=15, lives=("encaissée", "partiellement encaissée"),
    ),
    regular(
        "conseil", "transport", ware("Formation des exploitants", "2", DAY, "850.00"),
        every=40, first=74, process="S1", terms=15, lives=("encaissée", "suspendue"),
    ),
    regular(
        "transport", "negoce", ware("Transport frigorifique, tournée", "5", PIECE, "148.00",
                                    varies=2),
        ware("Supplément gazole", "1", FLAT, "36.40"),
        every=12, first=87, process="S1", lives=("encaissée", "encaissée", "en deux fois"),
    ),
    regular(
        "transport", "lumen", ware("Livraison de colis, France", "64", PIECE, "7.85", varies=30),
        every=24, process="S1", terms=20, lives=("encaissée", "partiellement encaissée"),
    ),
    regular(
        "transport", "scierie", ware("Affrètement, grumes", "3", PIECE, "410.00", varies=1),
        every=40, first=77, process="S1", lives=("encaissée", "approuvée", "silence"),
    ),
    regular(
        "garage", "transport", ware("Réparation de poids lourd, main-d'œuvre", "7", HOUR, "74.00",
                                    varies=4),
        ware("Filtres et huile moteur", "1", FLAT, "218.60"),
        every=20, process="M1", lives=("payée", "litige sur le prix", "payée", "silence"),
    ),
    regular(
        "garage", "gardiennage", ware("Révision de véhicule, forfait", "1", FLAT, "189.00"),
        every=40, first=58, process="M1", lives=("payée", "prise en charge"),
    ),
    regular(
        "agence", "lumen", ware("Hébergement web et maintenance", "1", MONTH, "180.00"),
        ware("Référencement payant, gestion", "1", FLAT, "350.00"),
        every=30, first=83, process="S1", monthly=True, terms=15,
        lives=("encaissée", "encaissée", "silence"),
    ),
    regular(
        "agence", "fleuriste", ware("Hébergement web", "1", MONTH, "35.00"),
        every=30, first=78, process="S1", monthly=True, lives=("encaissée", "silence"),
    ),
    regular(
        "sci", "comptoir", ware("Loyer du local commercial", "1", MONTH, "1850.00"),
        ware("Provision pour charge locative", "1", MONTH, "140.00"),
        every=30, first=88, process="S1", monthly=True, terms=10, lives=("encaissée", "encaissée"),
    ),
    regular(
        "sci", "conseil", ware("Loyer de bureau, bail professionnel", "1", MONTH, "920.00"),
        every=30, first=88, process="S1", monthly=True, terms=10, lives=("encaissée",),
    ),
    regular(
        "gardiennage", "negoce", ware("Ronde de nuit, entrepôt", "30", PIECE, "28.50"),
        every=40, first=76, process="S1", tax_point="debits", monthly=True, lives=("payée",),
    ),
    regular(
        "medecin", "association", ware("Visite médicale d'embauche", "6", PIECE, "95.00", "0", "E",
                                       varies=4),
        every=29, process="S1", exemption=MEDICAL, lives=("payée", "prise en charge"),
    ),
    regular(
        "medecin", "transport", ware("Visite médicale de conducteur", "3", PIECE, "110.00", "0",
                                     "E"),
        every=30, first=72, process="S1", exemption=MEDICAL, lives=("payée", "silence"),
    ),
    regular(
        "graphiste", "agence", ware("Création d'une charte graphique", "1", FLAT, "640.00", "0",
                                    "E"),
        every=40, first=80, process="S1", exemption=FRANCHISE, lives=("payée", "payée", "silence"),
    ),
    regular(
        "graphiste", "fleuriste", ware("Flyer, mise en page", "1", FLAT, "180.00", "0", "E"),
        every=45, first=52, process="S1", exemption=FRANCHISE, lives=("approuvée", "silence"),
    ),
)  # fmt: skip

SHOP = (
    regular(
        "comptoir", "conseil", ware("Déjeuner d'affaires, repas", "4", PIECE, "21.80", "10"),
        ware("Vin, bouteille", "1", PIECE, "24.00"),
        every=40, first=63, process="S2", terms=0, lives=("comptant",), already_paid=Decimal(1),
    ),
    *(
        regular(
            "lumen", to, ware("Suspension en verre soufflé", "2", PIECE, "79.00", varies=1),
            ware("Ampoule à filament", "6", PIECE, "5.90"),
            every=60, first=first, process="B2", terms=0, lives=("comptant",),
            already_paid=Decimal(1), carriage=Decimal("9.90"),
        )
        for to, first in (("comptoir", 69), ("agence", 61), ("garage", 49), ("conseil", 33))
    ),
)  # fmt: skip

BROUGHT = (
    regular(
        "dublin", "agence", ware("Abonnement logiciel en ligne", "1", MONTH, "240.00", "0", "AE"),
        every=40, first=82, process="S1", by_hand=True, exemption=ABROAD, syntax="ubl",
        lives=("payée", "approuvée", "silence"),
    ),
    *(
        regular(
            "energie", to, ware("Électricité, 1 000 kWh", quantity, PIECE, "168.40", varies=2),
            ware("Abonnement, puissance souscrite", "1", MONTH, "48.20"),
            every=40, first=first, by_hand=True, direct_debit=True, monthly=True, terms=15,
            lives=("payée", "approuvée", "silence"),
        )
        for to, quantity, first in (
            ("comptoir", "3", 73), ("fournil", "5", 71), ("garage", "2", 68),
        )
    ),
    *(
        regular(
            "telecom", to, ware("Forfait mobile et fibre optique", "1", MONTH, price),
            every=40, first=first, process="S1", by_hand=True, direct_debit=True, monthly=True,
            terms=15, tax_point="debits", lives=("payée", "silence"),
        )
        for to, price, first in (("conseil", "54.90", 67), ("agence", "129.00", 65))
    ),
)  # fmt: skip
"""Purchases that came by mail or from a supplier's own site."""


def _web(key: str, ago: int, **more: object) -> Sale:
    """Return one of the two invoices of the association's web site."""
    return Sale(
        key=key, seller="agence", buyer="association", ago=ago, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _frame(key: str, ago: int, **more: object) -> Sale:
    return Sale(
        key=key, seller="scierie", buyer="constructions", ago=ago, **more,  # type: ignore[arg-type]
    )  # fmt: skip


SITE = ware("Création du site de l'association", "1", FLAT, "4200.00")
STAIRS = ware("Escalier en chêne sur mesure", "1", PIECE, "5600.00")
BOTTLES = ware("Rouge de garde, bouteille", "6", PIECE, "8.40")

SINGLE = (
    # A deposit, then the final invoice that takes it up again: services, then goods.
    _web("acompte-site", 64, process="S1", type_code="386", syntax="facturx", terms=10,
         lines=(ware("Acompte de 30 % sur la création du site", "1", FLAT, "1260.00"),),
         life="encaissée"),
    _web("solde-site", 20, process="S4", syntax="facturx", about="acompte-site", lines=(SITE,),
         recalls_deposit=True, life="approuvée"),
    _frame("acompte-escalier", 57, process="B1", type_code="386", syntax="cii", terms=10,
           lines=(ware("Acompte de 40 % sur escalier", "1", PIECE, "2240.00"),), life="encaissée"),
    _frame("solde-escalier", 12, process="B4", syntax="ubl", about="acompte-escalier",
           lines=(STAIRS,), recalls_deposit=True, life="prise en charge"),
    # Credit notes and corrections.
    Sale(key="avoir-negoce", seller="negoce", buyer="comptoir", ago=70, type_code="381",
         about="negoce-comptoir-01", lines=(ware("Huile d'olive, bidon de 5 L", "2", PIECE,
                                                 "34.50", "5.5"),), life="approuvée"),
    Sale(key="avoir-fleurs", seller="fleuriste", buyer="comptoir", ago=52, type_code="381",
         syntax="facturx", about="fleuriste-comptoir-02", life="approuvée",
         lines=(ware("Composition d'accueil", "1", PIECE, "45.00", "10"),)),
    Sale(key="avoir-macon", seller="macon", buyer="constructions", ago=40, type_code="381",
         syntax="cii", process="S1", about="macon-constructions-03", exemption=BUILDING,
         lines=(ware("Mise en œuvre de béton", "2", CUBIC_METRE, "212.00", "0", "AE"),),
         life="prise en charge"),
    Sale(key="avoir-site", seller="agence", buyer="lumen", ago=16, type_code="381", process="S1",
         syntax="facturx", about="agence-lumen-02", terms=15, life="silence",
         lines=(ware("Référencement payant, gestion", "1", FLAT, "120.00"),)),
    Sale(key="rectificative-garage", seller="garage", buyer="transport", ago=61, process="M1",
         type_code="384", about="garage-transport-02", life="approuvée", syntax="ubl",
         lines=(ware("Réparation de poids lourd, main-d'œuvre", "8", HOUR, "74.00"),
                ware("Filtres et huile moteur", "1", FLAT, "198.60"))),
    Sale(key="rectificative-conseil", seller="conseil", buyer="transport", ago=30, process="S1",
         type_code="384", about="conseil-transport-02", syntax="cii", life="approuvée",
         lines=(ware("Formation des exploitants", "2", DAY, "810.00"),)),
    # Refused, each for its own reason.
    Sale(key="refus-inconnue", seller="agence", buyer="constructions", ago=45, process="S1",
         syntax="facturx", lines=(ware("Audit de site internet", "1", FLAT, "900.00"),),
         life="refusée : opération inconnue"),
    Sale(key="refus-destinataire", seller="gardiennage", buyer="comptoir", ago=27, process="S1",
         syntax="cii", lines=(ware("Surveillance de chantier", "12", HOUR, "24.80"),),
         life="refusée : destinataire"),
    Sale(key="refus-taux", seller="negoce", buyer="fournil", ago=19, syntax="ubl",
         lines=(ware("Farine de seigle, sac de 25 kg", "10", PIECE, "19.20"),),
         life="refusée : taux"),
    Sale(key="refus-double", seller="transport", buyer="negoce", ago=8, process="S1",
         syntax="facturx", lines=(ware("Transport frigorifique, tournée", "5", PIECE, "148.00"),),
         life="refusée : deux fois"),
    # To somebody whom no platform serves.
    Sale(key="hors-annuaire-1", seller="valmont", buyer="inconnu", ago=38, syntax="facturx",
         lines=(BOTTLES,)),
    Sale(key="hors-annuaire-2", seller="lumen", buyer="inconnu", ago=9, syntax="ubl",
         lines=(ware("Suspension en verre soufflé", "3", PIECE, "79.00"),)),
)  # fmt: skip

SALES: tuple[Sale, ...] = tuple(
    sale for part in (*FOOD, *BUILDING_TRADE, *SERVICES, *SHOP, *BROUGHT, SINGLE) for sale in part
)
"""All invoices that their authors meant to be right."""

_BOWLS: tuple[Ware, ...] = (
    ware("Vaisselle, lot de bols", "10", PIECE, "7.50"),
    ware("Nappe en lin", "4", PIECE, "22.00"),
)


def _wrong(number: int, ago: int, mutation: str, syntax: str = "ubl", **more: object) -> Sale:
    """Return an invoice with one mistake in it."""
    asked: dict[str, object] = {
        "seller": "lumen", "buyer": "comptoir", "lines": _BOWLS, "order": "BC-88", **more,
    }  # fmt: skip
    return Sale(
        key=f"fautive-{number:02d}", ago=ago, mutation=mutation, syntax=syntax,
        **asked,  # type: ignore[arg-type]
    )  # fmt: skip


WRONG: tuple[Sale, ...] = (
    _wrong(1, 55, "BT-112 + 10"),
    _wrong(2, 50, "BT-106 + 1", "cii", seller="fournil",
           lines=(ware("Pain de campagne", "60", PIECE, "2.10", "5.5"),)),
    _wrong(3, 46, "BT-117 - 5"),
    _wrong(4, 41, "BT-5 =", "cii", seller="transport", buyer="negoce", process="S1",
           lines=(ware("Transport frigorifique, tournée", "5", PIECE, "148.00"),)),
    _wrong(5, 36, "BG-1 =", seller="conseil", buyer="agence", process="S1",
           lines=(ware("Accompagnement de la direction", "1", DAY, "690.00"),)),
    _wrong(6, 31, 'BT-130 = "SEAU"', "cii", seller="fleuriste",
           lines=(ware("Bouquet de table", "8", PIECE, "9.50", "10"),)),
    _wrong(7, 28, "BT-49 ="),
    _wrong(8, 23, "BT-120 =; BT-121 =", "ubl", seller="graphiste", buyer="agence", process="S1",
           exemption=FRANCHISE, lines=(ware("Logo", "1", FLAT, "300.00", "0", "E"),)),
    _wrong(9, 17, "BT-48 =; BT-47 =", "cii", seller="macon", buyer="constructions", process="S1",
           exemption=BUILDING, lines=(ware("Dalle", "3", CUBIC_METRE, "212.00", "0", "AE"),)),
    _wrong(10, 14, "BT-116 + 0.005"),
    _wrong(11, 11, 'BT-118 = "AA"', "cii"),
    _wrong(12, 6, "BT-153 =", "ubl", seller="garage", buyer="transport", process="M1",
           lines=(ware("Vidange", "1", FLAT, "120.00"),)),
    Sale(key="doublon-1", seller="negoce", buyer="comptoir", ago=33, lines=(),
         twin_of="negoce-comptoir-05"),
    Sale(key="doublon-2", seller="sci", buyer="comptoir", ago=26, lines=(),
         twin_of="sci-comptoir-03"),
)  # fmt: skip
"""Invoices with a mistake: the rules find it, and the platform rejects them."""
