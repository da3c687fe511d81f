import hashlib
import json
import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.checkpoints.checkpoint import Checkpoint
from skillprobe_core.checkpoints.discovery import Candidate
from skillprobe_core.checkpoints.files import Stamp
from skillprobe_core.checkpoints.identity import identity
from skillprobe_core.errors import CheckpointError
from skillprobe_core.pipeline.project import Project
from skillprobe_core.pipeline.settings import RunSettings, Settings
from skillprobe_core.pipeline.watch import RunSeen, decode, encode, look, plan
from skillprobe_core.store.parquet import Store

NOW = 1_000_000.0
SETTLE = 30.0


def candidate(model, step, *, content=1, written=0, waiting_for=None):
    """A checkpoint whose bytes are named by `content`."""
    files = (Stamp("model.safetensors", content, written),)
    return Candidate(Checkpoint(model, step, Path(f"/{model}/{step}/{content}"), "sft"), waiting_for, files)


def run_seen(model, *steps, base=1, problem=None):
    return RunSeen(model, candidate(model, 0, content=base), steps, problem)


class Digests:
    """Digests a path by its last part, and remembers what it was asked; contents in `broken` cannot be digested."""

    def __init__(self, *broken):
        self.asked = []
        self.broken = broken

    def __call__(self, path):
        self.asked.append(path)
        if int(path.name) in self.broken:
            raise CheckpointError("no safetensors weights", remedy="save them", path=path)
        return hashlib.sha256(path.name.encode()).hexdigest()[:16]


def decide(seen, known=None, *, digest=None, limit=25, now=NOW):
    return plan(seen, known or {}, settle_seconds=SETTLE, limit=limit, digest=digest or Digests(), now=lambda: now)


def keys(decided):
    return [request.key for request in decided.requests]


def test_a_models_base_comes_before_its_other_steps_and_nothing_comes_twice():
    seen = [run_seen("a", candidate("a", 10), candidate("a", 20)), run_seen("b", candidate("b", 5))]
    digest = Digests()
    first = decide(seen, digest=digest)
    assert keys(first) == ["a/0", "a/10", "a/20", "b/0", "b/5"]
    second = decide(seen, decode(encode(first.known)), digest=digest)
    assert second.requests == ()
    assert second.known == first.known
    assert len(digest.asked) == 5


def test_versions_are_the_checkpoints_digest_and_the_bases():
    first = decide([run_seen("a", candidate("a", 10, content=7), base=3)])
    digest = Digests()
    own, base = digest(Path("7")), digest(Path("3"))
    assert [(request.key, request.version) for request in first.requests] == [
        ("a/0", f"{base}.{base}"),
        ("a/10", f"{own}.{base}"),
    ]
    assert first.requests[1].run_key == f"a/10@{own}.{base}"


def test_a_rewritten_checkpoint_is_requested_again_and_a_touched_one_is_not():
    known = decide([run_seen("a", candidate("a", 10), candidate("a", 20))]).known
    touched = decide([run_seen("a", candidate("a", 10, written=5), candidate("a", 20))], known)
    assert touched.requests == ()
    rewritten = decide([run_seen("a", candidate("a", 10, content=2), candidate("a", 20))], known)
    assert keys(rewritten) == ["a/10"]
    restored = decide([run_seen("a", candidate("a", 10), candidate("a", 20))], rewritten.known)
    assert keys(restored) == ["a/10"]
    original = decide([run_seen("a", candidate("a", 10))]).requests[1]
    assert restored.requests[0].version == original.version
    assert restored.requests[0].run_key != original.run_key


def test_a_changed_base_requests_all_its_models_steps_again_and_no_others():
    other = run_seen("b", candidate("b", 10))
    known = decide([run_seen("a", candidate("a", 10), candidate("a", 20)), other]).known
    changed = decide([run_seen("a", candidate("a", 10), candidate("a", 20), base=9), other], known)
    assert keys(changed) == ["a/0", "a/10", "a/20"]


@pytest.mark.parametrize("seen", [[], [RunSeen("a", None, (), "cannot be listed")], [run_seen("a")]])
def test_an_unreadable_or_empty_listing_forgets_nothing(seen):
    full = [run_seen("a", candidate("a", 10))]
    known = decide(full).known
    gone = decide(seen, known)
    assert gone.requests == ()
    assert gone.known == known
    assert decide(full, gone.known).requests == ()


def test_a_folder_that_cannot_be_listed_is_told_and_stops_no_other():
    decided = decide([run_seen("a", problem="/a: gone"), run_seen("b", candidate("b", 10))])
    assert decided.problems == ("/a: gone",)
    assert keys(decided) == ["a/0", "b/0", "b/10"]


def test_what_is_being_written_waits_and_what_stays_broken_is_requested():
    def seen(written):
        reason = "model.safetensors has 5 of 9 bytes"
        growing = candidate("a", 10, content=written, waiting_for=reason)
        stuck = candidate("a", 20, waiting_for=reason)
        nothing = Candidate(Checkpoint("a", 30, Path("/a/30/1"), "sft"), "no weights yet", ())
        return [run_seen("a", growing, stuck, nothing)]

    first = decide(seen(1))
    assert keys(first) == ["a/0"]
    early = decide(seen(2), decode(encode(first.known)), now=NOW + SETTLE - 1)
    assert early.requests == ()
    later = decide(seen(3), decode(encode(early.known)), now=NOW + SETTLE)
    assert keys(later) == ["a/20"]
    assert decide(seen(4), later.known, now=NOW + 10 * SETTLE).requests == ()
    whole = decide([run_seen("a", candidate("a", 10, content=5))], later.known, now=NOW + SETTLE + 1)
    assert keys(whole) == ["a/10"]


