"""Counts of failed evaluations: each attempt once, per version, and none older than the last success."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.engine.store import Store
from skillprobe_core.project.failed_attempts import (
    KILLED,
    attempt,
    count_killed,
    failures_in,
    note_failure,
    note_success,
)


def test_attempts_of_a_version_add_up_and_another_version_begins_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert failures_in(store) == {}
    for name in ("one", "two", "one"):
        note_failure(store, "m/10", "a.b", name, "out of memory", at=5.0)
    found = failures_in(store)["m/10"]
    assert (found.version, found.count, found.cause) == ("a.b", 2, "out of memory")
    note_failure(store, "m/10", "c.b", "three", "no", at=9.0)
    assert (failures_in(store)["m/10"].version, failures_in(store)["m/10"].count) == ("c.b", 1)
    note_failure(store, "m/20", "c.b", "four", "no", at=9.0)
    assert set(failures_in(store)) == {"m/10", "m/20"}


events = st.lists(
    st.tuples(st.integers(0, 9), st.booleans(), st.sampled_from("ab")), max_size=8, unique_by=lambda e: e[0]
)


@given(events, st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_reading_the_same_history_again_changes_nothing(tmp_path_factory, history, times) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    for _ in range(times):
        for at, success, version in sorted(history):
            if success:
                note_success(store, "m/1", float(at))
            else:
                note_failure(store, "m/1", version, str(at), "no", float(at))
    since = []
    for at, success, version in sorted(history):
        since = [] if success else [*since, (at, version)]
    last = since[-1][1] if since else ""
    expected = 0
    for _, version in reversed(since):
        if version != last:
            break
        expected += 1
    found = failures_in(store).get("m/1")
    assert (0 if found is None else found.count) == expected


def test_a_damaged_count_is_none(tmp_path: Path) -> None:
    store = Store(tmp_path)
    note_failure(store, "m/1", "a", "one", "no")
    (file,) = store.work("attempts").glob("*/*.json")
    file.write_text("[")
    assert failures_in(store) == {}
    note_failure(store, "m/1", "a", "two", "no")
    assert failures_in(store)["m/1"].count == 1


def test_a_killed_process_counts_as_one_failed_attempt_and_a_running_one_does_not(tmp_path: Path) -> None:
    """A real process is killed in an evaluation, twice; a third attempt that still runs is nobody's failure."""
    store = Store(tmp_path)
    program = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from skillprobe_core.engine.store import Store\nfrom skillprobe_core.project.failed_attempts import attempt\n"
        "with attempt(Store(Path(sys.argv[1])), 'm.x/10', 'a.b'):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for count in (1, 2):
        ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
        assert ended.returncode == -signal.SIGKILL
        for _ in range(2):  # another watcher counts it no second time
            count_killed(store)
        found = failures_in(store)["m.x/10"]
        assert (found.version, found.count, found.cause) == ("a.b", count, KILLED)
    with attempt(store, "m.x/10", "a.b"):
        count_killed(store)
        assert failures_in(store)["m.x/10"].count == 2
    count_killed(store)
    assert failures_in(store)["m.x/10"].count == 2
    assert [path.name for path in store.work("attempts", "m.x").iterdir()] == ["10.json"]


def test_a_note_without_content_is_taken_away_when_no_process_can_be_writing_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    note = store.scratch("attempts", "m") / "10.5-6.running"
    note.touch()
    count_killed(store)
    assert note.exists()
    os.utime(note, (1, 1))
    count_killed(store)
    assert not note.exists()
    assert failures_in(store) == {}
