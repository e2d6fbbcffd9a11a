#!/bin/sh
# Une facture par l'API, avec curl seulement : le vendeur la dépose, l'acheteur la lit et la refuse,
# le vendeur apprend pourquoi ; puis les écritures des deux côtés.
#
#     make demo                              dans une autre fenêtre, laissé ouvert
#     sh docs/how-to/api-with-curl.sh
#
# Les accès sont lus dans var/demo.json (DEMO=… en choisit un autre). Python ne sert ici qu'à lire
# le JSON ; tout ce qui parle au serveur est curl.
set -eu
DEMO=${DEMO:-var/demo.json}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# field EXPRESSION < JSON : ce que vaut l'expression Python, où d est le document JSON.
field() {
    "${PYTHON:-python3}" -c "import json, sys; d = json.load(sys.stdin); print($1)"
}
access() { # access api client_id
    field "d['$1']['$2']" < "$DEMO"
}
http() {
    curl --silent --show-error --fail-with-body "$@"
}
# until_true COMMANDE… : la répète jusqu'à ce qu'elle réussisse, 30 secondes au plus.
until_true() {
    attempts=0
    until "$@"; do
        attempts=$((attempts + 1))
        if [ "$attempts" -ge 150 ]; then
            echo "Toujours rien après 30 secondes : $*" >&2
            exit 1
        fi
        sleep 0.2
    done
}

FLOWS=$(access api flow_service_url)/v1/flows
API=$(access api api_url)

echo "1. Chaque programme demande son jeton (OAuth2, client_credentials)."
token() {
    http --data grant_type=client_credentials \
        --data-urlencode "client_id=$(access "$1" client_id)" \
        --data-urlencode "client_secret=$(access "$1" client_secret)" \
        "$(access "$1" token_url)" | field "d['access_token']"
}
SELLER_TOKEN=$(token api)
BUYER_TOKEN=$(token api_buyer)
# Un programme peut parler pour plusieurs dossiers : Organization-Id dit lequel, par son SIREN.
seller() {
    http --header "Authorization: Bearer $SELLER_TOKEN" --header "Organization-Id: $SELLER" "$@"
}
buyer() {
    http --header "Authorization: Bearer $BUYER_TOKEN" --header "Organization-Id: $BUYER" "$@"
}
SELLER=$(field "d['api']['dossiers'][0]" < "$DEMO")
BUYER=$(field "d['api_buyer']['dossiers'][0]" < "$DEMO")
seller "$API/dossiers" > "$WORK/seller.json"
buyer "$API/dossiers" > "$WORK/buyer.json"
of_seller() { field "next(x for x in d if x['siren'] == '$SELLER')['$1']" < "$WORK/seller.json"; }
of_buyer() { field "next(x for x in d if x['siren'] == '$BUYER')['$1']" < "$WORK/buyer.json"; }
echo "   vendeur : $(of_seller name) ($SELLER) ; acheteur : $(of_buyer name) ($BUYER)"

echo "2. Le vendeur écrit une facture et la dépose."
NUMBER=API-$(TZ=Europe/Paris date +%Y%m%d-%H%M%S)
TODAY=$(TZ=Europe/Paris date +%Y-%m-%d)
vat() { # numéro de TVA d'un SIREN : sa clé, puis lui
    field "'FR%02d%s' % ((12 + 3 * (int(d) % 97)) % 97, d)" <<JSON
"$1"
JSON
}
party() { # nom, SIREN, adresse électronique
    cat <<XML
<cac:Party>
  <cbc:EndpointID schemeID="0225">$3</cbc:EndpointID>
  <cac:PostalAddress><cbc:CityName>Angers</cbc:CityName><cbc:PostalZone>49000</cbc:PostalZone>
    <cac:Country><cbc:IdentificationCode>FR</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
  <cac:PartyTaxScheme><cbc:CompanyID>$(vat "$2")</cbc:CompanyID>
    <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
  <cac:PartyLegalEntity><cbc:RegistrationName>$1</cbc:RegistrationName>
    <cbc:CompanyID schemeID="0002">$2</cbc:CompanyID></cac:PartyLegalEntity>
</cac:Party>
XML
}
cat > "$WORK/facture.xml" <<XML
<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
<cbc:ProfileID>B1</cbc:ProfileID>
<cbc:ID>$NUMBER</cbc:ID>
<cbc:IssueDate>$TODAY</cbc:IssueDate>
<cbc:DueDate>2099-12-31</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
<cbc:Note>#PMD#Pénalités de retard : trois fois le taux d'intérêt légal.</cbc:Note>
<cbc:Note>#PMT#Indemnité forfaitaire de recouvrement : 40 €.</cbc:Note>
<cbc:Note>#AAB#Pas d'escompte pour paiement anticipé.</cbc:Note>
<cbc:Note>#BAR#B2B</cbc:Note>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty>$(party "$(of_seller name)" "$SELLER" "$(of_seller electronicAddress)")</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty>$(party "$(of_buyer name)" "$BUYER" "$(of_buyer electronicAddress)")</cac:AccountingCustomerParty>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">20.00</cbc:TaxAmount><cac:TaxSubtotal>
  <cbc:TaxableAmount currencyID="EUR">100.00</cbc:TaxableAmount>
  <cbc:TaxAmount currencyID="EUR">20.00</cbc:TaxAmount>
  <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>20</cbc:Percent>
    <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
  <cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="EUR">120.00</cbc:TaxInclusiveAmount>
  <cbc:PayableAmount currencyID="EUR">120.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">10</cbc:InvoicedQuantity>
  <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
  <cac:Item><cbc:Name>Ramettes de papier</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID>
    <cbc:Percent>20</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
  </cac:ClassifiedTaxCategory></cac:Item>
  <cac:Price><cbc:PriceAmount currencyID="EUR">10.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>
