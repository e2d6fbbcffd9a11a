"""Every page once, with what a person should read on it, on invoices that went through."""

import io
import re
import zipfile
from decimal import Decimal

import pytest
from django.urls import reverse
from tests.server.invoices import ubl

from facturier.server.books import booking
from facturier.server.books.models import Entry
from facturier.server.documents.models import Document, Flow
from facturier.server.firm.models import Dossier
from facturier.server.web.templatetags import francais

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, expert):
    """Read a page as the expert-comptable."""
    client.force_login(expert)

    def read(name, *args, query="", **expected):
        response = client.get(reverse(name, args=args) + query)
        assert response.status_code == expected.get("status", 200), response.content.decode()[:500]
        return words(response)

    return read


@pytest.fixture
def buyer_page(client, stranger):
    client.force_login(stranger)
    return client


def words(response):
    """The text of a page, without markup, blanks narrowed to one."""
    text = re.sub(
        r"<(script|style|svg|title)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL
    )
    text = re.sub(r"<[^>]+>", " ", text)
    return re.sub(r"[ \n]+", " ", text).replace("&#x27;", "'").replace("&quot;", '"')


@pytest.fixture
def exchanged(deposited, everybody_works):
    """A good invoice, a broken one, a duplicate and a file that is nothing."""
    deposited("F-1")
    deposited("F-2", total="121.00")
    deposited("F-1", date="2026-11-21")
    deposited(data=b"rien du tout")
    everybody_works()


def sent(number="F-1"):
    return Document.objects.get(direction="issued", number=number, accepted=True)


def got(number="F-1"):
    return Document.objects.get(direction="received", number=number)


@pytest.mark.usefixtures("exchanged")
def test_the_portfolio_counts_by_dossier(page, office):
    text = page("portfolio")
    assert "2 dossiers" in text
    assert "Simulation" in text
    (row,) = re.findall(r"Boulangerie Simulée.*?Maçonnerie", text)
    # issued: three; returned: one broken and, since the first counts, no duplicate
    assert row.split("Réel normal mensuel")[1].split()[:4] == ["3", "1", "1", "1"]
    assert office.florist.name not in text


def test_the_portfolio_filters_and_sorts(page, office):
    assert "1 dossier sur 2" in page("portfolio", query="?q=macon")
    assert "Maçonnerie" in page("portfolio", query="?q=macon")
    assert "Aucun dossier ne correspond" in page("portfolio", query="?regime=franchise")
    assert "Aucun dossier ne correspond" in page("portfolio", query="?a_traiter=1")
    assert "2 dossiers" in page("portfolio", query="?tri=ecritures&responsable=personne")
    assert "2 dossiers" in page("portfolio", query="?tri=n-importe-quoi&regime=inconnu")
    assert office.florist.name not in page("portfolio", query="?q=fleuriste")


def test_the_portfolio_asks_the_database_little_whatever_its_size(
    client, expert, office, django_assert_max_num_queries
):
    Dossier.objects.bulk_create(
        Dossier(
            cabinet=office.cabinet, name=f"Dossier {n}", siren="987600029",
            electronic_address=f"A{n}", responsible=expert,
        )
        for n in range(500)
    )  # fmt: skip
    client.force_login(expert)
    # session, person, sight (2 + 2 to restore), dossiers, counts (9), the savepoint (2), journal
    with django_assert_max_num_queries(21):
        response = client.get("/")
    assert response.content.count(b"data-row") == 502


@pytest.mark.usefixtures("exchanged")
def test_what_waits_is_listed_by_what_has_to_be_done(page, office, client, stranger):
    text = page("dossier", office.bakery.pk)
    assert "Émises, à corriger" in text
    assert "F-2" in text
    assert "Rejetée" in text
    assert "1 fichier en quarantaine" in text
    assert "Reçues, à approuver" not in text
    client.force_login(stranger)
    text = words(client.get(reverse("dossier", args=[office.florist.pk])))
    assert "Reçues, à approuver ou à refuser" in text
    assert "F-1" in text


