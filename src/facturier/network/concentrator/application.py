"""The concentrator as a web application (WSGI): flows in, answers out, faults on demand.

Each platform speaks with its code application and its secret (HTTP Basic), which stand for the
certificate of its connection. What is under ``/simulation`` exists in no portal.
"""

from __future__ import annotations

import io
import logging
import os
import re
import sqlite3
import time
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from facturier.errors import BadUsage, ConfigurationError, UnreadableDocument
from facturier.formats.directory import Extent, Platform
from facturier.formats.directory_files import opened_directory
from facturier.network.concentrator import ANSWERS, FLOWS, exports, faults, page
from facturier.network.concentrator.answers import PORTAL, Received
from facturier.network.concentrator.directory_api import DirectoryApi
from facturier.network.concentrator.faults import Asked, Fault
from facturier.network.concentrator.known import Application, Limits, identified
from facturier.network.concentrator.processing import Processing
from facturier.network.concentrator.records import Records
from facturier.network.concentrator.store import NameTaken, Store
from facturier.network.concentrator.wire import (
    Refusal,
    Request,
    Response,
    json_response,
    problem,
)
from facturier.rules.france.directory import RESERVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

logger = logging.getLogger(__name__)
FOLDER, APPLICATIONS = "FACTURIER_CONCENTRATOR_FOLDER", "FACTURIER_CONCENTRATOR_APPLICATIONS"
DAILY = "FACTURIER_CONCENTRATOR_DAILY"
"""Environment variables in which ``facturier concentrator`` hands its settings to the server."""
_DECLARED = re.compile(r"(?P<code>[A-Z0-9]{6}):(?P<secret>[^:\s]{3,200})(:(?P<platform>[0-9]{4}))?")
REGISTERED = date(2026, 1, 1)
"""Since when the connected platforms are registered here."""
_MOST_ANSWERS = 1000
_ARCHIVE = "application/gzip"
_LATER = (("Retry-After", "10"),)
_CHALLENGE = (("WWW-Authenticate", 'Basic realm="concentrateur simulé", charset="UTF-8"'),)


def declared(text: str) -> Application:
    """Read ``AAA123:secret`` or ``AAA123:secret:0042`` (with the matricule of the platform).

    Raises `ConfigurationError`.
    """
    found = _DECLARED.fullmatch(text.strip())
    if found is None:
        raise ConfigurationError(
            "Une application se déclare CODE:SECRET ou CODE:SECRET:MATRICULE.",
            reason="concentrator-application",
            remedy="Le code compte six majuscules ou chiffres, le secret trois signes au moins, "
            "le matricule quatre chiffres : AAA123:secret:0042.",
        )
    return Application(code=found["code"], secret=found["secret"], platform=found["platform"] or "")


