"""Secrets that are read again are kept sealed, and their keys can be changed."""

import contextlib

import pytest
from allauth.mfa.models import Authenticator
from django.test import override_settings

from facturier.cli import main
from facturier.errors import ConfigurationError
from facturier.server import commands, sight
from facturier.server.api import clients, notices
from facturier.server.api.models import Webhook
from facturier.server.firm.models import ApiClient
from facturier.server.firm.sealed import open_sealed, resealed, seal

OLD, NEW = "ancienne clé de l'installation, assez longue", "nouvelle clé de l'installation, longue"


def keys(*these):
    return override_settings(SEALING_KEYS=list(these))


def test_what_is_sealed_is_not_read_and_opens_again():
    sealed = seal("clé de signature é")
    assert "signature" not in sealed
    assert sealed.isascii()
    assert seal("clé de signature é") != sealed, "the same secret twice is not recognised"
    assert open_sealed(sealed) == "clé de signature é"


def test_keys_are_changed_without_losing_a_secret():
    with keys(OLD):
        sealed = seal("secret")
    with keys(NEW, OLD):
        assert open_sealed(sealed) == "secret"
        again = resealed(sealed)
    with keys(NEW):
        assert open_sealed(again) == "secret"
        with pytest.raises(ConfigurationError, match="aucune clé"):
            open_sealed(sealed)


def test_an_altered_secret_is_refused():
    sealed = seal("secret")
    middle = len(sealed) // 2
    other = "A" if sealed[middle] != "A" else "B"
    with pytest.raises(ConfigurationError):
        open_sealed(sealed[:middle] + other + sealed[middle + 1 :])


@pytest.mark.parametrize("wrong", [[], ["court"], [NEW, "court"]])
def test_a_key_that_could_be_guessed_is_refused(wrong):
    with keys(*wrong), pytest.raises(ConfigurationError, match="32 caractères"):
        seal("secret")


@pytest.fixture
def kept(office, expert):
    """A second factor and a webhook, sealed with the old key."""
    with keys(OLD):
        made = clients.register(office.cabinet, [office.bakery], name="Caisse")
        Webhook.objects.create(
            client=ApiClient.objects.get(client_id=made.client_id), dossier=office.bakery,
            callback_url="https://exemple.fr/", sealed_key=notices.sealed(b"signature"),
        )  # fmt: skip
        with sight.of_self(expert.pk):
            data = {"secret": seal("SEED")}
            Authenticator.objects.create(user=expert, type="totp", data=data)
    return expert


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_commands_reseal_everything_and_reset_a_factor(kept, monkeypatch, capsys):
    monkeypatch.setattr(commands, "database", contextlib.nullcontext)
    with keys(NEW, OLD):
        assert main(["reseal"]) == 0
    assert "2 secrets" in capsys.readouterr().out
    with keys(NEW), sight.of_self(kept.pk):
        assert notices.unsealed(Webhook.objects.get().sealed_key) == b"signature"
        assert open_sealed(Authenticator.objects.get().data["secret"]) == "SEED"
    assert main(["reset-factor", kept.email.upper()]) == 0
    with sight.of_self(kept.pk):
        assert not Authenticator.objects.exists()
    assert main(["reset-factor", "personne@exemple.fr"]) != 0
