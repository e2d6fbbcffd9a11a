"""Case 38: sub-lines and groups of lines."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, invoice, line, process_of
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="38",
    title="Sous-lignes et regroupements de lignes",
    certainty=Certainty.SURE,
    order=85,
    text="""EXTENDED-CTC-FR : chaque ligne peut avoir une ligne parente (EXT-FR-FE-162) et un
sous-type (163) : DETAIL, INFORMATION, GROUP. Seules les lignes ordinaires et DETAIL entrent
dans les totaux et dans le flux 1 ; une ligne GROUP répète la somme de ses lignes, une ligne
INFORMATION ne compte pas. Les additionner compterait deux fois.""",
)

SELLER = actor(381, "Fictif Cuisine SARL", "vendeur")
BUYER = actor(382, "Fictif Promotion SAS", "acheteur")


def applies(document: Invoice) -> bool:
    """A line has a parent or a subtype, and the document is one invoice."""
    grouped = any(one.parent or one.subtype for one in document.lines)
    return grouped and process_of(document)[1:] not in ("8", "9")


def kitchen() -> Invoice:
    """A kitchen in two lines under one group, and one line of information: 2 500,00 + 500,00."""
    head = line("Cuisine, ensemble", "0", identifier="1", subtype="GROUP")
    return invoice(
        "FA-2026-3801", SELLER, BUYER,
        replace(head, price=None),
        line("Marchandises : meubles", "1800.00", identifier="1.1", parent="1", subtype="DETAIL"),
        line("Marchandises : plan de travail", "700.00", identifier="1.2", parent="1",
             subtype="DETAIL"),
        process="B1", extended=True,
    )  # fmt: skip


def example() -> Story:
    """The group is neither added up nor booked."""
    story = Story((SELLER, BUYER))
    document = story.issue(kitchen())
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(document, "3000.00", "2026-11-27")
    return story.close()


def _counted_twice() -> Invoice:
    document = kitchen()
    assert document.totals
    doubled = replace(document.totals, line_net_amount=Decimal("5000.00"))
    return replace(document, totals=doubled)


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205),
    flows=("1",),
    boxes={
        "vendeur": "A1 2500/0 08 2500/500 16 0/500 28 0/500",
        "acheteur": "20 0/500 23 0/500 25 0/500 27 0/500",
    },
    mistakes=(
        Mistake(
            what="La ligne GROUP est ajoutée à ses lignes : le total double.",
            caught=("BR-FREXT-CO-10", "BR-CO-10"),
            make=_counted_twice,
        ),
    ),
)
