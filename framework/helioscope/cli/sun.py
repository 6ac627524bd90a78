"""``helioscope sun``: where the Sun was, where the magnet pointed, and which seconds count."""

from __future__ import annotations

from helioscope.cli.main import LazyGroup

VERBS: dict[str, tuple[str, str]] = {
    "exposure": ("helioscope.cli.sun_exposure:command", "Tell tracking from background in a log."),
}

command = LazyGroup(
    VERBS, name="sun", help="Where the Sun was, where the magnet pointed, and what counts."
)
