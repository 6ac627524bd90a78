"""What holds for every test: no property test is timed, servers and plugins are real ones."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure() -> None:
    """Heed Ctrl-C also where a shell started us in the background, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def external_plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the minimal external detector from its own project; give the folder it lies in."""
    folder = tmp_path_factory.mktemp("installed")
    project = Path(__file__).parent / "external_plugin"
    copy = shutil.copytree(project, tmp_path_factory.mktemp("project") / "counter")
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"]
    subprocess.run(
        [*install, "--no-build-isolation", "--python", sys.executable, "--target", folder, copy],
        check=True,
    )
    return folder


@pytest.fixture
def helioscope(
    external_plugin: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Give the command line with the external detector installed: exit code, stdout, stderr."""
    from helioscope.cli.main import main

    monkeypatch.syspath_prepend(str(external_plugin))

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return call


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Start a real PostgreSQL server on loopback in a temporary folder; give its URL."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = shutil.which("postgres")
    binaries = programs[-1].parent if programs else Path(found).parent if found else None
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="helioscope-pg-"))
    user = "postgres" if os.getuid() == 0 else None  # the server refuses to run as root
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    make = [binaries / "initdb", "-D", folder / "data", "-U", "helioscope", "-A", "trust"]
    subprocess.run(
        [*make, "-E", "UTF8", "--locale=C", "--no-sync"],
        check=True, user=user, cwd=folder, capture_output=True,
    )  # fmt: skip
    serve = [binaries / "postgres", "-D", folder / "data", "-p", str(port), "-h", "127.0.0.1"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*serve, "-k", folder, "-c", "fsync=off", "-c", "shared_buffers=16MB"],
            user=user, cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _wait_for_server(binaries, port)
        yield f"postgresql://helioscope@127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder)


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """Give the URL of a new, empty database."""
    import psycopg

    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(f"{postgresql_server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return f"{postgresql_server}/{name}"


def _wait_for_server(binaries: Path, port: int) -> None:
    for _ in range(300):
        ready = [binaries / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-q"]
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError("the PostgreSQL server did not start")
