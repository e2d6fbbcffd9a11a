"""What the portal answers to a flow: pure decisions, from its bytes and from what is known.

First the flow as a whole: name, size, archive, each file's name and syntax. One fault there, and
the flow is not receivable (501); nothing in it is looked at further. Then each object, one after
the other, so that a file sees what the file before it brought.

Source: DGFiP external specifications v3.2, dossier général §3.4.2 to §3.4.5 (tables 2 to 4, figures
16 to 19), annexe 7, G7.18, G7.33.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from facturier.errors import UnreadableDocument, UnsafeDocument
from facturier.formats.detect import Detected, detect
from facturier.lifecycle.statuses import Subject, status
from facturier.network.concentrator import (
    letters,
    regulatory,
    statuses,
    transmissions,
    updates,
)
from facturier.network.concentrator.known import CODES, Judged, Objection
from facturier.reporting.envelope import Interface, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from facturier.network.concentrator.known import Application, Known, Moment

EXTENSION = ".tar.gz"
PORTAL = "PPF001"
"""Code application of the portal in the number of what it sends (figures 16 to 20)."""
_ENVELOPE = re.compile(r"(?P<interface>[CF]FE\d{4}[A-Z])_(?P<application>[A-Z0-9]{6})_[A-Z0-9]{25}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+#-]{0,199}\.xml")
_TAR_GZ = b"\x1f\x8b"
_FOR_PORTAL = {
    Interface.F1_UBL: Subject.F1,
    Interface.F1_CII: Subject.F1,
    Interface.F6_INVOICE: Subject.STATUS,
    Interface.F6_MANDATORY: Subject.STATUS,
    Interface.F10: Subject.F10,
    Interface.F13: Subject.DIRECTORY,
}
"""What a platform may send. Figure 17 shows statuses as FFE0614A; table 4 has FFE0654A as well."""
_ABOUT_OBJECTS = {
    Subject.F1: Interface.F6_REGULATORY,
    Subject.F10: Interface.F6_REPORTING,
    Subject.STATUS: Interface.F6_MANDATORY,
    Subject.DIRECTORY: Interface.F6_DIRECTORY,
}
"""In what the portal tells of objects."""
_TOO_BIG = {"flow-too-big": "IRR_TAILLE", "file-too-big": "IRR_TAILLE_F"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A flow as it came in over the connection of an application."""

    name: str
    """With its extension."""
    content: bytes
    """Empty when it was too big to be kept."""
    size: int
    """Bytes that came."""
    application: Application
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An archive that waits for an application."""

    name: str
    content: bytes
    code: int
    """500 or 501 of the flow; 0 when it tells of objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Faults on demand: what the portal says whatever it thinks."""

    flow: str = ""
    """Reason of a 501, for this flow."""
    object_reason: Callable[[], str] = str
    """Draws the reason of the rejection of the next object; empty: it is judged as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of a flow."""

    answers: tuple[Answer, ...]
    objections: tuple[Objection, ...]
    """Why it is not receivable; empty for 500."""
    judged: tuple[Judged, ...] = ()


def is_acknowledgement(name: str) -> bool:
    """Tell whether a flow is a platform's cycle of life of one of ours: it is never answered."""
    return name.startswith("CFE") and f"_{PORTAL}" in name


def answers_to(
    received: Received,
    known: Known,
    moment: Moment,
    *,
    number: Callable[[], int],
    orders: Orders | None = None,
) -> Outcome:
    """Answer a flow. `number` draws the next number of a flow of the portal.

    What is judged is told to `known` as it goes.
    """
    orders = orders or Orders()
    opened = _opened(received, moment)
    objections = tuple(opened.objections)
    if orders.flow:
        objections = (_ordered(orders.flow), *objections)
    about = _about_flow(received, objections, moment)
    if objections:
        return Outcome(answers=(about,), objections=objections)
    assert opened.interface is not None, "a receivable flow has its interface"
    judged = tuple(_judged(opened, received, known, moment, orders))
    told = [one for one in judged if one.code]
    if not told:
        return Outcome(answers=(about,), objections=(), judged=judged)
    subject = _FOR_PORTAL[opened.interface]
    name = flow_name(_ABOUT_OBJECTS[subject], received.application.code, number())
    files = {
        f"{identifier}.xml": letters.about_object(
            one, identifier, application=received.application, received_at=received.at,
            now=moment.now,
        )
        for place, one in enumerate(told, 1)
        for identifier in (f"{name}-{place}",)
    }  # fmt: skip
    letter = Answer(name=f"{name}{EXTENSION}", content=pack(files), code=0)
    return Outcome(answers=(about, letter), objections=(), judged=judged)


def flow_name(interface: Interface, application: str, number: int) -> str:
    """Return the name of a flow of the portal: ``FFE0604A_AAA123_PPF0010604000000000000001``."""
    return f"{interface}_{application}_{PORTAL}{interface[3:7]}{number:015d}"


def _about_flow(received: Received, objections: tuple[Objection, ...], moment: Moment) -> Answer:
    flow = received.name.removesuffix(EXTENSION)
    letter = letters.about_flow(
        flow, objections, application=received.application, received_at=received.at, now=moment.now
    )
    name = f"C{flow[1:]}"
    return Answer(
        name=f"{name}{EXTENSION}",
        content=pack({f"{name}.xml": letter}),
        code=501 if objections else 500,
    )


# --- the flow as a whole --------------------------------------------------------------------------


@dataclass(slots=True)
class _Opened:
    """A flow whose files were looked at."""

    interface: Interface | None
    files: Mapping[str, Detected]
    objections: list[Objection]


