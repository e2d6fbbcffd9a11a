"""Every reason code of the life cycle: what it means, who must act, what to do.

Codes are those of the Schematron BR-FR-CDV 1.4.0 (51 codes) and of the DGFiP's rules G7.18 and
G7.19 (answers of the public portal). Labels and sentences are ours. Which status admits which
reason is said once, in :mod:`facturier.lifecycle.statuses`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Actor(StrEnum):
    """Who must act; the value is the French name, for a sentence."""

    SELLER = "le vendeur"
    BUYER = "l'acheteur"
    BOTH = "le vendeur et l'acheteur"
    HEARER = "le destinataire du statut"
    PLATFORM = "la plateforme"


class Step(StrEnum):
    """What comes next; the value is what a person reads, in French."""

    NEW = "Corriger, puis émettre une nouvelle facture sous un autre numéro"
    CORRECT = "Corriger par un avoir, une facture rectificative ou une nouvelle facture"
    CANCEL = "Annuler la facture, ou justifier l'opération"
    COMPLETE = "Fournir ce qui manque avec le statut « Complétée » (209)"
    AGREE = "S'accorder avec l'autre partie, puis corriger si nécessaire"
    KEEP_FIRST = "Ne rien annuler : le premier envoi reste valable"
    DUPLICATE = "Envoyer un duplicata par un autre moyen"
    RESEND = "Renvoyer la facture telle quelle à la bonne plateforme"
    FIX_FILE = "Corriger le fichier et le déposer de nouveau"
    FIX_MESSAGE = "Corriger le message et le transmettre de nouveau"
    WAIT = "Attendre : rien n'est à refaire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a status was given, in words that a person can act upon."""

    code: str
    """The official code, verbatim (MDT-113)."""
    label: str
    """Short French name (MDT-114)."""
    cause: str
    """One French sentence: what is wrong."""
    remedy: str
    """One French sentence: who must do what."""
    actor: Actor = Actor.HEARER
    """Who must act."""
    step: Step = Step.AGREE
    """What comes next; with the status it decides which document can be prepared."""
    terms: tuple[str, ...] = ()
    """What has to change in the invoice (keys of :mod:`facturier.invoice.amending`); empty when
    nothing has, or nobody can say."""
    known: bool = True
    """False for a code that is in no list: shown as it came."""


_PRICE = "Le vendeur corrige par un avoir ou une facture rectificative."
_CORRECTION = (
    "Le vendeur corrige : avoir ou facture rectificative après un litige, nouvelle facture "
    "après un refus ou un rejet."
)
_PLATFORM = "La plateforme qui a envoyé le fichier le corrige et le renvoie."
_ATTACHMENT = "Le vendeur corrige la pièce jointe et dépose de nouveau la facture."

