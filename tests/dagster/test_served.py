"""The whole of it as a user runs it: `skillprobe ui` with its daemon, and a person in front of the web page."""

import json
import os
import shutil
import time
import urllib.error
import urllib.request

import polars as pl
import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS = 300
RUNS = """{ runsOrError { ... on Runs { results { runId status tags { key value } } } } }"""
EVENTS = """query Events($run: ID!) { logsForRun(runId: $run) { ... on EventConnection { events {
  ... on ExecutionStepFailureEvent { stepKey failureMetadata { description } } } } } }"""


def ask(url, query, **variables):
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        found = json.load(answer)
    assert "errors" not in found, found
    return found["data"]


def runs_of(url, key):
    """Status and id of every run of a partition key."""
    results = ask(url, RUNS)["runsOrError"]["results"]
    return [
        (run["status"], run["runId"]) for run in results if {"key": "dagster/partition", "value": key} in run["tags"]
    ]


def wait_for(condition, what):
    deadline = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.5)
    return found


def finished(url, key):
    runs = runs_of(url, key)
    return runs if runs and all(status in ("SUCCESS", "FAILURE") for status, _ in runs) else None


def test_another_host_name_gets_nothing(served):
    _, url = served
    request = urllib.request.Request(f"{url}/server_info", headers={"Host": "rebound.example"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=30)


def test_the_sensor_probes_what_arrives_and_goes_on_after_a_failure(served):
    place, url = served
    place.configure(model="watched", settle_seconds=1.0)
    broken = place.run / "checkpoint-5"
    shutil.copytree(place.source / "checkpoint-10", broken)
    weights = (broken / "model.safetensors").read_bytes()
    (broken / "model.safetensors").write_bytes(weights[:-64])
    place.arrive(10)
    statuses = {key: wait_for(lambda key=key: finished(url, key), key) for key in watched(0, 5, 10)}
    assert {key: [status for status, _ in runs] for key, runs in statuses.items()} == {
        "watched/0": ["SUCCESS"],
        "watched/5": ["FAILURE"],
        "watched/10": ["SUCCESS"],
    }
    failed = ask(url, EVENTS, run=statuses["watched/5"][0][1])["logsForRun"]["events"]
    messages = {event["stepKey"]: event["failureMetadata"]["description"] for event in failed if event}
    assert str(broken / "model.safetensors") in messages["checkpoints"]
    assert sorted(part.name for part in (place.home / "profile_tests" / "model=watched").iterdir()) == [
        "step=0",
        "step=10",
    ]

    # Mended, it is a new version and is probed again; the others are not.
    (broken / "model.safetensors").write_bytes(weights)
    os.utime(broken / "trainer_state.json")
    wait_for(lambda: len(finished(url, "watched/5") or ()) == 2, "the mended checkpoint")
    assert sorted(status for status, _ in runs_of(url, "watched/5")) == ["FAILURE", "SUCCESS"]
    assert [len(runs_of(url, key)) for key in watched(0, 10)] == [1, 1]


def watched(*steps):
    return [f"watched/{step}" for step in steps]


@pytest.fixture
def page(request, tmp_path):
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH: install the package `chromium` to drive the user interface")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        opened = browser.new_page(viewport={"width": 1500, "height": 1000})
        opened.set_default_timeout(SECONDS * 1000)
        yield opened
        browser.close()


def launch_by_hand(page, url, key):
    """Add a partition key in the dialog that materialises all assets, and start the run."""
    from playwright.sync_api import TimeoutError

    page.goto(f"{url}/asset-groups/", wait_until="domcontentloaded")
    page.get_by_role("button", name="Materialize all").first.click()
    page.get_by_text("Add a partition").click()
    page.get_by_placeholder("name").fill(key)
    page.get_by_role("button", name="Save").click()
    launch = page.get_by_role("button", name="Launch 1 run")
    try:
        launch.wait_for(timeout=5000)
    except TimeoutError:  # the dialog does not always choose what was added
        page.get_by_text("Select a partition or create one").click()
        page.get_by_placeholder("Filter partitions").fill(key)
        page.get_by_text("Select all (1)").click()
        page.keyboard.press("Escape")
    launch.click()
    return wait_for(lambda: runs_of(url, key), f"a run of {key}")[0][1]


@pytest.mark.browser
def test_a_person_adds_a_checkpoint_materialises_it_and_reads_the_result(served, page, tmp_path):
    place, url = served
    # Without the trainer's last file the sensor leaves the checkpoint alone; a person may know better.
    place.configure(model="hand", settle_seconds=3600)
    if not (place.run / "checkpoint-10").exists():
        place.arrive(10)
    (place.run / "checkpoint-10" / "trainer_state.json").unlink()

    run = launch_by_hand(page, url, "hand/10")
    page.goto(f"{url}/runs/{run}", wait_until="domcontentloaded")
    page.get_by_text("Success", exact=True).first.wait_for()
    page.screenshot(path=tmp_path / "run.png")
    assert finished(url, "hand/10")[0][0] == "SUCCESS"

    page.goto(f"{url}/assets/skill_scores?view=partitions&partition=hand%2F10", wait_until="domcontentloaded")
    page.get_by_text("accuracy_per_skill").first.wait_for()
    page.get_by_text("[Show Markdown]").first.click()
    figure = page.locator("img[src^='data:image/svg+xml']").first
    figure.wait_for()
    assert figure.evaluate("image => image.naturalWidth") > 300
    page.screenshot(path=tmp_path / "skill_scores.png", full_page=True)
    page.keyboard.press("Escape")
    shown = page.locator("body").inner_text()
    (file,) = (place.home / "skill_scores" / "model=hand" / "step=10").glob("*.parquet")
    stored = pl.read_parquet(file)
    for skill, accuracy in stored.filter(domain="all", level=0).select("skill", "accuracy").iter_rows():
        assert skill in shown
        assert f"{accuracy:.3f}" in shown
    for name in ("dagster/row_count", "computed_from", "preview", "reused", "path"):
        assert name in shown
    assert str(place.home / "skill_scores") in shown

    page.goto(f"{url}/assets/generations?view=partitions&partition=hand%2F0", wait_until="domcontentloaded")
    page.get_by_text("mean_completion_tokens").first.wait_for()
    page.goto(f"{url}/asset-groups/", wait_until="domcontentloaded")
    page.get_by_text("skills").first.wait_for()
    page.screenshot(path=tmp_path / "lineage.png")


@pytest.mark.browser
def test_a_person_reads_why_a_key_without_a_folder_failed(served, page, tmp_path):
    place, url = served
    place.configure(model="hand", settle_seconds=3600)
    run = launch_by_hand(page, url, "hand/999")
    page.goto(f"{url}/runs/{run}", wait_until="domcontentloaded")
    page.get_by_text("Failure", exact=True).first.wait_for()
    message = page.get_by_text("no checkpoint of step 999 here").first
    message.wait_for()
    page.screenshot(path=tmp_path / "failure.png")
    assert str(place.run) in page.locator("body").inner_text()
