import hashlib
import json
import os
import re
import shutil
import time
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import CheckpointError, StoreError, one_line
from skillprobe_core.models.model_settings import PromptSettings
from skillprobe_core.project.failed_attempts import FailedAttempts
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.project.watching import Known, RunSeen, StillReading, decode, encode, look, plan
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.content_files import Stamp
from skillprobe_core.runs.discovery import Candidate
from skillprobe_core.runs.identity import identity
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_core.runs.step_choice import StepChoice

NOW = 1_000_000.0
SETTLE = 30.0
FOREIGN = (
    ValueError("no"), RecursionError("deep"), MemoryError(), OSError(5, "Input/output error"), KeyError("a"),
    UnicodeDecodeError("utf-8", b"x", 0, 1, "no"), TypeError("two\nlines"), IndexError("index out of range"),
)  # fmt: skip


def candidate(model, step, *, content=1, written=0, waiting_for=None):
    """A checkpoint whose bytes are named by `content`."""
    files = (Stamp("model.safetensors", content, written),)
    return Candidate(Checkpoint.in_folder(model, step, Path(f"/{model}/{step}/{content}"), "sft"), waiting_for, files)


def run_seen(model, *steps, base=1, problem=None):
    return RunSeen(model, candidate(model, 0, content=base), steps, problem)


class Digests:
    """Digests a path by its last part, and remembers what it was asked; contents in `broken` cannot be digested."""

    def __init__(self, *broken):
        self.asked = []
        self.broken = broken

    def __call__(self, files):
        path = files.path
        self.asked.append(path)
        if int(path.name) in self.broken:
            raise CheckpointError("no safetensors weights", remedy="save them", path=path)
        return hashlib.sha256(path.name.encode()).hexdigest()[:16]


def decide(seen, known=None, *, digest=None, limit=25, now=NOW, once=False, failures=None):
    return plan(
        seen, known or {}, settle_seconds=SETTLE, limit=limit, once=once, failures=failures or {},
        digest=digest or Digests(), now=lambda: now,
    )  # fmt: skip


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
    own, base = digest(ModelFiles.of(Path("7"))), digest(ModelFiles.of(Path("3")))
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


def test_a_folder_that_cannot_be_listed_is_reported_and_stops_no_other():
    decided = decide([run_seen("a", problem="/a: gone"), run_seen("b", candidate("b", 10))])
    assert decided.problems == ("/a: gone",)
    assert keys(decided) == ["b/0", "b/10"]


def test_a_run_without_a_checkpoint_starts_nothing_and_one_being_written_is_enough_for_the_base():
    empty = RunSeen("a", candidate("a", 0), (), nothing="/a: no checkpoint yet")
    decided = decide([empty, run_seen("b", candidate("b", 10))])
    assert keys(decided) == ["b/0", "b/10"]
    assert decided.notes == ("/a: no checkpoint yet",)
    written = Candidate(Checkpoint.in_folder("a", 10, Path("/a/10/1"), "sft"), "no weights yet", ())
    assert keys(decide([run_seen("a", written)], decided.known)) == ["a/0"]


def test_looking_once_takes_what_is_settled_and_names_what_is_left_out():
    settled = replace(candidate("a", 10, waiting_for="no marker yet"), settled=True)
    growing = candidate("a", 20, waiting_for="model.safetensors has 5 of 9 bytes")
    seen = [run_seen("a", settled, growing, candidate("a", 30))]
    assert keys(decide(seen)) == ["a/0", "a/30"]
    decided = decide(seen, once=True)
    assert keys(decided) == ["a/0", "a/10", "a/30"]
    (note,) = decided.notes
    assert note.startswith("a/20 ")
    assert "5 of 9 bytes" in note


@pytest.mark.parametrize("base", [None, candidate("a", 0, content=5)])
def test_looking_once_requests_a_base_that_cannot_be_read_so_that_its_probe_gives_the_reason(base):
    decided = decide([RunSeen("a", base, (candidate("a", 10),))], once=True, digest=Digests(5))
    assert keys(decided) == ["a/0"]


