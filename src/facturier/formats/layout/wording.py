"""French words for the codes of an invoice, as an accountant says them. Tables only.

Codes: UNTDID 1001 (BT-3), 4451 (BT-21), 4461 (BT-81), 5305 (BT-118), 5189 and 7161 (reasons),
2475 and 2005 (BT-8), 3035 (roles), UN/ECE Recommendation 20 (units), ISO/IEC 6523 (schemes); the
French subsets are those of XP Z12-012. A code that is not here is shown as it is.
"""

from __future__ import annotations

from facturier.invoice import profiles

DOCUMENT_TYPES = {
    "261": "Avoir auto-facturé",
    "262": "Avoir pour remise globale",
    "325": "Facture pro forma",
    "326": "Facture partielle",
    "380": "Facture",
    "381": "Avoir",
    "383": "Note de débit",
    "384": "Facture rectificative",
    "386": "Facture d’acompte",
    "389": "Facture auto-facturée",
    "393": "Facture affacturée",
    "396": "Avoir affacturé",
    "471": "Facture rectificative auto-facturée",
    "472": "Facture rectificative affacturée",
    "473": "Facture rectificative auto-facturée affacturée",
    "500": "Facture d’acompte auto-facturée",
    "501": "Facture auto-facturée affacturée",
    "502": "Avoir auto-facturé affacturé",
    "503": "Avoir de facture d’acompte",
    "751": "Facture pour information comptable",
    "875": "Facture partielle de travaux",
    "876": "Situation de travaux",
    "877": "Facture définitive de travaux",
}


# Singular; the plural is made with an "s" unless it is a sign (kg) or given after a bar.
UNITS = {
    "C62": "unité",
    "H87": "pièce",
    "EA": "unité",
    "XPP": "pièce",
    "NAR": "article",
    "SET": "jeu|jeux",
    "PR": "paire",
    "P1": "%|%",
    "DZN": "douzaine",
    "CEN": "centaine",
    "MIL": "millier",
    "LS": "forfait",
    "E48": "prestation",
    "E49": "jour ouvré|jours ouvrés",
    "IE": "personne",
    "HUR": "heure",
    "LH": "heure de travail|heures de travail",
    "MIN": "minute",
    "SEC": "seconde",
    "DAY": "jour",
    "E10": "degré-jour|degrés-jours",
    "WEE": "semaine",
    "MON": "mois|mois",
    "QAN": "trimestre",
    "SAN": "semestre",
    "ANN": "an",
    "KGM": "kg",
    "GRM": "g",
    "MGM": "mg",
    "TNE": "t",
    "DTN": "q",
    "LBR": "lb",
    "MTR": "m",
    "CMT": "cm",
    "MMT": "mm",
    "KMT": "km",
    "KTM": "km",
    "LM": "m linéaire|m linéaires",
    "INH": "pouce",
    "FOT": "pied",
    "MTK": "m²",
    "CMK": "cm²",
    "HAR": "ha",
    "ARE": "a",
    "MTQ": "m³",
    "LTR": "L",
    "CLT": "cL",
    "DLT": "dL",
    "MLT": "mL",
    "HLT": "hL",
    "GLL": "gallon",
    "KWH": "kWh",
    "MWH": "MWh",
    "WHR": "Wh",
    "KWT": "kW",
    "WTT": "W",
    "KVA": "kVA",
    "JOU": "J",
    "GJ": "GJ",
    "4L": "Mo",
    "E34": "Go",
    "E35": "To",
    "AD": "octet",
    "XBX": "boîte",
    "XCT": "carton",
    "XCS": "caisse",
    "XPX": "palette",
    "XPK": "paquet",
    "XBG": "sac",
    "XBO": "bouteille",
    "XRO": "rouleau|rouleaux",
    "XSA": "sac",
    "XCA": "canette",
    "XBE": "botte",
    "RM": "rame",
    "ST": "feuille",
    "QB": "page",
    "KTN": "kt",
    "KMK": "km²",
    "KMH": "km/h",
    "D30": "TJ",
    "E51": "mission",
    "E54": "voyage",
    "E55": "utilisation",
    "5": "levée",
    "ZZ": "unité convenue|unités convenues",
}

