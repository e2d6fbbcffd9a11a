"""What an administrator may set: one table.

:mod:`facturier.server.settings` reads its values here and nowhere else, the page
``docs/reference/settings.md`` is written from it, ``facturier check-settings`` holds an environment
against it, and so does every command of the server before it starts. A secret may also stand in a
file that only the process may read: ``FACTURIER_SECRET_KEY_FILE=/run/secrets/key`` (containers,
``LoadCredential`` of systemd).

``FACTURIER_PRODUCTION=1`` says that strangers use this installation: what is convenient on a laptop
is then refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from facturier.errors import ConfigurationError


class Kind(StrEnum):
    """The form of a value; its value is the word for people."""

    TEXT = "texte"
    FLAG = "0 ou 1"
    NUMBER = "nombre entier"
    NAMES = "noms séparés par des virgules"
    FOLDER = "dossier"
    FILE = "fichier"
    URL = "adresse http(s)"
    DATABASE = "adresse postgresql://"
    PLACE = "hôte:port"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One variable of the environment."""

    name: str
    kind: Kind = Kind.TEXT
    default: str = ""
    """What counts when it is unset; empty: see its meaning."""
    meaning: str
    """In French, for an administrator."""
    secret: bool = False
    """Never shown, and may be given as a file (``<name>_FILE``)."""
    choices: tuple[str, ...] = ()
    """The only values it may have; empty: any of its kind."""
    in_production: str = ""
    """What production asks of it, in French; empty: nothing more."""


