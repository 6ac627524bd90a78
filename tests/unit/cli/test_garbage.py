import json
import subprocess
import sys

SCRIPT = """
import gc, json, weakref
from helioscope.cli.garbage import STARTING_OBJECTS, spare_the_end, spare_the_start

class Cycle:
    def __init__(self):
        self.me = self

usual, told = gc.get_threshold(), {}
spare_the_start()
kept = [[] for _ in range(STARTING_OBJECTS // 2)]
told["searched in the start"] = gc.get_freeze_count() > 0
kept += [[] for _ in range(STARTING_OBJECTS)]
told["left out"] = gc.get_freeze_count() >= STARTING_OBJECTS
told["as usual"] = gc.get_threshold() == usual and not gc.callbacks
late = weakref.ref(Cycle())
kept += [[] for _ in range(2 * usual[0])]
told["searched later"] = late() is None
later = gc.get_freeze_count()
spare_the_end()
told["all left out"] = gc.get_freeze_count() > later and gc.collect() == 0
print(json.dumps(told))
"""


def test_the_start_and_the_end_are_spared_and_the_work_is_not() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True)
    assert json.loads(done.stdout) == {
        "searched in the start": False,
        "left out": True,
        "as usual": True,
        "searched later": True,
        "all left out": True,
    }
