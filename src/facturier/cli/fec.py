"""``facturier fec check``: whether a FEC is as article A47 A-1 of the LPF asks.

Exit status: 0 nothing is wrong (warnings aside); 1 something is; 2 the file is no FEC.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facturier.cli.terminal import worded

if TYPE_CHECKING:
    from facturier.findings import Finding

SHOWN = 5
"""Places shown of each kind of finding."""


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    family = commands.add_parser("fec", help="contrôler un fichier des écritures comptables (FEC)")
    verbs = family.add_subparsers(required=True, metavar="ACTION")
    check = verbs.add_parser("check", help="contrôler selon l'article A47 A-1 du LPF")
    check.add_argument("file", metavar="FICHIER", type=Path)
    check.add_argument("--json", action="store_true", help="chaque constat, pour un programme")
    check.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check one file."""
    from facturier.findings import Severity  # noqa: PLC0415 - start fast
    from facturier.formats.fec import read_with_findings  # noqa: PLC0415
    from facturier.ledger.fec import check  # noqa: PLC0415

    reading = read_with_findings(options.file.read_bytes(), options.file.name)
    findings = (*reading.findings, *check(reading.content))
    fatal = [one for one in findings if one.severity is Severity.FATAL]
    if options.json:
        print(json.dumps(_as_data(options.file, findings), ensure_ascii=False, indent=2))
    else:
        _say(findings, len(fatal))
    return 1 if fatal else 0


def _say(findings: tuple[Finding, ...], fatal: int) -> None:
    if not findings:
        print(worded("Aucune anomalie : le fichier est conforme à l'article A47 A-1 du LPF."))
        return
    counts = Counter(one.rule for one in findings)
    shown: Counter[str] = Counter()
    for one in findings:
        shown[one.rule] += 1
        if shown[one.rule] <= SHOWN:
            print(" ".join(filter(None, (one.rule, one.where, one.message, one.remedy))))
        elif shown[one.rule] == counts[one.rule]:
            print(f"{one.rule} … {counts[one.rule] - SHOWN} autres")
    print(f"{fatal} anomalies, {len(findings) - fatal} avertissements.")


def _as_data(file: Path, findings: tuple[Finding, ...]) -> dict[str, Any]:
    return {
        "file": file.name,
        "findings": [
            {"rule": one.rule, "severity": str(one.severity), "where": one.where,
             "message": one.message, "remedy": one.remedy}
            for one in findings
        ],
    }  # fmt: skip
