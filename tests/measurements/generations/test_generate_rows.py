import os
import signal
import subprocess
import sys
import textwrap

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from skillprobe_core.errors import SettingsError, StoreError
from skillprobe_core.measurements.generations import generate_rows
from skillprobe_core.measurements.generations.chunk_log import ChunkLog
from skillprobe_core.measurements.generations.generate_rows import generate, requests_for
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.prompts import encode_prompt, prompt_digest
from skillprobe_core.runs.checkpoint import Checkpoint

from .small_run import SETTINGS, run


class Counting:
    """A backend that counts what it is asked for, around a real one; it may stop after some requests."""

    def __init__(self, backend, stop_after=None):
        self.backend, self.name, self.asked, self.stop_after = backend, backend.name, [], stop_after
        self.tokenizer, self.dtype, self.positions = backend.tokenizer, backend.dtype, backend.positions

    def complete(self, requests, settings):
        for completion in self.backend.complete(requests, settings):
            if self.stop_after is not None and len(self.asked) >= self.stop_after:
                raise KeyboardInterrupt
            self.asked.append((completion.item_id, completion.sample))
            yield completion


def test_rows_say_what_was_asked_and_answered(backend, items, tmp_path, tokenizer):
    frame = run(backend, items, ChunkLog(tmp_path, "v"), tokenizer=tokenizer)
    assert frame.select("item_id", "sample").rows() == [(f"{n:04d}", sample) for n in range(20) for sample in (0, 1)]
    assert frame.select("model", "step", "item_set", "backend", "sampling").unique().rows() == [
        ("m", 5, "set", backend.name, SETTINGS.row_canonical())
    ]
    prompts = dict(items.iter_rows())
    for row in frame.iter_rows(named=True):
        ids = encode_prompt(tokenizer, prompts[row["item_id"]])
        assert row["prompt_digest"] == prompt_digest(ids)
        assert row["prompt_tokens"] == len(ids)
        assert row["seed"] == SETTINGS.row_seed(row["item_id"], row["sample"])
        assert 1 <= row["completion_tokens"] <= 16


@pytest.mark.parametrize("done", [0, 1, 7, 20, 39])
def test_a_stopped_run_goes_on_and_ends_the_same(backend, items, tmp_path, tokenizer, done):
    whole = run(backend, items, ChunkLog(tmp_path / "whole", "v"), tokenizer=tokenizer)
    log = ChunkLog(tmp_path / "stopped", "v")
    with pytest.raises(KeyboardInterrupt):
        run(Counting(backend, done), items, log, tokenizer=tokenizer)
    kept = log.rows().height
    assert kept == done
    resumed = Counting(backend)
    assert_frame_equal(run(resumed, items, log, tokenizer=tokenizer), whole)
    assert len(resumed.asked) == 40 - kept


def test_all_requests_are_given_at_once_and_rows_can_be_read_before_the_last(backend, items, tmp_path, tokenizer):
    calls, seen, log = [], [], ChunkLog(tmp_path, "v")

    class Watched(Counting):
        def complete(self, requests, settings):
            calls.append(len(requests))
            for completion in super().complete(requests, settings):
                seen.append(log.rows().height)
                yield completion

    frame = run(Watched(backend), items, log, tokenizer=tokenizer)
    assert calls == [40]
    assert frame.height == 40
    assert all(number - 7 <= before <= number for number, before in enumerate(seen))
    assert seen[-1] >= 33


def test_rows_are_committed_after_some_seconds_whatever_the_chunk(backend, items, tmp_path, tokenizer, monkeypatch):
    monkeypatch.setattr(generate_rows, "CHUNK_SECONDS", 0.0)
    log, seen = ChunkLog(tmp_path, "v"), []

    class Watched(Counting):
        def complete(self, requests, settings):
            for completion in super().complete(requests, settings):
                seen.append(log.rows().height)
                yield completion

    run(Watched(backend), items.head(3), log, tokenizer=tokenizer)
    assert seen == [0, 1, 2, 3, 4, 5]


def test_nothing_is_asked_twice(backend, items, tmp_path, tokenizer):
    log = ChunkLog(tmp_path, "v")
    first = run(backend, items, log, tokenizer=tokenizer)
    again = Counting(backend)
    assert_frame_equal(run(again, items, log, tokenizer=tokenizer), first)
    assert again.asked == []
    assert len(list(log.folder.iterdir())) == 1


def test_a_changed_item_is_asked_again_and_no_other(backend, items, tmp_path, tokenizer):
    log = ChunkLog(tmp_path, "v")
    run(backend, items, log, tokenizer=tokenizer)
    changed = items.with_columns(
        prompt=pl.when(pl.col("item_id") == "0004").then(pl.lit("Another?")).otherwise("prompt")
    )
    counting = Counting(backend)
    frame = run(counting, changed, log, tokenizer=tokenizer)
    assert sorted(counting.asked) == [("0004", 0), ("0004", 1)]
    assert frame.height == 40


def test_more_samples_ask_for_the_new_ones_alone(backend, items, tmp_path, tokenizer):
    log = ChunkLog(tmp_path, "v")
    few = run(backend, items, log, tokenizer=tokenizer)
    counting = Counting(backend)
    more = SamplingSettings(samples=5, temperature=0.8, max_new_tokens=16)
    many = run(counting, items, log, more, tokenizer=tokenizer)
    assert {sample for _, sample in counting.asked} == {2, 3, 4}
    assert_frame_equal(many.filter(pl.col("sample") < 2), few)


def test_the_chunk_size_changes_no_row(backend, items, tmp_path, tokenizer):
    requests = requests_for(items, tokenizer, SETTINGS)
    checkpoint = Checkpoint.in_folder("m", 5, tmp_path, "sft")
    frames = [
        generate(
            backend, requests, SETTINGS, checkpoint=checkpoint, item_set="set",
            chunk_log=ChunkLog(tmp_path, str(size)), chunk_size=size,
        )
        for size in (1, 3, 1000)
    ]  # fmt: skip
    assert_frame_equal(frames[0], frames[1])
    assert_frame_equal(frames[0], frames[2])


def test_a_damaged_chunk_is_named(backend, items, tmp_path, tokenizer):
    log = ChunkLog(tmp_path, "v")
    run(backend, items, log, tokenizer=tokenizer)
    (chunk,) = log.folder.iterdir()
    chunk.write_bytes(chunk.read_bytes()[:-8])
    with pytest.raises(StoreError, match=chunk.name):
        run(backend, items, log, tokenizer=tokenizer)


def test_progress_counts_every_row_once(backend, items, tmp_path, tokenizer):
    class Sum:
        items = tokens = 0

        def advance(self, items, tokens=0):
            self.items += items
            self.tokens += tokens

    log, first, second = ChunkLog(tmp_path, "v"), Sum(), Sum()
    frame = run(backend, items, log, tokenizer=tokenizer, progress=first)
    assert (first.items, first.tokens) == (40, frame["completion_tokens"].sum())
    run(backend, items, log, tokenizer=tokenizer, progress=second)
    assert (second.items, second.tokens) == (40, 0)


def test_kill_9_loses_at_most_one_chunk(tiny_base, tmp_path, device, capsys):
    """A real child process is killed while it generates; this one goes on with its log."""
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        import polars as pl
        import torch
        from skillprobe_core.runs.checkpoint import Checkpoint
        from skillprobe_core.measurements.generations.chunk_log import ChunkLog
        from skillprobe_core.measurements.generations.generate_rows import generate, requests_for
        from skillprobe_core.models.backend import SamplingSettings
        from skillprobe_core.models.backends.transformers_backend import TransformersBackend

        class Reporting:
            def advance(self, items, tokens=0):
                print(items, flush=True)

        def run(base, log, device):
            settings = SamplingSettings(max_new_tokens=12)
            backend = TransformersBackend.from_folder(base, dtype=torch.float32, device=device)
            items = pl.DataFrame({"item_id": [f"{n:02d}" for n in range(60)], "prompt": [f"{n}?" for n in range(60)]})
            return generate(
                backend,
                requests_for(items, backend.tokenizer, settings),
                settings,
                checkpoint=Checkpoint.in_folder("m", 1, base, "sft"),
                item_set="set",
                chunk_log=ChunkLog(log, "v"),
                chunk_size=10,
                progress=Reporting(),
            )

        if __name__ == "__main__":
            run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    """)
    command = [sys.executable, "-c", program, str(tiny_base), str(tmp_path / "killed"), device]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    counted = 0
    while counted < 27:
        counted += int(killed.stdout.readline())
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    finished = counted + sum(int(line) for line in killed.stdout)
    kept = ChunkLog(tmp_path / "killed", "v").rows().height
    assert finished - 10 <= kept < 60
    parts: dict = {"__name__": "here"}
    exec(program, parts)
    capsys.readouterr()
    resumed = parts["run"](tiny_base, tmp_path / "killed", device)
    assert int(capsys.readouterr().out.split()[0]) == kept
    assert_frame_equal(resumed, parts["run"](tiny_base, tmp_path / "whole", device))


def test_the_ids_that_were_sampled_are_kept(backend, items, tmp_path, tokenizer):
    frame = run(backend, items, ChunkLog(tmp_path, "v"), tokenizer=tokenizer)
    direct = {
        (each.item_id, each.sample): list(each.ids)
        for each in backend.complete(requests_for(items, tokenizer, SETTINGS), SETTINGS)
    }
    kept = {(row["item_id"], row["sample"]): row["completion_ids"] for row in frame.iter_rows(named=True)}
    assert kept == direct


def test_a_prompt_beyond_the_context_has_a_row_and_stops_no_other(backend, items, tmp_path, tokenizer):
    long = pl.col("item_id").is_in(["0003", "0011"])
    some = items.with_columns(prompt=pl.when(long).then(pl.lit("Why? " * 60)).otherwise("prompt"))
    counting, log = Counting(backend), ChunkLog(tmp_path, "v")
    frame = run(counting, some, log, tokenizer=tokenizer)
    assert frame.select("item_id", "sample").rows() == [(f"{n:04d}", sample) for n in range(20) for sample in (0, 1)]
    assert len(counting.asked) == log.rows().height == 36
    alone = run(backend, items, ChunkLog(tmp_path, "w"), tokenizer=tokenizer)
    assert_frame_equal(frame.filter(~long), alone.filter(~long))
    too_long = frame.filter(long)
    assert too_long["finish_reason"].unique().to_list() == ["too_long"]
    assert too_long["completion_tokens"].sum() == 0
    assert too_long["prompt_tokens"].min() > backend.positions
    with pytest.raises(SettingsError, match="leaves no room"):
        run(backend, some.filter(long), log, tokenizer=tokenizer)
