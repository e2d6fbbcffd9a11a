"""Flux 14 files made for tests: fictitious companies, as many lines as wanted."""

from collections.abc import Iterator

from facturier.invoice.parties import demo_siren

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<AnnuaireConsultationF14>
<HorodateProduction>20261122050000</HorodateProduction>
{previous}<TypeFlux>{extent}</TypeFlux>
"""
UNIT = """<UniteLegale><IdInstance>{n}</IdInstance><MotifPresence>C</MotifPresence>\
<Statut>A</Statut><IdSIREN qualifiant="0002">{siren}</IdSIREN><Nom>Fictif n° {n} &amp; fils</Nom>\
<TypeEntite>A</TypeEntite><Diffusible>O</Diffusible></UniteLegale>
"""
ESTABLISHMENT = """<Etablissement><IdInstance>{n}</IdInstance><MotifPresence>C</MotifPresence>\
<Statut>A</Statut><IdSIRET qualifiant="0009">{siren}00013</IdSIRET>\
<TypeEtablissement>P</TypeEtablissement><Nom>Siège</Nom><LigneAdresse1>1 rue Haute</LigneAdresse1>\
<Localite>Lyon</Localite><CP>69001</CP><CodePays>FR</CodePays><DonneesB2G>\
<EngagementJuridique>true</EngagementJuridique><Service>false</Service>\
<EngJurServ>0</EngJurServ><MOA>1</MOA><MOAunique>false</MOAunique>\
<StatutMiseEnPaiement>true</StatutMiseEnPaiement></DonneesB2G><Diffusible>P</Diffusible>\
</Etablissement>
"""
CODE = """<CodeRoutage><IdInstance>{n}</IdInstance><MotifPresence>C</MotifPresence>\
<Statut>A</Statut><IdSIRET qualifiant="0009">{siren}00013</IdSIRET>\
<IdRoutage qualifiant="0224">ACHATS</IdRoutage><Nom>Achats</Nom>\
<EngagementJuridique>false</EngagementJuridique></CodeRoutage>
"""
PLATFORM = """<IdPlateformeReception><IdInstance>1</IdInstance><MotifPresence>C</MotifPresence>\
<Statut>A</Statut><TypePlateforme>PDP</TypePlateforme><Matricule>0042</Matricule>\
<IdSIREN qualifiant="0002">{siren}</IdSIREN><Nom>Plateforme Fictive</Nom>\
<NomCommercial>Fictive</NomCommercial><DateDebutImmatriculation>20260101\
</DateDebutImmatriculation></IdPlateformeReception>
"""
LINE = """<LigneAnnuaire><IdInstance>{n}</IdInstance><MotifPresence>{presence}</MotifPresence>\
<Nature>D</Nature><DateEffet><DateDebut>20260901</DateDebut>{end}</DateEffet><InfoAdressage>\
<Identifiant>{siren}{rest}</Identifiant><IdLinSIREN qualifiant="0002">{siren}</IdLinSIREN>\
{parts}</InfoAdressage><IdPlateforme>0042</IdPlateforme></LigneAnnuaire>
"""
SUFFIX = "<Suffixe>FACTURES</Suffixe>"


def pieces(lines: int, extent: str = "C", companies: int = 3) -> Iterator[str]:
    """Yield the text of a flux 14 with so many lines, piece by piece."""
    sirens = [demo_siren(number) for number in range(companies)]
    previous = "<DernierHorodateProduction>20261121050000</DernierHorodateProduction>\n"
    yield HEAD.format(extent=extent, previous=previous if extent == "D" else "")
    for block, piece in (
        ("BlocUnitesLegales", UNIT),
        ("BlocEtablissements", ESTABLISHMENT),
        ("BlocCodesRoutage", CODE),
    ):
        yield f"<{block}>\n"
        yield from (piece.format(n=n, siren=siren) for n, siren in enumerate(sirens))
        yield f"</{block}>\n"
    yield f"<BlocIdPlateformesReception>{PLATFORM.format(siren=sirens[0])}"
    yield "</BlocIdPlateformesReception>\n<BlocLignesAnnuaire>\n"
    for number in range(lines):
        suffixed = number % 2
        yield LINE.format(
            n=number,
            siren=sirens[number % companies],
            presence="C" if extent == "C" else "N",
            end="<DateFin>20280101</DateFin>" if number % 3 == 2 else "",
            rest="_FACTURES" if suffixed else "",
            parts=SUFFIX if suffixed else "",
        )
    yield "</BlocLignesAnnuaire>\n</AnnuaireConsultationF14>\n"


def sample(lines: int = 6, extent: str = "C") -> bytes:
    """Return a small flux 14."""
    return "".join(pieces(lines, extent)).encode()