PAYMENT_MEANS = {
    "1": "Moyen de paiement non précisé",
    "10": "Espèces",
    "20": "Chèque",
    "21": "Traite bancaire",
    "23": "Chèque de banque",
    "24": "Traite",
    "25": "Chèque certifié",
    "30": "Virement",
    "31": "Virement",
    "42": "Versement sur compte bancaire",
    "48": "Carte bancaire",
    "49": "Prélèvement",
    "54": "Carte de crédit",
    "55": "Carte de débit",
    "57": "Accord permanent",
    "58": "Virement SEPA",
    "59": "Prélèvement SEPA",
    "60": "Billet à ordre",
    "68": "Paiement en ligne",
    "70": "Lettre de change relevé (LCR)",
    "97": "Compensation entre partenaires",
    "ZZZ": "Moyen convenu entre les parties",
}

CREDIT_TRANSFERS = frozenset({"30", "31", "42", "58"})

VAT_CATEGORIES = {
    "S": "Opérations taxées",
    "Z": "Taux zéro",
    "E": "Exonérée",
    "AE": "Autoliquidation",
    "K": "Livraison intracommunautaire",
    "G": "Exportation hors UE",
    "O": "Hors champ de la TVA",
    "L": "IGIC (Canaries)",
    "M": "IPSI (Ceuta et Melilla)",
    "B": "TVA transférée",
}

VAT_CATEGORIES_SHORT = {
    "Z": "Taux zéro",
    "E": "Exonéré",
    "AE": "Autoliq.",
    "K": "Intracom.",
    "G": "Export",
    "O": "Hors champ",
    "L": "IGIC",
    "M": "IPSI",
    "B": "Transférée",
}

EXEMPTIONS = {
    "VATEX-FR-FRANCHISE": "TVA non applicable, art. 293 B du CGI",
    "VATEX-FR-CNWVAT": "Avoir net de taxe",
    "VATEX-FR-AE": "Autoliquidation",
    "VATEX-EU-AE": "Autoliquidation",
    "VATEX-EU-IC": "Livraison intracommunautaire exonérée",
    "VATEX-EU-G": "Exportation hors de l’Union européenne",
    "VATEX-EU-O": "Opération hors du champ de la TVA",
    "VATEX-EU-D": "Régime de la marge : agences de voyages",
    "VATEX-EU-F": "Régime de la marge : biens d’occasion",
    "VATEX-EU-I": "Régime de la marge : objets d’art",
    "VATEX-EU-J": "Régime de la marge : objets de collection et d’antiquité",
    "VATEX-FR-CGI275": "Achat en franchise de TVA, art. 275 du CGI",
    "VATEX-FR-CGI295": "Exonération outre-mer, art. 295 du CGI",
}

NOTE_SUBJECTS = {
    "PMT": "Indemnité forfaitaire pour frais de recouvrement",
    "PMD": "Pénalités de retard",
    "AAB": "Escompte pour paiement anticipé",
    "ABL": "Mentions légales",
    "REG": "Mentions réglementaires",
    "TXD": "Mention fiscale",
    "ACC": "Clause de subrogation (affacturage)",
    "SUR": "Remarque du fournisseur",
    "AAI": "Informations générales",
    "BLU": "Éco-participation",
    "CUS": "Douane",
    "DCL": "Déclaration du créateur du document",
    "CUR": "Remarque du client",
    "PUR": "Information sur l’achat",
    "TAX": "Mention fiscale",
    "ACB": "Informations complémentaires",
    "BAR": "Traitement attendu",
}

NOTE_ORDER = ("PMT", "PMD", "AAB", "ABL", "REG", "TXD", "TAX", "ACC", "BLU")
"""The order of the notes; the other subjects follow as the file has them, ``BAR`` last."""

VAT_POINT_DATES = {
    "3": "à la date de facture (option pour les débits)",
    "5": "à la date de facture (option pour les débits)",
    "29": "à la livraison",
    "35": "à la livraison",
    "72": "à l’encaissement",
    "432": "à l’encaissement",
}

