"""Mentions that the commercial and the tax code ask for, and dates that do not hold."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta

from facturier.anomalies import risk
from facturier.anomalies.kind import Hit, Table
from facturier.anomalies.look import Look, day
from facturier.invoice import codes
from facturier.ledger.documents import DEBITS

MENTIONS = Table()
_LATE = re.compile(r"\bpenalite|\binterets? de retard|\bretard\b|\btaux d'interet")
_FORTY = re.compile(r"(?<!\d)40(?:[.,]00)? ?(?:€|eur|euros?)|\bquarante euros")
_DEBITS = re.compile(
    r"\b(?:d'apres|sur|selon|pour|par) les debits\b|\boption (?:pour les )?debits\b"
)
_RECEIPTS = re.compile(r"\b(?:sur|d'apres|selon) les encaissements\b")
_LONGEST, _OTHER = timedelta(days=60), timedelta(days=45)
_FAR = 9000
_LATE_INVOICE = timedelta(days=45)
_EARLY_INVOICE = timedelta(days=60)
_TOMORROW = timedelta(days=1)
_YEARS_TO_DEDUCT = 2


def _is_asked(look: Look) -> bool:
    """Whether the mentions between French companies are asked of this document."""
    return look.is_french and not look.is_credit and look.kind != "" and bool(look.buyer_siren)


@MENTIONS.kind(
    "late-fees-missing",
    "Pénalités de retard absentes",
    source="C. com. L441-9 I et L441-10 II ; BR-FR-05 (note PMD)",
    risk=risk.unmeasured(
        "Amende administrative jusqu'à 75 000 € (personne physique) ou 375 000 € (société), non "
        "proportionnelle à la facture.", "C. com. L441-9 II",
    ),
    letter="Votre facture n° {number} du {day} n'indique pas le taux des pénalités de retard. "
    "Cette mention est obligatoire entre professionnels. Pouvez-vous l'ajouter ?",
    remedy="Émise : complétez la note PMD du modèle. Reçue : sans effet sur la déduction.",
)  # fmt: skip
def late_fees_missing(look: Look) -> Iterator[Hit]:
    """Note PMD et autres notes sans un mot des pénalités ou intérêts de retard."""
    if _is_asked(look) and not look.noted("PMD") and not _LATE.search(look.notes):
        yield Hit(why="Aucune note ne parle des pénalités de retard.", where="BT-22")


@MENTIONS.kind(
    "recovery-indemnity-missing",
    "Indemnité de 40 € absente",
    source="C. com. L441-10 II et D441-5 ; BR-FR-05 (note PMT)",
    risk=risk.unmeasured(
        "Amende administrative jusqu'à 75 000 € (personne physique) ou 375 000 € (société), non "
        "proportionnelle à la facture.", "C. com. L441-9 II",
    ),
    letter="Votre facture n° {number} du {day} n'indique pas l'indemnité forfaitaire de 40 € pour "
    "frais de recouvrement. Cette mention est obligatoire entre professionnels. Pouvez-vous "
    "l'ajouter ?",
    remedy="Émise : écrivez le montant, 40 €, dans la note PMT du modèle.",
)  # fmt: skip
def indemnity_missing(look: Look) -> Iterator[Hit]:
    """Notes sans le montant de 40 €."""
    if (
        _is_asked(look)
        and not _FORTY.search(look.notes)
        and not re.search(r"\b40\b", look.noted("PMT"))
    ):
        yield Hit(why="Aucune note ne donne l'indemnité de 40 €.", where="BT-22")


@MENTIONS.kind(
    "payment-terms-missing",
    "Échéance absente",
    source="C. com. L441-9 I (date de règlement)",
    risk=risk.unmeasured(
        "Amende administrative jusqu'à 75 000 € (personne physique) ou 375 000 € (société) ; sans "
        "date, le délai est de 30 jours (L441-10 I).", "C. com. L441-9 II",
    ),
    letter="Votre facture n° {number} du {day}, de {gross}, n'indique pas quand elle est à payer. "
    "Pouvez-vous nous en donner l'échéance ?",
    remedy="Sans date convenue, payez à 30 jours de la réception ou de la prestation.",
)  # fmt: skip
def payment_terms_missing(look: Look) -> Iterator[Hit]:
    """Net à payer positif sans échéance (BT-9) ni conditions (BT-20)."""
    due = look.gross - look.paid if look.due is None else look.due
    told = look.invoice.due_date or look.invoice.payment_terms or look.invoice.direct_debit
    if _is_asked(look) and due > 0 and not told:
        yield Hit(why="Ni échéance, ni conditions de paiement.", where="BT-9 BT-20")


@MENTIONS.kind(
    "delivery-date-missing",
    "Date de livraison absente",
    source="CGI annexe II, 242 nonies A I-10°",
    risk=risk.omission,
    letter="Votre facture n° {number} du {day} cite {paper} sans dire quand la livraison a eu "
    "lieu. Cette date est une mention obligatoire quand elle diffère de celle de la facture. "
    "Pouvez-vous la compléter ?",
    remedy="Elle décide de la TVA des biens : retrouvez le bon de livraison.",
)
def delivery_date_missing(look: Look) -> Iterator[Hit]:
    """Bon de livraison ou de réception cité, sans date ni période de livraison nulle part."""
    invoice = look.invoice
    paper = invoice.despatch_advice or invoice.receiving_advice or invoice.delivery_note
    dated = (
        (invoice.delivery and invoice.delivery.actual_date)
        or invoice.period or invoice.despatch_advice_date
        or invoice.receiving_advice_date or invoice.delivery_note_date
        or any(
            line.delivery_date or line.period or line.despatch_advice_date for line in look.lines
        )
    )  # fmt: skip
    if _is_asked(look) and paper and not dated and look.letter in {"B", "M"}:
        yield Hit(
            why=f"Le bon {paper} est cité, aucune date de livraison.", where="BT-72 BT-16",
            said={"paper": f"le bon {paper}"},
        )  # fmt: skip


@MENTIONS.kind(
    "debits-option-not-coded",
    "Option pour les débits dite autrement qu'en BT-8",
    source="CGI 269-2 c ; CGI annexe II, 242 nonies A (décret 2022-1299)",
    risk=risk.omission,
    letter="Votre facture n° {number} du {day} dit {said} dans ses notes, alors que le code de la "
    "date d'exigibilité de la TVA (BT-8) {code}. Pouvez-vous mettre les deux d'accord ?",
    remedy="La date de déduction en dépend : tenez-vous-en au paiement jusqu'à la réponse.",
)
def debits_not_coded(look: Look) -> Iterator[Hit]:
    """Mots « d'après les débits » ou « sur les encaissements » des notes, comparés à BT-8."""
    code = (look.invoice.vat_point_date_code or "").strip()
    negated = re.search(r"\b(?:pas|non|sans)\b[^|]*\bdebits\b", look.notes)
    if _DEBITS.search(look.notes) and not negated and code not in DEBITS:
        told = "absent" if not code else f"dit autre chose ({code})"
        yield _coded("« TVA d'après les débits »", "est absent" if not code else told)
    elif _RECEIPTS.search(look.notes) and code in DEBITS:
        yield _coded("« TVA sur les encaissements »", f"dit le contraire ({code})")


