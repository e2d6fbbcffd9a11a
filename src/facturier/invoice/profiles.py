"""What an invoice says of its profile (BT-24) and, on Peppol, of its process (BT-23).

Source: EN 16931-1, Factur-X 1.09, XP Z12-012, Peppol BIS Billing 3.0.
"""

from __future__ import annotations

EN16931 = "urn:cen.eu:en16931:2017"
EXTENDED_CTC_FR = f"{EN16931}#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"

FACTURX_EXTENDED = f"{EN16931}#conformant#urn:factur-x.eu:1p0:extended"
FACTURX_BASIC = f"{EN16931}#compliant#urn:factur-x.eu:1p0:basic"
FACTURX_BASIC_WL = "urn:factur-x.eu:1p0:basicwl"
FACTURX_MINIMUM = "urn:factur-x.eu:1p0:minimum"

PEPPOL_BIS = f"{EN16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
"""How BT-24 begins in an invoice of Peppol BIS Billing."""
PEPPOL_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
"""BT-23 of such an invoice."""
