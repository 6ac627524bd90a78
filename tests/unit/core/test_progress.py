import io

import pytest

from helioscope.core import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Counting:
    """A total that takes time to find; knows how often it was asked for."""

    def __init__(self, events: int | None) -> None:
        self.events, self.asked = events, 0

    def __call__(self) -> int | None:
        self.asked += 1
        return self.events


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Where the lines go; the clock is ours."""
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    clock[0] = 0.0
    return io.StringIO()


clock = [0.0]


def test_a_heartbeat_tells_the_rate_and_what_is_left(out: io.StringIO) -> None:
    with progress.shown("run a ccd", 1000, out) as advance:
        for _ in range(3):
            clock[0] += 6.0
            advance(100)
    assert out.getvalue() == "run a ccd: 200 events, 17 events/s, 48 s to go\n"


def test_what_ends_before_the_first_heartbeat_is_never_counted(out: io.StringIO) -> None:
    total = Counting(1000)
    with progress.shown("run a ccd", total, out) as advance:
        clock[0] += 9.0
        advance(1000)
    assert (total.asked, out.getvalue()) == (0, "")


def test_a_total_is_counted_once_for_all_heartbeats(out: io.StringIO) -> None:
    total = Counting(400)
    with progress.shown("run a ccd", total, out) as advance:
        for _ in range(3):
            clock[0] += 10.0
            advance(100)
    assert total.asked == 1
    assert out.getvalue().splitlines()[-1] == "run a ccd: 300 events, 10 events/s, 10 s to go"


def test_without_a_total_no_remaining_time_is_claimed(out: io.StringIO) -> None:
    with progress.shown("planning", Counting(None), out, of="runs") as advance:
        clock[0] += 20.0
        advance(40)
    assert out.getvalue() == "planning: 40 runs, 2 runs/s\n"


def test_quiet_counts_nothing_and_shows_nothing(out: io.StringIO) -> None:
    for stream in (out, Terminal()):
        total = Counting(1000)
        with progress.shown("run a ccd", total, stream, quiet=True) as advance:
            clock[0] += 60.0
            advance(100)
        assert (total.asked, stream.getvalue()) == (0, "")


def test_a_terminal_shows_a_bar_with_the_total(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")  # rich draws as on a terminal
    total = Counting(1000)
    with progress.shown("run a ccd", total, Terminal()) as advance:
        advance(250)
    assert total.asked == 1
    drawn = capsys.readouterr().err
    assert "run a ccd" in drawn
    assert "250/1000" in drawn
