"""Addresses of the employee expenses of a dossier."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from facturier.server.web import expenses

urls: list[URLPattern | URLResolver] = [
    path("", expenses.listing, name="expenses"),
    path("saisir/", expenses.new, name="expense_new"),
    path("telephone/", expenses.phone, name="expense_phone"),
    path("lignes/<int:expense>/", expenses.edit, name="expense"),
    path("lignes/<int:expense>/retirer/", expenses.remove, name="expense_remove"),
    path("lignes/<int:expense>/justificatif/", expenses.receipt, name="expense_receipt"),
    path("lignes/<int:expense>/demande/", expenses.request_invoice, name="expense_request"),
    path("lignes/<int:expense>/rapprocher/", expenses.decide, name="expense_decide"),
    path("notes/<int:claim>/", expenses.claim_page, name="expense_claim"),
    path("notes/<int:claim>/<slug:action>/", expenses.act, name="expense_act"),
    path("factures/<int:paid>/payeur/", expenses.payer, name="expense_payer"),
    path("factures/<int:paid>/ajouter/", expenses.add_invoice, name="expense_add"),
    path("collaborateurs/", expenses.employees, name="employees"),
    path("collaborateurs/nouveau/", expenses.employee, name="employee_new"),
    path("collaborateurs/<int:employee>/", expenses.employee, name="employee"),
]
