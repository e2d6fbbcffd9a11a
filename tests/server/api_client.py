"""A program that speaks to the API in tests, and the official contract to measure answers with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import jsonschema
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

FLOWS = "/flow-service/v1/flows"
SEARCH = f"{FLOWS}/search"
TOKEN = "/identity/o/api/token"
OFFICIAL_DIRECTORY = "official/fnfe-1.4.0/directory-service-1.3.0.json"
OFFICIAL = "official/fnfe-1.4.0/flow-service-1.3.0.json"


def token_of(credentials, **asked):
    """Ask for a token the way a program does; return it."""
    answer = Client().post(
        TOKEN,
        {
            "grant_type": "client_credentials", "client_id": credentials.client_id,
            "client_secret": credentials.client_secret, **asked,
        },
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    return answer.json()["access_token"]


@dataclass
class Program:
    """Calls with a token."""

    token: str
    organization: str = ""
    http: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    @property
    def headers(self):
        organization = {"Organization-Id": self.organization} if self.organization else {}
        return {"Authorization": f"Bearer {self.token}"} | organization

    def get(self, address, **query):
        return self.http.get(address, query, headers=self.headers)

    def post(self, address, body, **headers):
        return self.http.post(
            address, json.dumps(body), content_type="application/json",
            headers=self.headers | headers,
        )  # fmt: skip

    def search(self, limit=None, cursor=None, **where):
        given = {"limit": limit, "cursor": cursor, "where": where}
        return self.post(SEARCH, {k: v for k, v in given.items() if v is not None})

    def deposit(self, data, **info):
        said = json.dumps({"name": "facture.xml", "flowSyntax": "UBL"} | info)
        parts = {
            "flowInfo": SimpleUploadedFile("blob", said.encode(), content_type="application/json"),
            "file": SimpleUploadedFile("facture.xml", data, content_type="application/xml"),
        }
        return self.http.post(FLOWS, parts, headers=self.headers)

    def raw(self, body, content_type="multipart/form-data; boundary=b", **headers):
        return self.http.post(
            FLOWS, body, content_type=content_type, headers=self.headers | headers
        )


def multipart(*parts):
    """Return a request body of parts, each its header lines and its bytes."""
    lines = [b"--b\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n" for head, data in parts]
    return b"".join(lines) + b"--b--\r\n"


class Contract:
    """The schemas of the official file."""

    def __init__(self, path):
        self.document = json.loads(path.read_text(encoding="utf-8"))
        # Its "oneOf" (a word of the list, or any word) is true of no word of the list.
        reason_code = self.document["components"]["schemas"].get("ReasonCode", {})
        if "oneOf" in reason_code:
            reason_code["anyOf"] = reason_code.pop("oneOf")
        # Seven letters at most, and one of its words has eight: "Upcoming".
        self.document["components"]["schemas"].get("directoryLineStatus", {}).pop("maxLength", None)
        resource = Resource(contents=self.document, specification=DRAFT4)
        self.registry = Registry().with_resource("urn:contract", resource)

    def check(self, name, value):
        """Fail unless `value` is what the schema `name` of the contract says."""
        schema = {"$ref": f"urn:contract#/components/schemas/{name}"}
        jsonschema.Draft4Validator(
            schema, registry=self.registry, format_checker=jsonschema.FormatChecker()
        ).validate(value)

    def keys(self, name):
        """Return the keys that the contract gives to the object `name`."""
        schema = self.document["components"]["schemas"][name]
        found = set(schema.get("properties", ()))
        for part in schema.get("allOf", ()):
            found |= self.keys(part["$ref"].rsplit("/", 1)[1])
        return found

    def values(self, name):
        return set(self.document["components"]["schemas"][name]["enum"])
