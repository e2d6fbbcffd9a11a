"""Every status of the life cycle, in one table.

Sources: Schematron BR-FR-CDV 1.4.0 (list CL-06, reasons CL-09), XP Z12-014 V1.4 examples (MDT-88),
DGFiP external specifications v3.2, annex 7 (G7.18, G7.19, G7.25, G7.44). Codes are verbatim.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from facturier.lifecycle.reasons import REASONS, Reason, reason

__all__ = [
    "REASONS",
    "STATUSES",
    "Duty",
    "Phase",
    "Reason",
    "Side",
    "Status",
    "Subject",
    "reason",
    "status",
]


class Side(StrEnum):
    """Who speaks about a document."""

    SELLER = "seller"
    BUYER = "buyer"
    SELLER_PLATFORM = "seller-platform"
    BUYER_PLATFORM = "buyer-platform"
    FACTOR = "factor"
    VALIDATOR = "validator"
    PPF = "ppf"

    @property
    def label(self) -> str:
        """French name with its article, for a sentence."""
        return _SIDE_LABELS[self]


_SIDE_LABELS = {
    Side.SELLER: "le vendeur",
    Side.BUYER: "l'acheteur",
    Side.SELLER_PLATFORM: "la plateforme du vendeur",
    Side.BUYER_PLATFORM: "la plateforme de l'acheteur",
    Side.FACTOR: "l'affactureur",
    Side.VALIDATOR: "le valideur",
    Side.PPF: "le portail public (PPF)",
}


class Phase(StrEnum):
    """Where in the life of a document a status belongs; the first two are values of MDT-77."""

    TRANSMISSION = "305"
    TREATMENT = "23"
    PPF = "ppf"
    """Answers of the public portal about what a platform sent to it."""
    UNKNOWN = "unknown"


class Subject(StrEnum):
    """The object that a status is about."""

    INVOICE = "invoice"
    F1 = "f1"
    F10 = "f10"
    DIRECTORY = "directory"
    FLOW = "flow"
    STATUS = "status"


class Duty(StrEnum):
    """Whether a status must be sent to the public portal too (G7.44)."""

    NEVER = "never"
    ALWAYS = "always"
    VAT_ON_PAYMENT = "vat-on-payment"
    """Only when VAT falls due on payment: services without the débits option, advances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status code and everything that is fixed about it."""

    code: int
    label: str
    """Official French label (MDT-106)."""
    label_en: str
    action: str = ""
    """What a person does by saying it, in French: the words of a button."""
    by: tuple[Side, ...] = ()
    """Who may say it about an ordinary invoice (see `swapped` for a self-billed one)."""
    phase: Phase
    subject: Subject = Subject.INVOICE
    duty: Duty = Duty.NEVER
    reason_required: bool = False
    reasons: tuple[str, ...] = ()
    """Reason codes admitted with this status; empty when it carries none."""
    public_reasons: tuple[str, ...] = ()
    """The longer list admitted from the public side: Chorus Pro for 210, the PPF for 501."""
    comment_expected: bool = False
    """A comment explains the reason (G7.25)."""
    needs: str = ""
    """Code of the data (MDT-207) without which it means nothing: ``MEN``, ``CBB``."""
    object_status: str = ""
    """MDT-88; empty where no source shows one (the element may be left out)."""
    confirm: bool = False
    """Cannot be taken back: ask before saying it."""
    swapped: bool = True
    """Said by the other side when the buyer makes out the invoice (self-billing)."""
    terminal: bool = False
    """Nothing may follow it on this transmission."""
    heard_only: str = ""
    """Why nobody is offered it here, in French: its speaker is no side that a dossier may be on. It
    is heard, kept and shown all the same."""
    known: bool = True

    @property
    def invoice_phase(self) -> bool:
        """Whether it is said about an invoice itself, in one of the two phases of MDT-77."""
        return self.phase in {Phase.TRANSMISSION, Phase.TREATMENT}

    def owed_to_ppf(self, *, vat_due_on_payment: bool) -> bool:
        """Return whether a copy must reach the public portal within 24 hours."""
        if self.duty is Duty.VAT_ON_PAYMENT:
            return vat_due_on_payment
        return self.duty is Duty.ALWAYS


_LINE_REASONS = (
    "CMD_ERR SIRET_ERR CODE_ROUTAGE_ERR REF_CT_ABSENT REF_ERR PU_ERR REM_ERR QTE_ERR ART_ERR "
    "MODPAI_ERR QUALITE_ERR LIVR_INCOMP"
)
_REFUSAL = (
    "TX_TVA_ERR MONTANTTOTAL_ERR CALCUL_ERR NON_CONFORME DOUBLON DEST_ERR TRANSAC_INC EMMET_INC "
    "CONTRAT_TERM DOUBLE_FACT CMD_ERR ADR_ERR REF_CT_ABSENT"
)
_UNREADABLE = (
    "IRR_VIDE_F IRR_TYPE_F IRR_SYNTAX IRR_TAILLE_PJ IRR_NOM_PJ IRR_VID_PJ IRR_EXT_DOC IRR_TAILLE_F "
    "IRR_ANTIVIRUS IRR_NOM_F"
)


def _codes(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_TRANSMISSION = (
    Status(
        code=200,
        label="Déposée",
        label_en="Submitted",
        action="Déposer la facture",
        by=(Side.SELLER_PLATFORM,),
        phase=Phase.TRANSMISSION,
        duty=Duty.ALWAYS,
        reasons=("NON_TRANSMISE",),
        object_status="10",
    ),
    Status(
        code=201,
        label="Émise par la plateforme",
        label_en="Sent by the platform",
        action="Émettre vers la plateforme de l'acheteur",
        by=(Side.SELLER_PLATFORM,),
        phase=Phase.TRANSMISSION,
        object_status="51",
    ),
    Status(
        code=202,
        label="Reçue par la plateforme",
        label_en="Received by the platform",
        action="Accuser réception",
        by=(Side.BUYER_PLATFORM,),
        phase=Phase.TRANSMISSION,
        object_status="43",
    ),
    Status(
        code=203,
        label="Mise à disposition",
        label_en="Made available",
        action="Mettre à disposition de l'acheteur",
        by=(Side.BUYER_PLATFORM,),
        phase=Phase.TRANSMISSION,
        object_status="48",
    ),
    Status(
        code=213,
        label="Rejetée",
        label_en="Rejected",
        action="Rejeter la facture",
        by=(Side.SELLER_PLATFORM, Side.BUYER_PLATFORM),
        phase=Phase.TRANSMISSION,
        duty=Duty.ALWAYS,
        reason_required=True,
        reasons=_codes(
            "MONTANTTOTAL_ERR CALCUL_ERR DOUBLON DEST_INC ADR_ERR REJ_SEMAN REJ_UNI REJ_COH "
            "REJ_ADR REJ_CONT_B2G REJ_REF_PJ REJ_ASS_PJ"
        ),
        object_status="8",
        confirm=True,
        terminal=True,
    ),
    Status(
        code=221,
        label="Erreur de routage",
        label_en="Routing error",
        action="Signaler une erreur de routage",
        by=(Side.BUYER_PLATFORM,),
        phase=Phase.TRANSMISSION,
        reasons=("ROUTAGE_ERR",),
        confirm=True,
    ),
)

_TREATMENT = (
    Status(
        code=204,
        label="Prise en charge",
        label_en="In process",
        action="Prendre en charge",
        by=(Side.BUYER,),
        phase=Phase.TREATMENT,
        object_status="45",
    ),
    Status(
        code=205,
        label="Approuvée",
        label_en="Approved",
        action="Approuver",
        by=(Side.BUYER,),
        phase=Phase.TREATMENT,
        object_status="1",
    ),
    Status(
        code=206,
        label="Approuvée partiellement",
        label_en="Partially approved",
        action="Approuver en partie",
        by=(Side.BUYER,),
        phase=Phase.TREATMENT,
        reason_required=True,
        reasons=_codes("AUTRE " + _LINE_REASONS),
    ),
    Status(
        code=207,
        label="En litige",
        label_en="Disputed",
        action="Mettre en litige",
        by=(Side.BUYER,),
        phase=Phase.TREATMENT,
        reason_required=True,
        reasons=_codes(
            "AUTRE COORD_BANC_ERR TX_TVA_ERR MONTANTTOTAL_ERR CALCUL_ERR NON_CONFORME DOUBLON "
            "DEST_INC DEST_ERR TRANSAC_INC EMMET_INC CONTRAT_TERM DOUBLE_FACT CMD_ERR ADR_ERR "
            "SIRET_ERR CODE_ROUTAGE_ERR REF_CT_ABSENT REF_ERR PU_ERR REM_ERR QTE_ERR ART_ERR "
            "MODPAI_ERR QUALITE_ERR LIVR_INCOMP"
        ),
        object_status="46",
    ),
    Status(
        code=208,
        label="Suspendue",
        label_en="On hold",
        action="Suspendre",
        by=(Side.BUYER,),
        phase=Phase.TREATMENT,
        reason_required=True,
        reasons=_codes(
            "JUSTIF_ABS COORD_BANC_ERR CMD_ERR SIRET_ERR CODE_ROUTAGE_ERR REF_CT_ABSENT REF_ERR"
        ),
        comment_expected=True,
    ),
    Status(
        code=209,
        label="Complétée",
        label_en="Completed",
        action="Compléter la facture",
        by=(Side.SELLER,),
        phase=Phase.TREATMENT,
        object_status="37",
    ),
    Status(
        code=210,
        label="Refusée",
        label_en="Refused",
        action="Refuser la facture",
        by=(Side.BUYER,),
        phase=Phase.TREATMENT,
        duty=Duty.ALWAYS,
        reason_required=True,
        reasons=_codes(_REFUSAL),
        public_reasons=_codes(
            _REFUSAL + " RETRAIT_MAN_SERV ST_CT_NON_DECLAR SUPPR_COMP_AVOIR TRANSF_PMNT_REGIE "
            "AUTRE COORD_BANC_ERR LIVR_INCOMP"
        ),
        comment_expected=True,
        object_status="50",
        confirm=True,
    ),
    Status(
        code=211,
        label="Paiement transmis",
        label_en="Payment sent",
        action="Signaler le paiement",
        # the seller says it when he pays back
        by=(Side.BUYER, Side.SELLER),
        phase=Phase.TREATMENT,
        object_status="47",
        swapped=False,
    ),
    Status(
        code=212,
        label="Encaissée",
        label_en="Payment received",
        action="Déclarer un encaissement",
        by=(Side.SELLER,),
        phase=Phase.TREATMENT,
        duty=Duty.VAT_ON_PAYMENT,
        needs="MEN",
        object_status="47",
        confirm=True,
        swapped=False,
    ),
    Status(
        code=214,
        label="Visée",
        label_en="Endorsed",
        action="Viser",
        by=(Side.VALIDATOR,),
        phase=Phase.TREATMENT,
        heard_only="Le valideur (mandataire d'une cotraitance, maître d'œuvre) n'est ni le vendeur "
        "ni l'acheteur, et aucune donnée de la facture ne lui donne une adresse : un dossier est "
        "l'un des deux.",
    ),
    Status(
        code=220,
        label="Annulée",
        label_en="Cancelled",
        action="Annuler après rectification",
        by=(Side.SELLER,),
        phase=Phase.TREATMENT,
        confirm=True,
    ),
    Status(
        code=224,
        label="Demande de paiement direct",
        label_en="Direct payment requested",
        action="Demander le paiement direct",
        by=(Side.SELLER,),
        phase=Phase.TREATMENT,
        swapped=False,
    ),
    Status(
        code=225,
        label="Affacturée",
        label_en="Factored",
        action="Signaler l'affacturage",
        by=(Side.SELLER, Side.FACTOR),
        phase=Phase.TREATMENT,
        object_status="5",
        swapped=False,
    ),
    Status(
        code=226,
        label="Affacturée confidentiel",
        label_en="Factored confidentially",
        action="Signaler l'affacturage à l'affactureur seul",
        by=(Side.SELLER, Side.FACTOR),
        phase=Phase.TREATMENT,
        swapped=False,
    ),
    Status(
        code=227,
        label="Changement de compte à payer",
        label_en="Payment account changed",
        action="Changer le compte à payer",
        by=(Side.SELLER, Side.FACTOR),
        phase=Phase.TREATMENT,
        needs="CBB",
        confirm=True,
        swapped=False,
    ),
    Status(
        code=228,
        label="Non affacturée",
        label_en="Not factored",
        action="Signaler la fin de l'affacturage",
        by=(Side.FACTOR,),
        phase=Phase.TREATMENT,
        swapped=False,
        heard_only="Seul l'affactureur la donne, et il ne reçoit pas la facture : un dossier est "
        "le vendeur ou l'acheteur. Le vendeur annonce l'affacturage (225, 226) et le compte à "
        "payer (227).",
    ),
)


def _answer(
    code: int,
    label: str,
    label_en: str,
    subject: Subject,
    *others: Side,
    reasons: str = "",
    public_reasons: str = "",
) -> Status:
    """A status that the public portal gives to a platform about what it sent."""
    return Status(
        code=code,
        label=label,
        label_en=label_en,
        action=label,
        by=(Side.PPF, *others),
        phase=Phase.PPF,
        subject=subject,
        reason_required=bool(reasons),
        reasons=_codes(reasons),
        public_reasons=_codes(public_reasons),
        swapped=False,
    )


_ANSWERS = (
    _answer(250, "F1 déposée", "F1 accepted", Subject.F1),
    _answer(251, "F1 rejetée", "F1 rejected", Subject.F1, reasons="REJ_SEMAN REJ_UNI REJ_COH"),
    _answer(300, "F10 déposée", "F10 accepted", Subject.F10),
    _answer(
        301, "F10 rejetée", "F10 rejected", Subject.F10, reasons="REJ_SEMAN REJ_UNI REJ_COH REJ_PER"
    ),
    _answer(400, "Ligne d'annuaire acceptée", "Directory line accepted", Subject.DIRECTORY),
    _answer(
        401,
        "Ligne d'annuaire rejetée",
        "Directory line rejected",
        Subject.DIRECTORY,
        reasons="REJ_RG REJ_HAB REJ_COH REJ_VAL_INC",
    ),
    _answer(
        500,
        "Flux recevable",
        "Flow admissible",
        Subject.FLOW,
        Side.SELLER_PLATFORM,
        Side.BUYER_PLATFORM,
    ),
    _answer(
        501,
        "Flux irrecevable",
        "Flow inadmissible",
        Subject.FLOW,
        Side.SELLER_PLATFORM,
        Side.BUYER_PLATFORM,
        reasons=_UNREADABLE,
        public_reasons=_UNREADABLE + " IRR_TAILLE IRR_UNICITE IRR_VIDE IRR_FORM IRR_TYPE "
        "IRR_CODE_INTER IRR_EXTRAC IRR_CODE_APP",
    ),
    # Chorus Pro rejects statuses too, in the place of the buyer's platform
    _answer(
        601,
        "Statut rejeté",
        "Status rejected",
        Subject.STATUS,
        Side.BUYER_PLATFORM,
        reasons="REJ_INC REJ_INEX REJ_RG REJ_HAB REJ_ENCAISSEMENT",
    ),
)

STATUSES: dict[int, Status] = {
    row.code: row
    for row in sorted((*_TRANSMISSION, *_TREATMENT, *_ANSWERS), key=lambda row: row.code)
}
"""The 31 status codes of the norm, by code."""


def status(code: int) -> Status:
    """Return what is known of a status code.

    A code outside the list only deserves a warning (BR-FR-CDV-CL-06): it gets a record with `known`
    false, labelled ``Statut inconnu``, so that a message from a newer platform can be shown.
    """
    found = STATUSES.get(code)
    if found is not None:
        return found
    return Status(
        code=code,
        label=f"Statut inconnu {code}",
        label_en=f"Unknown status {code}",
        phase=Phase.UNKNOWN,
        known=False,
    )
