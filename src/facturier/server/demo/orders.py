"""What the companies of the demonstration sell to each other: the vocabulary of the story.

A :class:`Sale` says in a few words what :mod:`.invoices` turns into an invoice; a :class:`Step` is
something that a person says about it later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from facturier.lifecycle.statuses import Side

SYNTAXES = ("facturx", "ubl", "cii")
"""How the documents are written, in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ware:
    """One line: what, how many, at which price before VAT."""

    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    rate: Decimal
    category: str = "S"
    varies: int = 0
    """In a regular order, how much the quantity may grow from one time to the next."""
    rebate: Decimal | None = None
    """Allowance on the line, in per cent."""


def ware(
    name: str, quantity: str, unit: str, price: str, rate: str = "20", category: str = "S",
    *, varies: int = 0, rebate: str | None = None,
) -> Ware:  # fmt: skip
    """Make a line out of words."""
    return Ware(
        name=name, quantity=Decimal(quantity), unit=unit, price=Decimal(price), rate=Decimal(rate),
        category=category, varies=varies, rebate=None if rebate is None else Decimal(rebate),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that a side says about an invoice, some days after its deposit."""

    after: int
    side: Side
    code: int
    from_due: bool = False
    """Count the days from the due date, not from the deposit."""
    reason: str = ""
    comment: str = ""
    share: Decimal | None = None
    """Of a receipt (212): which part of what is due, between 0 and 1."""


def buyer(after: int, code: int, **more: object) -> Step:
    """Make a step of the buyer."""
    return Step(after=after, side=Side.BUYER, code=code, **more)  # type: ignore[arg-type]


def seller(after: int, code: int, **more: object) -> Step:
    """Make a step of the seller."""
    return Step(after=after, side=Side.SELLER, code=code, **more)  # type: ignore[arg-type]


_ACCEPTED = (buyer(1, 204), buyer(3, 205))
_PAID = (buyer(2, 205), buyer(-1, 211, from_due=True))
_ALL, _PART, _REST = Decimal(1), Decimal("0.4"), Decimal("0.6")

LIVES: dict[str, tuple[Step, ...]] = {
    "silence": (),
    "prise en charge": (buyer(1, 204),),
    "approuvée": _ACCEPTED,
    "payée": _PAID,
    "encaissée": (buyer(2, 205), seller(2, 212, from_due=True, share=_ALL)),
    "comptant": (seller(0, 212, share=_ALL), buyer(2, 205)),
    "en deux fois": (
        buyer(2, 205),
        buyer(-8, 211, from_due=True, comment="Premier règlement : 40 %."),
        seller(-6, 212, from_due=True, share=_PART),
        buyer(3, 211, from_due=True, comment="Solde."),
        seller(5, 212, from_due=True, share=_REST),
    ),
    "partiellement encaissée": (buyer(2, 205), seller(9, 212, share=_PART)),
    "litige sur le prix": (
        buyer(1, 204),
        buyer(4, 207, reason="PU_ERR", comment="Le devis signé prévoit un prix plus bas."),
    ),
    "litige réglé": (
        buyer(1, 204),
        buyer(3, 207, reason="QTE_ERR", comment="Deux unités manquaient à la livraison."),
        buyer(9, 205, comment="Le complément a été livré."),
        buyer(0, 211, from_due=True),
    ),
    "qualité": (buyer(2, 207, reason="QUALITE_ERR", comment="Marchandise abîmée à l'arrivée."),),
    "suspendue": (
        buyer(1, 204),
        buyer(2, 208, reason="JUSTIF_ABS", comment="Il manque le bon d'intervention signé."),
    ),
    "complétée": (
        buyer(1, 204),
        buyer(2, 208, reason="JUSTIF_ABS", comment="Il manque l'attestation de vigilance."),
        seller(5, 209, comment="L'attestation vous a été envoyée."),
        buyer(7, 205),
        buyer(-1, 211, from_due=True),
    ),
    "approuvée en partie": (
        buyer(1, 204),
        buyer(4, 206, reason="LIVR_INCOMP", comment="La dernière palette n'est pas arrivée."),
    ),
    "refusée : opération inconnue": (
        buyer(2, 210, reason="TRANSAC_INC", comment="Aucune commande ne correspond."),
    ),
    "refusée : destinataire": (
        buyer(1, 210, reason="DEST_ERR", comment="Cette prestation est pour une autre société."),
    ),
    "refusée : taux": (
        buyer(3, 210, reason="TX_TVA_ERR", comment="Taux de 20 % au lieu de 5,5 %."),
    ),
    "refusée : deux fois": (
        buyer(2, 210, reason="DOUBLE_FACT", comment="Déjà facturé le mois dernier."),
    ),
}
"""What happens to an invoice once it is delivered, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One invoice of the story."""

    key: str
    """Names it for ever: what was done for a key is not done again."""
    seller: str
    buyer: str
    ago: int
    """Days between its date and the day the demonstration was made."""
    lines: tuple[Ware, ...]
    syntax: str = "ubl"
    process: str = "B1"
    type_code: str = "380"
    terms: int = 30
    """Days until it is due."""
    life: str = "silence"
    about: str = ""
    """Key of the invoice that it corrects, credits or completes."""
    already_paid: Decimal | None = None
    """Share already paid, between 0 and 1."""
    recalls_deposit: bool = False
    """The final invoice: what `about` asked for is deducted."""
    discount: Decimal | None = None
    """Allowance on the document, in per cent of each rate's base."""
    carriage: Decimal | None = None
    """Carriage charged, at 20 %."""
    exemption: tuple[str, str] | None = None
    """Code (BT-121) and words (BT-120)."""
    extended: bool = False
    """Written in the profile EXTENDED-CTC-FR."""
    tax_point: str = ""
    """``debits`` when the seller opted for VAT on invoicing."""
    attached: str = ""
    """Qualifier of the attachment (BT-123), if there is one."""
    monthly: bool = False
    """Carries the period it invoices."""
    order: str = ""
    direct_debit: bool = False
    by_hand: bool = False
    """The buyer brings it: it came by another way than the network."""
    mutation: str = ""
    """What is broken in it, in the language of :mod:`facturier.rules.mutation`."""
    twin_of: str = ""
    """Key of the invoice whose file is deposited a second time."""

    @property
    def self_billed(self) -> bool:
        """Whether the buyer makes it out."""
        return self.type_code in {"389", "261"}

    @property
    def credit(self) -> bool:
        """Whether it is a credit note."""
        return self.type_code in {"381", "261"}

    @property
    def depositor(self) -> str:
        """Key of the company in whose dossier the file is deposited."""
        return self.buyer if self.self_billed or self.by_hand else self.seller


def regular(
    seller_key: str, buyer_key: str, *lines: Ware, every: int, first: int = 88, last: int = 1,
    lives: tuple[str, ...] = ("payée",), **more: object,
) -> tuple[Sale, ...]:  # fmt: skip
    """Return the invoices of a standing order: one `every` so many days.

    They go from `first` to `last` days ago. Quantities, syntaxes and lives change from one to the
    next, always the same way.
    """
    return tuple(
        Sale(
            key=f"{seller_key}-{buyer_key}-{index + 1:02d}", seller=seller_key, buyer=buyer_key,
            ago=ago, lines=tuple(_vary(line, index) for line in lines),
            life=lives[index % len(lives)],
            **{"syntax": SYNTAXES[(index + first) % len(SYNTAXES)], **more},  # type: ignore[arg-type]
        )
        for index, ago in enumerate(range(first, last - 1, -every))
    )  # fmt: skip


def _vary(line: Ware, index: int) -> Ware:
    return replace(line, quantity=line.quantity + index * 7 % (line.varies + 1))
