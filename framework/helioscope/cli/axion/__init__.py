"""``helioscope axion``: from the Sun's axions to the limit on their coupling."""

from __future__ import annotations

from helioscope.cli.main import LazyGroup

#: verb -> (module:attribute, one line of help).
VERBS: dict[str, tuple[str, str]] = {
    "flux": ("helioscope.cli.axion.flux:command", "The solar axion flux and its image."),
    "conversion": (
        "helioscope.cli.axion.conversion:command",
        "The probability that an axion becomes a photon.",
    ),
    "gas": ("helioscope.cli.axion.gas:command", "The buffer gas, and the plan of a scan."),
    "sensitivity": (
        "helioscope.cli.axion.sensitivity:command",
        "What a planned pressure scan would reach.",
    ),
    "optics": ("helioscope.cli.axion.optics:command", "Spot, gain and throughput of a telescope."),
    "exposure": (
        "helioscope.cli.axion.exposure:command",
        "The effective exposure of an instrument.",
    ),
    "measurement": (
        "helioscope.cli.axion.measurement:command",
        "A measurement file from the products of 'helioscope run'.",
    ),
    "signal": ("helioscope.cli.axion.signal:command", "The counts that axions would give."),
    "limit": ("helioscope.cli.axion.limit:command", "The best fit and the limit of a measurement."),
    "coverage": (
        "helioscope.cli.axion.coverage:command",
        "How often each kind of limit holds the truth.",
    ),
    "exclusion": ("helioscope.cli.axion.exclusion:command", "The limit against the axion mass."),
    "pvlas": ("helioscope.cli.axion.pvlas:command", "Polarised light in a magnetic field."),
}

command = LazyGroup(
    VERBS, name="axion", help="Flux, conversion, gas, optics, expected counts, limits, exclusion."
)
