"""A counter with a discriminator that logs what it judges, and dies of it where it is told to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

DISCRIMINATOR = """

class HeightSettings(Settings):
    minimum_kev: float = 1.0


def discrimination(setup):
    def discriminate(rows):
        import os, pathlib, signal
        log = pathlib.Path(os.environ["JUDGED"])
        first = int(np.asarray(rows["event_id"])[0])
        with log.open("a") as file:
            file.write(f"{first} ")
        if os.environ.get("DEADLY") == str(first):
            os.kill(os.getpid(), signal.SIGKILL)
        energy = np.asarray(rows["energy_kev"])
        noise = np.random.random(len(rows))  # from the seed that the framework sets
        score = (energy + 0.01 * noise).astype(np.float32)
        return ak.Array({"score": score, "accepted": energy >= setup.config.minimum_kev})

    return discriminate


@hookimpl
def helioscope_discriminators():
    from helioscope.api import Discriminator

    return [Discriminator(name="height", detector="proportional-counter", version=1,
                          config=HeightSettings, discrimination=discrimination)]
"""

PIECES = ("--set", "job.piece_mib=0.001")


class Judge:
    """Calls the command in a process of its own, with more source in the counter's plugin."""

    def __init__(self, folder: Path, plugin: Path, more: str) -> None:
        self.folder = folder
        installed = Path(shutil.copytree(plugin, folder / "installed"))
        source = installed / "proportional_counter/plugin.py"
        source.write_text(source.read_text() + more)
        shutil.rmtree(installed / "proportional_counter/__pycache__", ignore_errors=True)
        self.path, self.printed = str(installed), ""

    def __call__(self, *arguments: object, deadly: int = -1) -> tuple[int, str, list[int]]:
        """Give exit code, stderr, and the first event of each batch that was judged."""
        log = self.folder / "judged"
        log.write_text("")
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join((self.path, os.environ.get("PYTHONPATH", ""))),
            "JUDGED": str(log),
            "DEADLY": str(deadly),
        }
        done = subprocess.run(
            [sys.executable, "-m", "helioscope.cli.main", *map(str, arguments)],
            capture_output=True, text=True, env=environment,
        )  # fmt: skip
        self.printed = done.stdout
        return done.returncode, done.stderr, [int(word) for word in log.read_text().split()]
