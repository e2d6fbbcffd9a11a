"""The private PostgreSQL: starts, is shared, survives a kill, stops with its last user."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from facturier.server import postgres
from facturier.server.postgres import FAST_AND_UNSAFE, PrivatePostgres, socket_directory


@pytest.fixture
def server(tmp_path):
    one = PrivatePostgres(tmp_path / "pg", settings=FAST_AND_UNSAFE)
    yield one
    one.stop()


def answers(server):
    with psycopg.connect(host=str(server.socket), user="postgres") as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_it_starts_listens_on_its_socket_only_and_stops(server):
    server.start()
    assert answers(server)
    with psycopg.connect(host=str(server.socket), user="postgres") as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
    server.stop()
    assert not server.is_running()


def test_it_starts_again_quickly(server):
    server.start()
    server.stop()
    begin = time.monotonic()
    server.start()
    assert time.monotonic() - begin < 3
    assert answers(server)


def test_the_last_user_stops_it(server):
    server.start()
    second = PrivatePostgres(server.data)
    second.start()
    server.stop()
    assert answers(second)
    second.stop()
    assert not second.is_running()


def test_it_survives_the_death_of_its_server(server):
    server.start()
    server.provision("livres")
    pid = int((server.data / "postmaster.pid").read_text().split("\n")[0])
    os.kill(pid, signal.SIGKILL)
    while server.is_running():
        time.sleep(0.05)
    assert (server.data / "postmaster.pid").exists()
    again = PrivatePostgres(server.data, settings=FAST_AND_UNSAFE)
    again.start()
    assert answers(again)
    again.provision("livres")  # nothing is missing: nothing happens
    again.stop()


def test_it_survives_the_death_of_its_user(server):
    program = (
        "import sys, time, pathlib; from facturier.server.postgres import *;"
        "PrivatePostgres(pathlib.Path(sys.argv[1]), FAST_AND_UNSAFE).start();"
        "print('up', flush=True); time.sleep(60)"
    )
    user = subprocess.Popen(
        [sys.executable, "-c", program, str(server.data)], stdout=subprocess.PIPE
    )
    assert user.stdout.readline() == b"up\n"
    user.kill()
    user.wait()
    server.start()
    assert answers(server)
    server.stop()
    assert not server.is_running()


def test_a_stale_file_that_names_a_living_stranger_is_no_obstacle(server):
    server.start()
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    assert not server.is_running()
    server.start()
    assert answers(server)


def test_a_long_path_gets_a_short_socket(tmp_path):
    assert socket_directory(Path("/srv/pg")) == Path("/srv/pg")
    deep = tmp_path / ("d" * 120) / "pg"
    assert len(str(socket_directory(deep))) < 60
    server = PrivatePostgres(deep, settings=FAST_AND_UNSAFE)
    server.start()
    assert answers(server)
    server.stop()


def test_both_roles_are_bound_as_they_should(server):
    server.start()
    server.provision()
    with psycopg.connect(host=str(server.socket), user="postgres") as connection:
        roles = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles"
            " WHERE rolname LIKE 'facturier%' ORDER BY 1"
        ).fetchall()
    assert roles == [("facturier_app", False, False), ("facturier_owner", False, True)]


def test_processes_that_start_together_do_not_trip_over_rights(server):
    server.start()
    with ThreadPoolExecutor(8) as together:
        for done in [together.submit(server.provision) for _ in range(40)]:
            done.result()


def test_who_waits_for_the_tables_does_not_stop_an_index_that_is_made(server):
    server.start()
    server.provision()
    where = {"host": str(server.socket), "user": "postgres", "dbname": postgres.DATABASE}
    with psycopg.connect(**where, autocommit=True) as migrating, ThreadPoolExecutor(1) as beside:
        postgres.alone(migrating.cursor())
        migrating.execute("CREATE TABLE grows (a int)")
        waiting = beside.submit(server.provision)
        time.sleep(0.5)
        migrating.execute("SET statement_timeout = '20s'")
        migrating.execute("CREATE INDEX CONCURRENTLY of_a ON grows (a)")
        assert not waiting.done()
        migrating.execute(postgres.DONE)
        waiting.result(timeout=20)


def test_an_index_that_was_interrupted_is_known(server):
    server.start()
    server.provision()
    where = {"host": str(server.socket), "user": "postgres", "dbname": postgres.DATABASE}
    with psycopg.connect(**where, autocommit=True) as one:
        one.execute("CREATE TABLE twice AS SELECT 1 AS a UNION ALL SELECT 1")
        with pytest.raises(psycopg.errors.UniqueViolation):
            one.execute("CREATE UNIQUE INDEX CONCURRENTLY half_made ON twice (a)")
        with one.cursor() as cursor:
            assert postgres.half_made(cursor) == ["half_made"]
            cursor.execute("DROP INDEX half_made")
            assert postgres.half_made(cursor) == []
