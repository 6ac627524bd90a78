"""Mistakes on the command line: each says what is wrong, in the exit code of its kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., tuple[int, str, str]]
JOB = '[job]\nname = "a"\n[detectors.ccd]\n[[runs]]\nname = "r"\ndetector = "ccd"\n'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a working folder with files of the wrong kind."""
    (tmp_path / "picture.fits").write_bytes(PNG)
    (tmp_path / "job.toml").write_text(JOB + 'kind = "dark"\nfiles = ["picture.fits"]\n')
    (tmp_path / "typo.toml").write_text(JOB + 'file = ["picture.fits"]\n')
    (tmp_path / "half.toml").write_text("[job\n")
    (tmp_path / "other.toml").write_text(JOB.replace("ccd", "cdc") + 'files = ["picture.fits"]\n')
    (tmp_path / "cuts.toml").write_text(
        JOB.replace("[[runs]]", "discriminator_settings.x = 1\n[[runs]]") + 'files = ["file"]\n'
    )
    (tmp_path / "tags.toml").write_text(JOB.replace('"r"', '"tags"') + 'files = ["file"]\n')
    (tmp_path / "none.toml").write_text(JOB + 'files = ["*.root"]\n')
    (tmp_path / "set.toml").write_text('[[set]]\nname = "x"\n')
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        ("run missing.toml", 2, "missing.toml: no such file"),
        ("run folder", 2, "folder: Is a directory"),
        ("run picture.fits", 2, "picture.fits: no text"),
        ("run half.toml", 2, "line 1"),
        ("run typo.toml", 2, "did you mean 'files'?"),
        ("run other.toml", 2, "did you mean 'ccd'?"),
        ("run none.toml", 2, "matches"),
        ("run cuts.toml", 2, "detectors.ccd.discriminator_settings: x, but no discriminator"),
        ("run tags.toml", 2, "the name 'tags', which is that of something else"),
        ("run job.toml --data nowhere", 2, "no folder"),
        ("run job.toml --out file", 2, "is a file"),
        ("run job.toml --out /proc/x", 5, "/proc/x"),
        ("run job.toml --tag may", 2, "no such tag"),
        ("run job.toml --catalog mysql://a/b", 2, "postgresql://"),
        ("run job.toml", 4, "picture.fits: a format that no source recognises"),
        ("simulate cdc --out s", 2, "did you mean 'ccd'?"),
        ("simulate ccd --out s --settings picture.fits", 2, "no text"),
        ("simulate ccd --out /proc/s", 5, "/proc/s"),
        ("inspect folder", 4, "a folder without a record"),
        ("inspect /dev/null", 2, "no regular file"),
        ("inspect picture.fits", 4, "a format that no source recognises"),
        ("display job.toml --run r --events 0", 2, "--events"),
        ("display job.toml --run r --event -1", 2, "--event"),
        ("export folder", 4, "folder: no record.json"),
        ("export file", 4, "OUT/RUN/DETECTOR"),
        ("diff picture.fits picture.fits", 4, "a complete Parquet file"),
        ("verify", 2, "no catalogue"),
        ("validate cdc", 2, "ccd"),
        ("demo --out file", 2, "is a file"),
        ("catalog list --out folder", 2, "no catalogue"),
        ("axion limit picture.fits", 2, "no text"),
        ("axion limit missing.toml", 2, "missing.toml: no such file"),
        ("axion limit set.toml", 2, "set 'x'"),
        ("rnu job.toml", 2, "did you mean 'run'?"),
    ],
)
def test_a_mistake_is_named_in_one_message(
    helioscope: Cli, desk: Path, call: str, code: int, said: str
) -> None:
    found, out, err = helioscope(*call.split())
    assert (found, out) == (code, "")
    assert said in err
    for noise in ("Traceback", "Errno", "codec"):
        assert noise not in err