SETTINGS: dict[str, Setting] = {
    one.name: one
    for one in (
        Setting(
            name="FACTURIER_PRODUCTION", kind=Kind.FLAG, default="0",
            meaning="`1` : des tiers s'en servent. Ce qui n'est commode que sur un poste est "
            "alors refusé (colonne « En production »).",
        ),
        Setting(
            name="FACTURIER_VAR", kind=Kind.FOLDER, default="var",
            meaning="Dossier des données de l'installation : les octets des pièces, et ce qui "
            "n'est pas donné ailleurs. Plusieurs machines le partagent (NFS ou équivalent).",
        ),
        Setting(
            name="FACTURIER_S3_BUCKET",
            meaning="Compartiment S3 où sont gardés les octets des pièces ; il existe déjà. Sans "
            "lui : le dossier `<var>/documents`.",
        ),
        Setting(
            name="FACTURIER_S3_ENDPOINT", kind=Kind.URL,
            meaning="Adresse du service S3. Sans elle : celle d'Amazon dans la région.",
            in_production="en `https`",
        ),
        Setting(
            name="FACTURIER_S3_REGION", default="us-east-1",
            meaning="Région du service S3, par exemple `fr-par`.",
        ),
        Setting(
            name="FACTURIER_S3_KEY", secret=True,
            meaning="Identifiant de la clé d'accès au service S3.",
        ),
        Setting(
            name="FACTURIER_S3_SECRET", secret=True,
            meaning="Secret de cette clé.",
        ),
        Setting(
            name="DATABASE_URL", kind=Kind.DATABASE, secret=True,
            meaning="PostgreSQL, sous le rôle qui sert (soumis à la sécurité par ligne). Sans "
            "elle : un PostgreSQL privé dans `<var>/postgres`, d'une seule machine.",
            in_production="obligatoire",
        ),
        Setting(
            name="DATABASE_OWNER_URL", kind=Kind.DATABASE, secret=True,
            meaning="PostgreSQL, sous le rôle propriétaire des tables (`BYPASSRLS`). Pour "
            "`migrate`, `backup` et `restore` seulement : ne la donnez ni aux serveurs ni aux "
            "ouvriers.",
        ),
        Setting(
            name="FACTURIER_SECRET_KEY", secret=True,
            meaning="Clé des sessions et des signatures, la même sur toutes les machines. Sans "
            "elle : tirée une fois et gardée dans `<var>/secret-key`.",
            in_production="obligatoire, 50 caractères au moins",
        ),
        Setting(
            name="FACTURIER_SEALING_KEYS", kind=Kind.NAMES, secret=True,
            meaning="Clés qui scellent les secrets gardés en base, la plus récente d'abord. Sans "
            "elles : une est tirée une fois et gardée dans `<var>/sealing-key`.",
        ),
        Setting(
            name="FACTURIER_SIGNING_KEY", secret=True,
            meaning="Clé dont vient celle qui signe les certificats d'exhaustivité, la même sur "
            "toutes les machines. Sans elle : tirée une fois et gardée dans `<var>/signing-key`.",
        ),
        Setting(
            name="FACTURIER_HOSTS", kind=Kind.NAMES,
            default="localhost,127.0.0.1,[::1],testserver",
            meaning="Noms sous lesquels le serveur répond.",
            in_production="obligatoire",
        ),
        Setting(
            name="FACTURIER_HTTPS", kind=Kind.FLAG, default="0",
            meaning="`1` derrière un mandataire qui parle HTTPS et pose `X-Forwarded-Proto`.",
            in_production="`1`",
        ),
        Setting(
            name="FACTURIER_SMTP", kind=Kind.PLACE,
            meaning="Serveur qui prend notre courrier. Sans lui : gardé dans `<var>/courrier`.",
        ),
        Setting(
            name="FACTURIER_ROUTING_FOLDER", kind=Kind.FOLDER,
            meaning="Racine des dossiers où les règles d'aiguillage déposent des factures reçues "
            "pour d'autres applications. Vide : aucune règle ne peut en nommer.",
        ),
        Setting(
            name="FACTURIER_DEBUG", kind=Kind.FLAG, default="0",
            meaning="`1` montre la cause des erreurs dans les pages.",
            in_production="`0`",
        ),
        Setting(
            name="FACTURIER_TSA_URL", kind=Kind.URL,
            meaning="Autorité d'horodatage (RFC 3161) des mois scellés. Sans elle : aucune.",
        ),
        Setting(
            name="FACTURIER_TSA_ROOT", kind=Kind.FILE,
            meaning="Fichier PEM de la racine à laquelle sa signature doit mener.",
        ),
        Setting(
            name="FACTURIER_PLATFORM", default="9999",
            meaning="Numéro de la plateforme dans les messages (schéma 0238) ; 9999 : simulée.",
        ),
        Setting(
            name="FACTURIER_API_RATE", kind=Kind.NUMBER, default="1200",
            meaning="Demandes par minute d'un même programme ; 0 : sans limite.",
        ),
        Setting(
            name="FACTURIER_ADMIN_FACTOR", kind=Kind.FLAG, default="1",
            meaning="`1` : qui dirige un cabinet doit avoir un second facteur. La démonstration "
            "met `0`.",
            in_production="`1`",
        ),
        Setting(
            name="FACTURIER_ADMIN_FACTOR_DAYS", kind=Kind.NUMBER, default="14",
            meaning="Jours qui lui sont laissés pour l'ajouter, depuis sa nomination ; les pages "
            "disent la date.",
        ),
        Setting(
            name="FACTURIER_SESSION_HOURS", kind=Kind.NUMBER, default="12",
            meaning="Heures après lesquelles il faut se reconnecter, quoi qu'on fasse.",
        ),
        Setting(
            name="FACTURIER_SESSION_IDLE", kind=Kind.NUMBER, default="60",
            meaning="Minutes sans activité après lesquelles il faut se reconnecter.",
        ),
        Setting(
            name="FACTURIER_LARGEST_POST", kind=Kind.NUMBER, default="500",
            meaning="Mégaoctets qu'une personne peut envoyer en une fois.",
        ),
        Setting(
            name="FACTURIER_LOCAL_HOOKS", kind=Kind.FLAG, default="0",
            meaning="`1` : les webhooks peuvent appeler cette machine en `http` (démonstration).",
            in_production="`0`",
        ),
        Setting(
            name="FACTURIER_LOG", default="plain", choices=("plain", "json"),
            meaning="Forme du journal : `plain`, une ligne pour une personne ; `json`, un objet "
            "par ligne.",
        ),
        Setting(
            name="FACTURIER_METRICS", kind=Kind.PLACE,
            meaning="Où ce processus donne ses mesures à Prometheus, par exemple `127.0.0.1:9101`. "
            "Un port à part, à ne pas ouvrir au public. Sans elle : nulle part.",
        ),
        Setting(
            name="FACTURIER_FILE_SECONDS", kind=Kind.NUMBER, default="60",
            meaning="Secondes qu'un ouvrier donne à un fichier ; au-delà, il est mis en "
            "quarantaine.",
        ),
        Setting(
            name="FACTURIER_FILE_MEGABYTES", kind=Kind.NUMBER, default="1500",
            meaning="Mégaoctets de mémoire qu'un ouvrier donne à un fichier ; au-delà, il est mis "
            "en quarantaine.",
        ),
        Setting(
            name="FACTURIER_PORTAL_URL", kind=Kind.URL,
            meaning="Adresse du portail public (concentrateur). Sans elle : rien n'est transmis, "
            "ce qui est dû attend et les pages le disent.",
        ),
        Setting(
            name="FACTURIER_PORTAL_APPLICATION",
            meaning="Code application, six caractères, donné par le portail au raccordement.",
        ),
        Setting(
            name="FACTURIER_PORTAL_SECRET", secret=True,
            meaning="Secret de ce raccordement.",
        ),
        Setting(
            name="FACTURIER_PORTAL_WAIT", kind=Kind.NUMBER, default="3600",
            meaning="Secondes qu'un fichier dû au portail attend les suivants avant que leur flux "
            "ne parte.",
        ),
        Setting(
            name="FACTURIER_PORTAL_FILES", kind=Kind.NUMBER, default="0",
            meaning="Fichiers qui remplissent un flux, s'il en faut moins que le portail n'en "
            "admet (1 000 en flux 1, 2 000 en flux 6, 100 en flux 10) ; 0 : ce qu'il admet.",
        ),
        Setting(
            name="FACTURIER_LANG",
            meaning="Langue des commandes : `fr` ou `en`. Sans elle : celle du terminal.",
        ),
    )
}  # fmt: skip

