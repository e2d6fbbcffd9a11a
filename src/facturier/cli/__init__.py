"""The command line. Its forms are a contract that other programs rely on.

One module for each family of commands, which adds them to the parser; the server's commands import
Django only when they are called, so that the engine works without it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from facturier.cli import (
    anomalies,
    archive,
    check,
    concentrator,
    documents,
    fec,
    operations,
    platform,
    portal,
    report,
    rulebooks,
    security,
    use_cases,
)
from facturier.cli.terminal import (
    BAD_USAGE,
    INTERRUPTED,
    Parser,
    asked_language,
    complain,
    in_french,
    prepare_streams,
    speak,
)
from facturier.errors import FacturierError, exit_code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    speak(asked_language(sys.argv[1:] if arguments is None else arguments))
    options = parser().parse_args(arguments)
    prepare_streams(json_wanted=getattr(options, "json", False))
    try:
        return int(options.run(options))
    except FacturierError as error:
        complain(error.message, error.remedy)
        return exit_code(error)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        complain(in_french(error))
        return BAD_USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    whole = Parser(
        prog="facturier",
        description="Factures électroniques françaises : contrôler, convertir, lire, expliquer, "
        "échanger.",
    )
    commands = whole.add_subparsers(required=True, metavar="COMMANDE")
    for family in (
        check, documents, rulebooks, portal, report, platform, concentrator, operations, archive,
        security, use_cases, fec, anomalies,
    ):  # fmt: skip
        family.add(commands)
    return whole
