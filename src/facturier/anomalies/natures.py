"""What a document claims to be and is not: pro forma, quote, deposit, progress invoice, credit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from facturier.anomalies import risk
from facturier.anomalies.kind import Hit, Table
from facturier.anomalies.look import DEPOSIT_WORD, Look, day, euros, words
from facturier.invoice import codes
from facturier.invoice.money import ZERO, total

NATURES = Table()
_PRO_FORMA_TYPE = "325"
_PRO_FORMA = re.compile(r"\bpro[ -]?forma\b")
_EARLIER = re.compile(
    r"\b(?:selon|suivant|d'apres|suite a|votre|notre|nos|annule|remplace|reference|ref|voir|pas|non"
    r"|cf|ni)\b[^|.;:]*$"
)
"""Words before « pro forma » that speak of another document, or say that this is none."""
_OTHER_PAPERS = {
    "devis": "devis", "bon de commande": "bon de commande", "bon de livraison": "bon de livraison",
    "releve de compte": "relevé de compte", "releve de factures": "relevé de factures",
    "appel de fonds": "appel de fonds", "note de debit": "note de débit",
    "confirmation de commande": "confirmation de commande", "quotation": "devis",
    "rappel": "rappel", "lettre de relance": "relance", "projet de facture": "projet de facture",
}  # fmt: skip
_PROGRESS = re.compile(
    r"\bsituation(?: de travaux)? n|\bsituation de travaux\b|\bavancement\b|\btravaux realises\b"
    r"|\bdecompte (?:mensuel|provisoire) n"
)
_STARTS_AS_DEPOSIT = re.compile(r"(?:facture d')?(?:acompte|avance sur|provision sur)\b")
_EARNEST = re.compile(r"\barrhes\b")
_INVOICE_TYPES = {*codes.FRENCH_DOCUMENT_TYPE, _PRO_FORMA_TYPE}
_EXPLAINED = frozenset({"AE", "K", "G"})
_NO_EXPLANATION = frozenset({"", "VATEX-EU-O", "VATEX-FR-CNWVAT"})


@NATURES.kind(
    "pro-forma",
    "Pro forma envoyée comme facture",
    source="CGI 289 et 271 II-1 ; BOI-TVA-DED-40-10-10",
    risk=risk.vat_due,
    letter="Votre document n° {number} du {day}, de {gross}, se dit « pro forma ». Une pro forma "
    "est une offre : elle ne permet ni de le comptabiliser, ni de déduire la TVA de {vat}. "
    "Pouvez-vous nous adresser la facture définitive, avec son propre numéro, ou nous confirmer "
    "que ce document est bien une facture et le remplacer sans cette mention ?",
    remedy="Ne comptabilisez ni ne payez avant la facture définitive ; refusez celle-ci (210) si "
    "elle est arrivée par une plateforme.",
)
def pro_forma(look: Look) -> Iterator[Hit]:
    """Type 325, nom du document, notes et lignes qui disent « pro forma » de ce document même."""
    name = words(look.invoice.document_name)
    if look.kind == _PRO_FORMA_TYPE:
        yield Hit(why="Le type du document est 325, facture pro forma.", where="BT-3")
        return
    for text, where in (
        (name, "BT-X-2"),
        (look.notes, "BT-22"),
        *((i, "BT-153") for i in look.items),
    ):
        for seen in _PRO_FORMA.finditer(text):
            if not _EARLIER.search(text[: seen.start()]):
                yield Hit(why="Le document dit de lui-même qu'il est une pro forma.", where=where)
                return


@NATURES.kind(
    "not-an-invoice",
    "Autre pièce envoyée comme facture",
    source="CGI 289 I ; XP Z12-014, cas n° 15 et 18 ; BR-FR-04",
    risk=risk.vat_due,
    letter="Votre document n° {number} du {day}, de {gross}, nous est parvenu comme une facture "
    "alors qu'il se présente comme {paper}. Pouvez-vous nous adresser la facture "
    "correspondante, ou nous confirmer qu'aucune n'est due ?",
    remedy="N'enregistrez ni charge ni TVA sur cette pièce ; un appel de fonds va au 467.",
)
def other_paper(look: Look) -> Iterator[Hit]:
    """Type hors de la liste française (BT-3), ou nom du document (BT-X-2, note) d'autre chose."""
    named = _OTHER_PAPERS.get(words(look.invoice.document_name))
    if named is None:
        heads = (words(one.text) for one in look.invoice.notes)
        named = next((_OTHER_PAPERS[text] for text in heads if text in _OTHER_PAPERS), None)
    if named:
        yield Hit(
            why=f"Le document s'intitule « {named} ».", where="BT-X-2 BT-22",
            said={"paper": f"« {named} »"},
        )  # fmt: skip
    elif look.is_from_france and look.kind and look.kind not in _INVOICE_TYPES:
        label = codes.label("DOCUMENT_TYPE", look.kind)
        yield Hit(
            why=f"Le type {look.kind} ({label}) n'est pas celui d'une facture de la réforme.",
            where="BT-3", said={"paper": f"un document de type {look.kind} ({label})"},
        )  # fmt: skip