@pytest.mark.parametrize("error", FOREIGN, ids=lambda error: type(error).__name__)
def test_whatever_digesting_raises_concerns_that_checkpoint_alone(error):
    def digest(files):
        if files.path.name == "5":
            raise error
        return Digests()(files)

    seen = [run_seen("a", candidate("a", 10, content=5), candidate("a", 20)), run_seen("b", candidate("b", 1))]
    first = decide(seen, digest=digest)
    assert keys(first) == ["a/0", "a/20", "b/0", "b/1"]
    assert keys(decide(seen, first.known, digest=digest, now=NOW + SETTLE)) == ["a/10"]


def test_what_is_being_written_waits_and_what_stays_broken_is_requested():
    def seen(written):
        reason = "model.safetensors has 5 of 9 bytes"
        growing = candidate("a", 10, content=written, waiting_for=reason)
        stuck = candidate("a", 20, waiting_for=reason)
        nothing = Candidate(Checkpoint.in_folder("a", 30, Path("/a/30/1"), "sft"), "no weights yet", ())
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


def test_of_so_many_steps_one_is_taken_in_the_order_of_the_run():
    def seen(*steps, choice):
        return [replace(run_seen("a", *(candidate("a", step) for step in steps)), choice=choice)]

    newest = StepChoice(20, "newest")
    first = decide(seen(10, 20, 30, 50, choice=newest), limit=2)
    assert keys(first) == ["a/0", "a/50"]
    second = decide(seen(10, 20, 30, 50, 60, choice=newest), first.known)
    assert keys(second) == ["a/60", "a/20"]
    assert keys(decide(seen(40, 50, choice=newest), second.known)) == ["a/40"]
    ends = StepChoice(order="ends")
    assert keys(decide(seen(10, 20, 30, 40, choice=ends))) == ["a/0", "a/40", "a/10", "a/30", "a/20"]


def test_at_most_so_many_are_begun_within_an_hour_and_the_rest_follows():
    def at(hours, known):
        return decide(seen, known, now=NOW + hours * 3600)

    seen = [replace(run_seen("a", *(candidate("a", step) for step in range(1, 6))), choice=StepChoice(per_hour=2))]
    first = at(0, {})
    assert keys(first) == ["a/0", "a/1", "a/2"]
    assert first.notes == ("a: 3 checkpoints wait, since per_hour = 2",)
    half = at(0.5, decode(encode(first.known)))
    assert half.requests == ()
    later = at(1.1, half.known)
    assert keys(later) == ["a/3", "a/4"]
    assert keys(at(2.2, later.known)) == ["a/5"]
    stored = [replace(seen[0], evaluated=frozenset({1, 2, 3}))]
    assert keys(decide(stored)) == ["a/0", "a/1", "a/2", "a/3", "a/4", "a/5"]


def test_a_failed_version_is_requested_again_within_its_limit_and_named():
    seen = [run_seen("a", candidate("a", 10))]
    version = decide(seen).requests[1].version
    known, requested, run_keys = decide(seen).known, [], set()
    for minutes in range(0, 30):
        count = len(requested) + 1
        failure = FailedAttempts(version, ("x",) * count, NOW + 60 * (requested or [0])[-1], "out of memory")
        decided = decide(seen, decode(encode(known)), now=NOW + 60 * minutes, failures={"a/10": failure})
        known = decided.known
        (note,) = decided.notes
        assert note.startswith(f"a/10 failed in {count} ")
        assert "out of memory" in note
        if decided.requests:
            assert keys(decided) == ["a/10"]
            run_keys.add(decided.requests[0].run_key)
            requested.append(minutes)
    assert requested == [1, 3]
    assert len(run_keys) == 2
    assert "skillprobe watch --retry" in note
    assert keys(decide(seen, {}, failures={"a/10": failure})) == ["a/0"]
    rewritten = [run_seen("a", candidate("a", 10, content=2))]
    assert keys(decide(rewritten, known, failures={"a/10": failure})) == ["a/10"]
    assert decide(rewritten, known, failures={"a/10": failure}).notes == ()


