import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent

SCRIPT = """
import sys
sys.path.insert(0, {here!r})
import pieces
from helioscope.execution.engine import engine
from helioscope.execution.fork_server import prepare
if __name__ == "__main__":
    prepare(*{modules!r})
    print("prepared", flush=True)
    {then}
"""
ASK = "print([done.result for done in engine(2).map(pieces.loaded, {modules!r})])"


def script(folder: Path, modules: tuple[str, ...], then: str) -> list[str]:
    path = folder / "script.py"
    path.write_text(SCRIPT.format(here=str(HERE), modules=modules, then=then))
    return [sys.executable, str(path)]


def answer(folder: Path, *modules: str) -> subprocess.CompletedProcess[str]:
    """Prepare with the first module, and ask workers which of all they have."""
    words = script(folder, modules[:1], ASK.format(modules=modules))
    return subprocess.run(words, capture_output=True, text=True, cwd=folder, check=False)


def test_workers_begin_with_what_was_prepared_and_nothing_else(tmp_path: Path) -> None:
    done = answer(tmp_path, "fractions", "statistics")
    assert done.stdout.splitlines() == ["prepared", "[True, False]"], done.stderr


def test_a_module_that_is_not_there_does_no_harm(tmp_path: Path) -> None:
    done = answer(tmp_path, "no_such_module", "statistics")
    assert done.stdout.splitlines()[-1] == "[False, False]"
    assert done.stderr == ""


def test_files_of_the_users_folder_are_not_taken_for_modules(tmp_path: Path) -> None:
    (tmp_path / "fractions.py").write_text("raise SystemExit('a file of the user')")
    done = answer(tmp_path, "fractions", "statistics")
    assert done.stdout.splitlines()[-1] == "[True, False]"
    assert done.stderr == ""


def test_the_surroundings_of_the_caller_stay_as_they_were(tmp_path: Path) -> None:
    shown = "os.environ.get('PYTHONSAFEPATH'), signal.pthread_sigmask(signal.SIG_BLOCK, ())"
    then = f"import os, signal; print({shown})"
    words = script(tmp_path, ("fractions",), then)
    for given in ({}, {"PYTHONSAFEPATH": "yes"}):
        surroundings = {k: v for k, v in os.environ.items() if k != "PYTHONSAFEPATH"} | given
        done = subprocess.run(words, capture_output=True, text=True, env=surroundings, check=True)
        assert done.stdout.splitlines()[-1] == f"{given.get('PYTHONSAFEPATH')} set()"


def test_where_no_server_can_be_started_workers_are_started_without_one(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)  # too long for the name of a socket
    deep.mkdir(parents=True)
    words = script(tmp_path, ("fractions",), ASK.format(modules=("fractions", "statistics")))
    surroundings = os.environ | {"TMPDIR": str(deep)}
    done = subprocess.run(words, capture_output=True, text=True, env=surroundings, check=False)
    assert done.stdout.splitlines() == ["prepared", "[False, False]"]
    assert "every worker loads the libraries for itself" in done.stderr
    assert done.returncode == 0


def test_ctrl_c_while_it_loads_ends_it_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "slow_to_load.py").write_text("import time; time.sleep(1.5)")
    then = "\n    ".join(
        ("import time", "try: time.sleep(60)", "except KeyboardInterrupt: sys.exit(130)")
    )
    process = subprocess.Popen(
        script(tmp_path, ("slow_to_load",), then),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "prepared\n"
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    # its end is that of the server as well, which holds the other end of this pipe
    assert process.communicate(timeout=10)[1] == ""
    assert process.returncode == 130
