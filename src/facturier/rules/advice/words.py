"""Findings that bear a word of ours instead of an official id: what each means and what to do.

``facturier explain XSD`` and the reference page tell them from here. The rules of advice
(``CONSEIL-…``) and the defects of the official files (``OFFICIEL-…``) have tables of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from facturier.findings import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One finding of ours."""

    id: str
    title: str
    meaning: str
    """When it is given, in French."""
    remedy: str
    severity: Severity = Severity.ADVICE


_WORDS = (
    Word(
        id="XSD",
        title="schéma non respecté",
        meaning="Le fichier n'a pas la structure que le schéma officiel (XSD) de sa syntaxe "
        "impose : "
        "un élément manque, est en trop ou n'est pas à sa place. Tout destinataire le rejettera.",
        remedy="Transmettez le constat à l'éditeur du logiciel qui a produit le fichier.",
        severity=Severity.FATAL,
    ),
    Word(
        id="UNMAPPED",
        title="information hors de la norme",
        meaning="Le fichier contient un élément que la norme ne prévoit pas à cet endroit. Il "
        "reste "
        "dans le fichier d'origine ; Facturier ne le reprend ni à l'écran, ni dans une conversion.",
        remedy="Vérifiez si cette information vous est utile ; si oui, demandez à l'émetteur de la "
        "placer dans un terme de la norme, par exemple une note (BT-22).",
    ),
    Word(
        id="MALFORMED",
        title="valeur illisible",
        meaning="Une date, un nombre ou une pièce jointe n'est pas écrit dans la forme que la "
        "norme "
        "demande : sa valeur ne peut pas être reprise. Une pièce jointe illisible rend la facture "
        "invalide ; pour le reste, les règles et le schéma jugent.",
        remedy="Demandez à l'émetteur une date AAAA-MM-JJ (UBL) ou AAAAMMJJ (CII), un nombre "
        "avec un "
        "point, une pièce jointe en base64.",
        severity=Severity.WARNING,
    ),
    Word(
        id="TWICE",
        title="valeur répétée",
        meaning="Un élément figure plusieurs fois là où une seule valeur est admise, et le "
        "contrôle officiel s'arrête sur une erreur au lieu de rendre un verdict : aucune "
        "plateforme ne peut accepter ce fichier.",
        remedy="Gardez une seule de ces valeurs, ou demandez à l'émetteur un fichier corrigé.",
        severity=Severity.FATAL,
    ),
    Word(
        id="FX-NOT-USED",
        title="élément que le profil Factur-X n'a pas",
        meaning="Le profil Factur-X de la facture (BT-24) n'a pas cet élément, cet attribut ou "
        "cette variante à cet endroit. La feuille officielle de Factur-X l'interdit sans donner "
        "d'identifiant à cette règle ; faute de gravité, c'est bloquant.",
        remedy="Retirez-le, ou choisissez un profil plus large s'il vous est nécessaire.",
        severity=Severity.FATAL,
    ),
    Word(
        id="NOT-CHECKED",
        title="document reconnu, non contrôlé",
        meaning="Facturier sait ce qu'est ce document mais n'a ni schéma ni règles pour lui : rien "
        "n'a été contrôlé, et il n'est donc pas dit valide.",
        remedy="Faites-le contrôler par votre plateforme.",
        severity=Severity.WARNING,
    ),
    Word(
        id="NO-RULES-THEN",
        title="règles absentes à cette date",
        meaning="À la date demandée (--on), un des livres de règles qui concernent ce document "
        "n'était pas en vigueur dans une version que Facturier possède : il n'a pas été contrôlé.",
        remedy="Choisissez une date à partir de celle que le constat indique, ou aucune.",
        severity=Severity.WARNING,
    ),
    Word(
        id="ANNUAIRE-FORME",
        title="fichier d'annuaire mal construit",
        meaning="Un bloc d'un fichier d'annuaire (flux 12, 13 ou 14) n'a pas la forme de "
        "l'annexe 3 des spécifications externes : un élément manque, est en trop, n'est pas à sa "
        "place, ou son texte n'a pas la forme demandée.",
        remedy="Corrigez le fichier, ou transmettez le constat à l'éditeur du logiciel qui l'a "
        "produit. Un export reçu du portail se redemande.",
        severity=Severity.FATAL,
    ),
    Word(
        id="ANNUAIRE-CODE",
        title="code inconnu dans un fichier d'annuaire",
        meaning="Un code d'un fichier d'annuaire (statut, nature, motif de présence, type, "
        "qualifiant) n'est pas de ceux que l'annexe 3 des spécifications externes prévoit.",
        remedy="Écrivez un des codes que le constat indique.",
        severity=Severity.FATAL,
    ),
    Word(
        id="ANNUAIRE-COHERENCE",
        title="ligne d'annuaire qui se contredit",
        meaning="Les parties d'un enregistrement d'un export de l'annuaire (flux 14) se "
        "contredisent : l'identifiant n'est pas la suite de ses parties, le SIRET n'est pas du "
        "SIREN, la fin n'est pas après le début.",
        remedy="N'adressez rien par cette ligne avant que le portail l'ait corrigée.",
        severity=Severity.WARNING,
    ),
    Word(
        id="INCOMPLETE",
        title="statut inexploitable",
        meaning="Il manque au message de statut une information sans laquelle on ne sait pas de "
        "quelle facture ou de quel statut il parle.",
        remedy="Demandez à l'émetteur du statut de le renvoyer complet.",
        severity=Severity.WARNING,
    ),
    Word(
        id="NOT-IN-MESSAGE",
        title="terme du statut non repris",
        meaning="Le message de statut porte un terme que le statut conservé ne reprend pas.",
        remedy="Consultez le fichier reçu, qui est conservé tel quel.",
    ),
    Word(
        id="PDF-REPARE",
        title="PDF abîmé, lu après réparation",
        meaning="Le PDF est tronqué ou abîmé ; sa structure a été reconstituée pour le lire. La "
        "facture qu'il contient a été trouvée, mais des pages ou des pièces jointes peuvent "
        "manquer.",
        remedy="Demandez à l'émetteur de vous renvoyer le fichier : celui-ci n'est pas un PDF/A-3 "
        "conforme et ne se conserve pas dix ans.",
        severity=Severity.WARNING,
    ),
    Word(
        id="PDF-NON-COMPARE",
        title="pages non comparées au XML",
        meaning="Le texte des pages n'a pas pu être lu : c'est une image (scan), ou le fichier est "
        "trop lourd ou trop abîmé.",
        remedy="Comparez vous-même la page et la copie lisible : numéro, date, montants, IBAN.",
    ),
    Word(
        id="PDF-AUTRE",
        title="les pages ne sont pas celles de cette facture",
        meaning="Les pages ne montrent ni le numéro, ni la date, ni le total que donne le XML.",
        remedy="Ouvrez le PDF et la copie lisible. S'ils parlent de deux factures, refusez-la et "
        "prévenez l'émetteur.",
    ),
    Word(
        id="PDF-NUMERO",
        title="numéro différent sur les pages",
        meaning="Le numéro de facture du XML (BT-1) ne figure pas sur les pages.",
        remedy="Demandez à l'émetteur quel numéro est le bon ; c'est celui du XML qui est "
        "enregistré.",
    ),
    Word(
        id="PDF-DATE",
        title="date différente sur les pages",
        meaning="La date d'émission du XML (BT-2) ne figure pas sur les pages.",
        remedy="Demandez à l'émetteur quelle date est la bonne : elle décide de la période de TVA.",
    ),
    Word(
        id="PDF-TOTAL",
        title="total différent sur les pages",
        meaning="Le total TTC du XML (BT-112) ne figure pas sur les pages.",
        remedy="Ne payez pas avant que l'émetteur ait dit quel montant est le bon.",
    ),
    Word(
        id="PDF-NET",
        title="net à payer différent sur les pages",
        meaning="Le net à payer du XML (BT-115), différent de son total, ne figure pas sur les "
        "pages.",
        remedy="Ne payez pas avant que l'émetteur ait dit quel montant est le bon.",
    ),
    Word(
        id="PDF-TVA",
        title="TVA différente sur les pages",
        meaning="Le total de TVA du XML (BT-110) ne figure pas sur les pages, ni le détail par "
        "taux.",
        remedy="Demandez à l'émetteur une facture dont les pages et le XML concordent avant de "
        "déduire la TVA.",
    ),
    Word(
        id="PDF-VENDEUR",
        title="vendeur différent sur les pages",
        meaning="Le nom, le SIREN ou le numéro de TVA du vendeur que donne le XML ne figure pas "
        "sur "
        "les pages.",
        remedy="Vérifiez qui vous facture avant de payer ou de déduire la TVA.",
    ),
    Word(
        id="PDF-IBAN",
        title="ALERTE : compte bancaire différent sur les pages",
        meaning="Les pages montrent un IBAN que le XML ne donne pas : l'un des deux a pu être "
        "remplacé pour détourner le paiement.",
        remedy="Ne payez pas. Appelez le fournisseur à un numéro que vous connaissez déjà, "
        "jamais à "
        "celui du document, et demandez-lui son IBAN.",
        severity=Severity.WARNING,
    ),
)
WORDS = {one.id: one for one in _WORDS}
"""Our own findings by id."""


def word(id_: str) -> Word:
    """Return one of :data:`WORDS`. Raises KeyError."""
    return WORDS[id_]
