"""The table of the Earth's rotation: offline, its age said, its version recorded (row 13)."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from helioscope.cli.main import cli
from helioscope.model.time import LEAP_DAYS, LEAP_TABLE_EXPIRES, NS_PER_S, leap_times_ns, parse_iso
from helioscope.sun.earth_orientation import NS_PER_DAY, EarthOrientation
from helioscope.sun.ephemeris import SunEphemeris


def test_the_sun_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh process whose sockets are forbidden gives the Sun."""
    program = (
        "import socket\n"
        "def forbidden(*a, **k): raise RuntimeError('network')\n"
        "socket.socket.connect = forbidden; socket.getaddrinfo = forbidden\n"
        "import numpy as np\n"
        "from helioscope.sun.ephemeris import sun_position\n"
        "print(sun_position(np.array([1_100_000_000 * 10**9])).altitude_deg[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert -90 < float(done.stdout) < 90
    assert socket.socket.connect is not None


def test_version_and_age_are_recorded() -> None:
    table = EarthOrientation.installed()
    later = table.measured_to_ns + 500 * NS_PER_DAY
    found = table.provenance(now_ns=later)
    assert found["earth_orientation_age_days"] == 500
    assert found["earth_orientation_version"] == table.version
    assert found["leap_seconds_known_to"] == LEAP_TABLE_EXPIRES
    result = CliRunner().invoke(cli(), ["sun", "position", "2010-01-01T00:00:00Z", "--json"])
    assert json.loads(result.stdout)["earth_orientation_version"] == table.version


def test_an_old_table_still_works_and_says_so() -> None:
    """The table as it was in 2010, asked for 2020: the Sun is right to 0.01 degree."""
    table = EarthOrientation.installed()
    known = table.time_ns < parse_iso("2010-01-01T00:00:00Z")
    old = replace(
        table,
        time_ns=table.time_ns[known],
        ut1_minus_tai_s=table.ut1_minus_tai_s[known],
        predicted_to_ns=int(table.time_ns[known][-1]),
    )
    day = parse_iso("2020-06-01T00:00:00Z")
    times = day + np.arange(0, 86_400, 600) * NS_PER_S
    by_old = SunEphemeris.between(int(times[0]), int(times[-1]), table=old)
    by_new = SunEphemeris.between(int(times[0]), int(times[-1]), table=table)
    assert "2009-12-31" in by_old.warning
    assert "astropy-iers-data" in by_old.warning
    assert by_new.warning == ""
    apart = by_old.position(times).altitude_deg - by_new.position(times).altitude_deg
    assert 0.001 < np.abs(apart).max() < 0.02


def test_our_leap_seconds_are_those_of_the_iers() -> None:
    import astropy_iers_data
    from astropy.utils import iers

    table = iers.LeapSeconds.from_iers_leap_seconds(astropy_iers_data.IERS_LEAP_SECOND_FILE)
    days = [f"{row['year']:04d}-{row['month']:02d}-01" for row in table]
    assert tuple(days[1:]) == LEAP_DAYS  # the first row is the start of 1972, not a leap second
    assert int(table["tai_utc"][-1]) == len(LEAP_DAYS) + 10
    assert (np.diff(leap_times_ns()) > 0).all()
