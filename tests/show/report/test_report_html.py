"""The report opens without a network, shows its figures, and its choices work."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.show.report.report_html import write_report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FIGURES = ("skills", "cells", "drift", "gain", "laws", "layers")


@pytest.fixture(scope="module")
def report(study: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(study, tmp_path_factory.mktemp("report") / "report.html")


def test_it_is_one_file_that_loads_nothing(report: Path) -> None:
    page = report.read_text()
    assert [path.name for path in report.parent.iterdir()] == ["report.html"]
    assert '<link rel="stylesheet"' not in page
    assert "<script src" not in page


def test_what_a_model_wrote_cannot_break_the_page(report: Path) -> None:
    page = report.read_text()
    assert "</script><b>no</b>" not in page
    assert "<\\/script><b>no<\\/b>" in page


def test_unknown_models_and_empty_stores_are_refused(study: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no model named 'nun'"):
        write_report(study, tmp_path / "r.html", ["nun"])
    with pytest.raises(StoreError, match="no results yet"):
        write_report(Store(tmp_path / "empty"), tmp_path / "r.html")
    assert not list(tmp_path.glob("r.html"))


@pytest.fixture(params=[360, 1600])
def page(request: pytest.FixtureRequest, report: Path) -> Iterator[object]:
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH: install the package `chromium` to look at the report")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*flags, "--disable-sync"])
        opened = browser.new_page(viewport={"width": request.param, "height": 900})
        opened.set_default_timeout(300_000)
        opened.problems = []
        opened.on("console", lambda said: opened.problems.append(said.text) if said.type == "error" else None)
        opened.on("pageerror", lambda error: opened.problems.append(str(error)))
        opened.on("request", lambda asked: opened.problems.append(asked.url) if asked.url.startswith("http") else None)
        opened.goto(report.as_uri(), timeout=300_000)
        yield opened
        browser.close()


@pytest.mark.browser
def test_figures_tables_and_choices(page) -> None:
    for name in FIGURES:
        page.locator(f"#{name} svg.main-svg").first.wait_for()
    assert page.locator("#results p").count() == 2
    assert "collapsed: simulation/science" in page.locator("#results p").last.inner_text()
    assert page.locator("#results li").count() >= 2 * 3
    points = page.locator("#skills .scatterlayer .points").count()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing sticks out sideways"

    page.locator("#checkpoint").select_option("planted-sft@300")
    assert page.locator("#forgotten tbody tr").count() > 5
    assert "simulation / science" in page.locator("#forgotten").inner_text()

    assert "simulation / science" in page.locator("#onsets").inner_text()
    assert "planted-sft at 300" in page.locator("#matched").inner_text()
    assert "forward KL" in page.locator("#law-table tbody tr").first.inner_text()
    assert "skillprobe noise planted-rl@0" in page.locator("#noise").inner_text()
    assert page.locator("#cells .scatterlayer path.point").count() == 40

    page.locator("#to").select_option("200")
    assert "planted-sft@300" not in page.locator("#checkpoint").inner_html()
    assert page.locator("#skills .scatterlayer .points path").count() == 6 * 2 * 3
    page.locator("#to").select_option("300")

    page.locator("input[value='planted-sft']").uncheck()
    assert page.locator("#results p").count() == 1
    assert page.locator("#skills .scatterlayer .points").count() < points
    assert page.locator("#checkpoint option").all_inner_texts() == [
        f"planted-rl at step {step}" for step in (300, 200, 100)
    ]
    assert page.problems == []


@pytest.mark.browser
def test_it_is_legible_in_the_dark_and_on_paper(page) -> None:
    ink = "getComputedStyle(document.querySelector('#skills text')).fill"
    light = page.evaluate(ink)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{ink} !== '{light}'")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(f"{ink} === '{light}'")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.problems == []


def test_one_model_and_a_base_alone_have_a_page_too(study: Store, tmp_path: Path) -> None:
    alone = write_report(study, tmp_path / "one.html", ["planted-rl"]).read_text()
    assert "planted-sft" not in alone
    only_base = Store(tmp_path / "store")
    for name in ("items", "protocols"):
        shutil.copytree(study.root / name, only_base.root / name)
    for folder in study.root.glob("*/model=planted-rl/step=0"):
        shutil.copytree(folder, only_base.root / folder.relative_to(study.root))
    page = write_report(only_base, tmp_path / "base.html").read_text()
    assert "only the base has been evaluated so far" in page
