"""The bytes: complete or absent, never altered unseen."""

import pytest

from facturier.server.documents import store


def test_what_was_put_is_got(documents_folder):
    sha256 = store.put(b"bonjour")
    assert sha256 == "2cb4b1431b84ec15d35ed83bb927e27e8967d75f4bcd9cc4b25c8d879ae23e18"
    assert store.get(sha256) == b"bonjour"
    assert [p.name for p in documents_folder.rglob("*") if p.is_file()] == [sha256]


def test_the_same_bytes_are_one_file(documents_folder):
    assert store.put(b"a") == store.put(b"a")
    assert len([p for p in documents_folder.rglob("*") if p.is_file()]) == 1


def test_altered_bytes_are_noticed():
    sha256 = store.put(b"bonjour")
    store.path_of(sha256).write_bytes(b"bonsoir")
    with pytest.raises(store.AlteredBytes):
        store.get(sha256)


def test_unknown_bytes_are_not_found():
    with pytest.raises(FileNotFoundError):
        store.get("0" * 64)


def test_a_failed_write_leaves_nothing(documents_folder, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.put(b"bonjour")
    assert [p for p in documents_folder.rglob("*") if p.is_file()] == []
