"""The ledger of the official files' defects: where one does not do what the texts say.

The verdict follows the file, because that is what every platform runs. When a document meets a
defect a finding of advice says so: « la règle officielle BR-XX refuse (ou accepte) à tort… ». Each
entry brings its proof: an example and the change that shows it, which a test writes and gives to
the official file itself. Entries are never renumbered; one that a later version mends keeps its
place and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from facturier.findings import Finding, Layer, Severity
from facturier.invoice.profiles import EXTENDED_CTC_FR
from facturier.rules.advice import meeting
from facturier.rules.advice.meeting import Met

GROUP_TEXT = "MEMBRE_ASSUJETTI_UNIQUE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One way in which an official file is wrong."""

    id: str
    book: str
    """Id of the rulebook."""
    version: str
    """Version of the file in which the proof was made."""
    rules: tuple[str, ...]
    """Official ids."""
    refuses: bool
    """Whether the file objects to what the text allows; else it lets pass what the text forbids."""
    file_says: str
    """What the file does, in French."""
    text_says: str
    """What the text says, and which text."""
    remedy: str
    met: Met
    terms: tuple[str, ...]
    syntax: str = ""
    """``UBL`` or ``CII`` when only that file is wrong."""
    proof: tuple[tuple[str, str, str], ...]
    """Official id, example and change that show it (:mod:`facturier.rules.mutation`)."""
    mended: str = ""
    """The version that mends it; empty while none does."""

    @property
    def verb(self) -> str:
        """What the file does wrongly."""
        return "refuse" if self.refuses else "accepte"


