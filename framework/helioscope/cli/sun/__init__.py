"""``helioscope sun``: where the Sun was, where the magnet pointed, and which seconds count."""

from __future__ import annotations

from helioscope.cli.main import LazyGroup

VERBS: dict[str, tuple[str, str]] = {
    "position": ("helioscope.cli.sun.position:command", "Print where the Sun stands."),
    "windows": ("helioscope.cli.sun.windows:command", "List when the Sun is within reach."),
    "filming": ("helioscope.cli.sun.filming:command", "List when the Sun can be filmed."),
    "alignment": ("helioscope.cli.sun.alignment:command", "Fit pointing offsets to Sun images."),
    "exposure": ("helioscope.cli.sun.exposure:command", "Tell tracking from background in a log."),
}

command = LazyGroup(
    VERBS, name="sun", help="Where the Sun was, where the magnet pointed, and what counts."
)