_ROWS: tuple[tuple[str, str, str, str], ...] = (
    # what the parties say about the invoice
    ("AUTRE", "Autre motif",
     "Le motif n'est dans aucune liste : il est expliqué dans le commentaire.",
     "Le destinataire du statut lit le commentaire et répond à son auteur."),
    ("COORD_BANC_ERR", "Coordonnées bancaires erronées",
     "L'IBAN ou le titulaire du compte à payer est absent ou faux.",
     "Le vendeur communique les bonnes coordonnées ; l'acheteur les vérifie avant de payer."),
    ("TX_TVA_ERR", "Taux de TVA erroné",
     "Un taux de TVA de la facture n'est pas celui de l'opération.", _CORRECTION),
    ("MONTANTTOTAL_ERR", "Montant total erroné",
     "Le total de la facture n'est pas celui qui est attendu.", _CORRECTION),
    ("CALCUL_ERR", "Erreur de calcul",
     "Les montants de la facture ne se recoupent pas entre eux.", _CORRECTION),
    ("NON_CONFORME", "Mention obligatoire absente",
     "Il manque à la facture une mention que la loi exige.", _CORRECTION),
    ("DOUBLON", "Facture en double",
     "Cette facture a déjà été émise ou reçue : seul ce nouvel envoi est en cause, pas le premier.",
     "Le vendeur garde la première facture et n'annule que cet envoi."),
    ("DEST_INC", "Destinataire inconnu",
     "Le destinataire ne figure pas dans l'annuaire.",
     "Le vendeur vérifie le SIREN et l'adresse de l'acheteur, puis émet une nouvelle facture."),
    ("DEST_ERR", "Mauvais destinataire",
     "La facture a été adressée à une entreprise qui n'est pas l'acheteur.",
     "Le vendeur annule la facture et en émet une nouvelle à l'entreprise concernée."),
    ("TRANSAC_INC", "Opération inconnue",
     "L'acheteur ne retrouve ni la livraison ni la prestation facturée.",
     "Le vendeur justifie l'opération, ou annule la facture."),
    ("EMMET_INC", "Émetteur inconnu",
     "L'acheteur ne connaît pas ce fournisseur.",
     "Le vendeur se fait connaître de l'acheteur ; l'acheteur reste vigilant face à une fraude."),
    ("CONTRAT_TERM", "Contrat terminé",
     "Le contrat ou le marché cité est terminé.",
     "Le vendeur cite le bon contrat dans une nouvelle facture, ou annule celle-ci."),
    ("DOUBLE_FACT", "Opération facturée deux fois",
     "La même opération a déjà été facturée sous un autre numéro.",
     "Le vendeur annule l'une des deux factures."),
    ("CMD_ERR", "Numéro de commande absent ou erroné",
     "Le bon de commande attendu par l'acheteur manque ou n'est pas le bon.",
     "Le vendeur demande le numéro à l'acheteur et le fournit."),
    ("ADR_ERR", "Adresse électronique absente ou erronée",
     "L'adresse de facturation du destinataire manque ou est fausse.",
     "Le vendeur relève l'adresse dans l'annuaire et émet une nouvelle facture."),
    ("SIRET_ERR", "SIRET absent ou erroné",
     "L'établissement de l'acheteur manque ou n'est pas le bon.",
     "Le vendeur demande le bon SIRET à l'acheteur et le fournit."),
    ("CODE_ROUTAGE_ERR", "Code de routage absent ou erroné",
     "Le service de l'acheteur ne peut pas être retrouvé par le code de routage.",
     "Le vendeur demande le bon code de routage à l'acheteur et le fournit."),
    ("REF_CT_ABSENT", "Référence contractuelle absente",
     "La référence du contrat ou du marché n'est pas sur la facture.",
     "Le vendeur ajoute la référence convenue."),
    ("REF_ERR", "Référence erronée",
     "Une référence de la facture n'est pas celle que l'acheteur attend.",
     "Le vendeur vérifie la référence avec l'acheteur et la corrige."),
    ("PU_ERR", "Prix unitaire erroné",
     "Un prix unitaire n'est pas celui qui a été convenu.", _PRICE),
    ("REM_ERR", "Remise erronée",
     "Une remise manque ou n'est pas celle qui a été convenue.", _PRICE),
    ("QTE_ERR", "Quantité erronée",
     "La quantité facturée n'est pas la quantité reçue.", _PRICE),
    ("ART_ERR", "Article erroné",
     "L'article facturé n'est pas l'article livré ou commandé.", _PRICE),
    ("MODPAI_ERR", "Conditions de paiement erronées",
     "L'échéance ou le moyen de paiement n'est pas celui qui a été convenu.",
     "Le vendeur et l'acheteur s'accordent ; le vendeur corrige si nécessaire."),
    ("QUALITE_ERR", "Qualité insuffisante",
     "Le bien ou la prestation n'a pas la qualité convenue.",
     "Le vendeur remplace, reprend, ou consent un avoir."),
    ("LIVR_INCOMP", "Livraison incomplète",
     "Tout ce qui est facturé n'a pas été livré ou exécuté.",
     "Le vendeur complète la livraison, ou consent un avoir pour ce qui manque."),
    ("JUSTIF_ABS", "Justificatif absent",
     "Il manque une pièce dont l'acheteur a besoin pour traiter la facture.",
     "Le vendeur envoie la pièce avec le statut « Complétée »."),
    # what platforms say about the transmission
    ("NON_TRANSMISE", "Facture non transmise",
     "Le destinataire n'a pas de plateforme, ou elle n'a pas pu être jointe.",
     "Le vendeur envoie un duplicata par un autre moyen ; la facture reste émise."),
    ("ROUTAGE_ERR", "Erreur de routage",
     "La plateforme qui a reçu la facture ne sert pas, ou plus, cette adresse.",
     "La plateforme du vendeur relit l'annuaire et renvoie la facture telle quelle."),
    ("REJ_SEMAN", "Contenu non conforme au format",
     "Le contenu ne respecte pas les règles de sens du format.",
     "L'émetteur corrige les données signalées et recommence l'envoi."),
    ("REJ_UNI", "Document déjà transmis",
     "Un document de même identité a déjà été transmis.",
     "L'émetteur vérifie ses envois et ne garde que le premier."),
    ("REJ_COH", "Données incohérentes",
     "Des données se contredisent, ou ne sont pas dans les référentiels.",
     "L'émetteur corrige les données signalées et recommence l'envoi."),
    ("REJ_ADR", "Adresse absente de l'annuaire",
     "L'adresse électronique du destinataire n'est pas une ligne active de l'annuaire.",
     "Le vendeur choisit une adresse active de l'acheteur et émet une nouvelle facture."),
    ("REJ_CONT_B2G", "Contrôle du secteur public non satisfait",
     "La facture ne respecte pas une règle propre à Chorus Pro.",
     "Le vendeur complète ce que le service public demande et émet une nouvelle facture."),
    ("REJ_REF_PJ", "Référence de pièce jointe erronée",
     "La facture cite une pièce jointe qui n'a pas été trouvée.", _ATTACHMENT),
    ("REJ_ASS_PJ", "Pièce jointe non rattachable",
     "Une pièce jointe n'a pas pu être rattachée à sa facture.", _ATTACHMENT),
    # what Chorus Pro adds for the public sector
    ("RETRAIT_MAN_SERV", "Retirée par un gestionnaire du service",
     "Un gestionnaire du service public a retiré la facture.",
     "Le vendeur demande la raison au service destinataire."),
    ("ST_CT_NON_DECLAR", "Sous-traitant ou cotraitant non déclaré",
     "Le marché ne connaît pas ce sous-traitant ou ce cotraitant.",
     "Le titulaire du marché fait déclarer l'intervenant avant une nouvelle facture."),
    ("SUPPR_COMP_AVOIR", "Supprimée et compensée par un avoir",
     "Le service public a écarté la facture parce qu'un avoir la compense.",
     "Le vendeur vérifie que l'avoir cité couvre bien la facture."),
    ("TRANSF_PMNT_REGIE", "Transférée au paiement en régie",
     "Le service public paie cette facture par une régie, hors du circuit habituel.",
     "Le vendeur attend le paiement de la régie."),
    ("CONTACT_ACHTR", "Contacter l'acheteur",
     "Le service public veut échanger avec le vendeur avant de traiter la facture.",
     "Le vendeur prend contact avec l'acheteur public."),
    # what the public portal answers to platforms
    ("REJ_PER", "Période erronée",
     "La période déclarée n'est pas celle qui est attendue.",
     "La plateforme corrige la période et transmet de nouveau."),
    ("REJ_RG", "Règle de gestion non respectée",
     "Une règle du portail public n'est pas respectée.",
     "La plateforme lit la règle citée, corrige et transmet de nouveau."),
    ("REJ_HAB", "Droits insuffisants",
     "L'émetteur n'a pas le rôle ou le mandat qu'il faut pour cet envoi.",
     "La plateforme fait vérifier son rattachement et ses mandats."),
    ("REJ_VAL_INC", "Valeur incorrecte",
     "Une valeur de la ligne d'annuaire n'est pas admise.",
     "La plateforme corrige la valeur signalée et transmet de nouveau."),
    ("REJ_INC", "Statut incohérent",
     "Ce statut ne peut pas suivre ceux que le portail a déjà reçus.",
     "La plateforme vérifie l'historique de la facture avant tout nouvel envoi."),
    ("REJ_INEX", "Statut inexistant",
     "Le portail ne connaît pas ce code de statut.",
     "La plateforme corrige le code et transmet de nouveau."),
    ("REJ_ENCAISSEMENT", "Encaissement non réparti par taux",
     "Le montant encaissé n'est pas donné pour chaque taux de TVA.",
     "Le vendeur répartit l'encaissement par taux ; la plateforme le transmet de nouveau."),
    # files that nobody could take in
    ("IRR_VIDE_F", "Fichier vide", "Un fichier de l'envoi est vide.", _PLATFORM),
    ("IRR_TYPE_F", "Type de fichier refusé",
     "Le type ou l'extension d'un fichier n'est pas admis.", _PLATFORM),
    ("IRR_SYNTAX", "Fichier mal formé",
     "Un fichier ne respecte pas la syntaxe de son format.", _PLATFORM),
    ("IRR_TAILLE_PJ", "Pièce jointe trop grosse",
     "Une pièce jointe dépasse la taille admise.", _ATTACHMENT),
    ("IRR_NOM_PJ", "Nom de pièce jointe refusé",
     "Le nom d'une pièce jointe contient un caractère interdit.", _ATTACHMENT),
    ("IRR_VID_PJ", "Pièce jointe vide", "Une pièce jointe est vide.", _ATTACHMENT),
    ("IRR_EXT_DOC", "Extension de pièce jointe refusée",
     "L'extension d'une pièce jointe n'est pas admise.", _ATTACHMENT),
    ("IRR_TAILLE_F", "Fichier trop gros",
     "Un fichier de l'envoi dépasse la taille admise.", _PLATFORM),
    ("IRR_ANTIVIRUS", "Fichier infecté",
     "L'antivirus a trouvé un contenu dangereux.",
     "L'émetteur nettoie son poste et refait le fichier."),
    ("IRR_NOM_F", "Nom de fichier refusé",
     "Le nom d'un fichier de l'envoi n'est pas conforme.", _PLATFORM),
    ("IRR_TAILLE", "Flux trop gros", "L'envoi dépasse la taille admise.", _PLATFORM),
    ("IRR_UNICITE", "Flux déjà reçu",
     "Un envoi de même identifiant a déjà été reçu.",
     "La plateforme vérifie si c'est une répétition ; sinon elle renumérote son envoi."),
    ("IRR_VIDE", "Flux vide", "L'envoi ne contient rien.", _PLATFORM),
    ("IRR_FORM", "Nom d'enveloppe non conforme",
     "Le nom de l'enveloppe ne suit pas le format attendu.", _PLATFORM),
    ("IRR_TYPE", "Type de flux refusé",
     "Le type ou l'extension de l'envoi n'est pas admis.", _PLATFORM),
    ("IRR_CODE_INTER", "Code interface inconnu",
     "Le code interface est bien écrit, mais n'existe pas.", _PLATFORM),
    ("IRR_EXTRAC", "Archive illisible",
     "L'archive de l'envoi n'a pas pu être ouverte.", _PLATFORM),
    ("IRR_CODE_APP", "Code application non raccordé",
     "Aucun raccordement n'existe pour ce code application.",
     "La plateforme fait vérifier son raccordement au portail public."),
)  # fmt: skip