LEDGER: tuple[Defect, ...] = (
    Defect(
        id="OFFICIEL-01",
        book="br-fr-flux2",
        version="1.4.0",
        rules=(
            "BR-FR-02_BT-1",
            "BR-FR-02_BT-25",
            "BR-FR-02_EXT-FR-FE-136",
            "BR-FR-01_BT-1-2",
            "BR-FR-01_BT-25-2",
            "BR-FR-01_EXT-FR-FE-136-2",
        ),
        refuses=True,
        file_says="son test refuse tout espace dans un numéro de facture",
        text_says="sa propre phrase n'interdit que les espaces au début, à la fin ou à la suite, "
        "et "
        "la règle G1.05 de la DGFiP admet un espace entre deux mots",
        remedy="En attendant, numérotez sans espace : écrivez « FA-2026-1 » au lieu de « FA 2026 "
        "1 ».",
        met=meeting.has_spaced_number,
        terms=("BT-1", "BT-25", "EXT-FR-FE-136"),
        proof=(("BR-FR-02_BT-1", "standard", 'BT-1 = "FA 2026 1"'),),
    ),
    Defect(
        id="OFFICIEL-02",
        book="br-fr-flux2",
        version="1.4.0",
        rules=("BR-FR-CO-14_BT-29-1",),
        refuses=True,
        file_says=f"la note TXD doit être « {GROUP_TEXT} », lettre pour lettre",
        text_says="la mention légale, et la règle G1.52 de la DGFiP, est « Membre d'un assujetti "
        "unique »",
        remedy=f"Écrivez « {GROUP_TEXT} » dans la note TXD ; la mention en toutes lettres peut "
        "figurer dans une autre note.",
        met=meeting.says_group_in_words,
        terms=("BT-22",),
        proof=(
            (
                "BR-FR-CO-14_BT-29-1",
                "single-taxable-person",
                'BT-22[3] = "Membre d\'un assujetti unique"',
            ),
        ),
    ),
    Defect(
        id="OFFICIEL-03",
        book="br-fr-flux2",
        version="1.4.0",
        rules=("BR-FR-DEC-03_BT-146", "BR-FR-DEC-03_BT-148"),
        refuses=True,
        file_says="un prix unitaire négatif est refusé hors des cadres B9, S9 et M9",
        text_says="le profil EXTENDED-CTC-FR 1.4.0 a retiré les règles BR-27 et BR-28 pour le "
        "permettre",
        remedy="Écrivez un prix positif et une quantité négative : le montant de la ligne est le "
        "même.",
        met=meeting.has_negative_price,
        terms=("BT-146", "BT-148"),
        proof=(
            (
                "BR-FR-DEC-03_BT-146",
                "standard",
                f'BT-146 = -100; BT-129 = -1; BT-24 = "{EXTENDED_CTC_FR}"',
            ),
        ),
    ),
    Defect(
        id="OFFICIEL-04",
        book="en16931",
        version="1.3.16",
        rules=("BR-CO-17",),
        refuses=False,
        file_says="la TVA d'un taux peut s'écarter de presque 1 € du calcul",
        text_says="la norme veut base × taux, arrondi au centime (EN 16931-1, BR-CO-17)",
        remedy="Recalculez BT-117 : l'écart serait repris dans votre déclaration de TVA.",
        met=meeting.has_vat_off_by_cents,
        terms=("BT-117",),
        proof=(
            (
                "BR-CO-17",
                "transfer",
                "BT-117 + 0.90; BT-110 + 0.90; BT-112 + 0.90; BT-115 + 0.90",
            ),
        ),
    ),
    Defect(
        id="OFFICIEL-05",
        book="en16931",
        version="1.3.16",
        rules=("BR-S-08",),
        refuses=False,
        syntax="UBL",
        file_says="en UBL, la base d'un taux peut s'écarter de presque 1 € de la somme de ses "
        "lignes",
        text_says="la norme veut l'égalité, et le fichier pour CII la contrôle au centime",
        remedy="Recalculez BT-116 : lignes du taux, moins remises, plus charges.",
        met=meeting.has_base_off_by_cents,
        terms=("BT-116",),
        proof=(("BR-S-08", "transfer", "BT-116 + 0.90"),),
    ),
    Defect(
        id="OFFICIEL-06",
        book="br-fr-flux2",
        version="1.4.0",
        rules=("BR-FR-27_BG-32", "BR-FR-27_BT-160", "BR-FR-27_EXT-FR-FE-159"),
        refuses=False,
        syntax="UBL",
        file_says="en UBL, il cherche les caractéristiques d'un article là où elles ne peuvent pas "
        "être : il ne contrôle rien",
        text_says="toute caractéristique a un nom ou un code (XP Z12-012, BR-FR-27)",
        remedy="Nommez la caractéristique (BT-160) : en CII, la même facture serait refusée.",
        met=meeting.twin(
            "france.invoice",
            "BR-FR-27_BG-32",
            "BR-FR-27_BT-160",
            "BR-FR-27_EXT-FR-FE-159",
            only_where=meeting.has_attributes,
        ),
        terms=("BT-160", "EXT-FR-FE-159"),
        proof=(
            ("BR-FR-27_BT-160", "attachments", 'BT-160 = " "'),
            ("BR-FR-27_BG-32", "attachments", "BT-160 ="),
            ("BR-FR-27_EXT-FR-FE-159", "attachments", 'EXT-FR-FE-159 = " "'),
        ),
    ),
    Defect(
        id="OFFICIEL-07",
        book="br-fr-flux2",
        version="1.4.0",
        rules=("BR-FR-30_AFL", "BR-FR-30_AVV"),
        refuses=False,
        syntax="CII",
        file_says="en CII, il cherche les références de ligne hors de la place que le schéma leur "
        "donne : il ne contrôle rien",
        text_says="une référence AFL ou AVV n'est pas vide et n'est donnée qu'une fois par ligne "
        "(XP Z12-012, BR-FR-30)",
        remedy="Corrigez BT-128 : en UBL, la même facture serait refusée.",
        met=meeting.twin(
            "france.invoice", "BR-FR-30_AFL", "BR-FR-30_AVV", only_where=meeting.has_objects
        ),
        terms=("BT-128",),
        proof=(
            ("BR-FR-30_AFL", "standard", 'BT-128 = " @AFL"'),
            ("BR-FR-30_AVV", "standard", 'BT-128 = " @AVV"'),
        ),
    ),
    Defect(
        id="OFFICIEL-08",
        book="br-fr-flux2",
        version="1.4.0",
        rules=("BR-FR-09_EXT-FR-FE-146",),
        refuses=False,
        syntax="UBL",
        file_says="en UBL, il cherche un lieu de livraison dans un autre : il ne contrôle rien",
        text_says="le SIRET du lieu de livraison d'une ligne a quatorze chiffres (XP Z12-012, "
        "BR-FR-09)",
        remedy="Corrigez EXT-FR-FE-146 : en CII, la même facture serait refusée.",
        met=meeting.twin(
            "france.invoice", "BR-FR-09_EXT-FR-FE-146", only_where=meeting.has_deliveries
        ),
        terms=("EXT-FR-FE-146",),
        proof=(("BR-FR-09_EXT-FR-FE-146", "standard", 'EXT-FR-FE-146 = "123@0009"'),),
    ),
    Defect(
        id="OFFICIEL-09",
        book="en16931",
        version="1.3.16",
        rules=("BR-AF-08", "BR-AF-09", "BR-AG-08", "BR-AG-09"),
        refuses=False,
        syntax="CII",
        file_says="en CII, ses tests sur la base et le montant de l'IGIC et de l'IPSI sont "
        "toujours "
        "vrais",
        text_says="la base est la somme des lignes du taux, la taxe est base × taux (EN 16931-1)",
        remedy="Recalculez BT-116 et BT-117 : en UBL, la même facture serait refusée.",
        met=meeting.twin(
            "en16931",
            "BR-AF-08",
            "BR-AF-09",
            "BR-AG-08",
            "BR-AG-09",
            only_where=meeting.has_spanish_tax,
        ),
        terms=("BT-116", "BT-117"),
        proof=(
            ("BR-AF-08", "igic", "BT-116 + 2"),
            ("BR-AF-09", "igic", "BT-117 + 2"),
            ("BR-AG-08", "ipsi", "BT-116 + 2"),
            ("BR-AG-09", "ipsi", "BT-117 + 2"),
        ),
    ),
    Defect(
        id="OFFICIEL-10",
        book="cdar",
        version="1.4.0",
        rules=("BR-FR-CDV-CL-01_MDT-2",),
        refuses=True,
        mended="1.4.0.03",
        file_says="entre plateformes, il ne laisse passer que REGULATED",
        text_says="la norme admet six valeurs : REGULATED, NON_REGULATED, B2C, B2CINT, B2BINT et "
        "OUTOFSCOPE",
        remedy="La version 1.4.0.03, en vigueur depuis le 04/08/2026, ne le refuse plus.",
        met=meeting.is_other_process,
        terms=("MDT-2",),
        proof=(("BR-FR-CDV-CL-01_MDT-2", "210", 'MDT-2 = "B2C"'),),
    ),
    Defect(
        id="OFFICIEL-11",
        book="cdar",
        version="1.4.0.03",
        rules=("BR-FR-CDV-07_MDT-38_no",),
        refuses=False,
        file_says="il compte les destinataires « zéro ou plus », ce qui est toujours vrai",
        text_says="un message de transmission (305) entre plateformes ne nomme pas son émetteur "
        "(MDT-38)",
        remedy="Retirez MDT-38 des messages de transmission qui ne vont pas au portail public.",
        met=meeting.names_issuer_of_transmission,
        terms=("MDT-38",),
        proof=(("BR-FR-CDV-07_MDT-38_no", "202", 'MDT-38 = "0005@0238"'),),
    ),
    Defect(
        id="OFFICIEL-12",
        book="cdar",
        version="1.4.0.03",
        rules=("BR-FR-CDV-CL-09_MDT-113_210B2G",),
        refuses=True,
        file_says="le motif CONTACT_ACHTR manque à la liste des refus de Chorus Pro",
        text_says="les spécifications de Chorus Pro et la liste générale des motifs l'admettent",
        remedy="Lisez le commentaire du statut et contactez l'acheteur public : le refus est réel.",
        met=meeting.asks_for_a_contact,
        terms=("MDT-113",),
        proof=(("BR-FR-CDV-CL-09_MDT-113_210B2G", "210-chorus", 'MDT-113 = "CONTACT_ACHTR"'),),
    ),
    Defect(
        id="OFFICIEL-13",
        book="flux10",
        version="1.0",
        rules=("G1.16",),
        refuses=True,
        file_says="il contrôle les encaissements comme des prix, jamais négatifs",
        text_says="l'annexe 6 v1.10 leur applique G7.07, qui admet un montant négatif",
        remedy="En attendant, compensez l'encaissement rendu dans une transmission rectificative.",
        met=meeting.takes_a_receipt_back,
        terms=("TT-95", "TT-99"),
        proof=(("G1.16", "paiements", "TT-95 = -10"), ("G1.16", "paiements", "TT-99 = -10")),
    ),
    Defect(
        id="OFFICIEL-14",
        book="flux10",
        version="1.0",
        rules=("G6.25",),
        refuses=True,
        file_says="une période de facturation doit finir après le jour où elle commence",
        text_says="l'annexe 6 v1.10 lui applique G6.20 : elle peut tenir en un seul jour",
        remedy="Retirez la période et donnez la date de livraison (TT-41).",
        met=meeting.invoices_one_day,
        terms=("TT-43", "TT-66"),
        proof=tuple(("G6.25", "transactions", f'{one} = "20260930"') for one in ("TT-42", "TT-65")),
    ),
    Defect(
        id="OFFICIEL-15",
        book="flux10",
        version="1.0",
        rules=("G1.53",),
        refuses=True,
        file_says="il calcule en virgule flottante : 100,00 − 99,99 y dépasse un centime",
        text_says="la règle admet un centime d'écart par montant additionné",
        remedy="Rendez les totaux égaux à la somme de leurs parts.",
        met=meeting.is_off_by_the_cents_allowed,
        terms=("TT-51", "TT-52", "TT-82", "TT-83"),
        proof=(
            ("G1.53", "transactions", "TT-51 = 100.00; TT-54 = 99.99"),
            ("G1.53", "transactions", "TT-82 = 100.00; TT-87 = 99.99"),
        ),
    ),
)
"""Every defect that we know and can prove."""


def met(facts: Any, checked: Collection[str], fired: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for each defect that a document meets.

    `facts` are those that the rules were asked with, `checked` the ids of the books that were
    asked, `fired` those of the rules that failed.
    """
    for one in LEDGER:
        if one.book not in checked or one.syntax not in ("", facts.syntax):
            continue
        failed = [rule for rule in one.rules if rule in fired]
        if one.refuses != bool(failed) or not _is_met(one, facts):
            continue
        named = ", ".join(failed or one.rules)
        yield Finding(
            rule=one.id,
            layer=Layer.ADVICE,
            severity=Severity.ADVICE,
            message=f"Règle officielle {named} : le fichier officiel {one.verb} à tort ; "
            f"{one.file_says}, alors que {one.text_says}. Le verdict suit le fichier officiel.",
            where=one.terms[0],
            remedy=one.remedy,
        )


def _is_met(one: Defect, facts: Any) -> bool:
    try:
        return one.met(facts)
    except Exception:  # noqa: BLE001  # an absurd amount: advice never stops a verdict
        return False


def defect(id_: str) -> Defect:
    """Return an entry of the ledger. Raises KeyError."""
    return {one.id: one for one in LEDGER}[id_]
