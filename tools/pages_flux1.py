"""Write the reference page of flux 1: what travels to the tax office, and what is changed."""

from __future__ import annotations

from facturier.invoice.terms import dictionary, label
from facturier.reporting.extract import (
    FULL_FROM,
    KEPT,
    LINE_NOTES,
    MEMBER,
    NOTES,
    PROCESSES,
    TYPES,
    Profile,
)


def page() -> str:
    """Return the Markdown of ``docs/reference/flux1.md``."""
    terms, _ = dictionary()
    ordered = [term for term in terms if term in KEPT]
    base = sum(since is Profile.BASE for since in KEPT.values())
    rows = [
        "# Flux 1 : les données réglementaires",
        "",
        "`facturier extract FACTURE --flux1 base|full -o SORTIE` en tire d'une facture. Le profil",
        f"BASE ({base} termes) est dû depuis le 01/09/2026, FULL ({len(KEPT)} termes) à partir du",
        f"{FULL_FROM:%d/%m/%Y} ; le nom du fichier le dit : `Base_…`, `Full_…`. Source : annexe 1",
        "des spécifications externes de la DGFiP, version 3.2. Ce qui n'est pas dans cette table",
        "ne part pas ; un test le prouve sur une facture qui porte tous les termes.",
        "",
        "| Terme | Nom | Dans | Profil |",
        "|---|---|---|---|",
    ]
    rows += [
        f"| {term} | {label(term)} | {terms[term].parent or '—'} "
        f"| {'BASE et FULL' if KEPT[term] is Profile.BASE else 'FULL'} |"
        for term in ordered
    ]
    return "\n".join([*rows, "", *_changes()]) + "\n"


def _changes() -> list[str]:
    types = ", ".join(f"{old} devient {new}" for old, new in TYPES.items())
    return [
        "## Ce qui est écrit autrement",
        "",
        f"- Type de facture (BT-3) : {types} (G1.01).",
        f"- Notes (BT-21) : {', '.join(sorted(NOTES))} seulement ; aux lignes,",
        f"  {', '.join(sorted(LINE_NOTES))}. Une note TXD dit « {MEMBER} » (G1.52).",
        "- Identifiants du vendeur (BT-29) : le SIREN de l'assujetti unique seulement (0231).",
        "- TVA en devise de comptabilisation (BT-111) : en euros, quand la facture est dans une",
        "  autre devise (G1.12).",
        "- Taux (BT-119, BT-96) : 0 en catégorie O, qui n'en a pas (G6.08, G6.10).",
        "- Prix brut (BT-148) : prix net et rabais ensemble, quand la facture l'omet (G6.09).",
        "- Factures antérieures : en en-tête en BASE ; en FULL, en en-tête ou aux lignes, jamais",
        "  aux deux endroits (G1.31).",
        "- Adresse de livraison : laissée de côté quand c'est celle de l'acheteur ou que seuls des",
        "  services sont vendus (G6.16).",
        "- Lignes GROUP et INFORMATION : laissées de côté, elles répètent ou commentent d'autres.",
        "",
        f"Un cadre de facturation (BT-23) hors de {', '.join(sorted(PROCESSES))} est transmis tel",
        "quel : l'administration n'a pas publié de valeur de remplacement, et le contrôle le dit",
        "(G1.02).",
    ]
