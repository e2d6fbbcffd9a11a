"""Everything that Facturier raises on purpose.

A document that is *wrong* raises nothing: it gets findings (:mod:`facturier.findings`). What is
raised is what stops the work at hand::

    FacturierError
    ├── UnreadableDocument
    │   ├── UnknownFormat
    │   ├── MalformedDocument
    │   └── UnsafeDocument
    ├── NotOurs
    ├── LossyConversion
    ├── RefusedTransition
    │   ├── RefusedByUs
    │   └── RefusedByPeer
    ├── UnbalancedEntry
    ├── Unpostable
    ├── NetworkFailure
    ├── StoreFailure
    ├── BadUsage
    └── ConfigurationError

Each class has a stable ``code``; the first line of its docstring is the default French message;
:data:`HTTP_STATUS` and :data:`EXIT_CODE` say how a server and a command line report it.
"""

from __future__ import annotations

import inspect
from errno import EIO


class FacturierError(Exception):
    """Une erreur est survenue."""

    code = "error"

    def __init__(self, message: str | None = None, *, reason: str = "", remedy: str = "") -> None:
        default = (inspect.getdoc(type(self)) or "").split("\n", 1)[0]
        self.message = message or default
        self.reason = reason
        """Short stable word for the precise cause, such as ``doctype`` or ``encrypted-pdf``."""
        self.remedy = remedy
        """What the person can do about it, in French."""
        super().__init__(self.message)

    @property
    def in_full(self) -> str:
        """What happened, then what the person can do about it, in French."""
        return f"{self.message} {self.remedy}".strip()


class UnreadableDocument(FacturierError):
    """Le document ne peut pas être lu."""

    code = "unreadable"


class UnknownFormat(UnreadableDocument):
    """Ce fichier n'est dans aucun des formats de la réforme."""

    code = "unknown-format"


class MalformedDocument(UnreadableDocument):
    """Ce fichier est abîmé ou mal formé."""

    code = "malformed"


class UnsafeDocument(UnreadableDocument):
    """Ce fichier contient une construction dangereuse et n'a pas été ouvert."""

    code = "unsafe"


class NotOurs(FacturierError):
    """Cette facture n'est ni émise ni reçue par ce dossier."""

    code = "not-ours"


class LossyConversion(FacturierError):
    """Le format demandé ne peut pas porter toutes les informations de la facture."""

    code = "lossy-conversion"

    def __init__(
        self, terms: tuple[str, ...], message: str | None = None, *, remedy: str = ""
    ) -> None:
        super().__init__(message, reason="terms-lost", remedy=remedy)
        self.terms = terms
        """Ids of the business terms that the target cannot carry; paths of what has no term."""


class RefusedTransition(FacturierError):
    """Cette action n'est pas permise dans l'état actuel de la facture."""

    code = "refused-transition"


class RefusedByUs(RefusedTransition):
    """Cette action n'est pas permise à cette partie, ou pas maintenant."""

    code = "refused-by-us"


class RefusedByPeer(RefusedTransition):
    """L'autre partie a envoyé un statut qui n'est pas permis maintenant."""

    code = "refused-by-peer"


class UnbalancedEntry(FacturierError):
    """L'écriture n'est pas équilibrée."""

    code = "unbalanced-entry"


class Unpostable(FacturierError):
    """Cette facture ne peut pas être comptabilisée automatiquement."""

    code = "unpostable"


class NetworkFailure(FacturierError):
    """Le service distant n'a pas répondu comme attendu."""

    code = "network-failure"

    def __init__(
        self,
        message: str | None = None,
        *,
        permanent: bool,
        reason: str = "",
        after: int = 0,
    ) -> None:
        super().__init__(message, reason=reason)
        self.permanent = permanent
        """True when trying again is useless (wrong credentials); False for a time-out."""
        self.after = after
        """Seconds that the other side asks to wait (``Retry-After``); 0 when it said nothing."""


class StoreFailure(FacturierError, OSError):
    """Le stockage des pièces ne répond pas comme attendu.

    An `OSError` too, with an ``errno``: for whoever does not care whether a disk or a network
    keeps the bytes, one full place is like the other.
    """

    code = "store-failure"

    def __init__(
        self,
        message: str | None = None,
        *,
        reason: str = "unreachable",
        remedy: str = "Rien n'est perdu : ce qui attend est repris dès que le stockage répond.",
        errno: int = EIO,
    ) -> None:
        super().__init__(message, reason=reason, remedy=remedy)
        self.errno = errno


class BadUsage(FacturierError):
    """La demande n'est pas comprise."""

    code = "bad-usage"


class ConfigurationError(FacturierError):
    """L'installation n'est pas complète."""

    code = "configuration"


HTTP_STATUS: dict[type[FacturierError], int] = {
    UnknownFormat: 415,
    MalformedDocument: 400,
    UnsafeDocument: 400,
    UnreadableDocument: 400,
    NotOurs: 422,
    LossyConversion: 422,
    RefusedByUs: 409,
    RefusedByPeer: 409,
    RefusedTransition: 409,
    UnbalancedEntry: 422,
    Unpostable: 422,
    NetworkFailure: 502,
    StoreFailure: 503,
    BadUsage: 400,
    ConfigurationError: 500,
    FacturierError: 500,
}
"""HTTP status of each class; the nearest parent counts."""

EXIT_CODE: dict[type[FacturierError], int] = {
    UnreadableDocument: 2,
    NotOurs: 4,
    LossyConversion: 3,
    RefusedTransition: 4,
    UnbalancedEntry: 4,
    Unpostable: 4,
    NetworkFailure: 5,
    StoreFailure: 74,
    BadUsage: 2,
    ConfigurationError: 78,
    FacturierError: 70,
}
"""Exit status of the command line; the nearest parent counts."""


def http_status(error: FacturierError) -> int:
    """Return the HTTP status that answers `error`."""
    return next(HTTP_STATUS[kind] for kind in type(error).__mro__ if kind in HTTP_STATUS)


def exit_code(error: FacturierError) -> int:
    """Return the exit status of a command that ends with `error`."""
    return next(EXIT_CODE[kind] for kind in type(error).__mro__ if kind in EXIT_CODE)
