"""The settings: one table, read, checked, documented; production refuses what a laptop may have."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from facturier.cli import main
from facturier.errors import ConfigurationError
from facturier.server import environment
from facturier.server.environment import SETTINGS, complaints, unknown, value

ROOT = Path(__file__).parents[2]
GOOD = {
    "FACTURIER_PRODUCTION": "1",
    "DATABASE_URL": "postgresql://app@db/facturier",
    "FACTURIER_HOSTS": "facturier.exemple.fr",
    "FACTURIER_HTTPS": "1",
    "FACTURIER_SECRET_KEY": "Zk3v0QX1c9mD7uTa-LhB2nWq8RyEo5sGpJf4iVxKt6zCbNMrYw",
}


def test_a_complete_production_has_nothing_to_complain_of():
    assert complaints(GOOD) == []
    assert complaints({}) == [], "nor has a laptop without any setting"


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("FACTURIER_SECRET_KEY", None),
        ("FACTURIER_SECRET_KEY", "court"),
        ("FACTURIER_SECRET_KEY", "a" * 80),
        ("DATABASE_URL", None),
        ("FACTURIER_HOSTS", None),
        ("FACTURIER_HTTPS", "0"),
        ("FACTURIER_DEBUG", "1"),
        ("FACTURIER_LOCAL_HOOKS", "1"),
    ],
)
def test_production_names_the_variable_and_the_remedy(name, bad):
    given = {key: one for key, one in GOOD.items() if key != name} | ({name: bad} if bad else {})
    (found,) = complaints(given)
    assert found.name == name
    assert found.remedy.endswith(".")


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("FACTURIER_API_RATE", "beaucoup"),
        ("FACTURIER_HTTPS", "oui"),
        ("FACTURIER_TSA_URL", "tsa.exemple.fr"),
        ("FACTURIER_TSA_ROOT", "/nulle/part.pem"),
        ("DATABASE_URL", "mysql://app@db/facturier"),
        ("FACTURIER_METRICS", "127.0.0.1:http"),
        ("FACTURIER_LOG", "xml"),
    ],
)
def test_a_value_of_another_form_is_told(name, bad):
    (found,) = complaints({name: bad})
    assert found.name == name
    assert "Attendu" in found.remedy


def test_a_secret_is_never_shown():
    found = complaints({"DATABASE_URL": "mysql://app:motdepasse@db/facturier"})
    assert "motdepasse" not in " ".join(map(str, found))


def test_a_secret_may_stand_in_a_file(tmp_path):
    (tmp_path / "key").write_text("du fichier\n")
    given = {"FACTURIER_SECRET_KEY_FILE": str(tmp_path / "key")}
    assert value("FACTURIER_SECRET_KEY", given) == "du fichier"
    with pytest.raises(ConfigurationError, match="FACTURIER_SECRET_KEY_FILE"):
        value("FACTURIER_SECRET_KEY", {"FACTURIER_SECRET_KEY_FILE": str(tmp_path / "absent")})
    (found,) = complaints({"FACTURIER_SECRET_KEY_FILE": str(tmp_path / "absent")})
    assert found.name == "FACTURIER_SECRET_KEY"


def test_a_mistyped_name_is_told():
    (found,) = unknown({"FACTURIER_API_RATES": "3", "FACTURIER_SECRET_KEY_FILE": "/x"})
    assert found.name == "FACTURIER_API_RATES"


def test_the_product_reads_no_variable_that_the_table_lacks():
    known = SETTINGS.keys() | environment.NOT_SETTINGS
    for path in (ROOT / "src").rglob("*.py"):
        used = re.findall(
            r"\b(?:FACTURIER_[A-Z_]*[A-Z]|DATABASE_(?:OWNER_)?URL)\b", path.read_text()
        )
        used = {re.sub(r"_FILE$", "", name) for name in used}
        used = {name for name in used if not name.startswith(environment.OF_THE_CONCENTRATOR)}
        assert used <= known, path


def test_the_command_checks_the_settings(monkeypatch, capsys):
    assert main(["check-settings"]) == 0
    assert "FACTURIER_API_RATE" in capsys.readouterr().out
    monkeypatch.setenv("FACTURIER_API_RATE", "beaucoup")
    monkeypatch.setenv("FACTURIER_PRODUCTION", "1")
    assert main(["check-settings"]) == 78
    said = capsys.readouterr().err
    assert "FACTURIER_API_RATE" in said
    assert "FACTURIER_SECRET_KEY" in said


def test_what_a_dead_machine_holds_is_let_go_of_soon():
    from facturier.server import settings  # noqa: PLC0415

    options = settings._database("postgresql://a:b@base/c?sslmode=require", "a")["OPTIONS"]
    assert options == {"options": settings.DEAD_PEERS, "sslmode": "require"}
    idle, interval, count = (int(one) for one in re.findall(r"=(\d+)", settings.DEAD_PEERS))
    assert idle + interval * count <= 30


def test_the_server_refuses_to_start_on_a_wrong_setting(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "facturier.cli", "serve"], capture_output=True, text=True,
        env={**os.environ, **GOOD, "FACTURIER_SECRET_KEY": "demo", "FACTURIER_VAR": str(tmp_path)},
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 78
    assert "FACTURIER_SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr
