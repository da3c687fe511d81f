"""Saves that the trainers' own libraries made, replayed operation by operation: no part is taken for the checkpoint."""

import shutil
from pathlib import Path

import pytest
import torch

from skillprobe_core.engine.store import Partition
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.project.project import Project
from skillprobe_core.project.watch_runs import watch_runs
from skillprobe_core.runs.content_files import counting_files
from skillprobe_core.runs.discovery import Candidate, discover
from skillprobe_core.runs.identity import contents
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.weights import open_weights
from tools.real_saves.bases import write_base, write_model
from tools.real_saves.known_weights import known_tensor
from tools.real_saves.recording import Recording

RECORDED = Path(__file__).parents[1] / "data" / "recorded_saves"
SAVES = sorted(RECORDED.glob("*.zip"))
LONG = 1e12
"""Settle time in seconds that never passes."""

each_save = pytest.mark.parametrize("file", SAVES, ids=lambda file: file.stem)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("recorded") / "base")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("recorded") / "trained", 30)


def only(root: Path, base: Path) -> Candidate:
    (found,) = discover(root, "m", "rl", settle_seconds=0)
    return found.started_from(ModelFiles.of(base))


def complete(file: Path, root: Path) -> tuple[Recording, Path]:
    """The recording, and the run folder after its last operation."""
    recording = Recording.read(file)
    root.mkdir()
    for _ in recording.replayed(root):
        pass
    return recording, root / recording.description["run"]


def merged(name: str, shape: torch.Size, step: int) -> torch.Tensor:
    """The base's tensor with the known adapter of rank 2 added, if it is one that the adapter changes."""
    base, module = known_tensor(name, shape, 0), name.removesuffix(".weight")
    if not name.endswith(("q_proj.weight", "v_proj.weight")):
        return base
    first, second = (
        known_tensor(f"base_model.model.{module}.lora_{factor}.weight", sizes, step)
        for factor, sizes in (("A", (2, shape[1])), ("B", (shape[0], 2)))
    )
    return (base + second @ first).half().float()


def content(candidate: Candidate) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in counting_files(candidate.checkpoint.files).items()}


@each_save
def test_no_prefix_is_taken_for_the_checkpoint(file: Path, tmp_path: Path) -> None:
    recording, root = Recording.read(file), tmp_path / "exp"
    root.mkdir()
    expected = recording.description
    run = root / expected["run"]
    readable = expected["weights"] != "convert"
    taken: dict[int, dict[str, bytes]] = {}
    last = 0
    for last in recording.replayed(root):
        for candidate in discover(run, "m", "rl", settle_seconds=LONG) if run.is_dir() else ():
            if candidate.waiting_for is None:
                assert candidate.ready == readable, candidate
                taken[last] = content(candidate) if readable else {}
    assert (last in taken) == expected["ends"]
    (after,) = discover(run, "m", "rl", settle_seconds=0)
    assert (after.layout, after.checkpoint.step) == (expected["layout"], expected["step"])
    assert (after.ready, after.unreadable) == (readable, not readable)
    assert all(each == content(after) for each in taken.values() if readable)


@each_save
def test_the_weights_are_those_that_were_saved(file: Path, tmp_path: Path, base: Path, trained: Path) -> None:
    recording, run = complete(file, tmp_path / "exp")
    description = recording.description
    if description["weights"] == "convert":
        pytest.skip("only the library's own tool reads them")
    files = only(run, base).checkpoint.files
    stored = open_weights(files)
    assert stored.dtype == description["dtype"]
    for name, tensor in stored.stream():
        known = merged if description["weights"] == "merged" else known_tensor
        assert torch.equal(tensor.float(), known(name, tensor.shape, description["step"])), name
    if description["weights"] in ("model", "merged"):
        assert set(stored) == set(open_weights(trained))
    if (description["weights"], description["dtype"]) == ("model", "float32"):
        assert contents(files).tensors_digest == contents(trained).tensors_digest


def test_every_recording_names_what_made_it() -> None:
    assert SAVES
    for file in SAVES:
        assert all(Recording.read(file).description["versions"].values())


def test_recordings_stay_small() -> None:
    assert sum(file.stat().st_size for file in SAVES) < 500_000


SETTINGS = """
settle_seconds = 0
[scratch]
free_gigabytes = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum", "cell_rows"]
[sampling]
max_new_tokens = 4
[divergence]
texts = ["reference"]
"""


@pytest.mark.slow
def test_evaluations_are_those_of_the_same_weights_saved_by_transformers(
    base: Path, trained: Path, tmp_path: Path
) -> None:
    runs = {"saved": tmp_path / "saved"}
    shutil.copytree(trained, runs["saved"] / "checkpoint-30")
    shutil.copy(base / "tokenizer.json", runs["saved"] / "checkpoint-30")
    shutil.copy(base / "tokenizer_config.json", runs["saved"] / "checkpoint-30")
    for file in SAVES:
        description = Recording.read(file).description
        if (description["weights"], description["dtype"]) == ("model", "float32"):
            runs[file.stem] = complete(file, tmp_path / file.stem)[1]
    sections = (f'\n[[runs]]\nfolder = "{run}"\nbase = "{base}"\nmodel = "{name}"\n' for name, run in runs.items())
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "skillprobe.toml").write_text(SETTINGS + "".join(sections))
    project = Project.at(tmp_path / "home")
    for evaluation in watch_runs(project, once=True, every=0):
        assert evaluation.error is None, evaluation
    for table in (VERDICTS, GENERATIONS, LOGIT_DIVERGENCE, PARAMETER_STATS):
        protocol = project.evaluation.digest if table.by_protocol else None
        frames = {name: project.store.read(table, Partition.checkpoint(name, 30, protocol)) for name in runs}
        timed = [name for name in frames["saved"].columns if "seconds" in name or name in ("created_at", "model")]
        assert frames["saved"].height
        for name, frame in frames.items():
            assert frame.drop(timed).equals(frames["saved"].drop(timed), null_equal=True), (table.name, name)