NOT_SETTINGS = frozenset({"FACTURIER_TEST_DIE_AT", "FACTURIER_GUARD"})
"""Understood, but nobody sets them by hand: :mod:`.jobs.fault_points`, :mod:`.jobs.guard`."""
OF_THE_CONCENTRATOR = "FACTURIER_CONCENTRATOR_"
"""What the simulated public portal reads: another program, with no part in production."""
SHORTEST_KEY = 50
"""Characters of a secret key in production."""
LETTERS_OF_A_KEY = 10
"""Different characters it must have: « aaaa… » is no secret."""


def value(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the value of this setting, or its default.

    Raises `ConfigurationError` when its file cannot be read.
    """
    setting = SETTINGS[name]
    if given := environ.get(name):
        return given
    path = environ.get(f"{name}_FILE") if setting.secret else None
    if not path:
        return setting.default
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(
            f"{name}_FILE : le fichier {path} ne peut pas être lu ({error.strerror}).",
            reason=name, remedy="Donnez à ce compte le droit de le lire, ou corrigez le chemin.",
        ) from None  # fmt: skip


def flag(name: str) -> bool:
    """Return whether this setting is ``1``."""
    return value(name) == "1"


def number(name: str) -> int:
    """Return the value of this setting as a number. Raises `ConfigurationError` for another."""
    given = value(name)
    if not given.isdecimal():
        raise ConfigurationError(f"{name} : un nombre entier est attendu.", reason=name)
    return int(given)


def names(name: str) -> list[str]:
    """Return the names of this setting; none for an empty one."""
    return [one.strip() for one in value(name).split(",") if one.strip()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Something that is wrong with a setting."""

    name: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name} : {self.message} {self.remedy}"


def complaints(environ: Mapping[str, str] = os.environ) -> list[Complaint]:
    """Return everything that is wrong with this environment, in the order of the table."""
    found: list[Complaint] = []
    for setting in SETTINGS.values():
        try:
            given = value(setting.name, environ)
        except ConfigurationError as error:
            found.append(_complaint(setting.name, error.message.split(" : ", 1)[1], error.remedy))
            continue
        if given:
            found += _of_form(setting, given)
    found += _of_store(environ)
    if environ.get("FACTURIER_PRODUCTION") == "1":
        found += _in_production(environ)
    return found


def check() -> None:
    """Raise `ConfigurationError`, naming each variable and its remedy, when one is wrong."""
    if found := complaints():
        raise ConfigurationError(
            "\n".join(f"{one.name} : {one.message}" for one in found), reason=found[0].name,
            remedy="\n".join(dict.fromkeys(one.remedy for one in found)),
        )  # fmt: skip


def _complaint(name: str, message: str, remedy: str) -> Complaint:
    return Complaint(name=name, message=message, remedy=remedy)


def _of_form(setting: Setting, given: str) -> Iterator[Complaint]:
    """Complain when a value has not the form of its setting."""
    if setting.choices:
        right, form = given in setting.choices, " ou ".join(setting.choices)
    else:
        is_right = _IS.get(setting.kind)
        right, form = is_right is None or is_right(given), setting.kind.value
    if not right:
        shown = "la valeur donnée" if setting.secret else f"« {given} »"
        yield _complaint(setting.name, f"{shown} ne convient pas.", f"Attendu : {form}.")


def _of_store(environ: Mapping[str, str]) -> Iterator[Complaint]:
    """Complain of a bucket without the key that opens it."""
    for name in ("FACTURIER_S3_KEY", "FACTURIER_S3_SECRET"):
        is_given = environ.get(name) or environ.get(f"{name}_FILE")
        if environ.get("FACTURIER_S3_BUCKET") and not is_given:
            yield _complaint(name, "manque : FACTURIER_S3_BUCKET est donné.", f"Donnez {name}.")


