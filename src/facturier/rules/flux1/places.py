"""Where things stand in a file that no term of flux 1 tells apart."""

_TRANSACTION = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction"
AGREED = f"{_TRANSACTION}/ram:ApplicableHeaderTradeAgreement"
DELIVERED = f"{_TRANSACTION}/ram:ApplicableHeaderTradeDelivery"
SETTLED = f"{_TRANSACTION}/ram:ApplicableHeaderTradeSettlement"
_UBL_NUMBER = "cac:Party/cac:PartyTaxScheme/cbc:CompanyID"

REGISTRATIONS = {
    "BG-4": (
        f"/*/cac:AccountingSupplierParty/{_UBL_NUMBER}",
        f"{AGREED}/ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID",
    ),
    "BG-7": (
        f"/*/cac:AccountingCustomerParty/{_UBL_NUMBER}",
        f"{AGREED}/ram:BuyerTradeParty/ram:SpecifiedTaxRegistration/ram:ID",
    ),
}
"""The tax numbers of a party, in UBL and in CII."""
