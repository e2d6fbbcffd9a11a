"""A public portal in memory, for tests of our side: it keeps flows, and answers what it is told to.

What it writes is written by the simulated concentrator; what it decides is the test's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from facturier.errors import NetworkFailure
from facturier.formats import detect
from facturier.formats.cdar import read_status
from facturier.formats.flux1 import read_flux1
from facturier.lifecycle.statuses import Subject
from facturier.network.concentrator import letters
from facturier.network.concentrator.known import Application, Judged, Objection
from facturier.network.portal import PortalFlow, Taken
from facturier.reporting.envelope import pack, unpack
from facturier.server.portal import allotment, answers, sending

APPLICATION = Application(code="TST001", platform="9999")


class PortalInMemory:
    """Implements :class:`facturier.network.portal.Portal`."""

    name = "portail d'essai (simulation)"

    def __init__(self):
        self.flows: dict[str, bytes] = {}
        self.sendings: list[str] = []
        self.waiting: list[PortalFlow] = []
        self.is_down = False
        self.loses_words = False
        """The flow is taken, and the sender does not learn of it."""
        self.objections: dict[str, str] = {}
        """Number of an invoice (or MDT-4) to the reason of its rejection, for the next flow."""
        self.irreceivable: tuple[str, str] | None = None
        """Reason of a 501 of the next flow, and the file that is named."""
        self.now = datetime.now(UTC)
        self._number = 0

    def send(self, flow):
        self.sendings.append(flow.name)
        if self.is_down:
            raise NetworkFailure("Le portail ne répond pas.", permanent=False, reason="no-answer")
        if self.flows.get(flow.name, flow.content) != flow.content:
            raise NetworkFailure("Nom déjà pris.", permanent=True, reason="name-taken")
        if flow.name not in self.flows:
            self.flows[flow.name] = flow.content
            self._answer(flow)
        if self.loses_words:
            self.loses_words = False
            raise NetworkFailure("Connexion coupée.", permanent=False, reason="no-answer")
        return Taken(name=flow.name, at=self.now)

    def answers(self, *, limit=100):
        return self.waiting[:limit]

    def acknowledge(self, names):
        done = set(names)
        self.waiting = [one for one in self.waiting if one.name not in done]

    @property
    def files(self):
        """Every file that came, by the name of its flow."""
        return {name: unpack(content) for name, content in self.flows.items()}

    def _tick(self):
        self.now = max(self.now + timedelta(seconds=1), datetime.now(UTC))
        return self.now

    def _answer(self, flow):
        bare = flow.name.removesuffix(".tar.gz")
        objections = ()
        if self.irreceivable:
            reason, place = self.irreceivable
            objections = (Objection(reason=reason, message="Fichier abîmé.", place=place),)
            self.irreceivable = None
        about = letters.about_flow(
            bare, objections, application=APPLICATION, received_at=self._tick(), now=self._tick()
        )
        self.bring(f"C{bare[1:]}", {f"C{bare[1:]}.xml": about})
        if objections:
            return
        judged = [
            self._judged(flow.name, name, data) for name, data in unpack(flow.content).items()
        ]
        told = {one.file: self.letter(one) for one in judged if one.code}
        if told:
            self._number += 1
            self.bring(f"FFE0604A_TST001_PPF0010604{self._number:015d}", told)

    def bring(self, name, files):
        """Let an archive wait for the platform."""
        self.waiting.append(PortalFlow(name=f"{name}.tar.gz", content=pack(files)))

    def letter(self, judged):
        """Write the answer about one object."""
        return letters.about_object(
            judged, f"{judged.number}-{judged.code}-{len(self.waiting)}"[:50],
            application=APPLICATION, received_at=self._tick(), now=self._tick(),
        )  # fmt: skip

    def _judged(self, flow, name, data):
        detected = detect(data)
        if flow.startswith("FFE0654A"):
            said = read_status(detected).message
            return self.judge(Subject.STATUS, name, said.document_id, said.issued_at.date(),
                              said.seller.identifier)  # fmt: skip
        invoice = read_flux1(detected).invoice
        siren = invoice.seller.legal_identifier.value
        return self.judge(Subject.F1, name, invoice.number, invoice.issue_date, siren)

    def judge(self, subject, file, number, day, siren):
        """Judge one object: rejected when the test wants it so."""
        reason = self.objections.pop(number, "")
        objection = Objection(
            reason=reason, rule="G1.63", message="Le SIREN n'existe pas.", place="BT-47"
        )
        found = (objection,) if reason else ()
        return Judged(
            subject=subject, file=file, number=number, day=day, siren=siren, objections=found
        )


def exchanged(settings, objections=None):
    """Let everything that is owed go to a portal in memory, and come back; return the portal."""
    settings.PORTAL_APPLICATION, settings.PORTAL_WAIT = "TST001", 0
    portal = PortalInMemory()
    portal.objections = dict(objections or {})
    done = 1
    while done:
        done = len(allotment.allot()) + sending.send_all(portal) + answers.take_in(portal)
    return portal
