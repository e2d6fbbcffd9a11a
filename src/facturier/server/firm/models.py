"""Cabinets, dossiers, people and their rights.

An expert-comptable sees every dossier of the cabinet; a collaborateur and a client see those that
were opened to them. :meth:`DossierQuerySet.visible_to` says it in the application; the database
says it again in ``dossiers_visible_to`` (row-level security, see :mod:`facturier.server.sight`).
"""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from facturier.server import sight
from facturier.server.firm.numbers import check_siren, check_siret, check_vat_number

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Cabinet(models.Model):
    """A firm of chartered accountants."""

    name = models.CharField("raison sociale", max_length=200)
    siren = models.CharField("SIREN", max_length=9, unique=True, validators=[check_siren])
    second_factor_for = ArrayField(
        models.CharField(max_length=20), default=list, blank=True,
        verbose_name="second facteur obligatoire",
        help_text="Rôles (d'une appartenance ou d'un accès) qui ne peuvent pas s'en passer.",
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "cabinet"

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """Creates people; the e-mail address is the identifier."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        """Create a person who signs in with `email`; without password, sign-in is closed."""
        person = self.model(email=self.normalize_email(email), **fields)
        person.set_password(password)
        with sight.of_new_person() as person.pk:
            person.save(using=self._db, force_insert=True)
        return person

    def known_as(self, email: str) -> Person | None:
        """Return who signs in with `email`, whatever its case, in sight or not; else None."""
        known = sight.person_known_as(email)
        if known is None:
            return None
        with sight.of_self(known):
            return self.get(pk=known)

    def create_superuser(self, email: str, password: str, **fields: Any) -> Person:
        """Create an administrator of the installation (of the machine, not of any dossier)."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> Person:
        """Return the person whose address is `username`, whatever its case."""
        return self.get(email__iexact=username)


class Person(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in: expert-comptable, collaborateur or client."""

    email = models.EmailField("adresse électronique")
    name = models.CharField("nom affiché", max_length=200)
    is_active = models.BooleanField("actif", default=True)
    is_staff = models.BooleanField("administrateur", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = PersonManager()

    class Meta:
        verbose_name = "personne"
        constraints = (models.UniqueConstraint(Lower("email"), name="one_person_per_address"),)

    def __str__(self) -> str:
        return self.name or self.email


class Membership(models.Model):
    """A person works in a cabinet, in one of two roles."""

    class Role(models.TextChoices):
        """What a member of a cabinet may see: everything, or what was opened to them."""

        EXPERT_COMPTABLE = "expert_comptable", "Expert-comptable"
        COLLABORATEUR = "collaborateur", "Collaborateur"

    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    cabinet = models.ForeignKey(Cabinet, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    since = models.DateTimeField("depuis le", db_default=Now(), editable=False)
    """From when a second factor is owed, for who leads the cabinet."""

    class Meta:
        verbose_name = "appartenance"
        constraints = (
            models.UniqueConstraint(fields=["person", "cabinet"], name="one_role_per_cabinet"),
        )

    def __str__(self) -> str:
        return f"{self.person}, {self.get_role_display()}, {self.cabinet}"


class DossierQuerySet(models.QuerySet["Dossier"]):
    """Dossiers, from the point of view of someone."""

    def visible_to(self, person: Person | AnonymousUser) -> DossierQuerySet:
        """Keep the dossiers that `person` may see; none for who is not signed in or inactive."""
        if not isinstance(person, Person) or not person.is_active:
            return self.none()
        expert = Membership.objects.filter(
            person=person, role=Membership.Role.EXPERT_COMPTABLE
        ).values("cabinet")
        opened = DossierAccess.objects.filter(person=person).values("dossier")
        return self.filter(Q(cabinet__in=expert) | Q(pk__in=opened))


class Dossier(models.Model):
    """A client company of a cabinet: whose invoices, whose books."""

    class VatRegime(models.TextChoices):
        """How often the company declares VAT."""

        REEL_MENSUEL = "reel_mensuel", "Réel normal mensuel"
        REEL_TRIMESTRIEL = "reel_trimestriel", "Réel normal trimestriel"
        SIMPLIFIE = "simplifie", "Réel simplifié"
        FRANCHISE = "franchise", "Franchise en base"

    cabinet = models.ForeignKey(Cabinet, models.PROTECT, related_name="dossiers")
    name = models.CharField("raison sociale", max_length=200)
    siren = models.CharField("SIREN", max_length=9, validators=[check_siren])
    siret = models.CharField("SIRET", max_length=14, blank=True, validators=[check_siret])
    vat_number = models.CharField(
        "numéro de TVA", max_length=20, blank=True, validators=[check_vat_number]
    )
    activity = models.CharField("activité", max_length=200, blank=True)
    address_line = models.CharField("adresse", max_length=200, blank=True)
    address_line_2 = models.CharField("complément d'adresse", max_length=200, blank=True)
    post_code = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("commune", max_length=100, blank=True)
    country_code = models.CharField("pays", max_length=2, default="FR")
    vat_regime = models.CharField(
        "régime de TVA", max_length=20, choices=VatRegime, default=VatRegime.REEL_MENSUEL
    )
    vat_on_receipts = models.BooleanField("TVA sur les encaissements", default=False)
    electronic_address = models.CharField(
        "adresse de facturation électronique", max_length=125, unique=True,
        help_text="BT-34 et BT-49, schéma 0225 : SIREN, SIREN_SIRET, SIREN_SUFFIXE…",
    )  # fmt: skip
    responsible = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="dossiers_followed",
        verbose_name="responsable",
    )  # fmt: skip
    people = models.ManyToManyField(Person, through="DossierAccess", related_name="dossiers_opened")
    is_simulation = models.BooleanField("simulation", default=False)
    imputations_at = models.DateTimeField(null=True, editable=False)
    """When its rules of imputation last changed; null: it never had one."""
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DossierQuerySet.as_manager()

    class Meta:
        verbose_name = "dossier"
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=["cabinet", "siren", "electronic_address"], name="one_dossier_per_address"
            ),
        )

    def __str__(self) -> str:
        return self.name


class DossierAccess(models.Model):
    """A dossier is opened to one person."""

    class Role(models.TextChoices):
        """In which quality the person sees the dossier."""

        COLLABORATEUR = "collaborateur", "Collaborateur"
        CLIENT = "client", "Client"

    person = models.ForeignKey(Person, models.CASCADE, related_name="accesses")
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="accesses")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        verbose_name = "accès"
        constraints = (
            models.UniqueConstraint(fields=["person", "dossier"], name="one_access_per_dossier"),
        )

    def __str__(self) -> str:
        return f"{self.person}, {self.get_role_display()}, {self.dossier}"


class ApiClient(models.Model):
    """A program that speaks for dossiers of one cabinet: what an OAuth2 client may touch."""

    client = models.OneToOneField(
        "allauth_idp_oidc.Client", models.CASCADE, related_name="facturier"
    )
    cabinet = models.ForeignKey(Cabinet, models.CASCADE, related_name="api_clients")
    dossiers = models.ManyToManyField(Dossier, related_name="api_clients")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "client de l'API"

    def __str__(self) -> str:
        return str(self.client)
