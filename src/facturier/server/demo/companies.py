"""The fictitious people and companies of the demonstration.

SIREN, SIRET, VAT numbers and accounts come from the family reserved for demonstrations
(:mod:`facturier.invoice.parties`): their keys are right and they belong to nobody. The names are
invented; e-mail addresses end in ``.example``, which is nobody's either (RFC 2606).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from facturier.invoice.model import Address, Contact, Identifier, Party
from facturier.invoice.parties import (
    ELECTRONIC_ADDRESS,
    SIREN,
    SIRET,
    demo_iban,
    demo_siren,
    demo_siret,
    demo_vat,
)

IRISH_VAT = "9935"
"""Scheme of the electronic address of an Irish company on Peppol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company, French unless `country` says otherwise."""

    key: str
    number: int
    """Its number in the reserved family."""
    name: str
    profile: str
    """What makes it worth showing: the word of the accountant for this kind of dossier."""
    activity: str = ""
    line: str
    post_code: str
    city: str
    country: str = "FR"
    legal: str = ""
    """Form and capital, as printed on its invoices (BT-33)."""
    regime: str = "reel_mensuel"
    vat_on_receipts: bool = False
    charges_vat: bool = True
    """False for a company under the franchise en base: it shows no VAT number."""
    suffix: str = ""
    """Of its electronic address, when it has chosen one."""
    foreign_vat: str = ""
    prefix: str = "FA-"
    """How its invoice numbers begin."""

    @property
    def siren(self) -> str:
        """Nine digits with a valid key."""
        return demo_siren(self.number)

    @property
    def siret(self) -> str:
        """The head office."""
        return demo_siret(self.number)

    @property
    def vat_number(self) -> str:
        """The French VAT number; empty without one."""
        return demo_vat(self.number) if self.charges_vat and self.country == "FR" else ""

    @property
    def electronic_address(self) -> str:
        """Where its invoices arrive (scheme 0225)."""
        return f"{self.siren}_{self.suffix}" if self.suffix else self.siren

    @property
    def iban(self) -> str:
        """Its fictitious account."""
        return demo_iban(self.number)

    def party(self) -> Party:
        """Return it as seller or buyer of an invoice."""
        address = Address(
            line_1=self.line, city=self.city, post_code=self.post_code, country_code=self.country
        )
        if self.country != "FR":
            return Party(
                name=self.name,
                legal_identifier=Identifier(f"{self.country}-{self.number}"),
                vat_identifier=self.foreign_vat or None,
                electronic_address=Identifier(self.foreign_vat, IRISH_VAT)
                if self.country == "IE"
                else Identifier(f"facture@{self.key}.example", "EM"),
                postal_address=address,
            )
        return Party(
            name=self.name,
            identifiers=(Identifier(self.siret, SIRET),),
            legal_identifier=Identifier(self.siren, SIREN),
            vat_identifier=self.vat_number or None,
            tax_registration_identifier=None if self.vat_number else self.siren,
            legal_information=self.legal or None,
            electronic_address=Identifier(self.electronic_address, ELECTRONIC_ADDRESS),
            postal_address=address,
            contact=Contact(
                name="Comptabilité", telephone="01 99 00 00 00", email=f"compta@{self.key}.example"
            ),
        )

    def as_buyer(self) -> Party:
        """Return it as buyer: EN 16931 has no legal information (BT-33) of one."""
        return replace(self.party(), legal_information=None)


DOSSIERS: tuple[Company, ...] = (
    Company(
        key="comptoir", number=101, name="Le Comptoir de Jeanne", profile="restaurant",
        activity="Restauration traditionnelle", line="14 rue des Tanneurs", post_code="69005",
        city="Lyon", legal="SARL au capital de 8 000 €",
    ),
    Company(
        key="fournil", number=102, name="Le Fournil de Saint-Aubin", profile="boulangerie",
        activity="Boulangerie-pâtisserie", line="3 place de l'Église", post_code="35140",
        city="Saint-Aubin-du-Cormier", legal="SARL au capital de 5 000 €",
    ),
    Company(
        key="macon", number=103, name="Maçonnerie Le Goff", profile="sous-traitant du bâtiment",
        activity="Maçonnerie générale", line="27 route de Vannes", post_code="56400", city="Auray",
        legal="EURL au capital de 10 000 €",
    ),
    Company(
        key="constructions", number=104, name="Constructions Bellanger",
        profile="entreprise générale du bâtiment", activity="Construction de bâtiments",
        line="8 avenue de l'Industrie", post_code="49100", city="Angers",
        legal="SAS au capital de 150 000 €",
    ),
    Company(
        key="lumen", number=105, name="Atelier Lumignon", profile="e-commerce",
        activity="Vente à distance de luminaires", line="51 quai de la Fosse", post_code="44000",
        city="Nantes", legal="SAS au capital de 20 000 €", suffix="BOUTIQUE", prefix="WEB-",
    ),
    Company(
        key="medecin", number=106, name="SELARL Docteur Ferrand", profile="médecin, exonéré",
        activity="Médecine générale et du travail", line="2 boulevard Heurteloup",
        post_code="37000", city="Tours", legal="SELARL au capital de 1 000 €",
        charges_vat=False, regime="franchise", prefix="NH-",
    ),
    Company(
        key="valmont", number=107, name="Domaine de Valmorel-les-Vignes", profile="exportateur",
        activity="Viticulture", line="Lieu-dit Les Graviers", post_code="33420", city="Branne",
        legal="EARL au capital de 60 000 €",
    ),
    Company(
        key="association", number=108, name="Association Les Mains Ouvertes",
        profile="association", activity="Insertion par l'activité, secteur lucratif partiel",
        line="19 rue du Faubourg", post_code="63000", city="Clermont-Ferrand",
        legal="Association loi 1901", regime="reel_trimestriel",
    ),
    Company(
        key="graphiste", number=109, name="Julie Morvan, graphiste", profile="franchise en base",
        activity="Création graphique", line="6 rue des Lices", post_code="35000", city="Rennes",
        legal="Entrepreneur individuel", charges_vat=False, regime="franchise", prefix="F",
    ),
    Company(
        key="conseil", number=110, name="Aubrac Conseil",
        profile="consultant, TVA sur les encaissements", activity="Conseil en organisation",
        line="40 cours Lafayette", post_code="69003", city="Lyon",
        legal="SASU au capital de 1 000 €", vat_on_receipts=True,
    ),
    Company(
        key="transport", number=111, name="Transports Rouvière et Fils", profile="transporteur",
        activity="Transport routier de marchandises", line="Zone d'activité du Levant",
        post_code="26200", city="Montélimar", legal="SAS au capital de 75 000 €",
        vat_on_receipts=True, prefix="TR",
    ),
    Company(
        key="sci", number=112, name="SCI Les Tilleuls", profile="SCI, loyers soumis sur option",
        activity="Location de locaux professionnels", line="11 allée des Tilleuls",
        post_code="69006", city="Lyon", legal="SCI au capital de 2 000 €",
        regime="reel_trimestriel", vat_on_receipts=True, prefix="LOYER-",
    ),
    Company(
        key="garage", number=113, name="Garage du Moulin Neuf", profile="garage",
        activity="Entretien et réparation automobile", line="Route de Fougères",
        post_code="35133", city="Lécousse", legal="SARL au capital de 15 000 €",
    ),
    Company(
        key="agence", number=114, name="Studio Pixelande", profile="agence web",
        activity="Création et hébergement de sites", line="9 passage des Ateliers",
        post_code="59000", city="Lille", legal="SAS au capital de 12 000 €",
        vat_on_receipts=True,
    ),
    Company(
        key="negoce", number=115, name="Armor Négoce Alimentaire", profile="négoce en gros",
        activity="Commerce de gros alimentaire", line="Marché de gros, case 42",
        post_code="35510", city="Cesson-Sévigné", legal="SAS au capital de 300 000 €",
    ),
)  # fmt: skip
"""Dossiers of the first cabinet."""

OTHER_DOSSIERS: tuple[Company, ...] = (
    Company(
        key="fleuriste", number=131, name="Fleurs du Clos Poulet", profile="fleuriste",
        activity="Commerce de détail de fleurs", line="22 rue de la Soif", post_code="35400",
        city="Saint-Malo", legal="SARL au capital de 4 000 €",
    ),
    Company(
        key="gardiennage", number=132, name="Vigie Ouest Sécurité",
        profile="services, TVA sur les débits", activity="Sécurité privée",
        line="5 rue de la Sentinelle", post_code="44800", city="Saint-Herblain",
        legal="SAS au capital de 40 000 €",
    ),
    Company(
        key="scierie", number=133, name="Scierie des Quatre Vents", profile="industrie du bois",
        activity="Sciage et rabotage du bois", line="Chemin de la Scierie", post_code="58120",
        city="Château-Chinon", legal="SARL au capital de 50 000 €",
    ),
)  # fmt: skip
"""Dossiers of the second cabinet: other people's, for whom the first cabinet is a stranger."""