ALLOWANCE_REASONS = {
    "41": "Bonus pour travaux en avance",
    "42": "Autre bonus",
    "60": "Remise du fabricant au consommateur",
    "62": "En raison du statut militaire",
    "63": "En raison d’un accident du travail",
    "64": "Accord particulier",
    "65": "Défaut de production",
    "66": "Nouveau point de vente",
    "67": "Échantillon",
    "68": "Remise de fin de gamme",
    "70": "Incoterm",
    "71": "Seuil de vente atteint",
    "88": "Surcharge ou déduction de matière",
    "95": "Remise",
    "100": "Remise exceptionnelle",
    "102": "Remise de longue durée",
    "103": "Remise temporaire",
    "104": "Remise standard",
    "105": "Remise sur chiffre d’affaires annuel",
}

CHARGE_REASONS = {
    "AAA": "Télécommunication",
    "ABK": "Divers",
    "ABL": "Emballage supplémentaire",
    "ADR": "Autres services",
    "ADT": "Enlèvement",
    "CG": "Nettoyage",
    "DL": "Livraison",
    "FC": "Fret",
    "FI": "Financement",
    "PC": "Emballage",
    "PL": "Palettisation",
    "SH": "Manutention particulière",
}

ROLES = {
    "AB": "Agent de l’acheteur",
    "BY": "Acheteur",
    "DL": "Affactureur",
    "II": "Émetteur de la facture",
    "IV": "Destinataire de la facture",
    "PE": "Bénéficiaire du paiement",
    "PR": "Payeur",
    "SE": "Vendeur",
    "SR": "Agent du vendeur",
    "WK": "Chef de travaux",
}

LINE_SUBTYPES = {
    "DETAIL": "Ligne de détail",
    "GROUP": "Regroupement",
    "INFORMATION": "Ligne d’information",
}

CONTRACT_TYPES = {"MARCHE": "Marché", "CONTRAT": "Contrat"}

DOCUMENT_KINDS = {
    "RIB": "RIB",
    "LISIBLE": "Copie lisible",
    "FEUILLE_DE_STYLE": "Feuille de style",
    "PJA": "Pièce jointe",
    "BORDEREAU_SUIVI": "Bordereau de suivi",
    "DOCUMENT_ANNEXE": "Document annexe",
    "BON_LIVRAISON": "Bon de livraison",
    "BON_COMMANDE": "Bon de commande",
    "BORDEREAU_SUIVI_VALIDATION": "Bordereau de suivi de validation",
    "ETAT_ACOMPTE": "État d’acompte",
    "FACTURE_PAIEMENT_DIRECT": "Facture en paiement direct",
    "RECAPITULATIF_COTRAITANCE": "Récapitulatif de cotraitance",
}

_SITUATIONS = {
    "1": "facture",
    "2": "facture déjà payée",
    "3": "sous-traitance en paiement direct",
    "4": "facture définitive après acompte",
    "5": "déposée par un sous-traitant",
    "6": "déposée par un cotraitant",
    "7": "TVA déjà déclarée",
    "8": "plusieurs vendeurs",
    "9": "facturation bidirectionnelle",
}
_OPERATIONS = {"B": "Livraison de biens", "S": "Prestation de services", "M": "Opération mixte"}
PROCESSES = {
    letter + digit: f"{operation} — {situation}"
    for letter, operation in _OPERATIONS.items()
    for digit, situation in _SITUATIONS.items()
}

PROFILES = {
    profiles.EN16931: "EN 16931",
    profiles.EXTENDED_CTC_FR: "EXTENDED-CTC-FR",
    profiles.FACTURX_EXTENDED: "Factur-X EXTENDED",
    profiles.FACTURX_BASIC: "Factur-X BASIC",
    profiles.FACTURX_BASIC_WL: "Factur-X BASIC WL",
    profiles.FACTURX_MINIMUM: "Factur-X MINIMUM",
}

SCHEMES = {
    "0002": "SIREN",
    "0009": "SIRET",
    "0060": "DUNS",
    "0088": "GLN",
    "0160": "GTIN",
    "0223": "N° de TVA (UE)",
    "0224": "Code routage",
    "0225": "Adresse de facturation",
    "0226": "Particulier",
    "0227": "Identifiant hors UE",
    "0228": "RIDET",
    "0229": "N° TAHITI",
    "0231": "SIREN de l’assujetti unique",
    "0238": "Matricule de plateforme",
    "9957": "N° de TVA",
    "EM": "Courriel",
}

