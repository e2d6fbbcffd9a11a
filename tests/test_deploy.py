"""What is handed to an administrator: the image, the compose file, the units of systemd."""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import yaml

from facturier.cli import parser
from facturier.server import environment, postgres

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = ("migrate", "web", "worker")
KNOWN = environment.SETTINGS.keys() | {
    f"{one.name}_FILE" for one in environment.SETTINGS.values() if one.secret
}


def commands():
    found = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    return set(next(found).choices)


def test_the_compose_file_passes_its_linter():
    linter = Path(sys.executable).with_name("compose-lint")
    done = subprocess.run(
        [linter, "check", DEPLOY / "compose.yaml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_two_of_each_and_nothing_writes_but_its_volume():
    services = COMPOSE["services"]
    assert services["web"]["deploy"]["replicas"] == 2
    assert services["worker"]["deploy"]["replicas"] == 2
    assert services["database"]["image"].startswith("docker.io/library/postgres:16")
    for name in OURS:
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["command"][0] in commands()
    published = [name for name, one in services.items() if "ports" in one]
    assert published == ["proxy"], "only the proxy is reached from outside"


def test_only_what_migrates_is_given_the_owner():
    for name in OURS:
        holds = "owner_url" in COMPOSE["services"][name]["secrets"]
        assert holds == (name == "migrate")


@pytest.mark.parametrize("name", OURS)
def test_what_compose_gives_is_a_complete_production(name, tmp_path):
    given = {"FACTURIER_HOSTS": "facturier.exemple.fr"}
    for key, value in COMPOSE["services"][name]["environment"].items():
        assert key in KNOWN, key
        if key.endswith("_FILE"):
            path = tmp_path / key
            is_url = "URL" in key
            path.write_text("postgresql://a@b/c" if is_url else "Zk3v0QX1c9mD7uTa-LhB2nWq8RyE" * 2)
            given[key] = str(path)
        elif not value.startswith("${"):
            given[key] = value
    assert environment.complaints(given) == []


KEYS = {
    "FACTURIER_SECRET_KEY_FILE": "secret_key", "FACTURIER_SEALING_KEYS_FILE": "sealing_keys",
    "FACTURIER_SIGNING_KEY_FILE": "signing_key",
}  # fmt: skip
"""Every process has the same three, or two machines would sign and seal differently."""


@pytest.mark.parametrize("name", OURS)
def test_compose_gives_each_process_every_key(name):
    service = COMPOSE["services"][name]
    for setting, secret in KEYS.items():
        assert service["environment"][setting] == f"/run/secrets/{secret}"
        assert secret in service["secrets"]
        assert COMPOSE["secrets"][secret] == {"file": f"./secrets/{secret}"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda one: one.name)
def test_each_unit_loads_every_key(unit):
    text = unit.read_text()
    for setting, secret in KEYS.items():
        assert f"LoadCredential={secret}:/etc/facturier/secrets/{secret}\n" in text
        assert f"Environment={setting}=%d/{secret}\n" in text


def test_the_guide_draws_every_key():
    guide = (ROOT / "docs" / "how-to" / "installer.md").read_text()
    for secret in KEYS.values():
        assert f"secrets/{secret}" in guide
        assert secret in guide.split("## 2b.", 1)[1].split("```", 2)[1]


def test_the_image_is_small_in_rights():
    text = (DEPLOY / "Containerfile").read_text()
    assert text.count("\nFROM ") + text.startswith("FROM ") == 2, (
        "built in one stage, run in another"
    )
    assert not re.search(r"^FROM \S+:latest", text, re.MULTILINE)
    user = re.findall(r"^USER (\S+)", text, re.MULTILINE)[-1]
    assert user.split(":")[0].isdecimal()
    assert int(user.split(":")[0]) > 0
    assert "HEALTHCHECK" in text
    assert "--frozen" in text


@pytest.mark.skipif(not shutil.which("hadolint"), reason="hadolint is not on this machine")
def test_the_containerfile_passes_its_linter():
    done = subprocess.run(
        ["hadolint", DEPLOY / "Containerfile"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture
def units(tmp_path):
    """The units, with a program that is on this machine."""
    for one in (*UNITS, *(DEPLOY / "systemd").glob("*.timer")):
        text = one.read_text().replace("/opt/facturier/bin/facturier", sys.executable)
        (tmp_path / one.name).write_text(text)
    (tmp_path / "facturier-worker@.service").rename(tmp_path / "facturier-worker@1.service")
    return sorted(tmp_path.glob("facturier-*"))


needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd is not on this machine"
)


@needs_systemd
def test_the_units_are_understood_and_hardened(units):
    assert len(units) == 5
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    for one in units:
        if one.suffix == ".service":
            done = subprocess.run(
                ["systemd-analyze", "security", "--offline=yes", "--threshold=20", one],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout[-300:]


@pytest.mark.parametrize("unit", UNITS, ids=lambda one: one.name)
def test_the_units_name_settings_and_commands_that_exist(unit):
    text = unit.read_text()
    for name in re.findall(r"^Environment=(\w+)=", text, re.MULTILINE):
        assert name in KNOWN, name
    (command,) = re.findall(r"/opt/facturier/bin/facturier (\S+)", text)
    assert command in commands()
    holds = "owner_url" in text
    assert holds == (command in {"migrate", "backup"}), "the owner is for those two"


def test_the_example_of_an_environment_is_accepted():
    lines = (DEPLOY / "systemd" / "environment.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(given) <= KNOWN
    secrets = {"DATABASE_URL": "postgresql://a@b/c", "FACTURIER_SECRET_KEY": "Zk3v0QX1c9mD7u" * 4}
    assert environment.complaints(given | secrets) == []


def test_the_script_of_the_roles_makes_the_two_roles(tmp_path):
    server = postgres.PrivatePostgres(tmp_path / "pg", settings=postgres.FAST_AND_UNSAFE)
    server.start()
    try:
        for name in ("owner", "app"):
            (tmp_path / name).write_text(f"l'été de {name}")
        done = subprocess.run(
            ["sh", DEPLOY / "postgres" / "roles.sh"], capture_output=True, text=True, check=False,
            env=os.environ | {
                "PATH": f"{postgres.binaries()}:{os.environ['PATH']}",
                "PGHOST": str(server.socket),
                "FACTURIER_OWNER_PASSWORD_FILE": str(tmp_path / "owner"),
                "FACTURIER_APP_PASSWORD_FILE": str(tmp_path / "app"),
            },
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        with psycopg.connect(host=str(server.socket), user="postgres") as connection:
            roles = connection.execute(
                "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles"
                " WHERE rolname LIKE 'facturier%' ORDER BY 1"
            ).fetchall()
            owned = connection.execute(
                "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'facturier'"
            ).fetchone()
    finally:
        server.stop()
    assert roles == [("facturier_app", False, False), ("facturier_owner", False, True)]
    assert owned == ("facturier_owner",)
