"""The hostile files of the engine, through every entrance: the same refusal, and nothing falls."""

import contextlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.formats.hostile import HOSTILE
from tests.server.api_client import Program, token_of

from facturier.cli import main
from facturier.server import commands
from facturier.server.api import clients
from facturier.server.documents.deposit import LARGEST
from facturier.server.documents.models import Document, Flow
from facturier.server.jobs.work import work_through

pytestmark = pytest.mark.django_db
SMALL = 64 * 1024
"""Bytes; heavier files are for the slow test."""


def by_page(client, dossier, files):
    given = [SimpleUploadedFile(name, data) for name, data in files.items()]
    answer = client.post(reverse("deposit", args=[dossier.pk]), {"fichiers": given})
    assert answer.status_code == 302


def by_api(program, files):
    for name, data in files.items():
        answer = program.deposit(data, name=name)
        assert answer.status_code in (202, 400), (name, answer.content)


def by_command(folder, dossier, files, monkeypatch):
    monkeypatch.setattr(commands, "database", contextlib.nullcontext)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    paths = [str(folder / name) for name in files]
    assert main(["deposit", "--dossier", dossier.electronic_address, *paths]) == 0


def refused_at_the_door(client, program, dossier, folder, name, data, monkeypatch, capsys):
    """What is too heavy is not even kept: the same sentence everywhere, and no flow."""
    page = client.post(
        reverse("deposit", args=[dossier.pk]), {"fichiers": SimpleUploadedFile(name, data)},
        follow=True,
    )  # fmt: skip
    answer = program.deposit(data, name=name)
    monkeypatch.setattr(commands, "database", contextlib.nullcontext)
    (folder / name).write_bytes(data)
    status = main(["deposit", "--dossier", dossier.electronic_address, str(folder / name)])
    assert (answer.status_code, bool(status)) == (413, True)
    for said in (page.content.decode(), answer.json()["errorMessage"], capsys.readouterr().err):
        assert "dépasse" in said
        assert "100 Mo" in said
    assert not Flow.objects.filter(name=name).exists()


def refusals(dossier, channel):
    flows = Flow.objects.filter(dossier=dossier, channel=channel).prefetch_related("findings")
    return {
        flow.name: (flow.state, tuple(sorted(one.rule for one in flow.findings.all())))
        for flow in flows
    }


def through_every_entrance(rows, client, office, expert, folder, monkeypatch, capsys):
    files = {f"{row.name}.bin": data for row in rows if (data := row.build())}
    client.force_login(expert)
    program = Program(token_of(clients.register(office.cabinet, [office.bakery], name="Caisse")))
    for name in [name for name, data in files.items() if len(data) > LARGEST]:
        data = files.pop(name)
        refused_at_the_door(client, program, office.bakery, folder, name, data, monkeypatch, capsys)
    by_page(client, office.bakery, files)
    by_api(program, files)
    by_command(folder, office.bakery, files, monkeypatch)
    while work_through(office.bakery.pk):
        pass
    said = [refusals(office.bakery, channel) for channel in ("page", "api", "cli")]
    for name in files:
        first = said[0][name]
        assert first[0] == "quarantined", (name, first)
        assert first[1], name
        assert [one.get(name) for one in said] == [first] * 3, name
    assert not Document.objects.exists(), "nothing hostile becomes a document"


def test_hostile_files_meet_the_same_refusal_everywhere(
    client, office, expert, tmp_path, monkeypatch, capsys
):
    """One in six here; all of them in the slow test."""
    rows = [row for row in HOSTILE[::6] if len(row.build()) <= SMALL]
    assert len(rows) >= 10
    through_every_entrance(rows, client, office, expert, tmp_path, monkeypatch, capsys)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(6))
def test_all_hostile_files_do(client, office, expert, tmp_path, monkeypatch, capsys, part):
    through_every_entrance(HOSTILE[part::6], client, office, expert, tmp_path, monkeypatch, capsys)