def _coded(said: str, code: str) -> Hit:
    return Hit(
        why=f"Les notes disent {said}, BT-8 {code}.", where="BT-8 BT-22",
        said={"said": said, "code": code},
    )  # fmt: skip


@MENTIONS.kind(
    "debits-option-missing",
    "Option pour les débits non mentionnée",
    source="CGI 269-2 c ; CGI annexe II, 242 nonies A (décret 2022-1299)",
    risk=risk.omission,
    letter="Votre facture n° {number} du {day} porte des services sans la mention de votre option "
    "pour le paiement de la TVA d'après les débits. Pouvez-vous l'ajouter (BT-8) ?",
    remedy="Réglez le modèle : BT-8 = 3 (UBL) ou 5 (CII). Le client déduirait sinon trop tard.",
    needs_history=True,
)
def debits_missing(look: Look) -> Iterator[Hit]:
    """Vente de services d'un dossier qui a opté pour les débits, sans BT-8."""
    company = look.history.company
    if company is None or not company.option_for_debits or look.is_bought or look.vat <= 0:
        return
    ordinary = look.digit == "1" and not look.is_credit and not look.is_deposit
    if look.letter in {"S", "M"} and ordinary and not look.invoice.vat_point_date_code:
        yield Hit(why="Le dossier a opté pour les débits, la facture ne le dit pas.", where="BT-8")


@MENTIONS.kind(
    "term-too-long",
    "Échéance au-delà du délai légal",
    source="C. com. L441-10 I et L441-16",
    risk=risk.unmeasured(
        "Amende administrative jusqu'à 2 M€ pour une société (75 000 € pour une personne), non "
        "proportionnelle à la facture ; intérêts de retard dus au-delà du délai légal.",
        "C. com. L441-16",
    ),
    letter="Votre facture n° {number} du {day} est à payer le {due}, au-delà de 60 jours (ou 45 "
    "jours fin de mois), le maximum entre professionnels. Nous vous proposons de la régler au "
    "plus tard le {latest}. Êtes-vous d'accord ?",
    remedy="Réglez au plus tard à 60 jours, sauf accord de branche ; corrigez les conditions.",
)  # fmt: skip
def term_too_long(look: Look) -> Iterator[Hit]:
    """Échéance (BT-9) comparée à 60 jours et à 45 jours fin de mois après la date (BT-2)."""
    issued, due = look.invoice.issue_date, look.invoice.due_date
    if issued is None or due is None or issued.year >= _FAR or not look.is_french or look.is_credit:
        return
    latest = max(issued + _LONGEST, _month_end(issued + _OTHER), _month_end(issued) + _OTHER)
    if due > latest:
        yield Hit(
            why=f"Facture du {day(issued)}, à payer le {day(due)} : {(due - issued).days} jours.",
            where="BT-9 BT-2", said={"due": day(due), "latest": day(issued + _LONGEST)},
        )  # fmt: skip