_NEXT: tuple[tuple[Actor, Step, str], ...] = (
    (Actor.HEARER, Step.AGREE,
     "AUTRE"),
    (Actor.BOTH, Step.COMPLETE,
     "COORD_BANC_ERR"),
    (Actor.SELLER, Step.CORRECT,
     "TX_TVA_ERR MONTANTTOTAL_ERR CALCUL_ERR NON_CONFORME PU_ERR REM_ERR QTE_ERR ART_ERR"),
    (Actor.SELLER, Step.CORRECT, "QUALITE_ERR"),
    (Actor.SELLER, Step.KEEP_FIRST,
     "DOUBLON"),
    (Actor.PLATFORM, Step.KEEP_FIRST,
     "REJ_UNI"),
    (Actor.SELLER, Step.NEW,
     "DEST_INC DEST_ERR CONTRAT_TERM ADR_ERR REJ_SEMAN REJ_COH REJ_ADR REJ_CONT_B2G"),
    (Actor.SELLER, Step.NEW, "REJ_REF_PJ REJ_ASS_PJ ST_CT_NON_DECLAR"),
    (Actor.SELLER, Step.CANCEL,
     "TRANSAC_INC DOUBLE_FACT SUPPR_COMP_AVOIR"),
    (Actor.BOTH, Step.AGREE,
     "EMMET_INC MODPAI_ERR CONTACT_ACHTR RETRAIT_MAN_SERV"),
    (Actor.SELLER, Step.COMPLETE,
     "CMD_ERR SIRET_ERR CODE_ROUTAGE_ERR REF_CT_ABSENT REF_ERR JUSTIF_ABS LIVR_INCOMP"),
    (Actor.SELLER, Step.DUPLICATE,
     "NON_TRANSMISE"),
    (Actor.PLATFORM, Step.RESEND,
     "ROUTAGE_ERR"),
    (Actor.SELLER, Step.WAIT,
     "TRANSF_PMNT_REGIE"),
    (Actor.PLATFORM, Step.FIX_MESSAGE,
     "REJ_PER REJ_RG REJ_HAB REJ_VAL_INC REJ_INC REJ_INEX"),
    (Actor.PLATFORM, Step.FIX_MESSAGE,
     "IRR_TAILLE IRR_UNICITE IRR_VIDE IRR_FORM IRR_TYPE IRR_CODE_INTER IRR_EXTRAC IRR_CODE_APP"),
    (Actor.SELLER, Step.FIX_MESSAGE,
     "REJ_ENCAISSEMENT"),
    (Actor.PLATFORM, Step.FIX_FILE,
     "IRR_VIDE_F IRR_TYPE_F IRR_SYNTAX IRR_TAILLE_F IRR_NOM_F IRR_ANTIVIRUS"),
    (Actor.SELLER, Step.FIX_FILE,
     "IRR_TAILLE_PJ IRR_NOM_PJ IRR_VID_PJ IRR_EXT_DOC"),
)  # fmt: skip
"""Who must act and what comes next, with the reasons for which that holds."""

