"""What a simulated run holds, by the kind that it is labelled with."""

from __future__ import annotations

from dataclasses import replace

from helioscope.api import SimulatedRun, UsageError

#: Kinds of run that calibrate or teach: what is in them has to be what their label says.
LABELS = ("pedestal", "readout", "fe55", "xray", "background")


def as_labelled(request: SimulatedRun) -> SimulatedRun:
    """Let what is simulated follow the run's kind where the settings do not name it.

    A run of a kind that nothing is calibrated from (``science``) may hold anything; without a
    setting it holds background.

    Raises
    ------
    UsageError
        Where the run's kind says one thing and the setting another.
    """
    label, asked = request.run.kind, request.config.kind
    if asked is not None and label in LABELS and asked != label:
        raise UsageError(
            where=f"simulation of run '{request.run.name}'",
            found=f"a run of kind '{label}', and kind = '{asked}' in [simulator]",
            expected="one kind; a run's kind says what is calibrated from it",
            remedy=f"leave the setting out, or call the run '{asked}' or 'science'",
        )
    kind = asked or (label if label in (*LABELS, "lines") else "background")
    try:
        config = type(request.config).model_validate({**dict(request.config), "kind": kind})
    except ValueError:
        raise UsageError(
            where=f"simulation of run '{request.run.name}'",
            found=f"a run of kind '{kind}', which this simulator does not make",
            expected="another kind, or the simulator of the other read-out",
        ) from None
    return replace(request, config=config)
