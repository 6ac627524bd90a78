"""The fit of pointing offsets from measured positions of the Sun's image.

A camera on the magnet films the Sun. Its image stands where the Sun is, less where the magnet
points: ``image = M (Sun - encoder - offset)``, with ``M`` the camera's scale and roll (the unit
matrix unless they are fitted). The offset is what has to be added to the encoders.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helioscope.errors import InputError
from helioscope.model.time import parse_iso
from helioscope.sun.ephemeris import sun_position
from helioscope.sun.refraction import Air
from helioscope.sun.site import Site

NAMES = ("time_utc", "horizontal_deg", "vertical_deg", "image_across_deg", "image_up_deg")


@dataclass(frozen=True)
class SunImages:
    """Measured images, arrays of one length; angles in degrees on the sky, across and up."""

    time_ns: NDArray[np.int64]
    horizontal_deg: NDArray[np.float64]
    vertical_deg: NDArray[np.float64]
    across_deg: NDArray[np.float64]
    up_deg: NDArray[np.float64]
    error_deg: NDArray[np.float64] | None = None

    @classmethod
    def read(cls, path: Path) -> SunImages:
        """Read CSV with the columns ``NAMES`` and, where known, ``error_deg``.

        Raises
        ------
        InputError
            Where columns are missing or a value cannot be read.
        """
        import pyarrow as pa
        from pyarrow import csv

        types = {NAMES[0]: pa.string(), "error_deg": pa.float64()}
        types |= dict.fromkeys(NAMES[1:], pa.float64())
        try:
            options = csv.ConvertOptions(column_types=types)
            table = csv.read_csv(path, convert_options=options)
            times = [parse_iso(text) for text in table.column(NAMES[0]).to_pylist()]
            horizontal, vertical, across, up = (
                np.asarray(table.column(name), np.float64) for name in NAMES[1:]
            )
            has_errors = "error_deg" in table.column_names
            errors = np.asarray(table.column("error_deg"), np.float64) if has_errors else None
        except (OSError, pa.ArrowInvalid, KeyError, ValueError, AttributeError) as error:
            raise InputError(
                where=str(path), found=str(error), expected="columns " + ", ".join(NAMES)
            ) from error
        return cls(np.array(times, np.int64), horizontal, vertical, across, up, errors)


@dataclass(frozen=True)
class Alignment:
    """Offsets to add to the encoders, on the sky, with their standard errors.

    Attributes
    ----------
    roll_deg, scale
        Of the camera, with errors; 0 and 1 without error where they were not fitted.
    chi2, degrees_of_freedom
        Of the fit; without measured errors these are taken from the scatter and chi2 is that
        of the scatter, equal to the degrees of freedom.
    """

    across_deg: float
    across_error_deg: float
    up_deg: float
    up_error_deg: float
    roll_deg: float
    roll_error_deg: float
    scale: float
    scale_error: float
    chi2: float
    degrees_of_freedom: int
    scatter_deg: float


def fitted(
    images: SunImages, site: Site | None = None, air: Air | None = None, camera: bool = False
) -> Alignment:
    """Fit the offsets, by weighted least squares.

    Parameters
    ----------
    air
        For the refraction; the mild default where None.
    camera
        Also fit the camera's roll and scale; for this the magnet must have been off the Sun by
        different amounts.

    Raises
    ------
    InputError
        Where there are too few images, or they cannot tell roll and scale.
    """
    sun = sun_position(images.time_ns, site or Site(), air or Air())
    across = (sun.azimuth_deg - images.horizontal_deg + 180.0) % 360.0 - 180.0
    across = across * np.cos(np.radians(sun.altitude_deg))
    up = sun.altitude_deg - images.vertical_deg
    count = across.size
    free = 4 if camera else 2
    if 2 * count <= free:
        raise InputError(
            where="Sun images", found=f"{count} images", expected=f"more than {free // 2}"
        )
    zero, one = np.zeros(count), np.ones(count)
    # image_x = a x - b y + c, image_y = b x + a y + d
    design = np.vstack(
        (
            np.column_stack((one, zero, across, -up)),
            np.column_stack((zero, one, up, across)),
        )
    )
    measured = np.concatenate((images.across_deg, images.up_deg))
    if not camera:
        measured = measured - design[:, 2]
        design = design[:, :2]
    weights = np.ones(2 * count) if images.error_deg is None else 1 / np.tile(images.error_deg, 2)
    values, covariance, residuals = _solved(design, measured, weights)
    freedom = 2 * count - free
    chi2 = float((residuals * weights) @ (residuals * weights))
    if images.error_deg is None:
        covariance = covariance * (chi2 / freedom)
        chi2 = float(freedom)
    return _alignment(values, covariance, chi2, freedom, float(residuals.std()))


def _solved(
    design: NDArray[np.float64], measured: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    weighted = design * weights[:, None]
    normal = weighted.T @ weighted
    if np.linalg.cond(normal) > 1e12:
        raise InputError(
            where="Sun images",
            found="the magnet was off the Sun by the same amount in all of them",
            expected="different amounts, to tell the camera's roll and scale",
            remedy="fit without the camera, or scan across the Sun",
        )
    covariance: NDArray[np.float64] = np.linalg.inv(normal).astype(np.float64)
    values = covariance @ (weighted.T @ (measured * weights))
    return values, covariance, measured - design @ values


def _alignment(
    values: NDArray[np.float64],
    covariance: NDArray[np.float64],
    chi2: float,
    freedom: int,
    scatter_deg: float,
) -> Alignment:
    """Turn the linear parameters into offsets, roll and scale, errors by propagation."""

    def told(linear: NDArray[np.float64]) -> NDArray[np.float64]:
        a, b = (linear[2], linear[3]) if linear.size == 4 else (1.0, 0.0)
        size = a * a + b * b
        # offset = - M^-1 (c, d)
        across = -(a * linear[0] + b * linear[1]) / size
        up = -(a * linear[1] - b * linear[0]) / size
        return np.array([across, up, np.degrees(np.arctan2(b, a)), np.sqrt(size)])

    step = 1e-6
    best = told(values)
    slopes = np.column_stack(
        [
            (told(values + step * unit) - told(values - step * unit)) / (2 * step)
            for unit in np.eye(values.size)
        ]
    )
    errors = np.sqrt(np.maximum(np.diag(slopes @ covariance @ slopes.T), 0.0))
    across, up, roll, scale = best.tolist()
    across_error, up_error, roll_error, scale_error = errors.tolist()
    return Alignment(
        across, across_error, up, up_error, roll, roll_error, scale, scale_error,
        chi2, freedom, scatter_deg,
    )  # fmt: skip
