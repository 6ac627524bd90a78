"""Which runs before one may cover its time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from helioscope.job.run_books import RunBook
from helioscope.plugin import Run

end = st.none() | st.integers(-5, 5)
runs = st.lists(st.tuples(end, end), min_size=1, max_size=8)


def apart(run: Run, other: Run) -> bool:
    """Say whether the book alone tells that two runs have no instant in common."""
    if other.span_ns is None:
        return False
    start, stop = other.span_ns
    return (run.stop_ns is not None and start >= run.stop_ns) or (
        run.start_ns is not None and stop <= run.start_ns
    )


@given(runs, st.data())
def test_only_runs_before_it_that_the_book_does_not_set_apart_may_overlap(
    spans: list[tuple[int | None, int | None]], data: st.DataObject
) -> None:
    book = RunBook(tuple(Run(f"r{i}", "data", *span) for i, span in enumerate(spans)))
    at = data.draw(st.integers(0, len(spans) - 1))
    run = book.runs[at]
    assert book.may_overlap(run) == [other for other in book.runs[:at] if not apart(run, other)]


def test_a_run_that_is_not_in_the_book_has_none_before_it() -> None:
    book = RunBook((Run("r0", "data"), Run("r1", "data")))
    assert book.may_overlap(Run("r2", "data")) == []
    assert RunBook(()).may_overlap(Run("r0", "data")) == []