_BUYER = "BT-44 BT-47 BT-48 BT-49 BT-50 BT-53 BT-52"
_FILES = "BG-24"
_CONTESTED: tuple[tuple[str, str], ...] = (
    ("COORD_BANC_ERR", "BT-84"),
    ("TX_TVA_ERR", "BT-152"),
    ("MONTANTTOTAL_ERR CALCUL_ERR QUALITE_ERR", "BT-129 BT-146"),
    ("PU_ERR REM_ERR", "BT-146"),
    ("QTE_ERR LIVR_INCOMP", "BT-129"),
    ("ART_ERR", "BT-153"),
    ("MODPAI_ERR", "BT-9 BT-20"),
    ("NON_CONFORME", "BT-22.PMD BT-22.PMT BT-22.AAB BT-20"),
    ("DEST_INC DEST_ERR", _BUYER),
    ("ADR_ERR REJ_ADR", "BT-49"),
    ("SIRET_ERR", "BT-46.SIRET BT-49"),
    ("CODE_ROUTAGE_ERR", "BT-46.ROUTAGE BT-49"),
    ("CMD_ERR", "BT-13"),
    ("CONTRAT_TERM REF_CT_ABSENT", "BT-12"),
    ("REF_ERR", "BT-10 BT-12 BT-13"),
    ("REJ_CONT_B2G", "BT-10 BT-12 BT-13 BT-46.SIRET"),
    ("REJ_REF_PJ REJ_ASS_PJ IRR_TAILLE_PJ IRR_NOM_PJ IRR_VID_PJ IRR_EXT_DOC", _FILES),
    ("AUTRE", "BT-9 BT-12 BT-13 BT-129 BT-146"),
)
"""Reasons, and the data of the invoice that they are about."""

