"""Write the page of the kinds of anomalies from their table."""

from __future__ import annotations

from facturier.anomalies import FAMILIES, KINDS


def page() -> str:
    """Return the reference page: one section a family, one entry a kind."""
    asked = sum(kind.needs_history for kind in KINDS)
    lines = [
        "# Anomalies",
        "",
        f"{len(KINDS)} sortes d'anomalies qu'aucune règle officielle n'attrape à elle seule, ou",
        "que Facturier explique autrement : aucune ne change le verdict d'un document. Sur la page",
        "d'un document, section « Anomalies » ; dans un dossier, la liste « Anomalies » ; en ligne",
        f"de commande, `facturier anomalies FICHIER…`. {asked} d'entre elles demandent ce que le",
        "dossier sait déjà (**dossier** ci-dessous) : la commande ne les cherche pas.",
        "",
        "Le risque se calcule des montants du document ; il dit sa formule et son texte. C'est un",
        "ordre de grandeur pour choisir par où commencer, pas un avis sur l'issue d'un contrôle.",
    ]
    for family, table in FAMILIES.items():
        lines += ["", f"## {family}"]
        for kind in table.kinds:
            mark = " (dossier)" if kind.needs_history else ""
            lines += [
                "",
                f"### {kind.label}",
                "",
                f"`{kind.id}`{mark}. {kind.looks}",
                "",
                f"- Source : {kind.source}.",
                f"- Que faire : {kind.remedy}",
                f"- À l'émetteur : « {kind.letter} »",
            ]
    return "\n".join(lines) + "\n"