class ConcentratorApplication:
    """One concentrator: its store, the applications connected to it, and its work."""

    def __init__(
        self,
        store: Store,
        applications: Iterable[Application],
        *,
        limits: Limits | None = None,
        daily: bool = False,
    ) -> None:
        """With `daily`, each application gets an export of the directory each day."""
        self.store = store
        self.applications: Mapping[str, Application] = {one.code: one for one in applications}
        self.limits = limits or Limits()
        self.processing = Processing(store, self.applications, self.limits, daily=daily)
        directory = DirectoryApi(store, self.applications, self.limits)
        self._register()
        self._routes: tuple[tuple[str, re.Pattern[str], Callable[..., Response]], ...] = (
            ("PUT", re.compile(f"{FLOWS}/([^/]+)"), self._take),
            ("GET", re.compile(ANSWERS), self._list),
            ("GET", re.compile(f"{ANSWERS}/([^/]+)"), self._fetch),
            ("DELETE", re.compile(f"{ANSWERS}/([^/]+)"), self._acknowledge),
            ("GET", re.compile("/"), self._page),
            ("GET", re.compile("/simulation/state"), self._state),
            ("GET", re.compile("/simulation/faults"), self._faults),
            ("POST", re.compile("/simulation/faults"), self._ask),
            ("DELETE", re.compile("/simulation/faults"), self._clear),
            ("POST", re.compile("/simulation/clock"), self._set_clock),
            ("POST", re.compile("/simulation/directory"), self._take_directory),
            ("POST", re.compile("/simulation/export"), self._export),
            *directory.routes(),
        )

    def _register(self) -> None:
        """Let the platforms that are connected be platforms of the directory."""
        with self.store.writing() as connection:
            records = Records(connection, author=PORTAL, moment=self.store.now())
            known = set(records.platforms())
            for one in self.applications.values():
                if one.platform and one.platform not in RESERVED | known:
                    name = f"Plateforme {one.code} (simulation)"
                    records.write(
                        Platform(
                            number=one.platform, name=name, status="A", kind="PDP",
                            registered=REGISTERED,
                        )
                    )  # fmt: skip

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """Serve one request (WSGI)."""
        response = self.respond(Request(environ))
        return _broken(start) if response.cut else response.served(start)

    def respond(self, request: Request) -> Response:
        """Return the answer to a request; whatever it holds, there is one."""
        try:
            return self._routed(request)
        except Refusal as refusal:
            return problem(refusal.status, refusal.message, refusal.headers)
        except (BadUsage, UnreadableDocument) as error:
            return problem(400, error.in_full)
        except sqlite3.OperationalError:
            logger.exception("Le magasin ne répond pas.")
            return problem(503, "Le magasin du concentrateur ne peut pas écrire.", _LATER)

    def _routed(self, request: Request) -> Response:
        known = False
        for method, pattern, handler in self._routes:
            found = pattern.fullmatch(request.path)
            known = known or found is not None
            if found is not None and method == request.method:
                return handler(request, *found.groups())
        raise Refusal(405 if known else 404, "Rien ne répond à cette adresse.")

    # --- flows and answers ------------------------------------------------------------------------

    def _take(self, request: Request, name: str) -> Response:
        application = self._caller(request)
        if (struck := self._struck(application)) is not None:
            return struck
        body = request.body(self.limits.largest_flow)
        received = Received(
            name=name, content=body.content, size=body.size, application=application,
            at=self.store.now(),
        )  # fmt: skip
        try:
            at = self.store.take(received, body.digest)
        except NameTaken as error:
            raise Refusal(409, f"Le nom {name} a déjà servi pour d'autres données.") from error
        self.processing.wake()
        return self._unless_lost(
            application, json_response({"nom": name, "recu": at.isoformat()}, 201)
        )

    def _list(self, request: Request) -> Response:
        application = self._caller(request)
        if (struck := self._struck(application)) is not None:
            return struck
        if faults.strike(self.store, Fault.REPEAT, application.code):
            self.store.wait_again(application.code)
        said = request.query.get("limite", ["100"])[0]
        limit = min(int(said), _MOST_ANSWERS) if said.isdecimal() else 100
        waiting = self.store.waiting(application.code, limit)
        if waiting and faults.strike(self.store, Fault.DISORDER, application.code):
            waiting = waiting[::-1]
        listed = [{"nom": one.name, "taille": one.size} for one in waiting]
        return json_response({"reponses": listed})

    def _fetch(self, request: Request, name: str) -> Response:
        application = self._caller(request)
        if (struck := self._struck(application)) is not None:
            return struck
        content = self.store.answer(application.code, name)
        if content is None:
            raise Refusal(404, f"Aucune réponse {name}.")
        return Response(body=content, content_type=_ARCHIVE)

    def _acknowledge(self, request: Request, name: str) -> Response:
        application = self._caller(request)
        if (struck := self._struck(application)) is not None:
            return struck
        if not self.store.acknowledge(application.code, name):
            raise Refusal(404, f"Aucune réponse {name}.")
        return self._unless_lost(application, Response(status=204))

    def _caller(self, request: Request) -> Application:
        """Return who asks. Raises `Refusal` for a stranger."""
        found = identified(self.applications, *request.basic())
        if found is None:
            raise Refusal(401, "Code application ou secret inconnu.", _CHALLENGE)
        return found

    def _struck(self, application: Application) -> Response | None:
        """Return what a fault answers in our place; None when all is well."""
        if slow := faults.strike(self.store, Fault.SLOW, application.code):
            time.sleep(slow.seconds)
        if faults.strike(self.store, Fault.CUT, application.code):
            return Response(cut=True)
        if faults.strike(self.store, Fault.UNAVAILABLE, application.code):
            return problem(503, "Indisponibilité simulée.", (("Retry-After", "1"),))
        return None

    def _unless_lost(self, application: Application, response: Response) -> Response:
        lost = faults.strike(self.store, Fault.LOST, application.code)
        return Response(cut=True) if lost else response

    # --- the simulation ---------------------------------------------------------------------------

    def _page(self, _: Request) -> Response:
        text = page.written(self.store, self.applications.values())
        return Response(
            body=text.encode(),
            content_type="text/html; charset=utf-8",
            headers=page.HEADERS,
        )

    def _state(self, request: Request) -> Response:
        self._caller(request)
        return json_response(page.state(self.store))

    def _faults(self, request: Request) -> Response:
        self._caller(request)
        asked = [
            {"fault": one.fault, "times": one.times, "application": one.application,
             "reason": one.reason, "seconds": one.seconds}
            for one in faults.pending(self.store)
        ]  # fmt: skip
        return json_response({"faults": asked})

    def _ask(self, request: Request) -> Response:
        self._caller(request)
        faults.ask(self.store, Asked.of(request.json()))
        return Response(status=204)

    def _clear(self, request: Request) -> Response:
        self._caller(request)
        faults.clear(self.store)
        return Response(status=204)

    def _set_clock(self, request: Request) -> Response:
        self._caller(request)
        try:
            moment = datetime.fromisoformat(str(request.json().get("now")))
        except ValueError as error:
            raise BadUsage("« now » est un instant ISO 8601.") from error
        if moment.tzinfo is None:
            raise BadUsage("« now » porte son fuseau horaire : 2026-12-31T23:59:00+01:00.")
        self.store.set_clock(moment)
        self.processing.wake()
        return Response(status=204)

    def _take_directory(self, request: Request) -> Response:
        """Take in the records of a flux 14, as if the portal's sources had brought them."""
        self._caller(request)
        body = request.body(self.limits.largest_flow)
        count = load_directory(self.store, io.BytesIO(body.content))
        return json_response({"records": count})

    def _export(self, request: Request) -> Response:
        caller = self._caller(request)
        extent = request.json().get("extent", Extent.DIFFERENTIAL)
        if extent not in tuple(Extent):
            raise BadUsage("« extent » vaut C (complet) ou D (différentiel).")
        return json_response({"nom": exports.post(self.store, caller.code, Extent(extent))})


def load_directory(store: Store, source: Path | IO[bytes]) -> int:
    """Write the records of a flux 14 into the directory; return how many.

    Raises UnreadableDocument when it is none.
    """
    count = 0
    with store.writing() as connection, opened_directory(source) as directory:
        records = Records(connection, author=PORTAL, moment=store.now())
        for record in directory.records():
            records.write(record)
            count += 1
    return count


def _broken(start: Any) -> Iterator[bytes]:
    """Promise a byte and break off: the caller sees its connection end."""
    start("200 OK", [("Content-Length", "1")])
    return map(_break_off, [b""])


def _break_off(_: bytes) -> bytes:
    raise ConnectionResetError("coupure simulée")


def from_environment() -> ConcentratorApplication:
    """Return the concentrator that the environment describes, at work."""
    lines = os.environ.get(APPLICATIONS, "").split()
    concentrator = ConcentratorApplication(
        Store(Path(os.environ[FOLDER])),
        [declared(line) for line in lines],
        daily=os.environ.get(DAILY) == "1",
    )
    concentrator.processing.start()
    return concentrator
