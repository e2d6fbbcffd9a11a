"""How the API answers when it cannot do what was asked, and what every answer carries."""

from __future__ import annotations

import logging
import sys
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error
from ninja.errors import HttpError, ValidationError

from facturier.errors import FacturierError, http_status
from facturier.server import outage
from facturier.server.documents.store import MissingBytes
from facturier.server.web.headers import ADDRESSES_OF_PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ninja import NinjaAPI

logger = logging.getLogger(__name__)

LONGEST_REQUEST_ID = 64
_FAILED = "Une erreur interne est survenue ; rien n'a été fait."


class Refusal(Exception):
    """The answer to a request that is not granted, in the words of XP Z12-013 (`Error`)."""

    def __init__(self, status: int, code: str, message: str, *, details: str = "") -> None:
        self.status, self.code, self.message, self.details = status, code, message, details
        super().__init__(message)


def missing(what: str) -> Refusal:
    """Return the answer for something that is not there, or not for this caller to know of."""
    return Refusal(HTTPStatus.NOT_FOUND, "MISSING_RESOURCE", what)


def error(status: int, code: str, message: str, *, details: str = "") -> JsonResponse:
    """Return an answer of the contract's shape."""
    body = {"errorCode": code, "errorMessage": message}
    return JsonResponse(body | ({"details": details} if details else {}), status=status)


_CODES = {
    400: "INVALID_REQUEST",
    401: "MISSING_TOKEN",
    403: "FORBIDDEN_ACCESS",
    404: "MISSING_RESOURCE",
    429: "TOO_MANY_REQUESTS",
}


def speak_the_contract(api: NinjaAPI) -> None:
    """Make every failure of `api` an `Error` of the contract, every answer safe and traceable."""
    for kind, answer in _ANSWERS.items():
        api.add_exception_handler(kind, answer)
    api.add_decorator(_with_headers, mode="view")


def failed(request: HttpRequest) -> HttpResponse:
    """Answer what failed in a page, or before the API was reached: a program gets no page."""
    if not request.path.startswith(ADDRESSES_OF_PROGRAMS):
        return _failed_page(request)
    found = sys.exc_info()[1]
    if outage.is_outage(found):
        return labelled(request, _not_now(found))
    return labelled(request, error(500, "INTERNAL_ERROR", _FAILED))


def _failed_page(request: HttpRequest) -> HttpResponse:
    found = sys.exc_info()[1]
    if not outage.is_outage(found):
        return server_error(request)
    words = outage.words(found)
    if "HX-Request" in request.headers:  # the script of the page shows it in the page
        answer = HttpResponse(words, content_type="text/plain; charset=utf-8")
    else:  # without a request: what stands around a page asks the database
        said = {"words": words, "back": request.get_full_path()}
        answer = HttpResponse(render_to_string("503.html", said))
    answer.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    answer.headers["Retry-After"] = str(outage.RETRY_AFTER)
    return answer


def _not_now(found: BaseException | None) -> JsonResponse:
    answer = error(HTTPStatus.SERVICE_UNAVAILABLE, "RESOURCE_ERROR", outage.words(found))
    answer.headers["Retry-After"] = str(outage.RETRY_AFTER)
    return answer


def not_found(request: HttpRequest) -> HttpResponse:
    """Answer an address that the API does not have."""
    return labelled(request, error(404, "MISSING_RESOURCE", "Cette adresse n'existe pas."))


_WORDS = {
    "missing": "cette donnée est obligatoire",
    "extra_forbidden": "cette donnée n'existe pas",
    "json_invalid": "ce n'est pas du JSON",
    "literal_error": "valeurs admises : {expected}",
    "string_type": "un texte est attendu",
    "string_too_long": "au plus {max_length} caractères",
    "string_pattern_mismatch": "la forme attendue est {pattern}",
    "int_parsing": "un nombre entier est attendu",
    "int_type": "un nombre entier est attendu",
    "greater_than_equal": "au moins {ge}",
    "less_than_equal": "au plus {le}",
    "decimal_parsing": 'un nombre est attendu, par exemple "120.50"',
    "list_type": "une liste est attendue",
    "value_error": "{error}",
}
"""What pydantic finds, by its type, in French; the rest is said in its own words."""