def _is_all_deposit(look: Look) -> bool:
    return bool(look.items) and all(_STARTS_AS_DEPOSIT.match(name) for name in look.items)


def _has_explained_exemption(look: Look) -> bool:
    """Tell whether each group without VAT names a reason that holds for a deposit too."""
    return all(
        (one.category or "") in _EXPLAINED or (one.exemption_code or "") not in _NO_EXPLANATION
        for one in look.invoice.vat_breakdown
    )


@NATURES.kind(
    "deposit-without-vat",
    "Acompte facturé sans TVA",
    source="CGI 269-2 a et c, 289 I-1-c ; XP Z12-014, cas n° 20",
    risk=risk.vat_owed,
    letter="Votre facture d'acompte n° {number} du {day}, de {gross}, ne porte pas de TVA. La TVA "
    "est due à l'encaissement de l'acompte, pour les biens aussi depuis 2023. Pouvez-vous nous "
    "adresser une facture d'acompte qui la mentionne, ou le motif de l'exonération ?",
    remedy="Reçue : rien n'est déductible, demandez la facture avec TVA avant de payer. Émise : "
    "annulez-la par un avoir d'acompte (503) et refaites-la.",
)
def deposit_without_vat(look: Look) -> Iterator[Hit]:
    """Factures 386, 500 ou dont toutes les lignes sont des acomptes : TVA nulle sans motif."""
    if not (look.is_deposit or (not look.is_credit and _is_all_deposit(look))):
        return
    if look.is_french and not look.vat and look.net > 0 and not _has_explained_exemption(look):
        shown = ", ".join(sorted(look.categories)) or "aucune"
        yield Hit(
            why=f"Acompte de {euros(look.net)} en catégorie de TVA {shown}, TVA nulle.",
            where="BT-3 BT-118 BT-117",
        )


@NATURES.kind(
    "progress-called-deposit",
    "Facture de situation appelée acompte",
    source="CGI 269-1 et 38-2 bis ; XP Z12-014, cas n° 20",
    risk=risk.wrong_year,
    letter="Votre document n° {number} du {day}, de {gross}, est une facture d'acompte (type "
    "{kind}) mais décrit des travaux exécutés : « {line} ». Une situation de travaux est une "
    "facture ordinaire (type 380). Pouvez-vous la corriger, ou nous confirmer qu'il s'agit "
    "d'un acompte ?",
    remedy="Comptabilisez une situation en charge ou en produit (et non en 4091 ou 4191), après "
    "réponse de l'émetteur.",
)
def progress_called_deposit(look: Look) -> Iterator[Hit]:
    """Acomptes (386, 500) dont une ligne dit situation, avancement ou travaux réalisés."""
    if not look.is_deposit:
        return
    for line, name in zip(look.lines, look.items, strict=True):
        if _PROGRESS.search(name):
            told = (line.item.name if line.item else "") or ""
            yield Hit(
                why=f"Type {look.kind} (acompte), mais la ligne dit « {told} ».",
                where="BT-3 BT-153", said={"kind": look.kind, "line": told},
            )  # fmt: skip
            return


@NATURES.kind(
    "deposit-as-invoice",
    "Acompte facturé comme une facture ordinaire",
    source="XP Z12-014, cas n° 20 ; PCG, comptes 4091 et 4191",
    risk=risk.wrong_year,
    letter="Votre facture n° {number} du {day}, de {gross}, porte le type {kind} alors que toutes "
    "ses lignes sont des acomptes. Une facture d'acompte porte le type 386. Pouvez-vous la "
    "remplacer, ou nous dire quelle livraison elle facture ?",
    remedy="Passez-la en 4091 (reçue) ou 4191 (émise), pas en charge ni en produit.",
)
def deposit_as_invoice(look: Look) -> Iterator[Hit]:
    """Factures d'un autre type que 386 ou 500 dont toutes les lignes commencent par « acompte »."""
    if look.kind in codes.PREPAYMENT or look.is_credit or look.net <= 0:
        return
    if _is_all_deposit(look) and not any(_PROGRESS.search(name) for name in look.items):
        yield Hit(
            why=f"Type {look.kind}, mais toutes les lignes sont des acomptes.",
            where="BT-3 BT-153", said={"kind": look.kind},
        )  # fmt: skip


