"""Reading a bad file in a fresh process, with the time and the memory that it took."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

_READER = """
import json, resource, sys, time
from helioscope.errors import HelioscopeError
from helioscope.io.schema_text import from_plain
from helioscope.io.sources import builtin_sources
from helioscope.plugin import SourceRequest
from pathlib import Path
import uproot

asked = json.load(sys.stdin)
sources = {source.name: source for source in builtin_sources()}
schema = from_plain(asked["schema"])
for path in asked["paths"]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    request = SourceRequest(Path(path), schema, asked["options"], 64, asked["max_bytes"])
    begin, rows, error = time.perf_counter(), 0, {}
    try:
        for batch in sources[asked["source"]].read(request):
            rows += len(batch)
    except HelioscopeError as fault:
        error = fault.as_dict()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    print(json.dumps({"error": error, "rows": rows, "seconds": time.perf_counter() - begin,
                      "grown_mb": grown / 1024}))
"""


class Reading(NamedTuple):
    """What came of one file: the fault as plain values, seconds and growth of the peak memory."""

    error: dict[str, Any]
    rows: int
    seconds: float
    grown_mb: float


ReadInProcess = Callable[..., dict[str, Reading]]


@pytest.fixture
def read_in_process() -> ReadInProcess:
    """Read files one after the other in one fresh process; give what came of each by its name."""
    from helioscope.io.schema_text import as_plain

    def read(
        source: str, schema: Any, paths: list[Path], max_bytes: int = 2**26, **options: Any
    ) -> dict[str, Reading]:
        asked = {
            "source": source,
            "schema": as_plain(schema),
            "paths": [str(path) for path in paths],
            "options": options,
            "max_bytes": max_bytes,
        }
        done = subprocess.run(
            [sys.executable, "-c", _READER],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        lines = [Reading(**json.loads(line)) for line in done.stdout.splitlines()]
        return dict(zip((path.name for path in paths), lines, strict=True))

    return read


@pytest.fixture(scope="session")
def processed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small campaign of three detectors with its first processing."""
    sys.path.insert(0, str(Path(__file__).parent))
    from archive_campaign import RUNS, campaign

    from helioscope.cli.main import main

    folder = tmp_path_factory.mktemp("campaign") / "c"
    job = campaign(folder, RUNS)
    with pytest.raises(SystemExit) as end:
        main(["run", str(job), "--quiet"])
    assert end.value.code == 0
    return folder


@pytest.fixture
def out(processed: Path, tmp_path: Path) -> Path:
    """A copy of the products and the catalogue."""
    return Path(shutil.copytree(processed / "out", tmp_path / "out"))


@pytest.fixture
def call(out: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Call a command on the copy; give exit code, stdout and stderr."""

    from helioscope.cli.main import main

    def called(*arguments: str, place: Path = out) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([*arguments, "--out", str(place)])
        printed = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, printed.out, printed.err

    return called


@pytest.fixture
def refuse_to_open(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let files of a name be there and not be opened any more."""
    opened = Path.open

    def by(name: str) -> None:
        def refused(path: Path, *how: Any, **more: Any) -> Any:
            if path.name == name:
                raise PermissionError(13, "Permission denied", str(path))
            return opened(path, *how, **more)

        monkeypatch.setattr(Path, "open", refused)

    return by