def test_what_cannot_be_digested_is_requested_once_and_again_when_it_changes():
    digest = Digests(5, 6)
    known = {}
    requested = []
    for content, now in ((5, 0), (5, SETTLE), (5, 9 * SETTLE), (6, 10 * SETTLE), (6, 11 * SETTLE), (7, 12 * SETTLE)):
        decided = decide([run_seen("a", candidate("a", 10, content=content))], known, digest=digest, now=NOW + now)
        known = decided.known
        requested.append(keys(decided))
    assert requested == [["a/0"], ["a/10"], [], [], ["a/10"], ["a/10"]]


@pytest.mark.parametrize("base", [None, candidate("a", 0, content=5)])
def test_steps_wait_for_a_base_that_cannot_be_read_and_the_base_itself_is_requested_once(base):
    digest = Digests(5)
    seen = [RunSeen("a", base, (candidate("a", 10),)), run_seen("b", candidate("b", 10))]
    first = decide(seen, digest=digest)
    assert keys(first) == ["b/0", "b/10"]
    later = decide(seen, first.known, digest=digest, now=NOW + SETTLE)
    assert keys(later) == ["a/0"]
    assert decide(seen, later.known, digest=digest, now=NOW + 9 * SETTLE).requests == ()
    mended = [run_seen("a", candidate("a", 10)), seen[1]]
    assert keys(decide(mended, later.known, digest=digest)) == ["a/0", "a/10"]


def test_a_base_that_vanishes_for_a_while_changes_nothing():
    known = decide([run_seen("a", candidate("a", 10))]).known
    without = decide([RunSeen("a", None, (candidate("a", 10), candidate("a", 20)))], known)
    assert keys(without) == ["a/20"]
    assert decide([run_seen("a", candidate("a", 10), candidate("a", 20))], without.known).requests == ()


def test_digesting_stops_when_its_time_is_over_and_goes_on_the_next_time():
    clock = iter(range(100))
    seen = [run_seen("a", *(candidate("a", step) for step in range(1, 30)))]
    first = plan(seen, {}, settle_seconds=SETTLE, seconds=10, digest=Digests(), now=lambda: float(next(clock)))
    assert 0 < len(first.requests) < 25
    assert keys(first) == [f"a/{step}" for step in range(len(first.requests))]
    rest = decide(seen, first.known, limit=100)
    assert keys(first) + keys(rest) == [f"a/{step}" for step in range(30)]


contents = st.integers(1, 3)
folders = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 6)), st.tuples(contents, st.booleans()), max_size=8
)


@given(st.lists(st.tuples(folders, contents, contents), min_size=1, max_size=5), st.integers(1, 4))
def test_whatever_happens_each_change_is_requested_exactly_once_and_bases_first(history, limit):
    known = {}
    requested, run_keys = {}, []
    digest = Digests()
    for files, base_a, base_b in history:
        seen = [
            run_seen(
                model,
                *(
                    candidate(model, step, content=content, waiting_for=None if whole else "a shard")
                    for (owner, step), (content, whole) in sorted(files.items())
                    if owner == model
                ),
                base=base,
            )
            for model, base in (("a", base_a), ("b", base_b))
        ]
        for _ in range(40):
            decided = decide(seen, known, digest=digest, limit=limit)
            known = decode(encode(decided.known))
            if not decided.requests:
                break
            assert len(decided.requests) <= limit
            for request in decided.requests:
                assert requested.get(request.key) != request.version
                requested[request.key] = request.version
                run_keys.append(request.run_key)
                model, step = request.key.split("/")
                if step != "0":
                    assert requested[f"{model}/0"].split(".")[0] == request.version.split(".")[1]
        assert not decided.requests
        for each in seen:
            base_digest = digest(each.base.checkpoint.path)
            for found in each.checkpoints:
                if found.ready:
                    assert requested[found.checkpoint.key] == f"{digest(found.checkpoint.path)}.{base_digest}"
    assert len(set(run_keys)) == len(run_keys)


def test_real_folders(tmp_path, tiny_base, tiny_run):
    """From `look` on: what arrives is seen when it is whole, with the digests of its bytes."""
    base, run = tmp_path / "base", tmp_path / "run"
    shutil.copytree(tiny_base, base)
    hour_ago = time.time() - 3600
    for file in base.iterdir():
        os.utime(file, (hour_ago, hour_ago))
    settings = Settings(runs=(RunSettings(folder=run, base=base, model="tiny", method="sft"),), settle_seconds=600)
    project = Project(settings, Store(tmp_path / "home"))

    def tick(known):
        return plan(look(project), known, settle_seconds=settings.settle_seconds)

    missing = tick({})
    assert keys(missing) == ["tiny/0"]
    assert str(run) in missing.problems[0]

    folder = run / "checkpoint-10"
    shutil.copytree(tiny_run / "checkpoint-10", folder, ignore=shutil.ignore_patterns("trainer_state.json"))
    incomplete = tick(missing.known)
    assert incomplete.requests == ()
    assert incomplete.problems == ()

    (folder / "trainer_state.json").write_text(json.dumps({"global_step": 10}))
    complete = tick(incomplete.known)
    expected = f"{identity(folder).digest[:16]}.{identity(base).digest[:16]}"
    assert [(request.key, request.version) for request in complete.requests] == [("tiny/10", expected)]
    assert tick(complete.known).requests == ()

    shutil.rmtree(base)
    assert tick(complete.known).requests == ()
