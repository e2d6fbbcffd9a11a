"""How to get in: the address, the accounts and the programs, for people and for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from facturier.server import sight
from facturier.server.api import clients
from facturier.server.demo.companies import CABINETS, COMPANIES, PASSWORD, Office
from facturier.server.demo.seeding import Firm
from facturier.server.firm.models import ApiClient, Dossier

FILE = "demo.json"
PROGRAMS = (("api", "negoce", "Gestion commerciale"), ("api_buyer", "comptoir", "Caisse"))
"""Key in the file, company that the program speaks for, name: a seller's and a buyer's."""


def write(firm: Firm, folder: Path, address: str) -> dict[str, Any]:
    """Write ``demo.json`` into `folder`, for its owner's eyes only, and return what it holds.

    The secrets of the programs exist in this file only: it is read to keep them, and when it is
    gone new ones are drawn.
    """
    path = folder / FILE
    known = _known(path)
    sheet = {
        "address": address,
        "simulation": True,
        "accounts": [
            {
                "email": someone.email, "password": PASSWORD, "role": someone.role,
                "name": someone.name, "title": someone.title, "cabinet": office.name,
                "dossiers": [COMPANIES[key].siren for key in someone.dossiers] or _all(office),
            }
            for office in CABINETS
            for someone in office.people
        ],
        **{
            key: clients.access_sheet(
                _credentials(firm, company, name, known.get(key, {})),
                [firm.dossiers[company]], address,
            )
            for key, company, name in PROGRAMS
        },
        "dossiers": [
            {
                "id": firm.dossiers[company.key].pk, "name": company.name,
                "siren": company.siren, "siret": company.siret,
                "electronic_address": company.electronic_address, "profile": company.profile,
                "cabinet": office.name,
            }
            for office in CABINETS
            for company in office.dossiers
        ],
    }  # fmt: skip
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(sheet, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    draft.replace(path)
    return sheet


def _all(office: Office) -> list[str]:
    return [company.siren for company in office.dossiers]


def _known(path: Path) -> dict[str, Any]:
    """Return what an earlier run wrote; nothing when the file is missing or spoilt."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _credentials(firm: Firm, company: str, name: str, known: dict[str, str]) -> clients.Credentials:
    """Return the credentials of a company's program, registered when it is the first time."""
    dossier = firm.dossiers[company]
    with sight.of([dossier.pk]):
        client = _client(dossier, name)
        if client is None:
            return clients.register(dossier.cabinet, [dossier], name=name)
        secret = known.get("client_secret", "")
        if secret and client.client.check_secret(secret):
            return clients.Credentials(client_id=client.client.pk, client_secret=secret)
        return clients.renew_secret(client)


def _client(dossier: Dossier, name: str) -> ApiClient | None:
    return ApiClient.objects.filter(dossiers=dossier, client__name=name).first()


# --- For people ---------------------------------------------------------------------------------


def describe(sheet: dict[str, Any], *, seconds: float) -> str:
    """Return what the terminal shows once everything runs, in French."""
    width = max(len(account["email"]) for account in sheet["accounts"])
    accounts = "\n".join(
        f"    {account['email']:{width}}  {account['name']}, {_lowered(account['title'])}"
        for account in sheet["accounts"]
    )
    return f"""
Facturier, démonstration (simulation : sociétés fictives, rien ne quitte cette machine)

  Adresse       {sheet["address"]}
  Mot de passe  {PASSWORD} (le même pour tous ; second facteur non exigé, c'est une démonstration)
  Comptes
{accounts}

  {len(sheet["dossiers"])} dossiers ; prêt en {seconds:.0f} s. Accès pour un programme : var/{FILE}
  Ctrl-C arrête tout.
"""


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]
