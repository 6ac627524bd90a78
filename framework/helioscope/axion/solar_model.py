"""Solar models: radius, temperature, density and composition from the tables in circulation.

Two forms are known, both whitespace-separated under a header: that of Bahcall, Pinsonneault and
Serenelli (BP2000, BP2004, BS2005; hydrogen to 16O) and that of Serenelli (GS98, AGS05, AGSS09, B16;
hydrogen to nickel). The last line of the header that can names the columns. Header lines start with
``#`` or not; below the numbers some files state constants, as ``Lsun= 3.8418E+33``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helioscope.axion.constants import ATOMIC_MASS_G
from helioscope.errors import InputError

Array = NDArray[np.float64]

#: Element -> (charge, mean atomic mass in u). A mass number in the column's name takes precedence.
ELEMENTS: dict[str, tuple[int, float]] = {
    "H": (1, 1.008), "He": (2, 4.0026), "C": (6, 12.011), "N": (7, 14.007), "O": (8, 15.999),
    "Ne": (10, 20.180), "Na": (11, 22.990), "Mg": (12, 24.305), "Al": (13, 26.982),
    "Si": (14, 28.085), "P": (15, 30.974), "S": (16, 32.06), "Cl": (17, 35.45), "Ar": (18, 39.95),
    "K": (19, 39.098), "Ca": (20, 40.078), "Sc": (21, 44.956), "Ti": (22, 47.867),
    "V": (23, 50.942), "Cr": (24, 51.996), "Mn": (25, 54.938), "Fe": (26, 55.845),
    "Co": (27, 58.933), "Ni": (28, 58.693),
}  # fmt: skip

#: Isotopes whose mass differs from their mass number by more than a thousandth (AME2020).
_MASSES = {"H1": 1.007825, "H2": 2.014102, "He3": 3.016029, "He4": 4.002603}

_STRUCTURE = {
    "m/msun": "mass", "mass": "mass", "r/rsun": "radius", "radius": "radius",
    "t": "temperature", "temp": "temperature", "rho": "density", "p": "pressure",
    "pres": "pressure", "l/lsun": "luminosity", "lumi": "luminosity",
}  # fmt: skip

#: The old form calls hydrogen and helium by the astronomers' letters.
_ABUNDANCE = {"X": "H1", "Y": "He4", "Y(He4)": "He4"}

#: The columns of the files that number them in words and print no line of names (BP98).
_BAHCALL = ("M/Msun", "R/Rsun", "T", "Rho", "P", "L/Lsun", "X", "Y", "He3", "C12", "N14", "O16")


@dataclass(frozen=True)
class SolarModel:
    """The Sun's interior on a grid of radii.

    Attributes
    ----------
    name
        The file's name.
    radius_rsun, temperature_k, density_g_cm3
        float64 arrays over the rows, from the centre outwards.
    abundances
        Isotope or element to its mass fraction in each row.
    """

    name: str
    radius_rsun: Array
    temperature_k: Array
    density_g_cm3: Array
    abundances: dict[str, Array]

    def screening_charges_per_cm3(self) -> Array:
        """Give the density of charges that screen, sum over ions of Z^2 n plus electrons, per cm^3.

        The ions are taken as bare, as in Raffelt, Phys. Rev. D 33 (1986) 897.
        """
        per_gram = np.zeros_like(self.radius_rsun)
        for name, fraction in self.abundances.items():
            charge, mass_u = charge_and_mass(name)
            per_gram += fraction * (charge**2 + charge) / mass_u
        charges: Array = per_gram * self.density_g_cm3 / ATOMIC_MASS_G
        return charges


def charge_and_mass(isotope: str) -> tuple[int, float]:
    """Give charge and mass (u) of ``H1``, ``He4``, ``O16`` … or of an element such as ``Ne``.

    Raises
    ------
    KeyError
        Where it is neither.
    """
    match = re.fullmatch(r"([A-Z][a-z]?)(\d*)", isotope)
    if match is None or match[1] not in ELEMENTS:
        raise KeyError(isotope)
    charge, mass_u = ELEMENTS[match[1]]
    return charge, _MASSES.get(isotope, float(match[2]) if match[2] else mass_u)


def read_solar_model(path: Path) -> SolarModel:
    """Read a solar model whose form is recognised by its header.

    Parameters
    ----------
    path
        A table in the form of BP2004 or of AGSS09; see the module.

    Raises
    ------
    InputError
        Where the header is unknown, columns and header differ, or a value cannot be the Sun's.
    """
    names, table = _table(path)
    columns: dict[str, Array] = {}
    abundances: dict[str, Array] = {}
    for index, name in enumerate(names):
        if name.lower() in _STRUCTURE and name not in ELEMENTS:
            columns[_STRUCTURE[name.lower()]] = table[:, index]
        elif index >= 6 or name in _ABUNDANCE:
            abundances[_isotope(path, name)] = table[:, index]
        else:
            columns[name] = table[:, index]
    missing = [key for key in ("radius", "temperature", "density") if key not in columns]
    missing += [key for key in ("H1", "He4") if key not in abundances]
    if missing:
        raise InputError(
            where=str(path),
            found=f"no column for {', '.join(missing)} among {', '.join(names)}",
            expected="the columns of BP2004 or AGSS09",
            remedy="name the columns in the last comment line before the table",
        )
    # Some files print radii to five digits that differ in the sixth.
    kept = np.append(True, np.diff(columns["radius"]) != 0)
    model = SolarModel(
        path.name,
        columns["radius"][kept],
        columns["temperature"][kept],
        columns["density"][kept],
        {name: fraction[kept] for name, fraction in abundances.items()},
    )
    _check(path, model)
    return model


def _table(path: Path) -> tuple[list[str], Array]:
    try:
        lines = path.read_text(encoding="utf-8", errors="strict").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            where=str(path), found=f"unreadable: {error}", expected="a solar model"
        ) from error
    header, rows = _split(lines)
    names = _names(header)
    if names is None or not rows:
        raise InputError(
            where=str(path),
            found="no header that names the columns" if rows else "no rows",
            expected="'# M/Msun R/Rsun T ...' (BP2004) or '# Mass Radius Temp ...' (AGSS09)",
        )
    for number, row in rows:
        if len(row) != len(names):
            raise InputError(
                where=f"{path}, line {number}",
                found=f"{len(row)} columns",
                expected=f"{len(names)}: {', '.join(names)}",
            )
    try:
        # Fortran writes 1.549D+07 for a number of double precision.
        table = np.array(
            [[word.upper().replace("D", "E") for word in row] for _, row in rows], float
        )
    except ValueError as error:
        raise InputError(where=str(path), found=str(error), expected="numbers only") from error
    if not np.isfinite(table).all():
        first = int(np.argmax(~np.isfinite(table).all(axis=1)))
        raise InputError(
            where=f"{path}, line {rows[first][0]}",
            found="NaN or infinity",
            expected="finite numbers",
        )
    return names, table


#: A constant below or above the numbers.
_CONSTANT = re.compile(r"\s*[A-Za-z_]+\s*=?\s*[-+\d.EeDd]+\s*")


def _split(lines: list[str]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Part the header from the numbered rows: the first line of more than four numbers begins them.

    A line among or below the rows is a row whatever it holds, so that a damaged one is found,
    except for a comment or a constant.
    """
    header: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        if line.lstrip().startswith("#"):
            header.append(line.lstrip("# ").replace(",", " "))
        elif not rows and not (len(words) > 4 and all(map(_is_number, words[:2]))):
            header.append(line.strip().replace(",", " "))
        elif not _CONSTANT.fullmatch(line):
            rows.append((number, words))
    return header, rows


