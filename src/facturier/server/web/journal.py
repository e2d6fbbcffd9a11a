"""The journal of a cabinet in words, filtered, and as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from facturier.server.cells import harmless
from facturier.server.firm.models import Cabinet, Dossier
from facturier.server.security.models import JournalEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

PAGE = 100
MOST_IN_CSV = 50_000
"""Lines of one export; a longer period is exported in parts."""
WORDS = {
    "signed_in": "s'est connecté", "signed_out": "s'est déconnecté",
    "account_login": "mot de passe refusé", "mfa_authenticate": "second facteur refusé",
    "account_reauthenticate": "confirmation refusée", "mfa_reauthenticate": "confirmation refusée",
    "mfa_reauthenticate_webauthn": "confirmation refusée",
    "account_change_password": "changement de mot de passe refusé",
    "account_reset_password": "demande de mot de passe refusée",
    "account_reset_password_from_key": "nouveau mot de passe refusé",
    "mfa_login_webauthn": "clé d'accès refusée", "too_many_attempts": "trop d'essais",
    "portfolio": "portefeuille", "dossier": "à traiter", "received": "factures reçues",
    "issued": "factures émises", "clinic": "clinique des rejets", "quarantine": "quarantaine",
    "entries": "écritures", "validate_entry": "écriture validée",
    "reverse_entry": "écriture contre-passée", "journals": "journaux", "fec": "FEC",
    "conservation": "conservation", "conservation_close": "mois de clôture",
    "export_ask": "archive demandée", "exports": "archives", "export_file": "archive du dossier",
    "hold_place": "conservation forcée", "hold_lift": "conservation forcée levée",
    "purge": "purge", "purge_propose": "purge proposée", "purge_confirm": "purge confirmée",
    "purge_drop": "purge abandonnée", "purge_certificate": "certificat de purge",
    "balance": "balance", "general_ledger": "grand livre", "aged": "balance âgée",
    "letters": "lettrage", "letters_act": "lettres posées ou ôtées", "periods": "périodes",
    "imports": "importation", "cut_off": "régularisation de fin d'exercice",
    "imputations": "règles d'imputation", "imputation": "règle d'imputation",
    "imputation_new": "règle d'imputation écrite",
    "imputation_act": "règle d'imputation retirée ou déplacée",
    "takeovers": "reprises de FEC", "takeover": "reprise d'un FEC",
    "takeover_take": "FEC repris", "takeover_file": "fichier d'un FEC repris",
    "settings": "réglages du dossier", "deposit": "dépôt",
    "flow_file": "fichier déposé", "retry_flow": "fichier repris", "document": "pièce",
    "send_again": "envoi repris",
    "readable": "copie lisible", "xml": "XML de la pièce", "document_file": "fichier de la pièce",
    "message": "message de statut", "draft": "document préparé", "say": "statut",
    "proof": "preuve", "cabinet_security": "sécurité du cabinet",
    "cabinet_require": "second facteur obligatoire", "cabinet_reset": "remise à zéro",
    "dossier_new": "dossier ouvert", "dossier_list": "liste de dossiers",
    "dossier_change": "réglages du dossier", "writing": "facture rédigée",
    "use_cases": "cas d'usage", "use_case": "cas d'usage rejoué",
    "cabinet_journal": "journal", "cabinet_journal_csv": "journal (CSV)",
    "get_flow": "flux (API)", "search_flows": "recherche de flux (API)",
    "ask_archive_export": "archive demandée (API)", "archive_export": "archive (API)",
    "archive_export_file": "archive du dossier (API)", "declarations": "e-reporting",
    "declaration": "déclaration", "declaration_draft": "aperçu d'une déclaration",
    "declaration_figure": "détail d'un montant", "declaration_send": "déclaration transmise",
    "declaration_choices": "choix de déclaration", "declaration_file": "fichier transmis",
    "declaration_answer": "réponse de l'administration", "transmission_file": "fichier transmis",
    "documents": "pièces (API)", "document_proof": "preuve (API)", "dossiers": "dossiers (API)",
    "one_dossier": "dossier (API)", "entry": "écriture (API)", "list_notices": "appels (API)",
    "retry_notice": "appel repris (API)", "notice_again": "appel repris",
    "portal": "portail public", "portal_close": "fichier du portail classé",
    "portal_again": "fichier du portail renvoyé", "portal_answer": "réponse du portail",
    "portal_files": "fichiers du portail (API)", "portal_file": "fichier du portail",
    "portal_file_bytes": "fichier du portail (API)",
    "portal_answer_bytes": "réponse du portail (API)", "cabinet_health": "santé du cabinet",
    "get_line": "annuaire (API)", "search_lines": "annuaire (API)",
    "search_codes": "annuaire (API)", "get_code": "annuaire (API)", "get_unit": "annuaire (API)",
    "search_units": "annuaire (API)", "get_facility": "annuaire (API)",
    "search_facilities": "annuaire (API)", "create_flow": "dépôt (API)",
    "create_webhook": "webhook créé", "list_webhooks": "webhooks", "get_webhook": "webhook",
    "change_webhook": "webhook changé", "delete_webhook": "webhook supprimé",
    "addresses": "adresses", "address_ask": "adresse demandée",
    "address_check": "adresse vérifiée", "addresses_batch": "adresses vérifiées",
    "routing": "aiguillage", "routing_rule": "règle d'aiguillage",
    "routing_act": "règle d'aiguillage changée", "routing_new": "règle d'aiguillage créée",
    "routing_rules": "règles d'aiguillage (API)", "routing_trial": "aiguillage essayé (API)",
    "routing_hand_over": "remise à une application reprise",
    "routing_settle": "aiguillage vu", "controls": "registre des contrôles",
    "results": "résultats du dépôt", "close_document": "pièce classée",
    "attached": "pièce jointe d'un statut", "retransmit": "facture retransmise",
    "trail": "piste d'audit", "trail_pdf": "piste d'audit (PDF)",
    "line_account": "compte d'une ligne", "completeness": "exhaustivité",
    "completeness_compare": "comparaison demandée", "certificate_json": "certificat signé",
    "certificate_pdf": "certificat (PDF)", "certificate_verifier": "programme qui vérifie",
    "file_flow": "fichier classé", "changes": "nouveautés", "connection": "raccordement",
    "connection_act": "raccordement", "connection_save": "raccordement changé",
    "anomalies": "anomalies", "anomalies_examine": "examen des anomalies demandé",
    "document_anomalies": "anomalies d'une pièce", "anomaly_act": "anomalie écartée ou reprise",
    "vat": "brouillon de CA3", "vat_box": "ligne de CA3", "vat_held": "vue DGFiP",
    "vat_credit": "crédit de TVA saisi", "vat_settle": "règlement proposé",
    "mandates": "mandats", "mandate": "mandat", "mandate_new": "mandat inscrit",
    "mandate_end": "fin d'un mandat", "mandate_evidence": "preuve d'un mandat",
    "mandate_certificate": "factures sous mandat", "mandate_write": "auto-facture rédigée",
    "tickets": "tickets à facturer", "ticket": "ticket", "ticket_new": "lien d'un ticket donné",
    "ticket_cancel": "ticket annulé en caisse", "ticket_send": "facture d'un ticket envoyée",
    "ticket_proof": "preuve d'un ticket", "ticket_proof_pdf": "preuve d'un ticket (PDF)",
    "takings": "recettes", "takings_day": "recettes d'un jour",
    "takings_correct": "recettes corrigées", "takings_entry": "écriture de recettes",
    "takings_choices": "choix des recettes", "takings_new": "recettes saisies",
    "takings_phone": "recettes par téléphone", "till_upload": "fichier de caisse déposé",
    "till_file": "fichier de caisse", "till_content": "fichier de caisse sorti",
    "till_take": "fichier de caisse importé",
    "expenses": "frais", "expense_door": "frais (téléphone)",
    "expense_new": "dépense saisie", "expense": "dépense",
    "expense_phone": "dépense saisie par téléphone", "expense_remove": "dépense retirée",
    "expense_receipt": "justificatif de frais sorti",
    "expense_request": "demande de facture", "expense_decide": "dépense rapprochée",
    "expense_claim": "note de frais", "expense_act": "note de frais avancée",
    "expense_payer": "payeur d'une facture", "expense_add": "facture mise en note de frais",
    "employees": "collaborateurs", "employee": "collaborateur",
    "employee_new": "collaborateur inscrit",
    "membership": "appartenance au cabinet", "access": "accès à un dossier",
    "program": "programme", "program_dossier": "dossier d'un programme",
    "program_secret": "secret d'un programme", "second_factor_for": "second facteur obligatoire",
    "invitation": "invitation", "cabinet_invite": "invitation",
    "cabinet_resend": "invitation renvoyée", "cabinet_revoke": "invitation retirée",
    "cabinet_leave": "départ d'une personne", "account": "compte", "factor": "second facteur",
}  # fmt: skip
"""What a line is about; a name that is not here is shown as it is."""
CHANGES = {
    "insert": "ajouté", "update": "changé", "delete": "retiré", "resent": "renvoyé",
    "accepted": "accepté",
}  # fmt: skip
DETAILS = {
    "expert_comptable": "expert-comptable", "collaborateur": "collaborateur", "client": "client",
    "password": "mot de passe", "email": "adresse", "opened": "rouvert", "closed": "fermé",
    "administrator": "administrateur", "totp": "application", "webauthn": "clé d'accès",
    "recovery_codes": "codes de secours", "mfa": "second facteur",
}  # fmt: skip


class Filters(forms.Form):
    """What the reader is looking for."""

    du = forms.DateField(required=False)
    au = forms.DateField(required=False)
    nature = forms.ChoiceField(
        choices=(("", "Toutes natures"), *JournalEntry.Kind.choices), required=False
    )
    qui = forms.CharField(max_length=100, required=False)
    dossier = forms.ModelChoiceField(Dossier.objects.none(), required=False)
    avant = forms.CharField(max_length=60, required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as it is shown."""

    entry: JournalEntry
    what: str
    detail: str
    dossier: str