def _month_end(one: date) -> date:
    return one.replace(day=calendar.monthrange(one.year, one.month)[1])


@MENTIONS.kind(
    "far-from-delivery",
    "Facture loin de la livraison",
    source="CGI 289 I-3 (facture dès la livraison) ; CGI 269-1",
    risk=risk.wrong_year,
    letter="Votre facture n° {number} du {day} porte une livraison du {delivered}. La facture est "
    "due dès la livraison, ou à la fin du mois quand elle les regroupe. Pouvez-vous nous "
    "confirmer ces dates ?",
    remedy="La TVA et la charge sont du mois de la livraison : vérifiez le rattachement.",
)
def far_from_delivery(look: Look) -> Iterator[Hit]:
    """Date de facture plus de 45 jours après la dernière livraison, ou 60 jours avant."""
    issued = look.invoice.issue_date
    if issued is None or look.is_credit or look.is_deposit or look.kind in codes.CORRECTIVE:
        return
    known = [look.invoice.delivery.actual_date if look.invoice.delivery else None]
    known += [look.invoice.period.end_date if look.invoice.period else None]
    known += [line.period.end_date if line.period else line.delivery_date for line in look.lines]
    days = [one for one in known if one is not None]
    if not days or look.is_final:
        return
    first, last = min(days), max(days)
    is_period = bool(look.invoice.period or any(line.period for line in look.lines))
    late = issued - last > _LATE_INVOICE
    early = first - issued > _EARLY_INVOICE and not is_period
    if late or early:
        shown = last if late else first
        yield Hit(
            why=f"Livraison du {day(shown)}, facture du {day(issued)} : "
            f"{abs((issued - shown).days)} jours.",
            where="BT-2 BT-72 BT-74", said={"delivered": day(shown)},
        )  # fmt: skip


@MENTIONS.kind(
    "in-closed-year",
    "Facture datée d'une période close",
    source="LPF A47 A-1 (écritures validées) ; CGI annexe II, 208 (TVA omise)",
    risk=risk.wrong_year,
    letter="Votre facture n° {number} est datée du {day}, dans une période que nous avons close. "
    "Pouvez-vous nous dire si cette date est la bonne, et pourquoi elle nous parvient "
    "maintenant ?",
    remedy="Comptabilisez à la première date ouverte ; était-elle provisionnée (408 ou 418) ?",
    needs_history=True,
)
def in_closed_year(look: Look) -> Iterator[Hit]:
    """Date de facture (BT-2) au plus égale au dernier jour clos du dossier."""
    company, issued = look.history.company, look.invoice.issue_date
    closed = company.closed_until if company else None
    if closed and issued and issued <= closed:
        yield Hit(
            why=f"Facture du {day(issued)}, livres clos jusqu'au {day(closed)}.", where="BT-2"
        )


@MENTIONS.kind(
    "dated-ahead",
    "Facture datée du futur",
    source="CGI 289 I-3 ; XP Z12-012",
    risk=risk.omission,
    letter="Votre facture n° {number} nous est parvenue avant sa date, le {day}. Pouvez-vous nous "
    "confirmer cette date ?",
    remedy="Ne déduisez pas avant cette date ; demandez-en la correction si elle est fausse.",
    needs_history=True,
)
def dated_ahead(look: Look) -> Iterator[Hit]:
    """Date de facture (BT-2) après le lendemain du jour où elle est regardée."""
    today, issued = look.history.today, look.invoice.issue_date
    if today and issued and issued > today + _TOMORROW:
        yield Hit(why=f"Datée du {day(issued)}, regardée le {day(today)}.", where="BT-2")


@MENTIONS.kind(
    "deduction-lapsed",
    "Délai de déduction passé",
    source="CGI annexe II, article 208 (31 décembre de la deuxième année suivante)",
    risk=risk.vat_lost,
    letter="Votre facture n° {number} du {day} nous parvient après le délai de déduction de sa TVA "
    "({vat}). Avait-elle déjà été adressée ? Pouvez-vous nous en donner la preuve ?",
    remedy="La TVA ne se déduit plus : enregistrez le TTC, sauf facture déjà connue en 44564.",
    needs_history=True,
)
def deduction_lapsed(look: Look) -> Iterator[Hit]:
    """Facture reçue portant de la TVA, datée d'il y a plus de deux années civiles."""
    today, issued = look.history.today, look.invoice.issue_date
    if today and issued and look.is_bought and look.vat > 0:
        last = date(min(issued.year, _FAR) + _YEARS_TO_DEDUCT, 12, 31)
        if today > last:
            yield Hit(
                why=f"Facture du {day(issued)} : déductible jusqu'au {day(last)}.",
                where="BT-2 BT-110",
            )