OUTSIDE: tuple[Company, ...] = (
    Company(
        key="energie", number=151, name="Énergie des Deux Rives", profile="fournisseur extérieur",
        line="1 place du Barrage", post_code="38000", city="Grenoble",
        legal="SA au capital de 1 000 000 €", prefix="E",
    ),
    Company(
        key="telecom", number=152, name="Télécom du Ponant", profile="fournisseur extérieur",
        line="12 rue des Ondes", post_code="29200", city="Brest",
        legal="SA au capital de 500 000 €", prefix="T",
    ),
    Company(
        key="inconnu", number=153, name="Bazar du Littoral",
        profile="client absent de l'annuaire", line="7 esplanade de la Plage",
        post_code="85100", city="Les Sables-d'Olonne",
    ),
    Company(
        key="dublin", number=156, name="Cloudberry Software Ltd", profile="fournisseur irlandais",
        line="4 Quay Street", post_code="D02", city="Dublin", country="IE",
        foreign_vat="IE0000000AA", prefix="INV-",
    ),
    Company(
        key="bruxelles", number=154, name="Caves du Parvis SRL", profile="client belge",
        line="Rue du Parvis 18", post_code="1060", city="Bruxelles", country="BE",
        foreign_vat="BE0000000097",
    ),
    Company(
        key="boston", number=155, name="Harbor Street Wines Inc.", profile="client américain",
        line="200 Harbor Street", post_code="02210", city="Boston", country="US",
    ),
)  # fmt: skip
"""Companies that are no dossier of this installation."""