def _is_database(given: str) -> bool:
    parts = urlsplit(given)
    return parts.scheme in {"postgres", "postgresql"} and len(parts.path) > 1


def _is_web_address(given: str) -> bool:
    parts = urlsplit(given)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


_IS: dict[Kind, Callable[[str], bool]] = {
    Kind.FLAG: lambda given: given in {"0", "1"},
    Kind.NUMBER: str.isdecimal,
    Kind.URL: _is_web_address,
    Kind.DATABASE: _is_database,
    Kind.FILE: lambda given: Path(given).is_file(),
    Kind.FOLDER: lambda given: not Path(given).exists() or Path(given).is_dir(),
    Kind.PLACE: lambda given: ":" not in given or given.rpartition(":")[2].isdecimal(),
}
"""What a value of each kind must satisfy; any text does for the others."""


def unknown(environ: Mapping[str, str] = os.environ) -> Iterator[Complaint]:
    """Complain of variables that look like ours and are none: a mistyped one has no effect."""
    known = SETTINGS.keys() | {f"{one.name}_FILE" for one in SETTINGS.values() if one.secret}
    for name in sorted(environ):
        ours = name.startswith("FACTURIER_") and not name.startswith(OF_THE_CONCENTRATOR)
        if ours and name not in known | NOT_SETTINGS:
            yield _complaint(
                name, "ce réglage n'existe pas.", "La liste : docs/reference/settings.md."
            )


def _in_production(environ: Mapping[str, str]) -> Iterator[Complaint]:
    """Complain of what only a laptop may have."""
    for name in ("DATABASE_URL", "FACTURIER_HOSTS"):
        if not environ.get(name) and not environ.get(f"{name}_FILE"):
            yield _complaint(name, "manque en production.", f"Donnez {name}.")
    if environ.get("FACTURIER_HTTPS") != "1":
        yield _complaint(
            "FACTURIER_HTTPS", "doit être 1 en production.",
            "Placez le serveur derrière un mandataire HTTPS, puis mettez FACTURIER_HTTPS=1.",
        )  # fmt: skip
    if environ.get("FACTURIER_ADMIN_FACTOR") == "0":
        yield _complaint(
            "FACTURIER_ADMIN_FACTOR",
            "doit rester 1 en production.",
            "Retirez FACTURIER_ADMIN_FACTOR ; FACTURIER_ADMIN_FACTOR_DAYS donne du temps.",
        )
    if environ.get("FACTURIER_S3_ENDPOINT", "").startswith("http:"):
        yield _complaint(
            "FACTURIER_S3_ENDPOINT", "doit être en https en production.",
            "Les pièces passent par ce chemin : donnez l'adresse https du service.",
        )  # fmt: skip
    for name in ("FACTURIER_DEBUG", "FACTURIER_LOCAL_HOOKS"):
        if environ.get(name) == "1":
            yield _complaint(name, "est interdit en production.", f"Retirez {name}.")
    try:
        key = value("FACTURIER_SECRET_KEY", environ)
    except ConfigurationError:
        return  # said already
    if len(key) < SHORTEST_KEY or len(set(key)) < LETTERS_OF_A_KEY:
        yield _complaint(
            "FACTURIER_SECRET_KEY",
            "manque, ou est trop facile à deviner." if key else "manque en production.",
            'Tirez-en une : python -c "import secrets; print(secrets.token_urlsafe(50))".',
        )


def shown(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what each setting is, for a person; a secret is only said to be given."""
    told = {}
    for one in SETTINGS.values():
        given = environ.get(one.name) or (one.secret and environ.get(f"{one.name}_FILE"))
        said = "(donné, secret)" if one.secret else f"{given}"
        told[one.name] = said if given else f"{one.default or '—'} (par défaut)"
    return told


def reference() -> str:
    """Return the page of reference, in Markdown."""
    rows = [
        "# Réglages",
        "",
        "Tout se règle par l'environnement. `facturier check-settings` contrôle ce qui est donné ;",
        "`serve`, `work` et les autres commandes du serveur refusent de partir sur une erreur, en",
        "nommant la variable et le remède. Un secret peut aussi être donné par un fichier :",
        "ajoutez `_FILE` à son nom.",
        "",
        "| Variable | Forme | Par défaut | Sens | En production | Secret |",
        "|---|---|---|---|---|---|",
    ]
    rows += [
        f"| `{one.name}` | {one.kind.value} | {f'`{one.default}`' if one.default else '—'} "
        f"| {one.meaning} | {one.in_production or '—'} | {'oui' if one.secret else 'non'} |"
        for one in SETTINGS.values()
    ]
    return "\n".join(rows) + "\n"