@NATURES.kind(
    "earnest-money-with-vat",
    "Arrhes facturées avec TVA",
    source="C. conso. L214-1 ; CJUE C-277/05 ; XP Z12-014, cas n° 24",
    risk=risk.vat_due,
    letter="Votre facture n° {number} du {day}, de {gross}, porte {vat} de TVA sur des arrhes. Des "
    "arrhes sont hors du champ de la TVA tant qu'elles ne sont pas une part du prix. "
    "S'agit-il d'un acompte ? Pouvez-vous corriger la facture dans un sens ou dans l'autre ?",
    remedy="Lisez le contrat : arrhes (pas de facture, compte 4191 sans TVA) ou acompte (386).",
)
def earnest_money(look: Look) -> Iterator[Hit]:
    """Lignes nommées « arrhes » sur une facture qui porte de la TVA."""
    named = [name for name in look.items if _EARNEST.search(name) and not DEPOSIT_WORD.search(name)]
    if named and look.vat > 0:
        yield Hit(
            why=f"La ligne dit arrhes et {euros(look.vat)} de TVA sont facturés.",
            where="BT-153 BT-110",
        )


@NATURES.kind(
    "negative-invoice",
    "Facture négative au lieu d'un avoir",
    source="CGI 289 I-5 et 272-1 ; XP Z12-014, avoirs",
    risk=risk.vat_or_omission,
    letter="Votre facture n° {number} du {day} (type {kind}) porte un total négatif de "
    "{gross}. Une "
    "réduction ou une annulation se fait par un avoir (type 381) qui cite la facture "
    "d'origine. Pouvez-vous la remplacer par un avoir ?",
    remedy="Ne l'enregistrez pas comme une facture : demandez l'avoir, dont les montants sont "
    "positifs et qui cite la facture.",
)
def negative_invoice(look: Look) -> Iterator[Hit]:
    """Total TTC (BT-112) négatif sur un document qui n'est pas un avoir."""
    if look.gross < 0 and not look.is_credit and not look.is_final and look.digit != "9":
        yield Hit(
            why=f"Type {look.kind} et total TTC de {euros(look.gross)}.", where="BT-3 BT-112",
            said={"kind": look.kind or "inconnu"},
        )  # fmt: skip


@NATURES.kind(
    "credit-note-without-origin",
    "Avoir sans facture d'origine",
    source="CGI 289 I-5 et 272-1 ; CGI annexe II, 242 nonies A ; BR-FR-CO-05",
    risk=risk.vat_or_omission,
    letter="Votre avoir n° {number} du {day}, de {gross}, ne cite aucune facture. Sans le "
    "numéro et "
    "la date de la facture qu'il corrige, ni vous ni nous ne pouvons corriger la TVA. "
    "Pouvez-vous nous adresser un avoir complet ?",
    remedy="N'imputez l'avoir à aucune facture avant la réponse ; la TVA est à reverser dès que "
    "l'origine est connue.",
)
def credit_without_origin(look: Look) -> Iterator[Hit]:
    """Avoirs sans référence à une facture (BG-3 ni ligne), hors remise globale sur une période."""
    period = look.kind == "262" and look.invoice.period is not None
    if look.is_credit and look.is_from_france and not look.names_earlier() and not period:
        yield Hit(why="L'avoir ne cite aucune facture.", where="BT-25")


@NATURES.kind(
    "credit-note-too-large",
    "Avoir supérieur à sa facture",
    source="CGI 272-1 et 289 I-5",
    risk=risk.difference,
    letter="Votre avoir n° {number} du {day}, de {gross}, dépasse la facture {origin} de {amount} "
    "qu'il corrige, avoirs précédents compris. Pouvez-vous vérifier et nous dire quel montant "
    "est le bon ?",
    remedy="N'imputez que ce que la facture a porté ; le reste attend au compte du tiers.",
    needs_history=True,
)
def credit_too_large(look: Look) -> Iterator[Hit]:
    """Avoir et avoirs précédents sur la même facture, comparés à son total TTC."""
    named = look.names_earlier()
    if not look.is_credit or len(named) != 1:
        return
    origins = [one for one in look.history.earlier if one.number in named and one.gross]
    if not origins:
        return
    origin = origins[-1]
    before = total(
        one.gross for one in look.history.earlier
        if one.type_code in codes.CREDIT_NOTE and set(one.about) == named
    )  # fmt: skip
    allowed = (origin.gross or ZERO) - before
    if abs(look.gross) > allowed:
        yield Hit(
            why=f"Avoir de {euros(look.gross)} sur la facture {origin.number} de "
            f"{euros(origin.gross)}, dont {euros(before)} déjà repris.",
            where="BT-112 BT-25", amount=abs(look.gross) - allowed,
            said={
                "origin": f"{origin.number} du {day(origin.issue_date)}",
                "amount": euros(origin.gross),
            },
        )  # fmt: skip
