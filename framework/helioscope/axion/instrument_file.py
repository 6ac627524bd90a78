"""Reading an instrument: TOML that describes telescope, windows, gas and detector."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from helioscope.axion.exposure import ConversionGas, Instrument
from helioscope.axion.nested_mirrors import NestedMirror, planned_concentrator
from helioscope.axion.optics import EffectiveArea, abrixas, read_effective_area
from helioscope.axion.tables import read_columns
from helioscope.axion.windows import Layer, Window
from helioscope.errors import InputError, UsageError, nearest
from helioscope.model.toml_files import read_toml

#: Energies (keV) at which a calculated mirror is tabulated.
MIRROR_KEV = np.arange(0.3, 12.01, 0.05)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _Layer(_Table):
    formula: str
    density_g_cm3: float = Field(gt=0.0, lt=30.0)
    thickness_um: float = Field(gt=0.0, lt=1e5)

    def made(self) -> Layer:
        return Layer(self.formula, self.density_g_cm3, self.thickness_um)


class _Window(_Table):
    layers: list[_Layer]
    open_fraction: float = Field(default=1.0, ge=0.0, le=1.0)
    strongback: _Layer | None = None


class _Shells(_Table):
    focal_length_mm: float = Field(gt=0.0)
    outer_radius_mm: float = Field(gt=0.0)
    shells: int = Field(gt=0, lt=1000)
    shell_length_mm: float = Field(gt=0.0)
    shell_thickness_mm: float = Field(ge=0.0)
    reflections: Literal[1, 2] = 2
    coating: Literal["Au", "Ir", "Pt", "Ni", "C"] = "Au"
    roughness_nm: float = Field(default=0.5, ge=0.0, lt=10.0)


class _Telescope(_Table):
    kind: Literal["abrixas", "file", "shells", "concentrator", "none"]
    path: str | None = None
    shells: _Shells | None = None
    bore_radius_mm: float = Field(default=21.5, gt=0.0, lt=5000.0)
    off_axis_arcmin: float = Field(default=0.0, ge=0.0)
    half_angle_arcmin: float = Field(default=20.0, gt=0.0)


class _Gas(_Table):
    mixture: dict[str, float]
    depth_cm: float = Field(gt=0.0, lt=1000.0)
    pressure_bar: float = Field(default=1.0, gt=0.0, lt=100.0)
    temperature_k: float = Field(default=293.15, gt=50.0, lt=500.0)


class _Detector(_Table):
    efficiency: float = Field(default=1.0, gt=0.0, le=1.0)
    efficiency_file: str | None = None


class _File(_Table):
    telescope: _Telescope
    window: list[_Window] = []
    gas: _Gas | None = None
    detector: _Detector = _Detector()


def read_instrument(path: Path) -> Instrument:
    """Read an instrument file; paths in it are relative to its folder.

    Raises
    ------
    UsageError
        Where the TOML is malformed, a key unknown or a value out of range.
    InputError
        Where a table is missing or damaged.
    """
    content, _ = read_toml(path, "an instrument file in TOML")
    try:
        file = _File.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        keys = [str(part) for part in first["loc"]]
        known = list(_File.model_fields) if len(keys) == 1 else []
        unknown = first["type"] == "extra_forbidden" and known
        raise UsageError(
            where=f"{path}, {'.'.join(keys)}",
            found=f"{first['msg']}: {first.get('input')!r:.80}",
            remedy=nearest(keys[-1], known) if unknown else "",
        ) from error
    gas = file.gas
    return Instrument(
        area=_area(path, file.telescope),
        windows=tuple(
            Window(
                tuple(layer.made() for layer in window.layers),
                window.open_fraction,
                window.strongback.made() if window.strongback else None,
            )
            for window in file.window
        ),
        gas=ConversionGas(gas.mixture, gas.depth_cm, gas.pressure_bar, gas.temperature_k)
        if gas
        else None,
        quantum_efficiency=_efficiency(path, file.detector),
    )


def _area(path: Path, telescope: _Telescope) -> EffectiveArea:
    bore_cm2 = np.pi * telescope.bore_radius_mm**2 / 100.0
    if telescope.kind == "none":
        return EffectiveArea(np.array([0.0, 1e3]), np.full(2, bore_cm2))
    if telescope.kind == "abrixas":
        area = abrixas()
    elif telescope.kind == "concentrator":
        area = planned_concentrator().effective_area(MIRROR_KEV, telescope.bore_radius_mm)
    elif telescope.kind == "file" and telescope.path:
        area = read_effective_area(path.parent / telescope.path)
    elif telescope.kind == "shells" and telescope.shells:
        mirror = NestedMirror(**telescope.shells.model_dump())
        area = mirror.effective_area(MIRROR_KEV, telescope.bore_radius_mm)
    else:
        wanted = "path" if telescope.kind == "file" else "shells"
        raise UsageError(where=f"{path}, telescope", found=f"no {wanted}", expected=wanted)
    return area.off_axis(telescope.off_axis_arcmin, telescope.half_angle_arcmin)


def _efficiency(path: Path, detector: _Detector) -> EffectiveArea:
    if detector.efficiency_file is None:
        return EffectiveArea(np.array([0.0, 1e3]), np.full(2, detector.efficiency))
    file = path.parent / detector.efficiency_file
    table = read_columns(file, ("energy_kev", "efficiency"))
    values = table["efficiency"]
    if (values < 0).any() or (values > 1).any():
        raise InputError(where=str(file), found="an efficiency outside 0 to 1")
    return EffectiveArea(table["energy_kev"], values * detector.efficiency)