COMPANIES: dict[str, Company] = {one.key: one for one in (*DOSSIERS, *OTHER_DOSSIERS, *OUTSIDE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """A person who signs in."""

    key: str
    email: str
    name: str
    role: str
    """``expert_comptable``, ``collaborateur`` or ``client``."""
    title: str
    """What they are, in French, for the list of accounts."""
    dossiers: tuple[str, ...] = ()
    """Opened to them; an expert-comptable sees all of the cabinet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A cabinet, its people and its dossiers."""

    number: int
    name: str
    people: tuple[Someone, ...]
    dossiers: tuple[Company, ...]

    @property
    def siren(self) -> str:
        """Nine digits with a valid key."""
        return demo_siren(self.number)

    def responsible_for(self, dossier: str) -> Someone:
        """Return who follows a dossier: its first collaborateur, else the expert-comptable."""
        followers = (p for p in self.people if p.role == "collaborateur" and dossier in p.dossiers)
        return next(followers, self.people[0])


CABINETS: tuple[Office, ...] = (
    Office(
        number=1,
        name="Cabinet Lenoir et associés (simulation)",
        people=(
            Someone(
                key="helene", email="helene.lenoir@cabinet-lenoir.example", name="Hélène Lenoir",
                role="expert_comptable", title="Expert-comptable",
            ),
            Someone(
                key="karim", email="karim.benali@cabinet-lenoir.example", name="Karim Benali",
                role="collaborateur", title="Collaborateur",
                dossiers=("comptoir", "fournil", "macon", "constructions", "lumen", "medecin",
                          "valmont", "negoce"),
            ),
            Someone(
                key="sophie", email="sophie.marchand@cabinet-lenoir.example",
                name="Sophie Marchand", role="collaborateur", title="Collaboratrice",
                dossiers=("association", "graphiste", "conseil", "transport", "sci", "garage",
                          "agence", "lumen"),
            ),
            Someone(
                key="jeanne", email="jeanne@lecomptoir.example", name="Jeanne Paillard",
                role="client", title="Cliente, gérante du restaurant", dossiers=("comptoir",),
            ),
        ),
        dossiers=DOSSIERS,
    ),
    Office(
        number=2,
        name="Cabinet Vasseur (simulation)",
        people=(
            Someone(
                key="marc", email="marc.vasseur@cabinet-vasseur.example", name="Marc Vasseur",
                role="expert_comptable", title="Expert-comptable d'un autre cabinet",
            ),
        ),
        dossiers=OTHER_DOSSIERS,
    ),
)  # fmt: skip

PASSWORD = "simulation-2026"  # noqa: S105 - printed on the screen: it opens a demonstration only
"""The same for everybody."""
