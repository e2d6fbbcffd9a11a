"""Why the tax office and the books may differ: a table, each row with what to keep or to do.

A *lawful* difference is one that the reform's own use cases expect (XP Z12-014): its sentence is
kept with the return. The others are put right before filing: their remedy says how. The reading
of the use cases is our own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One reason of a difference."""

    id: str
    label: str
    """In French."""
    said: str
    """In French: the sentence to keep when it is lawful, else what to do before filing."""
    lawful: bool = False
    case: str = ""
    """Use case of XP Z12-014 that tells it; empty for none."""


def _to_do(name: str, label: str, said: str) -> Kind:
    return Kind(id=name, label=label, said=said)


def _lawful(name: str, case: str, label: str, said: str) -> Kind:
    return Kind(id=name, case=case, label=label, said=said, lawful=True)


KINDS: dict[str, Kind] = {
    one.id: one
    for one in (
        _to_do(
            "non-comptabilisee",
            "Facture que l'administration a, et pas vos livres",
            "Validez ou saisissez son écriture avant de déposer, ou refusez la facture (210).",
        ),
        _to_do(
            "deux-fois",
            "Facture comptabilisée deux fois",
            "Contre-passez l'écriture de trop : la TVA est comptée deux fois.",
        ),
        _to_do(
            "autre-mois",
            "Facture comptabilisée dans une autre période",
            "Redatez l'écriture dans la période de la facture, ou régularisez-la dans la première "
            "déclaration ouverte en le disant.",
        ),
        _to_do(
            "taux",
            "Taux de TVA des livres différent de celui de la facture",
            "Contre-passez l'écriture et reprenez le taux de la facture ; si la facture se trompe, "
            "demandez une rectificative.",
        ),
        _to_do(
            "case",
            "Opération rangée dans une autre case",
            "Corrigez la catégorie de TVA dans l'écriture : la case doit être celle que la facture "
            "annonce.",
        ),
        _to_do(
            "montant",
            "Montants différents entre la facture et les livres",
            "Comparez l'écriture et la facture, puis corrigez l'écriture.",
        ),
        _to_do(
            "refusee-comptabilisee",
            "Facture refusée ou rejetée, encore dans les livres",
            "Contre-passez l'écriture : le statut vaut pièce justificative.",
        ),
        _to_do(
            "encaissement-non-dit",
            "Encaissement comptabilisé, jamais dit (212)",
            "Dites le statut 212 « Encaissée » avec les montants par taux.",
        ),
        _to_do(
            "encaissement-non-comptabilise",
            "Encaissement dit (212), pas dans les livres",
            "Passez l'écriture de règlement : la TVA en attente devient exigible ou déductible.",
        ),
        _to_do(
            "encaissement-different",
            "Encaissement dit (212) et règlement comptabilisé différents",
            "Corrigez le règlement, ou dites un 212 de la différence (négatif pour reprendre).",
        ),
        _to_do(
            "debits-non-dits",
            "TVA sur les débits que la facture ne dit pas",
            "Portez l'option pour les débits sur vos factures (BT-8) : sans elle, l'administration "
            "attend un encaissement.",
        ),
        _to_do(
            "deduction-trop-tot",
            "TVA déduite avant le paiement",
            "Virez la TVA de 44566 à 44564 jusqu'au paiement, ou obtenez la mention des débits.",
        ),
        _to_do(
            "deduction-sans-facture",
            "TVA déduite sans facture électronique",
            "Rattachez la facture reçue autrement, ou réclamez-la ; sans facture, la TVA ne se "
            "déduit pas (CGI 271 II, 289).",
        ),
        _to_do(
            "vente-sans-facture",
            "Vente comptabilisée sans facture électronique ni flux 10",
            "Émettez la facture, ou déclarez la vente aux particuliers ou à l'étranger (flux 10).",
        ),
        _to_do(
            "flux1-refuse",
            "Données de facture (flux 1) refusées ou retenues",
            "Ouvrez « Administration » et renvoyez le fichier corrigé.",
        ),
        _to_do(
            "non-declaree",
            "Opération que sa déclaration (flux 10) ne contient pas",
            "Ouvrez la déclaration, levez l'empêchement, puis transmettez ou rectifiez.",
        ),
        _to_do(
            "jour-manquant",
            "Recette du jour absente de ce qui a été déclaré (flux 10)",
            "Enregistrez la recette du jour si elle manque, puis transmettez ou rectifiez la "
            "déclaration de sa période.",
        ),
        _to_do(
            "recette-non-comptabilisee",
            "Recette déclarée (flux 10), pas dans les livres",
            "Proposez et validez l'écriture de la recette.",
        ),
        _to_do(
            "deja-collectee-comptee",
            "Vente en caisse comptée une seconde fois par sa facture",
            "Cadre B7 ou S7 : contre-passez l'écriture de la facture, ou retirez la vente de la "
            "recette du jour.",
        ),
        _lawful(
            "acompte-option-2",
            "21",
            "Acompte déduit en « déjà payé » (option 2)",
            "La facture définitive porte la base entière et déduit l'acompte TTC en BT-113 : le "
            "flux 1 compte la TVA de l'acompte deux fois. La déclaration retient le solde.",
        ),
        _lawful(
            "marge",
            "33",
            "Régime de la marge",
            "La facture ne montre pas la TVA de la marge : la pré-remplie ne peut pas la contenir. "
            "Elle est calculée d'après le livre de police ou le dossier de voyage.",
        ),
        _lawful(
            "deja-collectee",
            "30",
            "TVA déjà collectée par la caisse (cadre B7, S7)",
            "Le flux 1 de cette facture ne compte que pour l'acheteur : la vente et sa TVA sont "
            "dans la recette du jour (flux 10.3). Si la pré-remplie l'ajoute, retirez-la.",
        ),
        _lawful(
            "participation",
            "37",
            "Société en participation",
            "La pré-remplie crédite le mandataire ou le gérant, pas la société en participation.",
        ),
        _lawful(
            "refus-autofacture",
            "19b",
            "Autofacture refusée (210) et maintenue d'un commun accord",
            "Un refus donné par erreur sur une autofacture est laissé de côté par les deux "
            "parties : la pré-remplie ne la contient pas. Gardez l'accord écrit.",
        ),
        _lawful(
            "escompte",
            "22b",
            "Escompte sans avoir",
            "Escompte pris sur des biens (ou sur option pour les débits) sans avoir : "
            "l'administration a toujours la TVA entière.",
        ),
        _lawful(
            "peage",
            "27",
            "TVA d'un ticket de péage ou d'un justificatif simplifié",
            "Le ticket vaut facture par tolérance ; la TVA se déduit et ne se pré-remplit jamais.",
        ),
        _lawful(
            "debours",
            "16",
            "Débours",
            "Remboursement de frais au nom du client (CGI 267 II-2°) : hors champ, ni flux 1 ni "
            "déclaration. Gardez mandat, compte rendu et justificatifs.",
        ),
        _lawful(
            "mixte",
            "31",
            "Facture mixte de biens et de services",
            "Les biens sont dus à la livraison, les services au paiement ; le flux 1 ne dit pas "
            "le partage et les encaissements (212) portent sur le tout.",
        ),
        _lawful(
            "paye-sans-212",
            "",
            "Achat payé, encaissement pas encore dit par le fournisseur",
            "La TVA d'un service est déductible à son paiement : la preuve du règlement suffit. Le "
            "fournisseur, ou sa plateforme, n'a pas encore transmis le statut 212.",
        ),
        _lawful(
            "non-deductible",
            "",
            "TVA non ou partiellement déductible",
            "L'administration a toute la TVA de la facture ; vos livres en laissent une part en "
            "charge (logement, véhicule, carburant, cadeaux, coefficient de déduction : CGI annexe "
            "II, 206).",
        ),
        _lawful(
            "deduction-plus-tard",
            "",
            "TVA déduite dans une période suivante",
            "Le droit à déduction s'exerce jusqu'au 31 décembre de la deuxième année qui suit (CGI "
            "annexe II, 208).",
        ),
        _lawful(
            "contre-passee",
            "",
            "Facture refusée après avoir été comptabilisée",
            "L'écriture est contre-passée : les deux périodes se compensent, le statut en est la "
            "pièce.",
        ),
        _lawful(
            "en-route",
            "",
            "Transmission à venir",
            "Le fichier part dans son délai : 24 heures pour une facture, la date limite du régime "
            "pour le flux 10.",
        ),
        _lawful(
            "hors-champ",
            "",
            "Opération exonérée ou hors champ, déclarée par personne",
            "Les opérations des articles 261 à 261 E ne passent par aucun flux.",
        ),
        _lawful(
            "importation",
            "",
            "Importation de biens",
            "La TVA à l'importation vient de la douane, qui la pré-remplit ; la facture du "
            "fournisseur étranger n'est déclarée par personne.",
        ),
        _lawful(
            "hors-obligation",
            "",
            "Vente d'avant l'obligation d'émettre",
            "L'entreprise n'émet pas encore de factures électroniques à cette date : "
            "l'administration n'en sait rien.",
        ),
    )
}
"""The table, by id."""
