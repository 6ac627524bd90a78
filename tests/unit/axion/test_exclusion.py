import json
from pathlib import Path

import numpy as np
import pytest

from helioscope.axion import exclusion, mass_scan
from helioscope.axion.conversion import coherence_mass_ev
from helioscope.axion.measurement import Measurement, PublishedSet
from helioscope.axion.measurement_file import read_measurement
from helioscope.axion.solar_image import named_flux, standard_flux
from helioscope.cli.main import main


def test_the_limit_weakens_where_coherence_is_lost(ccd2004: Path) -> None:
    lost = float(coherence_mass_ev(4.2, 9.26))
    scan = mass_scan.scan_masses(
        read_measurement(ccd2004), standard_flux(), np.array([1e-4, 1e-2, lost, 0.1])
    )
    assert scan.g_per_gev[0] == pytest.approx(0.895e-10, rel=0.02, abs=0)
    assert scan.g_per_gev[1] == pytest.approx(scan.g_per_gev[0], rel=0.03, abs=0)
    assert 1.1 < scan.g_per_gev[2] / scan.g_per_gev[0] < 1.5
    assert scan.g_per_gev[3] > 4 * scan.g_per_gev[0]


def test_far_above_coherence_the_limit_grows_with_the_mass(ccd2004: Path) -> None:
    scan = mass_scan.scan_masses(
        read_measurement(ccd2004), standard_flux(), np.array([0.2, 0.4, 0.8])
    )
    # P falls as 1/q^2, that is as m^-4, and g^4 P is constant.
    assert scan.g_per_gev[1:] / scan.g_per_gev[:-1] == pytest.approx([2.0, 2.0], rel=0.05, abs=0)


def test_a_gas_filled_set_has_its_resonance(ccd2004: Path) -> None:
    text = ccd2004.read_text() + '[set.gas]\nisotope = "4He"\npressure_mbar = 3.0\n'
    file = ccd2004.parent / "gas.toml"
    file.write_text(text)
    data = read_measurement(file)
    gas = data.counting[0].gas
    assert gas is not None
    centre = gas.photon_mass_ev
    masses = mass_scan.resonant_masses(data, 0.01, 1.0, 10)
    scan = mass_scan.scan_masses(data, standard_flux(), masses)
    assert scan.mass_ev[np.argmin(scan.g_per_gev)] == pytest.approx(centre, rel=0.01, abs=0)
    assert scan.g_per_gev.min() == pytest.approx(0.92e-10, rel=0.05, abs=0)


def test_published_sets_weaken_with_their_coherence() -> None:
    with_magnet = PublishedSet("a", 0.0, 1e-40)
    data = Measurement(Path("x"), (with_magnet,))
    scan = mass_scan.scan_masses(data, named_flux("2007"), np.array([1e-3, 0.5]))
    assert scan.g_per_gev[0] == scan.g_per_gev[1]


def test_the_expected_bands_bracket_the_limit(ccd2004: Path) -> None:
    scan = mass_scan.scan_masses(
        read_measurement(ccd2004), standard_flux(), np.array([1e-3, 0.05]), 400, workers=2
    )
    bands = scan.expected_g_per_gev
    assert (np.diff(bands, axis=1) > 0).all()
    assert (bands[:, 0] < scan.g_per_gev).all()
    assert (scan.g_per_gev < bands[:, 4]).all()


def test_the_qcd_band_holds_the_hadronic_model() -> None:
    assert exclusion.qcd_coupling(0.1) == pytest.approx(3.9e-11, rel=0.01, abs=0)
    low, high = (exclusion.qcd_coupling(0.1, anomaly) for anomaly in exclusion.QCD_BAND)
    assert low < exclusion.qcd_coupling(0.1) < high


def test_the_command_draws_and_writes(
    ccd2004: Path, physics: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    curve = physics / "tables" / "exclusion_axionlimits_CAST_subset.csv"
    arguments = ["exclusion", str(ccd2004), "--masses", "5", "--curve", str(curve), "--json"]
    outputs = []
    for run in ("one", "two"):
        folder = tmp_path / run
        folder.mkdir()
        files = [f"--{kind}={folder / f'limit.{kind}'}" for kind in ("png", "svg", "csv")]
        with pytest.raises(SystemExit) as leave:
            main(["axion", *arguments, *files, "--experiments", "50"])
        assert leave.value.code == 0
        outputs.append([(folder / f"limit.{kind}").read_bytes() for kind in ("png", "svg", "csv")])
    assert outputs[0] == outputs[1]
    assert outputs[0][0].startswith(b"\x89PNG")
    assert b"GeV" in outputs[0][2] or outputs[0][2].startswith(b"mass_ev,g_per_gev")
    result = json.loads(capsys.readouterr().out.split("}\n{")[0].rstrip("}\n") + "}")
    rows = outputs[0][2].decode().splitlines()[1:]
    assert [float(row.split(",")[1]) for row in rows] == pytest.approx(
        result["g95_per_gev"], rel=1e-5
    )