_TERMS = {code: tuple(terms.split()) for codes, terms in _CONTESTED for code in codes.split()}
_FOLLOWS = {code: (actor, step) for actor, step, codes in _NEXT for code in codes.split()}

REASONS: dict[str, Reason] = {
    code: Reason(
        code=code, label=label, cause=cause, remedy=remedy,
        actor=_FOLLOWS[code][0], step=_FOLLOWS[code][1], terms=_TERMS.get(code, ()),
    )
    for code, label, cause, remedy in _ROWS
}  # fmt: skip
"""Every reason code that has a place in a list."""

FORMER_CODES: dict[str, str] = {
    "AUT_MOTIF_ERR_VALIDEUR": "DEST_ERR",
    "CMD_EJ_ERR": "CMD_ERR",
    "CREANCIER_ERR": "DEST_ERR",
    "EJ_ERR": "CMD_ERR",
    "ERREUR_DONNEE_EJ": "CMD_ERR",
    "ERR_VALIDEUR": "DEST_ERR",
    "FACT_NON_CONFORME": "NON_CONFORME",
    "HONORER_LA_COMMANDE": "LIVR_INCOMP",
    "IRR_UNCITE": "IRR_UNICITE",
    "MARCHE_TERM": "CONTRAT_TERM",
    "MONTANT_ERR": "MONTANTTOTAL_ERR",
    "SE_ERR": "DEST_ERR",
    "SUPPR_MASSE": "AUTRE",
}
"""Spellings of Chorus Pro and of older texts, with the code of today; read, never written."""