def _is_number(word: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d.]+([EeDd][-+]?\d+)?", word))


def _names(comments: list[str]) -> list[str] | None:
    """Find the line that names the columns, the last that begins like one."""
    for comment in reversed(comments):
        words = comment.split()
        if len(words) > 4 and words[0].lower() in ("m/msun", "mass") and "ho" in comment:
            return words if words[1].lower() in ("r/rsun", "radius") else None
    if any(comment.startswith("12) X(^16O)") for comment in comments):
        return list(_BAHCALL)
    return None


def _isotope(path: Path, name: str) -> str:
    isotope = _ABUNDANCE.get(name, name)
    try:
        charge_and_mass(isotope)
    except KeyError:
        raise InputError(
            where=str(path),
            found=f"a column '{name}'",
            expected="an isotope or element from hydrogen to nickel",
        ) from None
    return isotope


def _check(path: Path, model: SolarModel) -> None:
    total = np.sum(list(model.abundances.values()), axis=0)
    core_k, core_density = model.temperature_k[0], model.density_g_cm3[0]
    faults = [
        ((np.diff(model.radius_rsun) <= 0).any(), "radii that do not rise", "rows from the centre"),
        (model.radius_rsun[0] > 0.05, "no row below 0.05 R_sun", "the core"),
        (model.radius_rsun[-1] < 0.5, "no row above 0.5 R_sun", "radii in units of R_sun"),
        (model.radius_rsun[-1] > 1.2, "a radius above 1.2 R_sun", "radii in units of R_sun"),
        (not 1e7 < core_k < 2.5e7, f"a core at {core_k:.3g}", "temperatures in K, near 1.5e7"),
        (not 50 < core_density < 500, f"a core of {core_density:.3g}", "g/cm^3, near 150"),
        ((model.temperature_k <= 0).any(), "a temperature below zero", "temperatures in K"),
        ((model.density_g_cm3 <= 0).any(), "a density below zero", "densities in g/cm^3"),
        (min(map(np.min, model.abundances.values())) < 0, "a negative abundance", "fractions"),
        (abs(total - 1.0).max() > 0.05, f"abundances that sum to {total[0]:.3g}", "a sum near 1"),
    ]
    for bad, found, expected in faults:
        if bad:
            raise InputError(where=str(path), found=found, expected=expected)