def _opened(received: Received, moment: Moment) -> _Opened:
    """Make the technical checks, then those of syntax when they hold."""
    objections = list(_of_envelope(received, moment))
    interface = _interface(received.name)
    if objections or interface is None:
        return _Opened(None, {}, objections)
    try:
        held = unpack(received.content)
    except UnsafeDocument as error:
        reason = _TOO_BIG.get(error.reason, "IRR_EXTRAC")
        return _Opened(None, {}, [Objection(reason=reason, message=error.message)])
    if not held:
        empty = Objection(reason="IRR_VIDE", message="L'archive ne contient aucun fichier.")
        return _Opened(None, {}, [empty])
    files: dict[str, Detected] = {}
    for name, content in held.items():
        objections += _of_file(name, content)
        if not objections:
            files |= _parsed(name, content, objections)
    if not objections:
        for name, detected in files.items():
            objections += _of_syntax(interface, name, detected, moment)
    return _Opened(interface, files, objections)


def _interface(name: str) -> Interface | None:
    code = name[:8]
    return Interface(code) if code in tuple(Interface) else None


def _of_envelope(received: Received, moment: Moment) -> Iterator[Objection]:
    """Check the name of the flow, who sends it, its size and its kind (tables 3 and 4)."""
    name = received.name
    found = _ENVELOPE.fullmatch(name.removesuffix(EXTENSION))
    if not name.endswith(EXTENSION):
        yield Objection(
            reason="IRR_TYPE", message=f"L'extension d'un flux est {EXTENSION}.", place=name
        )
    if found is None:
        yield Objection(
            reason="IRR_FORM",
            rule="G7.33",
            message="Le nom d'un flux se compose d'un code interface, d'un code application de "
            "six caractères et d'un identifiant de vingt-cinq.",
            place=name,
        )
        return
    if found["application"] != received.application.code:
        yield Objection(
            reason="IRR_CODE_APP",
            message=f"Ce raccordement est celui de {received.application.code}, non de "
            f"{found['application']}.",
            place=name,
        )
    interface = _interface(name)
    if interface not in _FOR_PORTAL:
        yield Objection(
            reason="IRR_CODE_INTER",
            message=f"Le portail ne reçoit pas d'interface {found['interface']}.",
            place=name,
        )
    if received.size == 0:
        yield Objection(reason="IRR_VIDE", message="Le flux est vide.", place=name)
    elif received.size > moment.limits.largest_flow:
        yield Objection(
            reason="IRR_TAILLE",
            message=f"Le flux dépasse {moment.limits.largest_flow} octets.",
            place=name,
        )
    elif not received.content.startswith(_TAR_GZ):
        yield Objection(reason="IRR_EXTRAC", message="Le flux n'est pas une archive tar.gz.")


def _of_file(name: str, content: bytes) -> Iterator[Objection]:
    if not name.endswith(".xml"):
        yield Objection(
            reason="IRR_TYPE_F", message="Un flux ne contient que des fichiers .xml.", place=name
        )
    elif not _FILE_NAME.fullmatch(name):
        yield Objection(
            reason="IRR_NOM_F",
            message="Le nom du fichier contient un signe inattendu ou est trop long.",
            place=name,
        )
    if not content.strip():
        yield Objection(reason="IRR_VIDE_F", message="Le fichier est vide.", place=name)


def _parsed(name: str, content: bytes, objections: list[Objection]) -> dict[str, Detected]:
    try:
        content.decode("utf-8")
        return {name: detect(content)}
    except UnicodeDecodeError:
        message = "Le fichier n'est pas encodé en UTF-8."
    except UnreadableDocument as error:
        message = error.message
    objections.append(Objection(reason="IRR_SYNTAX", message=message, place=name))
    return {}


def _of_syntax(
    interface: Interface, name: str, detected: Detected, moment: Moment
) -> Iterable[Objection]:
    match _FOR_PORTAL[interface]:
        case Subject.F1:
            wanted = "UBL" if interface is Interface.F1_UBL else "CII"
            return regulatory.syntax_objections(detected, name, wanted)
        case Subject.F10:
            return transmissions.syntax_objections(detected, name)
        case Subject.STATUS:
            return statuses.syntax_objections(detected, name)
    return updates.syntax_objections(detected, name, moment)


# --- its objects ----------------------------------------------------------------------------------


def _judged(
    opened: _Opened, received: Received, known: Known, moment: Moment, orders: Orders
) -> Iterator[Judged]:
    assert opened.interface is not None, "a receivable flow has its interface"
    subject = _FOR_PORTAL[opened.interface]
    for name, detected in opened.files.items():
        if subject is Subject.F1:
            found = regulatory.judged(detected, name, known, moment)
        else:
            found = _JUDGES[subject](detected, name, received.application, known, moment)
        reason = orders.object_reason()
        final = _refused(found, reason) if reason else found
        known.remember(final)
        yield final


_JUDGES = {
    Subject.F10: transmissions.judged,
    Subject.STATUS: statuses.judged,
    Subject.DIRECTORY: updates.judged,
}


def _refused(judged: Judged, reason: str) -> Judged:
    """Reject an object on demand, with a reason that its status admits."""
    admitted = status(CODES[judged.subject][1]).reasons
    said = reason if reason in admitted else admitted[0]
    return replace(judged, objections=(_ordered(said), *judged.objections))


def _ordered(reason: str) -> Objection:
    return Objection(reason=reason, message="Rejet demandé à la simulation.")