def test_what_is_still_being_read_waits_for_a_later_look_and_so_do_those_after_it():
    class Slow(Digests):
        def __call__(self, files):
            if files.path.name == "7":
                self.asked.append(files.path)
                raise StillReading
            return super().__call__(files)

    seen = [run_seen("a", candidate("a", 10), candidate("a", 20, content=7), candidate("a", 30))]
    digest = Slow()
    first = decide(seen, digest=digest)
    assert keys(first) == ["a/0", "a/10"]
    assert first.notes == ("a/20: its files are being read",)
    assert len(digest.asked) == 3
    assert keys(decide(seen, first.known)) == ["a/20", "a/30"]


def test_a_cursor_of_an_earlier_version_is_read():
    text = json.dumps({"a/10": ["f", "d", "d.b", 2, "", 0]})
    assert decode(text) == {"a/10": Known("f", "d", "d.b", 2)}


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


BROKEN = 4
contents = st.integers(1, BROKEN)
folders = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 6)), st.tuples(contents, st.booleans()), max_size=8
)


@given(
    st.lists(st.tuples(folders, contents, contents), min_size=1, max_size=5),
    st.integers(1, 4),
    st.sampled_from(FOREIGN),
)
def test_whatever_happens_each_change_is_requested_exactly_once_and_bases_first(history, limit, error):
    """Digesting content BROKEN raises; a run without checkpoints starts nothing."""
    known = {}
    requested, run_keys = {}, []
    digests = Digests()

    def digest(files):
        if int(files.path.name) == BROKEN:
            raise error
        return digests(files)

    for files, base_a, base_b in history:
        owners = {owner for owner, _ in files}
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
                assert model in owners
                if step != "0":
                    assert requested[f"{model}/0"].split(".")[0] == request.version.split(".")[1]
        assert not decided.requests
        for each in seen:
            if each.base.checkpoint.path.name == str(BROKEN):
                continue
            base_digest = digest(each.base.checkpoint.files)
            for found in each.checkpoints:
                if found.ready and found.checkpoint.path.name != str(BROKEN):
                    assert requested[found.checkpoint.key] == f"{digest(found.checkpoint.files)}.{base_digest}"
    assert len(set(run_keys)) == len(run_keys)


def test_what_arrives_in_real_folders_is_requested_once_it_is_complete(tmp_path, tiny_base, tiny_run):
    """From `look` on: what arrives is seen when it is whole, with the digests of its bytes."""
    base, run = tmp_path / "base", tmp_path / "run"
    shutil.copytree(tiny_base, base)
    hour_ago = time.time() - 3600
    for file in base.iterdir():
        os.utime(file, (hour_ago, hour_ago))
    settings = Settings(
        prompts=PromptSettings(template="own"),  # the shared one of this base is that of its first complete checkpoint
        runs=(RunSettings(folder=run, base=base, model="tiny", method="sft"),),
        settle_seconds=600,
    )
    project = Project(settings, Store(tmp_path / "home"))

    def tick(known):
        return plan(look(project), known, settle_seconds=settings.settle_seconds)

    missing = tick({})
    assert keys(missing) == []
    assert str(run) in missing.problems[0]

    run.mkdir()
    empty = tick(missing.known)
    assert (keys(empty), empty.problems, len(empty.notes)) == ([], (), 1)
    for told in (str(run), "hf_trainer", "peft_adapter", "`skillprobe layouts`"):
        assert told in empty.notes[0]

    folder = run / "checkpoint-10"
    shutil.copytree(tiny_run / "checkpoint-10", folder, ignore=shutil.ignore_patterns("trainer_state.json"))
    incomplete = tick(empty.known)
    assert keys(incomplete) == ["tiny/0"]
    assert incomplete.problems == incomplete.notes == ()

    (folder / "trainer_state.json").write_text(json.dumps({"global_step": 10}))
    complete = tick(incomplete.known)
    expected = f"{identity(folder).digest[:16]}.{identity(base).digest[:16]}"
    assert [(request.key, request.version) for request in complete.requests] == [("tiny/10", expected)]
    assert tick(complete.known).requests == ()

    shutil.rmtree(base)
    assert tick(complete.known).requests == ()


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", "7", "null", '"text"', "[" * 5000, '{"a/0": 1}', '{"a/0": []}', '{"a/0": ["a", "b", "c", 1, "w"]}',
        '{"a/0": ["a", "b", "c", 1, "w", 0.0, "new"]}', '{"a/0": ["a", "b", "c", "1", "w", 0.0]}',
        '{"a/0": [null, "b", "c", 1, "w", 0.0]}', '{"a/0": {"fingerprint": "a"}}', "\x00", "{'a/0': 1}",
    ],
)  # fmt: skip
def test_a_cursor_that_encode_did_not_write_is_refused_in_one_line(text):
    with pytest.raises(StoreError, match="cursor") as caught:
        decode(text)
    assert "\n" not in one_line(caught.value)


