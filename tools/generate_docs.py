"""Writes the pages of docs/reference and the glossary from the code itself.

``python tools/generate_docs.py`` writes them; ``--check`` writes nothing and fails when one of them
is not what the code says today.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from facturier.formats.binding import Binding

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
GENERATED = "<!-- Page écrite par tools/generate_docs.py : ne pas modifier à la main. -->\n\n"


def terms_page() -> str:
    """Every business term, with its names, its place and its path in both syntaxes."""
    from facturier.formats import cii, ubl
    from facturier.invoice.terms import dictionary

    terms, groups = dictionary()
    rows = [
        "# Termes métier",
        "",
        f"{len(terms)} termes, {len(groups)} groupes : EN 16931-1 et extension EXTENDED-CTC-FR.",
        "Un terme est déclaré une seule fois, dans `src/facturier/invoice/model.py` ;",
        "les chemins viennent des tables `formats/ubl.py` et `formats/cii.py`.",
        "",
        "| Id | Nom | Name | Card. | Champ | UBL | CII |",
        "|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {t.id} | {t.nom} | {t.name} | {t.cardinality} | `{'.'.join(t.path)}` "
        f"| {_path(ubl.INVOICE, t.id)} | {_path(cii.INVOICE, t.id)} |"
        for t in terms.values()
    ]
    rows += ["", "## Groupes", "", "| Id | Nom | Name | Répété | Dans |", "|---|---|---|---|---|"]
    rows += [
        f"| {g.id} | {g.nom} | {g.name} | {'oui' if g.many else 'non'} | {g.parent or '—'} |"
        for g in groups.values()
    ]
    return "\n".join([*rows, *_status_terms()]) + "\n"


def _status_terms() -> list[str]:
    """Return the section of the terms of a status message."""
    from facturier.formats.cdar import ACKNOWLEDGEMENT

    rows = [
        "",
        "## Statuts (CDAR)",
        "",
        f"{len(ACKNOWLEDGEMENT.terms)} termes d'un message de statut (XP Z12-012), déclarés dans",
        "`src/facturier/lifecycle/acknowledgement.py`, écrits par la table `formats/cdar.py`.",
        "Un identifiant sans numéro est le nôtre : aucune source publique ne numérote cette place.",
        "",
        "| Id | Nom | Name | Card. | CDAR |",
        "|---|---|---|---|---|",
    ]
    return rows + [
        f"| {t.id} | {t.nom} | {t.name} | {t.cardinality} | {_path(ACKNOWLEDGEMENT, t.id)} |"
        for t in ACKNOWLEDGEMENT.terms.values()
    ]


def _path(binding: Binding, term: str) -> str:
    if not binding.carries(term):
        return "—"
    # `|` would end the table's cell.
    return "<br>".join(f"`{path}`" for path in binding.path_of(term).split(" | "))


def glossary_page() -> str:
    """French to English, for whoever reads the code with the norm in the other hand."""
    from facturier.invoice.terms import dictionary
    from facturier.lifecycle.statuses import STATUSES

    terms, groups = dictionary()
    rows = ["# Glossaire", "", "## Mots de la réforme et du cabinet", ""]
    rows += ["| Français | English, in the code | Sens |", "|---|---|---|"]
    rows += [f"| {fr} | {en} | {meaning} |" for fr, en, meaning in WORDS]
    rows += ["", "## Statuts du cycle de vie", "", "| Code | Français | English |", "|---|---|---|"]
    rows += [f"| {s.code} | {s.label} | {s.label_en} |" for s in STATUSES.values()]
    rows += ["", "## Termes et groupes", "", "| Id | Français | English |", "|---|---|---|"]
    rows += [f"| {x.id} | {x.nom} | {x.name} |" for x in (*groups.values(), *terms.values())]
    return "\n".join(rows) + "\n"


WORDS = [
    ("cabinet", "cabinet", "le cabinet d'expertise comptable qui utilise Facturier"),
    ("dossier", "dossier", "un client du cabinet, avec ses livres et ses documents"),
    ("collaborateur", "collaborateur", "personne du cabinet à qui des dossiers sont confiés"),
    ("plateforme agréée (PA)", "registered platform", "opérateur immatriculé par la DGFiP"),
    ("solution compatible (SC)", "compatible solution", "logiciel branché sur une PA"),
    ("portail public de facturation (PPF)", "PPF", "annuaire et concentrateur de l'État"),
    ("annuaire", "directory", "qui reçoit à quelle adresse, par quelle plateforme"),
    ("flux", "flow", "ce qui circule : F1 à l'administration, F2 la facture, F6 les statuts"),
    ("e-reporting", "e-reporting", "déclarer ventes et encaissements qui n'ont pas de flux 1"),
    ("transmission", "report", "un flux 10 : un déclarant, un rôle, une période"),
    ("encaissement", "payment received", "argent reçu ; il rend la TVA des services due"),
    ("cycle de vie", "life cycle", "la suite des statuts d'une facture"),
    ("dépôt", "deposit", "un fichier remis à la plateforme, avant toute lecture"),
    ("quarantaine", "quarantine", "un fichier mis de côté avec sa raison, jamais perdu"),
    ("rejet (213)", "rejection", "une plateforme n'a pas pu transmettre"),
    ("refus (210)", "refusal", "l'acheteur dit non à une facture reçue"),
    ("avoir", "credit note", "facture négative : types 381, 396, 261, 262, 502, 503"),
    ("facture rectificative", "corrected invoice", "type 384 et ses variantes"),
    ("autofacturation", "self-billing", "l'acheteur écrit la facture au nom du vendeur"),
    ("autoliquidation", "reverse charge", "la TVA est due par l'acheteur (catégorie AE)"),
    ("franchise en base", "small business exemption", "vendeur sans TVA (CGI 293 B)"),
    ("TVA sur les encaissements", "VAT on payments received", "TVA due quand le client paie"),
    ("écriture", "entry", "lignes de débit et de crédit qui s'équilibrent"),
    ("brouillard", "proposed", "écriture proposée, pas encore validée"),
    ("extourne", "reversal", "écriture inverse, seule correction après validation"),
    ("lettrage", "matching", "rapprochement d'une facture et de son règlement"),
    ("FEC", "fec", "fichier des écritures comptables, LPF art. A47 A-1"),
    ("copie lisible", "readable copy", "rendu d'un fichier structuré ; le fichier fait foi"),
]


def errors_page() -> str:
    """Each class that Facturier raises: code, message, HTTP status, exit status."""
    from facturier import errors

    rows = ["# Erreurs", "", "```text", _tree(errors), "```", ""]
    rows += ["| Classe | Code | Message | HTTP | Sortie |", "|---|---|---|---|---|"]
    for cls in _classes(errors.FacturierError):
        message = (inspect.getdoc(cls) or "").split("\n", 1)[0]
        http = next(errors.HTTP_STATUS[k] for k in cls.__mro__ if k in errors.HTTP_STATUS)
        code = next(errors.EXIT_CODE[k] for k in cls.__mro__ if k in errors.EXIT_CODE)
        rows.append(f"| `{cls.__name__}` | `{cls.code}` | {message} | {http} | {code} |")
    return "\n".join(rows) + "\n"


def _tree(errors: object) -> str:
    text = inspect.getdoc(errors) or ""
    block = text.split("::\n\n", 1)[1].split("\n\n", 1)[0]
    return inspect.cleandoc(block)


def _classes(root: type) -> list[type]:
    found = [root]
    for child in root.__subclasses__():
        found += _classes(child)
    return found


def cli_page() -> str:
    """The command line, from its own parser."""
    from facturier.cli import parser as command_line

    parser = command_line()
    rows = ["# Ligne de commande", "", "```text", parser.format_help().strip(), "```", ""]
    for name, command in sorted(_commands(parser).items()):
        rows += [f"## facturier {name}", "", "```text", command.format_help().strip(), "```", ""]
        for part, below in _commands(command).items():
            told = below.format_help().strip()
            rows += [f"### facturier {name} {part}", "", "```text", told, "```", ""]
    return "\n".join(rows).rstrip() + "\n"


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    actions = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]  # noqa: SLF001
    return dict(actions[0].choices) if actions else {}


def _page(module: str, function: str = "page") -> Callable[[], str]:
    def call() -> str:
        sys.path.insert(0, str(ROOT))
        made: str = getattr(importlib.import_module(module), function)()
        return made

    return call


PAGES: dict[Path, Callable[[], str]] = {
    REFERENCE / "terms.md": terms_page,
    REFERENCE / "errors.md": errors_page,
    REFERENCE / "cli.md": cli_page,
    REFERENCE / "rules.md": _page("tools.pages_rules"),
    REFERENCE / "rules.en.md": _page("tools.pages_rules", "page_in_english"),
    REFERENCE / "syntax-ubl.md": _page("tools.pages_syntax", "ubl"),
    REFERENCE / "syntax-cii.md": _page("tools.pages_syntax", "cii"),
    REFERENCE / "official-defects.md": _page("tools.pages_defects"),
    REFERENCE / "life-cycle.md": _page("tools.pages_lifecycle"),
    REFERENCE / "anomalies.md": _page("tools.pages_anomalies"),
    REFERENCE / "posting.md": _page("tools.pages_ledger"),
    REFERENCE / "e-reporting.md": _page("tools.pages_reporting"),
    REFERENCE / "flux1.md": _page("tools.pages_flux1"),
    REFERENCE / "settings.md": _page("facturier.server.environment", "reference"),
    REFERENCE / "refused-files.md": _page("tests.formats.hostile", "refused_files_page"),
    ROOT / "GLOSSARY.md": glossary_page,
}


def _case_pages() -> dict[Path, Callable[[], str]]:
    sys.path.insert(0, str(ROOT))
    made: dict[Path, Callable[[], str]] = importlib.import_module("tools.pages_use_cases").pages(
        REFERENCE / "use-cases"
    )
    return made


def main() -> int:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    # argparse wraps help to the terminal; a page must not depend on who writes it.
    import os

    os.environ["COLUMNS"] = "96"
    stale = []
    for path, make in (PAGES | _case_pages()).items():
        text = make()
        text = text if "<!-- Page" in text[:200] else GENERATED + text
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.relative_to(ROOT))
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{'périmée' if options.check else 'écrite'} : {path}")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
