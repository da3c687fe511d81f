"""Write a small store with the code of commit e643155. Run it from the root of the repository:

    mkdir OLD && git archive e643155 | tar x -C OLD
    PYTHONPATH=OLD python tests/data/store_before_protocols/make_store.py WORK

The two checkpoints are tuned on the store's own items, so that they answer some of them; the rest is cut or unreadable.
"""

import os
import sys
from pathlib import Path

work = Path(sys.argv[1]).resolve()
store = work / "store"
store.mkdir(parents=True)
os.environ["SKILLPROBE_HOME"] = str(store)
(store / "skillprobe.toml").write_text(
    """[items]
levels = [1]
per_level = 2
kinds = ["column_sum", "energy_levels", "schedule_clash", "science_choice"]

[sampling]
max_new_tokens = 12
"""
)

import torch  # noqa: E402
from skillprobe_core.checkpoints.loading import load_tokenizer  # noqa: E402
from skillprobe_core.cli.main import app  # noqa: E402
from skillprobe_core.inference.prompts import encode_prompts  # noqa: E402
from skillprobe_core.pipeline.items import load_items  # noqa: E402
from skillprobe_core.pipeline.project import Project  # noqa: E402
from transformers import AutoModelForCausalLM  # noqa: E402

from tests.conftest import write_tiny_base, write_tiny_checkpoint  # noqa: E402


def tune(folder: Path, items: object, learned: int) -> None:
    """Fit the checkpoint to answer lines: right ones for the first `learned` items, one wrong, one of another form."""
    tokenizer = load_tokenizer(folder)
    prompts = encode_prompts(tokenizer, items)
    model = AutoModelForCausalLM.from_pretrained(folder)
    rows = []
    for place, row in enumerate(items.sort("item_id").iter_rows(named=True)):
        answer = row["answer"] if place < learned else "7" if place == learned else "I cannot say which of them it is."
        if place == learned + 1:
            answer = "perhaps"
        ids = tokenizer(f"Answer: {answer}", add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
        rows.append((list(prompts[row["item_id"]].ids), ids))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(120):
        loss = 0.0
        for prompt, ids in rows:
            logits = model(torch.tensor([prompt + ids])).logits[0, len(prompt) - 1 : -1]
            loss = loss + torch.nn.functional.cross_entropy(logits, torch.tensor(ids))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(folder.name, float(loss), flush=True)
    state = (folder / "trainer_state.json").read_text()
    model.save_pretrained(folder)
    (folder / "trainer_state.json").write_text(state)


torch.manual_seed(0)
torch.set_num_threads(1)
base = write_tiny_base(work / "base")
run = work / "runs" / "tiny-sft"
project = Project.open()
questions = load_items(project.settings.items, project.store)
for step, learned in ((10, 3), (20, 6)):
    tune(write_tiny_checkpoint(run, base, step), questions, learned)


def command(*args: object) -> None:
    print("$", *args, flush=True)
    app([str(each) for each in args], standalone_mode=False)


for step in (10, 20):
    command("probe", run / f"checkpoint-{step}", "--base", base, "--method", "sft", "--tokens")
command("noise", run / "checkpoint-20")
command("study")