short = st.text(max_size=4)
seconds = st.floats(0, 1e10)
knowns = st.builds(Known, short, short, short, st.integers(0, 5), short, seconds, seconds, st.integers(0, 5))


@given(st.dictionaries(st.text(max_size=8), knowns, max_size=4))
def test_a_cursor_is_read_as_it_was_written(known):
    assert {key: astuple(each) for key, each in decode(encode(known)).items()} == {
        key: astuple(each) for key, each in known.items()
    }


def without_a_folder(folder):
    return folder / "nowhere"


def a_file(folder):
    (folder / "file").write_text("")
    return folder / "file"


def a_link_to_itself(folder):
    (folder / "loop").symlink_to(folder / "loop")
    return folder / "loop"


def a_name_with_nul(folder):
    return folder / "a\0b"


def a_state_that_nests_too_deeply(folder):
    (folder / "model.safetensors").write_text("")
    (folder / "config.json").write_text("{}")
    (folder / "trainer_state.json").write_text("[" * 100_000)
    return folder


def a_state_of_infinite_steps(folder):
    (folder / "model.safetensors").write_text("")
    (folder / "config.json").write_text("{}")
    (folder / "trainer_state.json").write_text('{"global_step": Infinity}')
    return folder


@pytest.mark.parametrize(
    "spoil",
    [
        without_a_folder, a_file, a_link_to_itself, a_name_with_nul, a_state_that_nests_too_deeply,
        a_state_of_infinite_steps,
    ],
)  # fmt: skip
def test_a_run_that_cannot_be_read_is_its_own_problem_in_one_line(spoil, tmp_path, tiny_base, tiny_run):
    (tmp_path / "bad").mkdir()
    bad = RunSettings(folder=spoil(tmp_path / "bad"), base=tiny_base, model="bad")
    good = RunSettings(folder=tiny_run, base=tiny_base, model="good")
    project = Project(Settings(runs=(bad, good), settle_seconds=0), Store(tmp_path / "home"))
    decided = plan(look(project), {}, settle_seconds=0)
    assert keys(decided) == ["good/0", "good/10", "good/20"]
    (line,) = (*decided.problems, *decided.notes)
    assert "\n" not in line
    assert str(bad.folder) in line
    assert list(filter(re.compile("good").match, project.keys())) == ["good/0", "good/10", "good/20"]
    assert project.probe("good/10").checkpoint.step == 10


@pytest.mark.parametrize("name", ["my run", "lr=1e-5", "实验1", "", "-x", "a/b", "x" * 300])
def test_a_model_name_that_cannot_be_one_is_the_problem_of_its_run(name, tmp_path, tiny_base, tiny_run):
    runs = (
        RunSettings(folder=tiny_run, base=tiny_base, model=name),
        RunSettings(folder=tiny_run, base=tiny_base, model="good"),
    )
    project = Project(Settings(runs=runs, settle_seconds=0), Store(tmp_path / "home"))
    decided = plan(look(project), {}, settle_seconds=0)
    assert keys(decided) == ["good/0", "good/10", "good/20"]
    assert len(decided.problems) == 1
    assert "Remedy: " in decided.problems[0]
    assert list(project.keys()) == ["good/0", "good/10", "good/20"]


def a_broken_link(run, tiny_run):
    (run / "checkpoint-5").symlink_to(run / "nowhere")


def a_config_that_nests_too_deeply(run, tiny_run):
    folder = shutil.copytree(tiny_run / "checkpoint-10", run / "checkpoint-5")
    (folder / "config.json").write_text("[" * 100_000)


