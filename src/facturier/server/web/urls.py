"""Addresses of the pages."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from facturier.server.web import (
    addresses,
    agenda,
    bookkeeping,
    cabinet,
    choosing,
    clinic,
    completeness,
    connecting,
    conservation,
    declarations,
    depositing,
    document,
    dossier,
    drafting,
    health,
    installation,
    opening,
    outbox,
    people,
    portal,
    portfolio,
    proof,
    routing,
    takings,
    till_files,
    trail,
    writing,
)

_document: list[URLPattern | URLResolver] = [
    path("", document.page, name="document"),
    path("lisible/", document.readable_copy, name="readable"),
    path("xml/", document.xml, name="xml"),
    path("fichier/<slug:kind>/", document.file, name="document_file"),
    path("message/<int:event>/", document.message, name="message"),
    path("message/<int:event>/piece/<int:rank>/", document.attached, name="attached"),
    path("preparer/<slug:draft>/", drafting.draft, name="draft"),
    path("classer/", clinic.close, name="close_document"),
    path("statut/<int:code>/", document.say, name="say"),
    path("preuve/", proof.page, name="proof"),
    path("retransmettre/", addresses.send_again, name="retransmit"),
]

_declaration: list[URLPattern | URLResolver] = [
    path("", declarations.page, name="declaration"),
    path("montant/", declarations.figure, name="declaration_figure"),
    path("apercu/fichier/", declarations.draft_file, name="declaration_draft"),
    path("transmettre/", declarations.send, name="declaration_send"),
]

_takings: list[URLPattern | URLResolver] = [
    path("", takings.listing, name="takings"),
    path("saisir/", takings.new, name="takings_new"),
    path("telephone/", takings.phone, name="takings_phone"),
    path("choix/", takings.choices, name="takings_choices"),
    path("fichiers/", till_files.upload, name="till_upload"),
    path("fichiers/<int:till_file>/", till_files.page, name="till_file"),
    path("fichiers/<int:till_file>/importer/", till_files.take, name="till_take"),
    path("fichiers/<int:till_file>/fichier/", till_files.content, name="till_content"),
    path("<int:takings>/", takings.page, name="takings_day"),
    path("<int:takings>/corriger/", takings.correct, name="takings_correct"),
    path("<int:takings>/ecriture/", takings.entry, name="takings_entry"),
]

_conservation: list[URLPattern | URLResolver] = [
    path("", conservation.page, name="conservation"),
    path("cloture/", conservation.set_closing, name="conservation_close"),
    path("archives/", conservation.ask_export, name="export_ask"),
    path("archives/suivi/", conservation.exports, name="exports"),
    path("archives/<int:export>/fichier/", conservation.export_file, name="export_file"),
    path("forcee/", conservation.hold, name="hold_place"),
    path("forcee/<int:hold>/lever/", conservation.lift, name="hold_lift"),
    path("purges/", conservation.propose, name="purge_propose"),
    path("purges/<int:purge>/", conservation.purge, name="purge"),
    path("purges/<int:purge>/confirmer/", conservation.confirm, name="purge_confirm"),
    path("purges/<int:purge>/abandonner/", conservation.drop, name="purge_drop"),
    path("purges/<int:purge>/certificat/", conservation.certificate, name="purge_certificate"),
]

_dossier: list[URLPattern | URLResolver] = [
    path("", dossier.to_do, name="dossier"),
    path("recues/", dossier.received, name="received"),
    path("emises/", dossier.issued, name="issued"),
    path("clinique/", clinic.clinic, name="clinic"),
    path("quarantaine/", dossier.quarantine, name="quarantine"),
    path("ecritures/", bookkeeping.entries, name="entries"),
    path("ecritures/<int:entry>/valider/", bookkeeping.validate, name="validate_entry"),
    path("ecritures/<int:entry>/contre-passer/", bookkeeping.reverse, name="reverse_entry"),
    path("ecritures/lignes/<int:line>/compte/", choosing.account, name="line_account"),
    path("ecritures/<int:entry>/piste/", trail.page, name="trail"),
    path("ecritures/<int:entry>/piste/pdf/", trail.pdf_file, name="trail_pdf"),
    path("controles/", trail.register, name="controls"),
    path("exhaustivite/", completeness.page, name="completeness"),
    path("exhaustivite/comparer/", completeness.compare, name="completeness_compare"),
    path("exhaustivite/verifier/", completeness.verifier, name="certificate_verifier"),
    path(
        "exhaustivite/certificats/<int:certificate>/json/",
        completeness.json_file,
        name="certificate_json",
    ),
    path(
        "exhaustivite/certificats/<int:certificate>/pdf/",
        completeness.pdf_file,
        name="certificate_pdf",
    ),
    path("journaux/", bookkeeping.journals, name="journals"),
    path("journaux/fec/", bookkeeping.fec, name="fec"),
    path("administration/", portal.page, name="portal"),
    path("administration/<int:portal_file>/fichier/", portal.file, name="portal_file"),
    path("administration/<int:portal_file>/renvoyer/", portal.again, name="portal_again"),
    path("administration/<int:portal_file>/classer/", portal.close, name="portal_close"),
    path("administration/reponses/<int:portal_answer>/", portal.answer, name="portal_answer"),
    path("e-reporting/", declarations.listing, name="declarations"),
    path("e-reporting/<int:declaration>/", include(_declaration)),
    path("e-reporting/choix/", declarations.choices, name="declaration_choices"),
    path(
        "e-reporting/envois/<int:sending>/fichier/", declarations.sent_file, name="declaration_file"
    ),
    path(
        "e-reporting/reponses/<int:answer>/fichier/",
        declarations.answer_file,
        name="declaration_answer",
    ),
    path("recettes/", include(_takings)),
    path("conservation/", include(_conservation)),
    path("reglages/", dossier.settings, name="settings"),
    path("aiguillage/", routing.page, name="routing"),
    path("aiguillage/regles/nouvelle/", routing.edit, name="routing_new"),
    path("aiguillage/regles/<int:rule>/", routing.edit, name="routing_rule"),
    path("aiguillage/regles/<int:rule>/<slug:action>/", routing.act, name="routing_act"),
    path("aiguillage/vu/<int:placement>/", routing.settle, name="routing_settle"),
    path("adresses/", addresses.page, name="addresses"),
    path("adresses/demander/", addresses.ask, name="address_ask"),
    path("adresses/verifier/", addresses.check, name="address_check"),
    path("reglages/modifier/", opening.change, name="dossier_change"),
    path("raccordement/", connecting.page, name="connection"),
    path("raccordement/enregistrer/", connecting.save, name="connection_save"),
    path("raccordement/appels/<int:notice>/", connecting.try_notice_again, name="notice_again"),
    path("raccordement/<slug:action>/", connecting.act, name="connection_act"),
    path("nouveautes/", dossier.changes, name="changes"),
    path("depot/", depositing.page, name="deposit"),
    path("rediger/", writing.page, name="writing"),
    path("depot/resultats/", depositing.results, name="results"),
    path("flux/<int:flow>/fichier/", dossier.flow_file, name="flow_file"),
    path("flux/<int:flow>/classer/", dossier.file_flow, name="file_flow"),
    path("flux/<int:flow>/reessayer/", dossier.retry_flow, name="retry_flow"),
    path("envois/<int:message>/reprendre/", outbox.send_again, name="send_again"),
    path("documents/<int:document>/", include(_document)),
]

_cabinet: list[URLPattern | URLResolver] = [
    path("securite/", cabinet.security, name="cabinet_security"),
    path("securite/second-facteur/", cabinet.require, name="cabinet_require"),
    path("securite/personnes/<int:person>/", cabinet.reset, name="cabinet_reset"),
    path("securite/personnes/<int:person>/depart/", people.leave, name="cabinet_leave"),
    path("securite/inviter/", people.invite, name="cabinet_invite"),
    path("securite/invitations/<int:invitation>/renvoyer/", people.resend, name="cabinet_resend"),
    path("securite/invitations/<int:invitation>/retirer/", people.revoke, name="cabinet_revoke"),
    path("dossiers/nouveau/", opening.new, name="dossier_new"),
    path("dossiers/liste/", opening.many, name="dossier_list"),
    path("sante/", health.page, name="cabinet_health"),
    path("journal/", cabinet.journal_page, name="cabinet_journal"),
    path("journal/csv/", cabinet.journal_csv, name="cabinet_journal_csv"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", portfolio.portfolio, name="portfolio"),
    # Pages name their own drawing; browsers ask for this one beside files and errors.
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}facturier.svg")),
    path("sante/", health.first, name="health"),
    path("echeances/", agenda.page, name="agenda"),
    path("caisse/", takings.till, name="till"),
    path("installation/reponses/", installation.page, name="installation"),
    path(
        "installation/reponses/<int:portal_answer>/",
        installation.answer,
        name="installation_answer",
    ),
    path(
        "installation/reponses/<int:portal_answer>/classer/",
        installation.close,
        name="installation_close",
    ),
    path("invitation/<slug:token>/", people.accept, name="invitation"),
    path("adresses/", addresses.batch, name="addresses_batch"),
    path("dossiers/<int:dossier>/", include(_dossier)),
    path("cabinets/<int:cabinet>/", include(_cabinet)),
]
