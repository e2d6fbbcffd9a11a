"""The portal's directory as an API (annuaire public 1.11.0), in its French addresses.

Source: DGFiP, OpenAPI ``ppf-openapi-annuaire-api-public-1.11.0``, annexe 7 for what may be written:
the same checks as a flux 13. A change is seen at once, where the portal shows it the next day.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from facturier.errors import BadUsage
from facturier.formats.directory import (
    ROUTING_SCHEME,
    Address,
    Line,
    PostalAddress,
    RoutingCode,
    Update,
    line_in_effect,
    masked,
)
from facturier.network.concentrator import payloads, searches
from facturier.network.concentrator.known import Moment, identified
from facturier.network.concentrator.records import Records
from facturier.network.concentrator.searches import RESOURCES, Found, day, may_include, texts
from facturier.network.concentrator.updates import objections_to
from facturier.network.concentrator.wire import Refusal, Request, Response, json_response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facturier.network.concentrator.known import Application, Directed, Limits
    from facturier.network.concentrator.store import Store

ROOT = "/ppf/annuaire-public/v1"
TOKEN = "/oauth2/token"  # noqa: S105 - an address
TOKEN_SECONDS = 3600
_RIGHTS = "REJ_HAB"
_STATES = {"A": "A", "F": "I"}
_LONGEST_TEXT = 255
_LONGEST = {
    "identifiantRoutage": 100, "suffixeAdressage": 100, "libelleCodeRoutage": 100,
    "localite": 100, "codePostal": 10, "typeIdentifiantRoutage": 4, "codePays": 2,
}  # fmt: skip
"""Characters of a datum, where the contract says fewer than :data:`_LONGEST_TEXT`."""
_LANGUAGE = (("Content-Language", "fr"),)


class DirectoryApi:
    """Serves the directory of a store to the applications connected to it."""

    def __init__(
        self, store: Store, applications: Mapping[str, Application], limits: Limits
    ) -> None:
        self._store = store
        self._applications = applications
        self._limits = limits

    def routes(self) -> tuple[tuple[str, re.Pattern[str], Callable[..., Response]], ...]:
        """Return method, address and handler of each operation."""
        instance = "id-instance:([0-9]{1,18})"
        table: list[tuple[str, str, Callable[..., Response]]] = [
            ("POST", "/(siren|siret|code-routage|ligne-annuaire)/recherche", self._search),
            ("GET", "/siren/code-insee:([^/]+)", self._unit),
            ("GET", "/siret/code-insee:([^/]+)", self._establishment),
            ("GET", "/code-routage/siret:([^/]+)/code:(.+)", self._routing_code),
            ("GET", "/ligne-annuaire/code:(.+)", self._line),
            ("GET", f"/(siren|siret|code-routage|ligne-annuaire)/{instance}", self._instance),
            ("POST", "/code-routage", self._create_code),
            ("PUT", f"/code-routage/{instance}", self._replace_code),
            ("PATCH", f"/code-routage/{instance}", self._change_code),
            ("POST", "/ligne-annuaire", self._create_line),
            ("PUT", f"/ligne-annuaire/{instance}", self._replace_line),
            ("PATCH", f"/ligne-annuaire/{instance}", self._change_line),
            ("DELETE", f"/ligne-annuaire/{instance}", self._mask_line),
            ("GET", "/healthcheck", lambda _: Response(status=200, headers=_LANGUAGE)),
        ]
        mine = tuple(
            (method, re.compile(re.escape(ROOT) + path), self._guarded(handler, path))
            for method, path, handler in table
        )
        return (*mine, ("POST", re.compile(TOKEN), self._token))

    def _guarded(self, handler: Callable[..., Response], path: str) -> Callable[..., Response]:
        """Return a handler that knows its caller, who has a token."""
        if path == "/healthcheck":
            return handler

        def guarded(request: Request, *parts: str) -> Response:
            answer = handler(request, self._caller(request), *parts)
            return replace(answer, headers=(*answer.headers, *_LANGUAGE))

        return guarded

    # --- who asks ---------------------------------------------------------------------------------

    def _token(self, request: Request) -> Response:
        """Give a token for a code application and its secret (OAuth2, client_credentials)."""
        said = request.form()
        code, secret = request.basic()
        code, secret = code or said.get("client_id", ""), secret or said.get("client_secret", "")
        found = identified(self._applications, code, secret)
        if said.get("grant_type") != "client_credentials":
            return json_response({"error": "unsupported_grant_type"}, 400)
        if found is None:
            return json_response({"error": "invalid_client"}, 401)
        ends = int(time.time()) + TOKEN_SECONDS
        return json_response(
            {
                "access_token": f"{code}.{ends}.{_signature(found, ends)}",
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
            }
        )

    def _caller(self, request: Request) -> Application:
        code, _, rest = request.bearer().partition(".")
        ends, _, signature = rest.partition(".")
        found = self._applications.get(code)
        if found is None or not ends.isdecimal() or int(ends) < time.time():
            raise _unauthorised()
        if not hmac.compare_digest(signature.encode(), _signature(found, int(ends)).encode()):
            raise _unauthorised()
        return found

    # --- reading ----------------------------------------------------------------------------------

    def _records(self) -> Records:
        return Records(self._store.connection)

    def _moment(self) -> Moment:
        return Moment(now=self._store.now(), limits=self._limits)

    def _search(self, request: Request, _: Application, resource: str) -> Response:
        today = self._moment().today
        page = searches.search(resource, request.json(), self._records(), today)
        if not page.results:
            return Response(status=204)
        said = {
            "recherche": page.asked,
            "nombre_total_resultats": page.total,
            "resultats": list(page.results),
        }
        return json_response(said, 200 if page.is_last else 206)

    def _unit(self, request: Request, _: Application, siren: str) -> Response:
        return self._told(request, self._records().unit(siren))

    def _establishment(self, request: Request, _: Application, siret: str) -> Response:
        return self._told(request, self._records().establishment(siret))

    def _routing_code(self, request: Request, _: Application, siret: str, code: str) -> Response:
        return self._told(request, self._records().routing_code(siret, code))

    def _line(self, request: Request, _: Application, identifier: str) -> Response:
        """Tell the line in effect on the day of observation, today unless it is said."""
        observed = request.query.get("dateObservation", [""])[0]
        on = day(observed) if observed else self._moment().today
        lines = self._records().lines(identifier[:9])
        return self._told(request, line_in_effect(lines, identifier, on))

    def _instance(self, request: Request, _: Application, resource: str, instance: str) -> Response:
        found = self._records().version(RESOURCES[resource].kind, int(instance))
        return self._told(request, found[0] if found else None, alone=True)

    def _told(self, request: Request, record: Found | None, *, alone: bool = False) -> Response:
        """Tell a record, with those that were asked for beside it unless it is told `alone`."""
        if record is None:
            raise Refusal(404, "L'annuaire ne connaît pas cela.")
        records, query = self._records(), request.query
        names = [one for said in query.get("champs", []) for one in texts(said)]
        told = payloads.told(record, records)
        if not alone:
            wanted = {one for said in query.get("inclure", []) for one in texts(said)}
            told = payloads.included(told, wanted & may_include(record), records)
        return json_response(payloads.only(told, names))

    # --- writing ----------------------------------------------------------------------------------

    def _create_code(self, request: Request, caller: Application) -> Response:
        said = _required(
            request.json(), "siret", "identifiantRoutage", "libelleCodeRoutage",
            "etatAdministratif", "natureEtablissement",
        )  # fmt: skip
        code = RoutingCode(
            siret=_text(said, "siret"), routing=_text(said, "identifiantRoutage"),
            name=_text(said, "libelleCodeRoutage"), status=_state(said),
            routing_scheme=_text(said, "typeIdentifiantRoutage") or ROUTING_SCHEME,
            postal_address=_address(said),
            engagement=_flag(said, "gestionEngagementJuridique"),
        )  # fmt: skip
        if self._records().routing_code(code.siret, code.routing) is not None:
            raise Refusal(422, f"Le code de routage « {code.routing} » existe déjà.")
        return _code_told(code, self._written(code, caller), 201)

    def _replace_code(self, request: Request, caller: Application, instance: str) -> Response:
        said = _required(
            request.json(), "typeIdentifiantRoutage", "libelleCodeRoutage", "etatAdministratif"
        )
        return self._code_changed(said, caller, instance)

    def _change_code(self, request: Request, caller: Application, instance: str) -> Response:
        return self._code_changed(request.json(), caller, instance)

    def _code_changed(self, said: dict[str, Any], caller: Application, instance: str) -> Response:
        held = self._current(RoutingCode, instance)
        code = replace(
            held,
            name=_text(said, "libelleCodeRoutage") or held.name,
            status=_state(said) if "etatAdministratif" in said else held.status,
            routing_scheme=_text(said, "typeIdentifiantRoutage") or held.routing_scheme,
            postal_address=_address(said) if "adresse" in said else held.postal_address,
        )
        return _code_told(code, self._written(code, caller), 200)

    def _create_line(self, request: Request, caller: Application) -> Response:
        said = request.json()
        where = _required(_inside(said, "informationAdressage"), "siren", "matriculePlateforme")
        period = _required(_inside(said, "periodeEffet"), "dateDebutEffet")
        end = period.get("dateFinEffet")
        line = Line(
            address=Address(
                siren=_text(where, "siren"), siret=_text(where, "siret"),
                routing=_text(where, "identifiantRoutage"),
                suffix=_text(where, "suffixeAdressage"),
            ),
            platform=_text(where, "matriculePlateforme"),
            start=day(period["dateDebutEffet"]), end=day(end) if end else None,
        )  # fmt: skip
        return _line_told(line, self._written(line, caller), 201)

    def _replace_line(self, request: Request, caller: Application, instance: str) -> Response:
        said = _required(request.json(), "matriculePlateforme")
        return self._line_changed({"dateFinEffet": None} | said, caller, instance)

    def _change_line(self, request: Request, caller: Application, instance: str) -> Response:
        return self._line_changed(request.json(), caller, instance)

    def _line_changed(self, said: dict[str, Any], caller: Application, instance: str) -> Response:
        held = self._current(Line, instance)
        end = held.end
        if "dateFinEffet" in said:
            end = day(said["dateFinEffet"]) if said["dateFinEffet"] else None
        platform = _text(said, "matriculePlateforme") or held.platform
        line = replace(held, end=end, platform=platform)
        return _line_told(line, self._written(line, caller), 200)

    def _mask_line(self, _: Request, caller: Application, instance: str) -> Response:
        """Cancel a line to come. One in effect is not cancelled, it is ended."""
        held = self._current(Line, instance)
        if held.start <= self._moment().today:
            raise Refusal(422, "Cette ligne est en vigueur : donnez-lui une date de fin d'effet.")
        self._written(masked(held), caller)
        return Response(status=204)

    def _current(self, kind: type[Any], instance: str) -> Any:
        found = self._records().version(kind, int(instance))
        if found is None or not found[1]:
            raise Refusal(404, "Cette version n'existe pas, ou n'est plus la dernière.")
        return found[0]

    def _written(self, change: Directed, caller: Application) -> int:
        """Write a change that breaks no rule; return the number of its version."""
        moment = self._moment()
        lines = (change,) if isinstance(change, Line) else ()
        codes = (change,) if isinstance(change, RoutingCode) else ()
        with self._store.writing() as connection:
            records = Records(connection, author=caller.code, moment=moment.now)
            update = Update(routing_codes=codes, lines=lines)
            for one in objections_to(update, caller, records, moment):
                raise Refusal(403 if one.reason == _RIGHTS else 422, one.message)
            return records.write(change)


def _signature(application: Application, ends: int) -> str:
    said = f"{application.code}.{ends}".encode()
    return hmac.new(application.secret.encode(), said, hashlib.sha256).hexdigest()


def _unauthorised() -> Refusal:
    return Refusal(401, "Jeton absent, faux ou périmé.", (("WWW-Authenticate", "Bearer"),))


def _required(said: dict[str, Any], *names: str) -> dict[str, Any]:
    missing = [name for name in names if not said.get(name)]
    if missing:
        raise BadUsage(f"Il manque : {', '.join(missing)}.")
    return said


def _inside(said: dict[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    if not isinstance(found, dict):
        raise BadUsage(f"Il manque : {name}.")
    return found


def _text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name) or ""
    if not isinstance(found, str) or not found.isprintable():
        raise BadUsage(f"« {name} » est un texte, sans caractère de commande.")
    longest = _LONGEST.get(name, _LONGEST_TEXT)
    if len(found) > longest:
        raise BadUsage(f"« {name} » compte {longest} caractères au plus.")
    return found


def _flag(said: Mapping[str, Any], name: str) -> bool | None:
    found = said.get(name)
    if found is None or isinstance(found, bool):
        return found
    raise BadUsage(f"« {name} » vaut true ou false.")


def _state(said: Mapping[str, Any]) -> str:
    state = _STATES.get(_text(said, "etatAdministratif"))
    if state is None:
        raise BadUsage("« etatAdministratif » vaut A ou F.")
    return state


def _address(said: Mapping[str, Any]) -> PostalAddress:
    held = said.get("adresse") or {}
    if not isinstance(held, dict):
        raise BadUsage("« adresse » est un objet.")
    lines = (_text(held, f"ligneAdresse{number}") for number in (1, 2, 3))
    return PostalAddress(
        lines=tuple(one for one in lines if one), city=_text(held, "localite"),
        post_code=_text(held, "codePostal"), subdivision=_text(held, "subDivisionPays"),
        country=_text(held, "codePays"),
    )  # fmt: skip


def _code_told(code: RoutingCode, instance: int, status: int) -> Response:
    said = {"idInstance": instance, "siret": code.siret, "identifiantRoutage": code.routing}
    return json_response(said, status)


def _line_told(line: Line, instance: int, status: int) -> Response:
    said = {
        "idInstance": instance,
        "identifiantAdressage": line.address.identifier,
        "dateDebutEffet": line.start.isoformat(),
    }
    return json_response(said, status)
