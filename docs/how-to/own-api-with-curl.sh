#!/bin/sh
# Un dossier par /api/v1, avec curl seulement : ce qui attend, une pièce et ses fichiers, un statut
# dit une fois, les écritures et le FEC, les déclarations, ce qui est dû au portail, la preuve.
#
#     make demo                                   dans une autre fenêtre, laissé ouvert
#     sh docs/how-to/api-with-curl.sh             une facture de plus, si l'on veut
#     sh docs/how-to/own-api-with-curl.sh
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
access() { # access client_id
    field "d['api_buyer']['$1']" < "$DEMO"
}
http() {
    curl --silent --show-error --fail-with-body "$@"
}
API=$(access api_url)
DOSSIER=$(field "d['api_buyer']['dossiers'][0]" < "$DEMO")
TOKEN=$(http --data grant_type=client_credentials \
    --data-urlencode "client_id=$(access client_id)" \
    --data-urlencode "client_secret=$(access client_secret)" \
    "$(access token_url)" | field "d['access_token']")
get() {
    http --header "Authorization: Bearer $TOKEN" --header "Organization-Id: $DOSSIER" "$@"
}

echo "1. Le dossier, et ce qui y attend."
get "$API/dossiers/$DOSSIER" | field "'   {name} : {counts[documents]} pièces, \
{counts[entriesToValidate]} écritures à valider, {counts[declarationsOwed]} déclarations dues'.format(**d)"

echo "2. Une facture reçue qui attend une réponse : ses données, son fichier, sa copie lisible."
get "$API/documents?direction=received&status=203&limit=1" > "$WORK/found.json"
ID=$(field "d['results'][0]['id']" < "$WORK/found.json")
get --dump-header "$WORK/headers" "$API/documents/$ID" > "$WORK/document.json"
ETAG=$(tr -d '\r' < "$WORK/headers" | sed -n 's/^[Ee][Tt][Aa][Gg]: //p')
get "$API/documents/$ID/file" > "$WORK/original.xml"
get "$API/documents/$ID/file?form=readable" > "$WORK/copie.pdf"
field "'   {number}, {totalWithVat} €, verdict {verdict}'.format(**d)" < "$WORK/document.json"
echo "   $(wc -c < "$WORK/original.xml") octets ; copie lisible de $(wc -c < "$WORK/copie.pdf") octets"

echo "3. Elle est prise en charge (204) : si rien n'a changé, et une seule fois."
for attempt in 1 2; do
    get --header "Content-Type: application/json" --header "If-Match: $ETAG" \
        --header "Idempotency-Key: prise-en-charge-$ID" --data '{"code": 204}' \
        "$API/documents/$ID/statuses" | field "'   demande $attempt : {code} {label}'.format(**d)"
done
get "$API/documents/$ID" | field "'   dit %d fois' % sum(e['code'] == '204' for e in d['events'])"

echo "4. Son écriture, et le FEC de l'année (écritures validées seulement)."
get "$API/entries?documentId=$ID" | field "'\n'.join('   {} {:<8} {:>8} {:>8}'.format(e['journal'], \
l['account'], l['debit'], l['credit']) for e in d['results'] for l in e['lines'])"
get "$API/fec?closing=$(TZ=Europe/Paris date +%Y)-12-31" | head -n 1 | cut -c 1-40 | sed 's/^/   /'

echo "5. Les déclarations d'e-reporting, et ce qui est dû au portail public."
get "$API/declarations?limit=3" | field "'\n'.join('   {data} du {start} au {end} : {stateLabel}'\
.format(**x) for x in d['results'])"
get "$API/portal-files?limit=3" | field "'   %d fichiers au portail' % len(d['results'])"

echo "6. La preuve de la facture, recalculée ici."
get "$API/documents/$ID/proof" > "$WORK/proof.json"
field "'   %d enveloppes, %d empreintes justes' % (len(d), sum(__import__('hashlib')\
.sha256(e['body'].encode()).hexdigest() == e['hash'] and not e['altered'] for e in d))" < "$WORK/proof.json"
get --request POST "$API/archive-exports" > "$WORK/export.json"   # un ouvrier la prépare
EXPORT=$(field "d['id']" < "$WORK/export.json")
for _ in $(seq 60); do
    [ "$(get "$API/archive-exports/$EXPORT" | field "d['state']")" = ready ] && break
    sleep 1
done
get "$API/archive-exports/$EXPORT/file" > "$WORK/archive.zip"
echo "   archive du dossier : $(wc -c < "$WORK/archive.zip") octets"