def a_config_that_is_a_list(run, tiny_run):
    folder = shutil.copytree(tiny_run / "checkpoint-10", run / "checkpoint-5")
    (folder / "config.json").write_text("[1]")


def a_folder_in_place_of_the_weights(run, tiny_run):
    folder = shutil.copytree(tiny_run / "checkpoint-10", run / "checkpoint-5")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").mkdir()


def a_state_in_another_encoding(run, tiny_run):
    folder = shutil.copytree(tiny_run / "checkpoint-10", run / "checkpoint-5")
    (folder / "trainer_state.json").write_bytes(b"\xff\xfe")


@pytest.mark.parametrize(
    "add",
    [
        a_broken_link, a_config_that_nests_too_deeply, a_config_that_is_a_list, a_folder_in_place_of_the_weights,
        a_state_in_another_encoding,
    ],
)  # fmt: skip
def test_one_damaged_checkpoint_hides_none_of_its_run(add, tmp_path, tiny_base, tiny_run):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    add(run, tiny_run)
    settings = Settings(runs=(RunSettings(folder=run, base=tiny_base, model="m"),), settle_seconds=0)
    project = Project(settings, Store(tmp_path / "home"))
    assert {"m/0", "m/10", "m/20"} <= set(keys(plan(look(project), {}, settle_seconds=0)))
    assert project.probe("m/20").previous.step == 10


def test_a_checkpoint_without_its_last_file_is_the_previous_one_once_it_is_settled(tmp_path, tiny_base, tiny_run):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    (run / "checkpoint-10" / "trainer_state.json").unlink()
    hour_ago = time.time() - 3600
    settings = Settings(runs=(RunSettings(folder=run, base=tiny_base, model="m"),))
    project = Project(settings, Store(tmp_path / "home"))
    for file in (run / "checkpoint-10").iterdir():
        os.utime(file)
    assert project.probe("m/20").previous is None
    for file in (run / "checkpoint-10").iterdir():
        os.utime(file, (hour_ago, hour_ago))
    assert project.probe("m/20").previous.step == 10
    weights = run / "checkpoint-10" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    os.utime(weights, (hour_ago, hour_ago))
    assert project.probe("m/20").previous is None


def test_checkpoints_that_cannot_be_read_start_nothing_and_are_reported_with_the_command(
    tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "exp"
    for step in (10, 20):
        actor = run / f"global_step_{step}" / "actor"
        actor.mkdir(parents=True)
        (actor / "model_world_size_1_rank_0.pt").touch()
    (run / "latest_checkpointed_iteration.txt").write_text("20")
    settings = Settings(runs=(RunSettings(folder=run, base=tiny_base, method="rl"),), settle_seconds=0)
    project = Project(settings, Store(tmp_path / "home"))
    for once in (False, True):
        decided = plan(look(project), {}, settle_seconds=0, once=once)
        assert (decided.requests, decided.notes) == ((), ())
        (problem,) = decided.problems
        assert "2 of 2 checkpoints are left out" in problem
        assert f"--local_dir {run}/global_step_20/actor" in problem
    with pytest.raises(CheckpointError, match=r"cannot be read[\s\S]*skillprobe probe OUT"):
        project.probe("exp/20")
    shutil.copytree(tiny_run / "checkpoint-10", run / "checkpoint-30")
    state = run / "checkpoint-30" / "trainer_state.json"
    state.write_text(json.dumps({"global_step": 30}))
    decided = plan(look(project), {}, settle_seconds=0)
    assert [request.key for request in decided.requests] == ["exp/0", "exp/30"]
    assert (decided.problems, len(decided.notes)) == ((), 1)
    assert "hf_trainer" in decided.recognised["exp"]
    assert str(tiny_base) in decided.recognised["exp"]


def test_a_folder_of_runs_is_not_taken_for_a_run(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_run, tmp_path / "top" / "exp")
    settings = Settings(runs=(RunSettings(folder=tmp_path / "top", base=tiny_base),))
    decided = plan(look(Project(settings, Store(tmp_path / "home"))), {}, settle_seconds=0)
    assert decided.requests == ()
    assert f"skillprobe init {tmp_path / 'top' / 'exp'}" in decided.notes[0]
