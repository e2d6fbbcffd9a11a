"""Secrets that are read again are kept sealed, and their keys can be changed."""

import pytest
from django.test import override_settings

from facturier.errors import ConfigurationError
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