def filters_of(cabinet: Cabinet, asked: Mapping[str, Any]) -> Filters:
    """Return the filters of the query; a wrong one counts as absent."""
    form = Filters(asked)
    dossiers = Dossier.objects.filter(cabinet=cabinet).order_by("name")
    form.fields["dossier"].queryset = dossiers  # type: ignore[attr-defined]
    form.is_valid()
    return form


def _found(cabinet: Cabinet, form: Filters) -> QuerySet[JournalEntry]:
    wanted = form.cleaned_data
    found = JournalEntry.objects.filter(cabinet=cabinet)
    zone = timezone.get_current_timezone()
    if day := wanted.get("du"):
        found = found.filter(at__gte=datetime.combine(day, time(), zone))
    if day := wanted.get("au"):
        found = found.filter(at__lt=datetime.combine(day, time(), zone) + timedelta(days=1))
    if wanted.get("nature"):
        found = found.filter(kind=wanted["nature"])
    if wanted.get("qui"):
        found = found.filter(actor__icontains=wanted["qui"])
    if wanted.get("dossier"):
        found = found.filter(dossier=wanted["dossier"])
    moment, _, number = (wanted.get("avant") or "").rpartition("/")
    at = parse_datetime(moment) if moment else None
    if at and number.isdecimal():
        found = found.filter(Q(at__lt=at) | Q(at=at, pk__lt=int(number)))
    return found.order_by("-at", "-pk")


