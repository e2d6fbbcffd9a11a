"""Small invoices as files, for tests of the server: UBL, one line, 20 % VAT."""

from __future__ import annotations

from facturier.invoice.parties import french_vat_number

TEMPLATE = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
<cbc:ProfileID>{process}</cbc:ProfileID>
<cbc:ID>{number}</cbc:ID>
<cbc:IssueDate>{date}</cbc:IssueDate>
<cbc:DueDate>2099-12-31</cbc:DueDate>
<cbc:InvoiceTypeCode>{type_code}</cbc:InvoiceTypeCode>
<cbc:Note>#PMD#Pénalités de retard : trois fois le taux d'intérêt légal.</cbc:Note>
<cbc:Note>#PMT#Indemnité forfaitaire de recouvrement : 40 €.</cbc:Note>
<cbc:Note>#AAB#Pas d'escompte pour paiement anticipé.</cbc:Note>
<cbc:Note>#BAR#B2B</cbc:Note>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty>{seller}</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty>{buyer}</cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cac:PayeeFinancialAccount>
<cbc:ID>FR7600000000000000000000097</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">20.00</cbc:TaxAmount><cac:TaxSubtotal>
<cbc:TaxableAmount currencyID="EUR">100.00</cbc:TaxableAmount>
<cbc:TaxAmount currencyID="EUR">20.00</cbc:TaxAmount>
<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>20</cbc:Percent>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
<cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">{total}</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="EUR">{total}</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
<cac:Item><cbc:Name>Cent croissants</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID>
<cbc:Percent>20</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
</cac:ClassifiedTaxCategory></cac:Item>
<cac:Price><cbc:PriceAmount currencyID="EUR">100.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>
"""

PARTY = """<cac:Party><cbc:EndpointID schemeID="0225">{address}</cbc:EndpointID>
<cac:PostalAddress><cbc:StreetName>1 rue Simulée</cbc:StreetName><cbc:CityName>Angers</cbc:CityName>
<cbc:PostalZone>49000</cbc:PostalZone><cac:Country><cbc:IdentificationCode>FR
</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
<cac:PartyTaxScheme><cbc:CompanyID>{vat}</cbc:CompanyID>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName>
<cbc:CompanyID schemeID="0002">{siren}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party>"""


def party(siren: str, name: str, address: str | None = None) -> str:
    filled = PARTY.format(
        siren=siren, name=name, address=address or siren, vat=french_vat_number(siren)
    )
    return filled.replace("FR\n</cbc:Ident", "FR</cbc:Ident")


def ubl(
    number: str,
    seller: str,
    buyer: str,
    *,
    date: str = "2026-11-20",
    type_code: str = "380",
    process: str = "B1",
    total: str = "120.00",
    buyer_address: str | None = None,
) -> bytes:
    """Return a valid invoice of 120 €; with another `total`, one that breaks BR-CO-15."""
    return TEMPLATE.format(
        number=number, date=date, type_code=type_code, process=process, total=total,
        seller=party(seller, f"Vendeur {seller}"),
        buyer=party(buyer, f"Acheteur {buyer}", buyer_address),
    ).encode()  # fmt: skip