def reason(code: str) -> Reason:
    """Return what is known of a reason code.

    A former spelling gets the words of today's code under its own code. A code that is in no list
    gets a record with `known` false, so that it can be shown instead of hidden.
    """
    found = REASONS.get(FORMER_CODES.get(code, code))
    if found is None:
        return Reason(
            code=code,
            label=f"Motif inconnu {code}",
            cause="Ce motif n'est dans aucune liste connue.",
            remedy="Demandez à l'auteur du statut ce qu'il attend.",
            known=False,
        )
    return found if found.code == code else replace(found, code=code)


class Draft(StrEnum):
    """A document that can be prepared; the value stands in addresses."""

    NEW = "nouvelle-facture"
    RECTIFICATION = "rectificative"
    CREDIT_NOTE = "avoir"


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """What a status that went wrong means for the invoice, whatever its reason."""

    deadline: str
    """By when to act, in French; law only where there is one."""
    accounting: str
    """What it changes in the seller's books, in French."""
    drafts: tuple[Draft, ...] = ()
    """What can be prepared, the most usual first."""
    internal_credit_note: bool = False
    """The credit note is for the books only: neither sent nor reported."""


_NO_ENTRY = "Aucune écriture à passer ni à annuler."
_PLATFORM_AGAIN = "Sans attendre : l'obligation n'est remplie que par un envoi accepté."

CARES: dict[int, Care] = {
    200: Care(
        deadline="Sans attendre : l'acheteur n'a pas encore la facture.",
        accounting="La facture est émise : son écriture reste, la TVA est due comme d'habitude.",
    ),
    206: Care(
        deadline="Pas de délai légal. Répondez avant l'échéance : seule la part approuvée sera "
        "payée à temps.",
        accounting="La créance reste entière tant que ni avoir ni rectificative n'est émis.",
        drafts=(Draft.CREDIT_NOTE, Draft.RECTIFICATION),
    ),
    207: Care(
        deadline="Pas de délai légal. Répondez avant l'échéance : le paiement attend.",
        accounting="Aucune écriture tant que le litige dure. À la clôture, appréciez le risque "
        "(créance douteuse).",
        drafts=(Draft.RECTIFICATION, Draft.CREDIT_NOTE),
    ),
    208: Care(
        deadline="Pas de délai légal. Le traitement reprend quand l'acheteur reçoit ce qui manque.",
        accounting=_NO_ENTRY,
        drafts=(Draft.RECTIFICATION,),
    ),
    210: Care(
        deadline="Sans attendre : le refus est définitif et l'opération n'est plus facturée.",
        accounting="L'écriture proposée est retirée ; si elle était validée, sa contre-passation "
        "est proposée (l'avoir interne, ni envoyé ni transmis au portail, en est la pièce). La TVA "
        "de la facture refusée s'annule ; la nouvelle facture se comptabilise à son tour.",
        drafts=(Draft.NEW, Draft.CREDIT_NOTE, Draft.RECTIFICATION),
        internal_credit_note=True,
    ),
    213: Care(
        deadline="Sans attendre : une facture rejetée ne compte pas comme émise.",
        accounting="Rejetée au dépôt, elle n'est pas entrée dans les livres. Rejetée par la "
        "plateforme de l'acheteur, son écriture proposée est retirée, ou sa contre-passation "
        "proposée ; la TVA sera celle de la nouvelle facture.",
        drafts=(Draft.NEW,),
    ),
    221: Care(
        deadline="Sans attendre : l'acheteur n'a pas encore la facture.",
        accounting="La facture est émise : son écriture reste.",
    ),
    251: Care(deadline=_PLATFORM_AGAIN, accounting=_NO_ENTRY),
    301: Care(
        deadline="Avant la fin du délai de la période déclarée.",
        accounting="Aucune écriture. La déclaration (flux 10) reste à faire accepter.",
    ),
    401: Care(
        deadline="Avant d'émettre ou de recevoir à cette adresse.",
        accounting=_NO_ENTRY,
    ),
    501: Care(
        deadline="Sans attendre : un fichier irrecevable n'est pas une facture transmise.",
        accounting="L'écriture proposée est retirée : la facture n'est pas émise. Le numéro reste "
        "libre.",
        drafts=(Draft.NEW,),
    ),
    601: Care(
        deadline="Dans les 24 heures du statut d'origine, qui reste dû au portail public.",
        accounting="Aucune écriture : ce qui est comptabilisé le reste.",
    ),
}
"""Every status that carries a reason, by code. Sources: DGFiP specifications v3.2, Chorus Pro v1.1
§3.4.2.1 (after 210 and 213: internal credit note, new number), XP Z12-014 V1.4."""

