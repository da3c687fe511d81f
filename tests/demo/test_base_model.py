"""The committed base: small, whole, and worth tuning."""

from collections import defaultdict

import pytest
import torch

from skillprobe_core.benchmark.item_schema import Domain, Item, Skill
from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.demo.base_model import base_model_folder
from skillprobe_core.demo.sft_and_rl import TARGET_CELL
from skillprobe_core.stats.wilson import wilson_interval
from tools.base_model.assessment import accuracy_table, recited

MEGABYTE = 10**6


@pytest.fixture(scope="module")
def base():
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = base_model_folder()
    # Rows this short go faster through plain attention than through the fused kernel of a CPU.
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    return network, AutoTokenizer.from_pretrained(folder)


@pytest.fixture(scope="module")
def items():
    # Chance is high where an error is to be found, so that more items are needed to tell skill from luck.
    hard = [kind for kind in KINDS if kind.skill is Skill.DIAGNOSTIC and kind.domain is Domain.MATH]
    others = [kind for kind in KINDS if kind not in hard]
    frames = build_item_set(others, levels=(1,), per_level=8), build_item_set(hard, levels=(1,), per_level=60)
    return [Item.from_row(row) for frame in frames for row in frame.iter_rows(named=True)]


@pytest.fixture(scope="module")
def table(base, items):
    return accuracy_table(*base, items, tokens=112)


@pytest.fixture(scope="module")
def target_items():
    kinds = [kind for kind in KINDS if (kind.skill, kind.domain) == TARGET_CELL]
    return [Item.from_row(row) for row in build_item_set(kinds, levels=(1,), per_level=8).iter_rows(named=True)]


@pytest.fixture(scope="module")
def target_table(base, target_items):
    return accuracy_table(*base, target_items, tokens=112)


def test_its_files_take_ten_megabytes_at_most():
    assert sum(path.stat().st_size for path in base_model_folder().iterdir() if path.is_file()) <= 10 * MEGABYTE


def test_its_shape_runs_on_every_backend(base):
    network, tokenizer = base
    assert 1_000_000 < sum(parameter.numel() for parameter in network.parameters()) < 5_000_000
    assert network.config.model_type == "llama"
    assert network.config.head_dim in (32, 64, 128)
    assert network.config.max_position_embeddings >= 512
    assert network.config.vocab_size == len(tokenizer)
    assert network.config.tie_word_embeddings
    assert tokenizer.chat_template is None
    assert (network.config.eos_token_id, network.config.pad_token_id) == (
        tokenizer.eos_token_id,
        tokenizer.pad_token_id,
    )


@pytest.mark.slow
def test_it_is_above_chance_in_most_cells_and_surely_in_one_of_every_skill(table):
    cells = defaultdict(lambda: [0.0, 0.0, 0])
    for row in table.iter_rows(named=True):
        cell = cells[row["skill"], row["domain"]]
        cell[0] += row["accuracy"] * row["n"]
        cell[1] += row["chance"] * row["n"]
        cell[2] += row["n"]
    assert len(cells) == len(Skill) * len(Domain)
    above = [name for name, (right, guessed, _) in cells.items() if right > guessed]
    sure = {
        skill for (skill, _), (right, guessed, n) in cells.items() if wilson_interval(right / n, n)[0] > guessed / n
    }
    assert len(above) > len(cells) / 2, sorted(set(cells) - set(above))
    assert sure == {str(skill) for skill in Skill}


def test_it_has_room_to_grow_in_what_the_arms_tune(target_table):
    cell = target_table.filter(skill=str(TARGET_CELL[0]), domain=str(TARGET_CELL[1]))
    accuracy = (cell["accuracy"] * cell["n"]).sum() / cell["n"].sum()
    assert 0.1 < accuracy < 0.9


def test_what_it_recites_it_also_gets_right(base, target_items, target_table):
    recitals = recited(*base, target_items)
    accuracy = {(row["kind"], row["level"]): row["accuracy"] for row in target_table.iter_rows(named=True)}
    # bfloat16 in the one and float32 in the other can part in a near tie.
    assert sum(recitals[slot] - share > 1e-9 for slot, share in accuracy.items()) <= len(accuracy) // 10