@pytest.mark.usefixtures("exchanged")
def test_lists_filter_and_sum(page, office):
    text = page("issued", office.bakery.pk)
    assert "Total de 3 factures" in text
    assert "361,00" in text
    assert "Total de 1 facture " in page("issued", office.bakery.pk, query="?q=F-2")
    assert "Total de 1 facture " in page("issued", office.bakery.pk, query="?q=121,00")
    assert "Total de 2 factures" in page("issued", office.bakery.pk, query="?statut=213")
    assert "Total de 1 facture " in page("issued", office.bakery.pk, query="?verdict=invalid")
    assert "Total de 1 facture " in page("issued", office.bakery.pk, query="?du=2026-11-21")
    assert "Aucune facture ne correspond" in page(
        "issued", office.bakery.pk, query="?au=2026-01-01&tri=montant"
    )
    assert "Total de 3" in page("issued", office.bakery.pk, query="?du=hier&statut=999")
    assert "Aucune facture pour le moment" in page("received", office.bakery.pk)


def test_credit_notes_are_deducted(page, office, deposited, everybody_works):
    deposited("F-1")
    deposited("A-1", type_code="381", date="2026-11-19")
    everybody_works()
    assert Document.objects.filter(number="A-1").exists()
    Document.objects.filter(number="A-1").update(type_code="381")
    text = page("issued", office.bakery.pk)
    total = text.split("avoirs déduits")[1]
    assert total.split()[:3] == ["0,00", "0,00", "0,00"]


def test_a_long_list_comes_in_pieces(page, office, deposited, everybody_works):
    deposited("F-0")
    everybody_works()
    model = sent("F-0")
    flows = Flow.objects.bulk_create(
        Flow(dossier=office.bakery, direction="Out", channel="page", name="x", state="done")
        for _ in range(150)
    )
    Document.objects.bulk_create(
        Document(
            dossier=office.bakery, direction="issued", flow=flow, stored=model.stored,
            syntax="CII", number=f"L-{n}", issue_date=model.issue_date,
            total_with_vat=Decimal("1.01"),
        )
        for n, flow in enumerate(flows)
    )  # fmt: skip
    text = page("issued", office.bakery.pk)
    assert "Afficher la suite" in text
    assert "Total de 150 factures" in text
    assert len(re.findall(r"\bL-\d+", text)) + text.count("F-0") == 100
    assert "Afficher la suite" not in page("issued", office.bakery.pk, query="?page=2")


@pytest.mark.usefixtures("exchanged")
def test_quarantine_says_why_and_what_to_do(page, office, client, everybody_works):
    text = page("quarantine", office.bakery.pk)
    assert "facture.xml" in text
    assert "du texte, pas une facture" in text
    assert "Déposez la facture au format" in text
    flow = Flow.objects.get(state="quarantined")
    response = client.get(reverse("flow_file", args=[office.bakery.pk, flow.pk]))
    assert response.content == b"rien du tout"
    response = client.post(reverse("retry_flow", args=[office.bakery.pk, flow.pk]))
    assert response.url.endswith(f"?flux={flow.pk}")
    flow.refresh_from_db()
    assert flow.state == "pending"
    assert "En cours" in words(client.get(response.url))
    everybody_works()
    assert "Quarantaine" in words(client.get(response.url))