XML
INFO="{\"flowSyntax\": \"UBL\", \"name\": \"$NUMBER.xml\", \"trackingId\": \"$NUMBER\"}"
FLOW=$(seller --form "flowInfo=$INFO;type=application/json" \
    --form "file=@$WORK/facture.xml;type=application/xml" "$FLOWS" | field "d['flowId']")
echo "   facture $NUMBER, flux $FLOW"

echo "3. La plateforme en accuse réception."
acknowledged() {
    seller "$FLOWS/$FLOW" > "$WORK/flow.json"
    [ "$(field "d['acknowledgement']['status']" < "$WORK/flow.json")" != Pending ]
}
until_true acknowledged
echo "   accusé : $(field "d['acknowledgement']['status']" < "$WORK/flow.json")"

echo "4. L'acheteur la trouve, la lit, en prend le fichier et la copie lisible."
arrived() {
    buyer "$API/documents?dossier=$BUYER&number=$NUMBER" > "$WORK/received.json"
    [ "$(field "len(d['results'])" < "$WORK/received.json")" = 1 ]
}
until_true arrived
RECEIVED=$(field "d['results'][0]['id']" < "$WORK/received.json")
RECEIVED_FLOW=$(field "d['results'][0]['flowId']" < "$WORK/received.json")
buyer --header "Content-Type: application/json" \
    --data '{"limit": 100, "where": {"flowType": ["SupplierInvoice"], "flowDirection": ["In"]}}' \
    "$FLOWS/search" > "$WORK/search.json"
buyer "$FLOWS/$RECEIVED_FLOW?docType=Original" > "$WORK/received.xml"
cmp "$WORK/facture.xml" "$WORK/received.xml"
buyer "$FLOWS/$RECEIVED_FLOW?docType=ReadableView" > "$WORK/copie.pdf"
echo "   $(field "d['results'][0]['totalWithVat']" < "$WORK/received.json") € TTC, mêmes octets," \
    "copie lisible de $(wc -c < "$WORK/copie.pdf") octets"

echo "5. L'acheteur la refuse, avec un motif."
REFUSAL='{"code": 210, "reason": "TX_TVA_ERR", "comment": "Taux de TVA de 5,5 % attendu."}'
buyer --header "Content-Type: application/json" --data "$REFUSAL" \
    "$API/documents/$RECEIVED/statuses" > /dev/null

echo "6. Le vendeur l'apprend : un flux de cycle de vie, et l'historique qui dit pourquoi."
ISSUED=$(seller "$API/documents?dossier=$SELLER&flowId=$FLOW" | field "d['results'][0]['id']")
refused() {
    seller "$API/documents/$ISSUED" > "$WORK/issued.json"
    [ "$(field "d['status']" < "$WORK/issued.json")" = 210 ]
}
until_true refused
seller --header "Content-Type: application/json" \
    --data "{\"where\": {\"trackingId\": \"$NUMBER\", \"flowType\": [\"CustomerInvoiceLC\"]}}" \
    "$FLOWS/search" | field "'\n'.join('   ' + x['name'] for x in d['results'])"
field "'   motif : {reason} ({reasonLabel}). {comment}'.format(**d['events'][-1])" < "$WORK/issued.json"

echo "7. Les écritures proposées, chez l'un et chez l'autre."
buyer "$API/documents/$RECEIVED" > "$WORK/received.json"
for side in issued received; do
    field "'\n'.join('   {} {:<8} {:>8} {:>8}  {}'.format(e['journal'], l['account'], l['debit'], \
l['credit'], l['label']) for e in d['entries'] for l in e['lines'])" < "$WORK/$side.json"
done