_UNBOOKS = frozenset({210, 213, 220, 501})


def unbooks(code: int, reason_code: str) -> bool:
    """Return whether the invoice leaves the books of both sides with status `code`.

    Refused (210), rejected (213), inadmissible (501): it counts as not issued, or must be replaced
    (DGFiP specifications v3.2 §3.6.4, Chorus Pro v1.1 §3.4.2.1: internal cancellation). Cancelled
    (220): a rectificative stands in its place. A sending that a platform rejects as a repetition
    takes nothing away: the first one holds. A status that the portal rejects (601) leaves the
    invoice as it is.
    """
    is_repetition = code in _BY_PLATFORM and reason(reason_code).step is Step.KEEP_FIRST
    return code in _UNBOOKS and not is_repetition


_BY_PLATFORM = frozenset({213, 501})
_ON_HOLD = 208
_NO_DRAFT = frozenset({Step.WAIT, Step.RESEND, Step.DUPLICATE})


def drafts(code: int, reason_code: str) -> tuple[Draft, ...]:
    """Return what can be prepared after status `code` for that reason.

    A duplicate that a platform rejected asks for nothing: the first sending holds. One that the
    buyer disputes or refuses stands in the books, and is only taken back. What is missing beside
    the invoice (208 for a document) is sent with 209, and prepares nothing.
    """
    care = CARES.get(code)
    step = reason(reason_code).step
    if care is None or step in _NO_DRAFT:
        return ()
    if step is Step.COMPLETE and code == _ON_HOLD and not reason(reason_code).terms:
        return ()
    if step is Step.KEEP_FIRST:
        return tuple(one for one in care.drafts if one is Draft.CREDIT_NOTE)
    if care.drafts and (step is Step.CANCEL or reason_code in _NO_RECTIFICATIVE):
        return _taken_back(care, reason_code)
    return care.drafts


_NO_RECTIFICATIVE = frozenset({"DEST_ERR", "DEST_INC"})
"""A rectificative goes to the same buyer: to the right one goes a new invoice."""


def _taken_back(care: Care, reason_code: str) -> tuple[Draft, ...]:
    kept = tuple(one for one in care.drafts if one is not Draft.RECTIFICATION)
    is_owed = reason_code in _NO_RECTIFICATIVE and Draft.NEW not in kept
    return (*kept, Draft.NEW) if is_owed else kept


def to_change(draft: Draft, code: int, reason_code: str) -> tuple[str, ...]:
    """Return what a person has to look at in a document prepared after status `code`.

    A credit note is of the first invoice as it was; of what stays approved or owed (206, 207) only
    part is taken back, by quantity and price. Keys of :mod:`facturier.invoice.amending`.
    """
    if draft is Draft.CREDIT_NOTE:
        is_internal = CARES[code].internal_credit_note
        return () if is_internal else ("BT-129", "BT-146")
    return reason(reason_code).terms
