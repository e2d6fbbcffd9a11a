"""Addresses of the books of a dossier."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from facturier.server.web import closing, imputing, ledger, lettering, operations, taking_over, vat

urls: list[URLPattern | URLResolver] = [
    path("", ledger.balance, name="balance"),
    path("grand-livre/", ledger.general_ledger, name="general_ledger"),
    path("balance-agee/", ledger.aged, name="aged"),
    path("lettrage/", lettering.page, name="letters"),
    path("lettrage/faire/", lettering.act, name="letters_act"),
    path("tva/", vat.page, name="vat"),
    path("tva/ligne/<slug:printed>/", vat.box, name="vat_box"),
    path("tva/credit/", vat.credit_brought, name="vat_credit"),
    path("tva/vue-dgfip/", vat.held, name="vat_held"),
    path("tva/documents/<int:document>/regler/", vat.settle, name="vat_settle"),
    path("regles/", imputing.listing, name="imputations"),
    path("regles/nouvelle/", imputing.edit, name="imputation_new"),
    path("regles/<int:imputation>/", imputing.edit, name="imputation"),
    path("regles/<int:imputation>/<slug:action>/", imputing.act, name="imputation_act"),
    path("importation/", operations.imports, name="imports"),
    path("regularisation/", operations.cut_off, name="cut_off"),
    path("periodes/", closing.page, name="periods"),
    path("reprise/", taking_over.listing, name="takeovers"),
    path("reprise/<int:takeover>/", taking_over.page, name="takeover"),
    path("reprise/<int:takeover>/reprendre/", taking_over.take, name="takeover_take"),
    path("reprise/<int:takeover>/fichier/", taking_over.content, name="takeover_file"),
]