LABELS = {
    "BT-2": "Date d’émission",
    "BT-5": "Devise",
    "BT-6": "Devise de la TVA",
    "BT-7": "Date d’exigibilité de la TVA",
    "BT-8": "TVA exigible",
    "BT-9": "Échéance",
    "BT-10": "Votre référence",
    "BT-11": "Projet",
    "BT-12": "Contrat",
    "BT-13": "Commande",
    "BT-14": "Ordre de vente",
    "BT-15": "Avis de réception",
    "BT-16": "Avis d’expédition",
    "BT-17": "Marché ou lot",
    "BT-18": "Objet facturé",
    "BT-19": "Référence comptable",
    "BT-20": "Conditions de paiement",
    "BT-23": "Cadre de facturation",
    "BT-24": "Profil",
    "BT-25": "Facture antérieure",
    "BT-26": "du",
    "BT-72": "Livraison",
    "BT-73": "Période du",
    "BT-74": "au",
    "BT-82": "Précision",
    "BT-83": "Référence à rappeler",
    "BT-84": "IBAN",
    "BT-85": "Titulaire",
    "BT-86": "BIC",
    "BT-87": "Carte",
    "BT-88": "Porteur",
    "BT-89": "Référence unique de mandat",
    "BT-90": "Identifiant créancier SEPA",
    "BT-91": "Compte débité",
    "BT-106": "Total des lignes HT",
    "BT-107": "Remises",
    "BT-108": "Frais",
    "BT-109": "Total HT",
    "BT-110": "TVA",
    "BT-111": "TVA en devise de comptabilisation",
    "BT-112": "Total TTC",
    "BT-113": "Déjà payé",
    "BT-114": "Arrondi",
    "BT-115": "Net à payer",
    "BT-128": "Objet",
    "BT-132": "Ligne de commande",
    "BT-133": "Référence comptable",
    "BT-134": "Période du",
    "BT-135": "au",
    "BT-147": "Rabais unitaire",
    "BT-148": "Prix brut",
    "BT-155": "Réf. vendeur",
    "BT-156": "Réf. acheteur",
    "BT-157": "Réf. standard",
    "BT-158": "Classification",
    "BT-159": "Origine",
    "EXT-FR-FE-135": "Commande",
    "EXT-FR-FE-158": "Livraison",
    "EXT-FR-FE-181": "TVA de la ligne",
    "EXT-FR-FE-184": "Montant TTC",
}
"""Short labels for the sheet; the others take the term's official French name."""

PARTY_LABELS = {
    "trading_name": "Nom commercial",
    "vat_identifier": "N° de TVA",
    "tax_registration_identifier": "N° fiscal",
    "legal_information": "",
    "electronic_address": "Adresse électronique",
    "role_code": "Rôle",
    "contact.name": "Contact",
    "contact.telephone": "Tél.",
    "contact.email": "Courriel",
    "postal_address.country_subdivision": "Région",
}
"""Short labels inside the block of a party, by field; the block's title says whose they are."""

PARTIES = {
    "seller": "Vendeur",
    "buyer": "Acheteur",
    "invoicer": "Facturant",
    "seller_agent": "Agent du vendeur",
    "buyer_agent": "Agent de l’acheteur",
    "invoicee": "Facture adressée à",
    "payer": "Payeur",
    "payee": "Bénéficiaire du paiement",
    "tax_representative": "Représentant fiscal du vendeur",
}


_SHORTEST_WORD = 4  # "jour"; signs such as "kWh" are shorter


def unit(code: str, *, many: bool = False) -> str | None:
    """Return the French name of a unit, in the plural when `many`; None for an unknown code."""
    name = UNITS.get(code)
    if name is None:
        return None
    singular, _, plural = name.partition("|")
    if not many:
        return singular
    return plural or (singular + "s" if _has_plural(singular) else singular)


def _has_plural(name: str) -> bool:
    """Tell a word (``heure``) from a sign (``kg``, ``m²``)."""
    return (len(name) >= _SHORTEST_WORD and name.isalpha()) or name == "an"