def test_deposit_of_files_and_of_an_archive(client, expert, office, everybody_works):
    client.force_login(expert)
    address = reverse("deposit", args=[office.bakery.pk])
    assert "100 Mo au plus" in words(client.get(address))
    one, two, three = (
        ubl(number, seller=office.bakery.siren, buyer=office.florist.siren)
        for number in ("D-1", "D-2", "D-1")
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("dossier/deux.xml", two)
        zipped.writestr("trois.xml", three.replace(b"2026-11-20", b"2026-11-21"))
    upload = [named(one, "un.xml"), named(archive.getvalue(), "lot.zip"), named(b"?", "note.txt")]
    response = client.post(address, {"fichiers": upload}, headers={"hx-request": "true"})
    assert response.status_code == 204
    following = response.headers["HX-Redirect"]
    text = words(client.get(following, headers={"hx-request": "true"}))
    assert "0 sur 4 traités" in text
    assert 'hx-trigger="every 1s"' in client.get(following).content.decode()
    everybody_works()
    text = words(client.get(following))
    assert "4 fichiers traités" in text
    assert "Déjà déposée" in text
    assert "la première reste valable" in text
    assert "deux.xml" in text
    assert "Quarantaine" in text
    assert 'hx-trigger="every 1s"' not in client.get(following).content.decode().split("<main")[1]


def named(content, name):
    file = io.BytesIO(content)
    file.name = name
    return file


def test_a_broken_archive_or_no_file_is_explained(client, expert, office):
    client.force_login(expert)
    address = reverse("deposit", args=[office.bakery.pk])
    response = client.post(address, {"fichiers": named(b"PK rien", "lot.zip")}, follow=True)
    assert "lot.zip est abîmée" in words(response)
    assert "Aucun fichier à traiter" in words(client.post(address, follow=True))
    assert Flow.objects.count() == 0


def test_a_file_over_the_limit_is_not_taken(client, expert, office, monkeypatch):
    monkeypatch.setattr("facturier.server.web.depositing.LARGEST", 10)
    client.force_login(expert)
    address = reverse("deposit", args=[office.bakery.pk])
    response = client.post(address, {"fichiers": named(b"x" * 11, "gros.xml")}, follow=True)
    assert "dépasse 100 Mo" in words(response)
    assert Flow.objects.count() == 0


@pytest.mark.usefixtures("exchanged")
def test_the_document_tells_everything(page, office):
    text = page("document", office.bakery.pk, sent().pk)
    for expected in (
        "F-1", "Conforme", "Mise à disposition", "La plateforme du vendeur", "Écriture",
        "Valider l'écriture", "411", "120,00", "Cycle de vie", "SHA-256", "Fichier déposé",
    ):  # fmt: skip
        assert expected in text, expected
    # the seller may declare a receipt, never refuse the own invoice
    assert "encaiss" in text.lower()
    assert "Refuser" not in text


@pytest.mark.usefixtures("exchanged")
def test_a_rejected_document_says_what_is_wrong(page, office):
    broken = Document.objects.get(number="F-2")
    text = page("document", office.bakery.pk, broken.pk)
    assert "Non conforme" in text
    assert "BR-CO-15" in text
    assert "À faire :" in text
    assert "Rejetée" in text
    assert "Refusée" not in text
    assert "Déposer la facture corrigée" in text
    repeated = Document.objects.get(number="F-1", direction="issued", accepted=False)
    text = page("document", office.bakery.pk, repeated.pk)
    assert "la première reste valable" in text
    assert "Déposer la facture corrigée" not in text, "nothing to correct in a duplicate"


@pytest.mark.usefixtures("exchanged")
def test_the_readable_copy_can_do_nothing(client, expert, office):
    client.force_login(expert)
    response = client.get(reverse("readable", args=[office.bakery.pk, sent().pk]))
    assert "Cent croissants" in response.content.decode()
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.usefixtures("exchanged")
def test_files_are_kept_never_shown(client, expert, office):
    client.force_login(expert)
    for kind, head in (("recu", b"<?xml"), ("xml", b"<?xml"), ("pdf", b"%PDF")):
        response = client.get(reverse("document_file", args=[office.bakery.pk, sent().pk, kind]))
        assert response.content.startswith(head), kind
        assert response.headers["Content-Disposition"].startswith("attachment;")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    address = reverse("document_file", args=[office.bakery.pk, sent().pk, "autre"])
    assert client.get(address).status_code == 404


@pytest.mark.usefixtures("exchanged")
def test_an_amount_leads_to_its_element_and_back(client, expert, office):
    client.force_login(expert)
    entry = Entry.objects.get(document=sent())
    lines = list(entry.lines.all())
    assert len(lines) >= 3
    for line in lines:
        address = reverse("xml", args=[office.bakery.pk, sent().pk]) + f"?ligne={line.pk}"
        html = client.get(address).content.decode()
        (marked,) = re.findall(r'<li id="marque".*?</li>', html, flags=re.DOTALL)
        amount = f"{line.debit or line.credit:.2f}"
        assert f">{amount}<" in marked, (line.account, marked)
        assert f"?ligne={line.pk}#marque" in marked


@pytest.mark.usefixtures("exchanged")
def test_a_finding_leads_to_its_element(client, expert, office):
    client.force_login(expert)
    broken = Document.objects.get(number="F-2")
    finding = broken.findings.filter(rule="BR-CO-15").get()
    address = reverse("xml", args=[office.bakery.pk, broken.pk]) + f"?constat={finding.pk}"
    html = client.get(address).content.decode()
    (marked,) = re.findall(r'<li id="marque".*?</li>', html, flags=re.DOTALL)
    assert "TaxInclusiveAmount" in marked


@pytest.mark.usefixtures("exchanged")
def test_the_buyer_refuses_only_with_reason_and_consent(buyer_page, office, everybody_works):
    address = reverse("say", args=[office.florist.pk, got().pk, 210])
    text = words(buyer_page.get(address))
    assert "Je confirme" in text
    assert "Taux de TVA erroné" in text
    response = buyer_page.post(address, {"motif": "TX_TVA_ERR"})
    assert "obligatoire" in words(response)
    response = buyer_page.post(address, {"confirme": "on"})
    assert "obligatoire" in words(response)
    assert got().state == "203"
    filled = {"motif": "TX_TVA_ERR", "confirme": "on", "commentaire": "10 % et non 20 %"}
    response = buyer_page.post(address, filled, follow=True)
    assert "est enregistré" in words(response)
    assert "Refusée" in words(response)
    everybody_works()
    event = sent().events.last()
    assert (event.code, event.reason, event.comment) == ("210", "TX_TVA_ERR", "10 % et non 20 %")
    assert "n'est plus possible" in words(buyer_page.post(address, filled, follow=True))


@pytest.mark.usefixtures("exchanged")
def test_the_seller_declares_a_receipt_by_rate(client, expert, office):
    client.force_login(expert)
    address = reverse("say", args=[office.bakery.pk, sent().pk, 212])
    html = client.get(address).content.decode()
    assert "encaissé à 20" in html
    assert 'value="120,00"' in html
    response = client.post(address, {"jour": "2026-11-22", "montant_0": "cent"})
    assert "Écrivez un montant" in words(response)
    filled = {"jour": "2026-11-22", "confirme": "on"}
    response = client.post(address, {**filled, "montant_0": "-10", "commentaire": ""})
    assert "demande un commentaire" in words(response)
    response = client.post(address, {**filled, "montant_0": "120,01"})
    assert "Il reste 120,00 € à encaisser à ce taux" in words(response)
    response = client.post(address, {**filled, "montant_0": "1 00,00"}, follow=True)
    assert "Encaissée" in words(response)
    assert "100,00 € sur 120,00 € encaissement partiel" in words(response).replace("\u202f", " ")
    assert sent().events.last().amounts[0]["amount"] == "100.00"
    assert 'value="20,00"' in client.get(address).content.decode(), "what is left is proposed"
    assert "Il reste 20,00 €" in words(client.post(address, {**filled, "montant_0": "20,01"}))


@pytest.mark.usefixtures("exchanged")
def test_what_was_said_is_not_offered_again(buyer_page, office):
    approve = reverse("say", args=[office.florist.pk, got().pk, 205])
    filled = {"commentaire": ""}
    page = words(buyer_page.post(approve, filled, follow=True))
    assert "Approuvée" in page
    assert "Signaler le paiement" in page
    assert " Approuver Refuser" not in page
    assert "Prendre en charge" not in page
    assert "n'est plus possible" in words(buyer_page.post(approve, filled, follow=True))
    assert [event.code for event in got().events.all()].count("205") == 1


@pytest.mark.usefixtures("exchanged")
def test_the_entry_of_a_refused_invoice_warns(buyer_page, client, expert, office, everybody_works):
    address = reverse("say", args=[office.florist.pk, got().pk, 210])
    page = words(buyer_page.post(address, {"motif": "TX_TVA_ERR", "confirme": "on"}, follow=True))
    assert "Écriture jamais validée : il n'y a rien à contre-passer." in page
    assert "Retirée" in page
    everybody_works()
    client.force_login(expert)
    page = words(client.get(reverse("document", args=[office.bakery.pk, sent().pk])))
    assert "Écriture jamais validée : il n'y a rien à contre-passer." in page


@pytest.mark.usefixtures("exchanged")
def test_a_line_names_its_account_and_rate(client, expert, office):
    client.force_login(expert)
    page = words(client.get(reverse("document", args=[office.bakery.pk, sent().pk])))
    assert "TVA collectée · 20" in page


@pytest.mark.usefixtures("exchanged")
def test_a_side_is_not_offered_what_is_not_its_own(client, expert, office):
    client.force_login(expert)
    for code in (210, 203, 999):
        address = reverse("say", args=[office.bakery.pk, sent().pk, code])
        assert "n'est plus possible" in words(client.get(address, follow=True)), code
        assert "n'est plus possible" in words(client.post(address, follow=True)), code
    assert sent().state == "203"


@pytest.mark.usefixtures("exchanged")
def test_an_entry_is_validated_then_only_reversed(client, expert, office):
    client.force_login(expert)
    entry = Entry.objects.get(document=sent())
    back = reverse("document", args=[office.bakery.pk, sent().pk])
    address = reverse("validate_entry", args=[office.bakery.pk, entry.pk])
    response = client.post(address, {"retour": back}, follow=True)
    assert "validée" in words(response)
    assert "Contre-passer" in words(response)
    assert response.redirect_chain == [(back, 302)]
    assert "déjà validée" in words(client.post(address, follow=True))
    entry.refresh_from_db()
    assert (entry.state, entry.number, entry.validated_by) == ("validated", "2026-00001", expert)
    address = reverse("reverse_entry", args=[office.bakery.pk, entry.pk])
    response = client.post(address, {"retour": "https://ailleurs.example/"}, follow=True)
    assert "La contre-passation est proposée" in words(response)
    assert response.redirect_chain[0][0].startswith("/dossiers/")
    assert entry.reversed_by.state == "proposed"


@pytest.mark.usefixtures("exchanged")
def test_a_client_reads_the_books_and_does_not_keep_them(client, client_person, office):
    client.force_login(client_person)
    entry = Entry.objects.get(document=sent())
    text = words(client.get(reverse("entries", args=[office.bakery.pk])))
    assert "411" in text
    assert "Valider l'écriture" not in text
    for name in ("validate_entry", "reverse_entry"):
        response = client.post(reverse(name, args=[office.bakery.pk, entry.pk]))
        assert response.status_code == 403
        assert "revient au cabinet" in words(response)
    assert Entry.objects.get(pk=entry.pk).state == "proposed"


@pytest.mark.usefixtures("exchanged")
def test_entries_filter_and_journals_export_the_fec(page, client, expert, office):
    text = page("entries", office.bakery.pk)
    assert "Total de 1 écriture" in text
    for query, found in (("?q=411", 1), ("?q=zzz", 0), ("?etat=validated", 0), ("?journal=VE", 1)):
        assert f"Total de {found} écriture" in page("entries", office.bakery.pk, query=query)
    booking.validate(Entry.objects.get(document=sent()), expert)
    text = page("journals", office.bakery.pk, query="?cloture=2026-12-31")
    assert "Ventes" in text
    assert "Aucune anomalie dans ce FEC" in text
    response = client.get(reverse("fec", args=[office.bakery.pk]) + "?cloture=2026-12-31")
    name = f"{office.bakery.siren}FEC20261231.txt"
    assert name in response.headers["Content-Disposition"]
    rows = response.content.decode("iso-8859-15").splitlines()
    assert rows[0].startswith("JournalCode\t")
    assert len(rows) == 1 + Entry.objects.get(document=sent()).lines.count()
    address = reverse("fec", args=[office.bakery.pk]) + "?cloture=2025-12-31"
    assert len(client.get(address).content.splitlines()) == 1


def test_settings_show_identity_and_accesses(page, office, expert, client_person):
    text = page("settings", office.bakery.pk)
    for expected in (expert.name, client_person.name, "Expert-comptable", "Client", "Cabinet"):
        assert expected in text


def test_a_page_learns_that_something_happened(client, expert, office, deposited, everybody_works):
    client.force_login(expert)
    address = reverse("changes", args=[office.bakery.pk])
    assert client.get(address + "?version=").status_code == 204
    deposited()
    response = client.get(address + "?version=&onglet=recues")
    assert response.headers["HX-Trigger"] == "dossier-changed"
    assert "1 fichier en cours" in words(response)
    version = re.search(r"version=([^&]+)&amp;", response.content.decode()).group(1)
    assert client.get(f"{address}?version={version}").status_code == 204
    everybody_works()
    assert client.get(f"{address}?version={version}").status_code == 200


def test_pages_run_no_script_of_their_own(client, expert, office):
    for address in ("/compte/login/", "/", reverse("dossier", args=[office.bakery.pk])):
        response = client.get(address)
        assert "script-src 'self';" in response.headers["Content-Security-Policy"]
        html = response.content.decode()
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html) == []
        assert re.findall(r"\son\w+=|\sstyle=", html) == []
        client.force_login(expert)