def sentence(errors: list[dict[str, Any]]) -> tuple[str, str]:
    """Return the error code and the sentence for what pydantic found."""
    code = "MISSING_REQUIRED_FIELD" if errors[0]["type"] == "missing" else "INVALID_FIELD"
    said = (f"{_place(one['loc'])} : {_reason(one)}" for one in errors[:5])
    return code, "Demande non conforme. " + " ; ".join(said) + "."


def _place(place: tuple[str | int, ...]) -> str:
    # ninja puts before it where it was found: body and the name of a parameter of ours, or query
    inside = place[2:] if place[:1] == ("body",) else place
    return ".".join(map(str, inside)) or "corps de la demande"


def _reason(found: dict[str, Any]) -> str:
    words = _WORDS.get(found["type"])
    return words.format(**found.get("ctx", {})) if words else str(found["msg"])


def _refused(_request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return error(refusal.status, refusal.code, refusal.message, details=refusal.details)


def _refused_by_engine(request: HttpRequest, found: FacturierError) -> HttpResponse:
    if outage.is_outage(found):
        return _failed(request, found)
    code = found.reason or found.code
    return error(http_status(found), code, found.message, details=found.remedy)


def _not_understood(_request: HttpRequest, found: ValidationError) -> HttpResponse:
    code, message = sentence(found.errors)
    return error(400, code, message)


def _http_error(request: HttpRequest, found: HttpError) -> HttpResponse:
    status = found.status_code
    if status == HTTPStatus.UNAUTHORIZED:
        given = "Authorization" in request.headers
        code = "INVALID_TOKEN" if given else "MISSING_TOKEN"
        message = "Ce jeton n'est pas valable." if given else "Un jeton (Bearer) est nécessaire."
        answer = error(status, code, message)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    return error(status, _CODES.get(status, "INVALID_REQUEST"), found.message)


def _not_found(_request: HttpRequest, _found: Http404) -> HttpResponse:
    return error(404, "MISSING_RESOURCE", "Cette ressource n'existe pas.")


def _gone(_request: HttpRequest, _found: MissingBytes) -> HttpResponse:
    transaction.set_rollback(True)
    message = "Ce fichier n'est plus conservé : il a été purgé, ou il manque."
    details = "La preuve de la pièce (proof) dit lequel des deux."
    return error(404, "MISSING_RESOURCE", message, details=details)


def _failed(request: HttpRequest, found: Exception) -> HttpResponse:
    logger.error("%s %s", request.method, request.path, exc_info=found)
    # ninja has caught it: Django would commit what was begun.
    transaction.set_rollback(True)
    if outage.is_outage(found):
        return _not_now(found)
    return error(500, "INTERNAL_ERROR", _FAILED)


_ANSWERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Refusal: _refused,
    FacturierError: _refused_by_engine,
    ValidationError: _not_understood,
    HttpError: _http_error,
    Http404: _not_found,
    MissingBytes: _gone,
    Exception: _failed,
}


def _with_headers(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(run)
    def answered(request: HttpRequest, *arguments: Any, **names: Any) -> HttpResponse:
        return labelled(request, run(request, *arguments, **names))

    return answered


def request_id(request: HttpRequest) -> str:
    """Return the ``Request-Id`` that the caller gave, empty for one that is none."""
    wanted = request.headers.get("Request-Id", "")
    return wanted[:LONGEST_REQUEST_ID] if wanted.isascii() and wanted.isprintable() else ""


def labelled(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Echo ``Request-Id``; no browser shall store, sniff or run what a stranger may have sent."""
    if wanted := request_id(request):
        response.headers["Request-Id"] = wanted
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
