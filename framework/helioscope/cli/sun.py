"""``helioscope sun``: where the Sun was, where the magnet pointed, and which seconds count."""

from __future__ import annotations

from helioscope.cli.main import LazyGroup

VERBS: dict[str, tuple[str, str]] = {
    "position": ("helioscope.cli.sun_position:command", "Print where the Sun stands."),
    "windows": ("helioscope.cli.sun_windows:command", "List when the Sun is within reach."),
    "filming": ("helioscope.cli.sun_filming:command", "List when the Sun can be filmed."),
    "alignment": ("helioscope.cli.sun_alignment:command", "Fit pointing offsets to Sun images."),
    "exposure": ("helioscope.cli.sun_exposure:command", "Tell tracking from background in a log."),
}

command = LazyGroup(
    VERBS, name="sun", help="Where the Sun was, where the magnet pointed, and what counts."
)
