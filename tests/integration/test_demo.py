"""The demo of one small campaign: its summary, its page, what it replaces and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from tests.integration.counter_runs import write_events

from helioscope.model.schema import Column, Schema
from helioscope.plugin import (
    Campaign,
    CampaignOutcome,
    CampaignResult,
    CampaignRun,
    Detector,
    Figure,
    Run,
    Settings,
    Simulated,
    SimulatedRun,
    Simulator,
)
from helioscope.registry import Loaded, Registry
from helioscope.report.demo_page import demo_page

Cli = Callable[..., tuple[int, str, str]]
HOSTILE = "<script>document.title='run'</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'
TRUTH = Schema("counter_truth", 1, (Column("energy_kev", "float32", "keV", "Energy."),))
BACKGROUND_HZ, SIGNAL_HZ = 0.05, 0.4


def simulate(request: SimulatedRun) -> Simulated:
    """Photons of 4 keV: some at all times, more in the tracking."""
    random = np.random.default_rng(request.seed)
    begin, end = request.run.start_ns or 0, request.run.stop_ns or 0
    spans = [(begin, end, BACKGROUND_HZ), *((a, b, SIGNAL_HZ) for a, b in request.tracking)]
    drawn = [
        random.uniform(a, b, random.poisson((b - a) / 1e9 * rate_hz)) for a, b, rate_hz in spans
    ]
    times = np.sort(np.concatenate(drawn))
    from tests.integration.counter_runs import START

    heights = np.full(times.size, 400, np.float32)
    path = write_events(request.folder / f"{request.run.name}.root", (times - START) / 1e9,
                        heights=heights)  # fmt: skip
    truth = request.folder / f"{request.run.name}_truth.parquet"
    ak.to_parquet(ak.zip({"energy_kev": np.full(times.size, 4, np.float32)}), truth)
    return Simulated((path,), truth, request.run)


def look(result: CampaignResult) -> CampaignOutcome:
    rows = len(result.runs["watch"].products["candidates"])
    events = len(result.runs["watch"].truth)
    figures = [Figure(HOSTILE, rows / events, None, "<b>", "1 & more", True)]
    return CampaignOutcome(figures, {"hit map & <more>.svg": SVG})


def runs(start_ns: int, tracking: tuple[tuple[int, int], ...]) -> tuple[CampaignRun, ...]:
    opened, closed = tracking[0]
    return (CampaignRun(Run("watch", "science", opened - 10**12, closed + 10**12), Settings()),)


@pytest.fixture
def small(helioscope: Cli, external_plugin: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Give a command line whose only plugin is the counter, with a simulator and a campaign."""
    from proportional_counter import plugin

    detector: Detector = plugin.helioscope_detectors()[0]
    name = detector.name
    brought = (
        detector,
        Simulator("counter", name, 1, Settings, TRUTH, simulate),
        Campaign("counter-demo", name, "demo", "counter", None, plugin.CounterSettings(),
                 runs, look),
    )  # fmt: skip
    registry = Registry([Loaded("counter", "counter", "1", brought)])
    monkeypatch.setattr("helioscope.registry.load", lambda: registry)
    monkeypatch.setattr("helioscope.core.campaigns.demonstration.load", lambda: registry)
    return helioscope


class Page(HTMLParser):
    """Collects what a page refers to, and requires every element to be closed in order."""

    VOID = frozenset({"meta", "img", "br", "link", "input", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.references: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.references += [value or "" for key, value in attrs if key in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def call(small: Cli, out: Path) -> dict:
    code, text, err = small("demo", "--out", out, "--workers", 1, "--json")
    assert code == 0, err
    steps = [
        "simulating",
        "wrote the raw data of watch",
        "reconstructed run watch",
        "done in",
        "limit",
    ]
    places = [err.index(step) for step in steps]
    assert places == sorted(places)  # every step is told, as it is done
    return json.loads(text)


def test_summary_page_and_pictures_of_a_demo(small: Cli, tmp_path: Path) -> None:
    """The tracking's rate is the simulated one; the page is whole and escapes foreign text."""
    from urllib.parse import unquote

    out = tmp_path / "demo"
    said = call(small, out)
    assert json.loads((out / "summary.json").read_text()) == said
    (found,) = said["detectors"].values()
    rates = {rate["tag"]: rate for rate in found["rates"]}
    for tag, expected in (("tracking", BACKGROUND_HZ + SIGNAL_HZ), ("background", BACKGROUND_HZ)):
        assert rates[tag]["rate_per_s"] == pytest.approx(
            expected, abs=5 * rates[tag]["rate_err_per_s"]
        )
    assert found["figures"][0]["value"] == 1
    assert said["limit"]["g95_per_gev"] > 0
    text = (out / "index.html").read_text()
    page = Page(text)
    assert "script" not in page.seen
    assert "b" not in page.seen
    assert "&lt;script&gt;" in text
    assert len(page.references) >= 4
    for reference in page.references:
        assert ":" not in reference
        assert (out / unquote(reference)).is_file(), reference
    (job,) = out.glob("*.toml")
    code, _, err = small("run", job, "--out", tmp_path / "again", "--json")
    assert code == 0, err
    (out / "left").write_text("of the demo before")
    call(small, out)
    assert not (out / "left").exists()
    assert (out / "index.html").is_file()


def test_a_browser_shows_every_picture_and_asks_nobody_outside(tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    detector = {"rates": [], "figures": [], "pictures": ["hit map & <more>.svg"], "elapsed_s": 1.0}
    pictures = tmp_path / "pictures" / HOSTILE.replace("/", "")
    pictures.mkdir(parents=True)
    (pictures / "hit map & <more>.svg").write_bytes(SVG)
    page = tmp_path / "index.html"
    summary = {"detectors": {pictures.name: detector}, "limit": {}, "elapsed_s": 1.0}
    page.write_text(demo_page(summary))
    probe = page.with_name("probe.html")
    look = (
        "<script>addEventListener('load', () => document.body.append('PICTURES ' +"
        "[...document.images].map(i => i.complete && i.naturalWidth > 0).join(' ') + ' OUTSIDE ' +"
        "performance.getEntriesByType('resource').filter(e => !e.name.startsWith('file:')).length))"
        "</script></body>"
    )
    probe.write_text(page.read_text().replace("</body>", look))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={page.parent}/.b"]
    offline = ["--proxy-server=127.0.0.1:9", "--disable-background-networking", "--dump-dom"]
    done = subprocess.run(
        [browser, *flags, *offline, probe.as_uri()],
        capture_output=True, text=True, timeout=120, env=os.environ | {"HOME": str(page.parent)},
    )  # fmt: skip
    seen = done.stdout.split("PICTURES ")[-1].split("<")[0]
    assert seen.strip() == "true OUTSIDE 0", done.stdout[-2000:] + done.stderr[-2000:]
    assert "<title>helioscope: the demo campaign</title>" in done.stdout


def test_a_folder_of_something_else_is_left_alone(helioscope: Cli, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    code, _, err = helioscope("demo", "--out", tmp_path)
    assert code == 5
    assert "something that no demo wrote" in err
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    (tmp_path / "link").symlink_to(tmp_path)
    assert helioscope("demo", "--out", tmp_path / "link")[0] == 5