def page(cabinet: Cabinet, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page of the journal shows: the latest lines before the one asked for."""
    form = filters_of(cabinet, asked)
    entries = list(_found(cabinet, form)[: PAGE + 1])
    more = entries[PAGE - 1] if len(entries) > PAGE else None
    return {
        "form": form,
        "lines": _lines(cabinet, entries[:PAGE]),
        "before": f"{more.at.isoformat()}/{more.pk}" if more else "",
        "query": "&".join(f"{key}={value}" for key, value in _kept(form).items()),
    }


def _kept(form: Filters) -> dict[str, str]:
    """Return the filters that were understood, for the next page and the export."""
    return {
        name: str(form.data.get(name))
        for name in form.fields
        if name != "avant" and name not in form.errors and form.data.get(name)
    }


def _lines(cabinet: Cabinet, entries: list[JournalEntry]) -> list[Line]:
    wanted = {one.dossier_id for one in entries if one.dossier_id}
    names = dict(Dossier.objects.filter(cabinet=cabinet, pk__in=wanted).values_list("pk", "name"))
    return [
        Line(
            entry=one,
            what=WORDS.get(one.what, one.what),
            detail=_words(one.detail),
            dossier=names.get(one.dossier_id or 0, ""),
        )
        for one in entries
    ]


def _words(detail: dict[str, Any]) -> str:
    """Return the rest of a line in words."""
    known = {key: value for key, value in detail.items() if value}
    parts = [str(known.pop(key)) for key in ("whom", "program") if key in known]
    for key in ("role", "roles", "changed", "type", "by"):
        values = known.pop(key, [])
        values = values if isinstance(values, list) else [values]
        parts += [DETAILS.get(str(value), str(value)) for value in values]
    if "op" in known:
        parts.append(CHANGES.get(known.pop("op"), ""))
    parts += [f"{key} {value}" for key, value in known.items()]
    return ", ".join(part for part in parts if part)


def csv_of(cabinet: Cabinet, asked: Mapping[str, Any]) -> bytes:
    """Return the lines that the filters leave, the latest first, at most fifty thousand."""
    entries = list(_found(cabinet, filters_of(cabinet, asked))[:MOST_IN_CSV])
    text = io.StringIO()
    out = csv.writer(text, delimiter=";")
    out.writerow(["Moment", "Qui", "Nature", "Quoi", "Détail", "Dossier", "Adresse"])
    for line in _lines(cabinet, entries):
        one = line.entry
        at = timezone.localtime(one.at).isoformat(timespec="seconds")
        cells = [at, one.actor, one.get_kind_display(), line.what, line.detail, line.dossier]
        out.writerow([harmless(cell) for cell in (*cells, one.address)])
    return text.getvalue().encode("utf-8-sig")