def test_a_person_signs_in_and_out(client, expert):
    response = client.get("/", follow=True)
    assert "Se connecter" in words(response)
    wrong = client.post("/compte/login/", {"login": expert.email, "password": "faux"})
    assert 'role="alert"' in wrong.content.decode()
    filled = {"login": expert.email, "password": "mot de passe"}
    response = client.post("/compte/login/?next=/", filled, follow=True)
    assert "Portefeuille" in words(response)
    assert str(expert) in words(response)
    client.post("/compte/logout/")
    assert client.get("/").status_code == 302


def test_a_missing_page_is_french(client, expert):
    client.force_login(expert)
    response = client.get("/nulle-part/")
    assert response.status_code == 404
    assert "Page introuvable" in words(response)


def test_an_accident_is_french(client, expert, monkeypatch):
    client.force_login(expert)
    client.raise_request_exception = False
    monkeypatch.setattr("facturier.server.web.portfolio._total", lambda _rows: 1 / 0)
    response = client.get("/")
    assert response.status_code == 500
    assert "Une erreur est survenue" in words(response)


def test_numbers_and_dates_are_french():
    narrow = "\u202f"
    assert francais.montant(Decimal("-1234567.5")) == f"−1{narrow}234{narrow}567,50"
    assert francais.montant(None) == ""
    assert francais.montant(Decimal(0)) == "0,00"
    assert francais.montant_ou_vide(Decimal("0.00")) == ""
    assert francais.taux("5.50") == f"5,5{narrow}%"
    assert francais.taux("20") == f"20{narrow}%"
    assert francais.siren("987600003") == f"987{narrow}600{narrow}003"
    assert francais.taille(1536) == f"2{narrow}Ko"
    assert francais.entier(0) == ""
    assert francais.entier(12345) == f"12{narrow}345"


@pytest.mark.usefixtures("exchanged")
def test_rejection_and_refusal_never_look_alike():
    rejected, refused = francais.statut("213"), francais.statut("210")
    assert "Rejetée" in rejected
    assert "Refusée" in refused
    tones = [re.search(r"statut-(\w+)", html).group(1) for html in (rejected, refused)]
    icons = [re.search(r"#([\w-]+)", html).group(1) for html in (rejected, refused)]
    assert len(set(tones)) == len(set(icons)) == 2


@pytest.mark.usefixtures("exchanged")
def test_no_bad_news_stands_out_and_nothing_does_once_paid(client, expert, stranger, office):
    client.force_login(stranger)
    received = reverse("document", args=[office.florist.pk, got().pk])
    shown = r'<a class="btn( btn-primary)?" href="[^"]*statut/(\d+)/'
    before = re.findall(shown, client.get(received).content.decode())
    assert (" btn-primary", "205") in before
    assert ("", "210") in before
    client.force_login(expert)
    issued = reverse("document", args=[office.bakery.pk, sent().pk])
    offered = re.findall(shown, client.get(issued).content.decode())
    assert (" btn-primary", "212") in offered
    assert "211" not in [code for _, code in offered], "the seller does not pay"
