"""Removal of a stored model, or of one of its steps, with what only it needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.engine.model_locks import alone
from skillprobe_core.engine.store import Store
from skillprobe_core.engine.store_errors import writing
from skillprobe_core.errors import StoreError
from skillprobe_core.project.failed_attempts import attempts_of
from skillprobe_core.project.holdings import forget_holdings
from skillprobe_core.project.name_claims import claims_file, claims_text
from skillprobe_core.project.renamed_models import earlier_name_file, earlier_names
from skillprobe_core.runs.checkpoint import is_model
from skillprobe_core.runs.scratch import Scratch

from .store_change import Change, decide, decided, discarded, finish, staging, unfinished
from .stored_model import StoredModel, stored_model, unknown_model


def checked_removal(store: Store, model: str, step: int | None = None) -> StoredModel:
    """Find everything that a removal would touch. A model's only step is the whole model.

    Raises:
        StoreError: The store has no such model or step, or other steps are compared with this base.
    """
    whole = stored_model(store, model)
    if step is None or whole.steps == (step,):
        return whole
    found = stored_model(store, model, step)
    if step == 0:
        raise StoreError(
            f"step 0 of {model!r} is the base that its other steps are compared with",
            remedy=f"remove the whole model: skillprobe remove {model}",
            path=store.root,
        )
    return found


def remove_model(store: Store, model: str, step: int | None = None, *, scratch: Scratch | None = None) -> None:
    """Remove a stored model or one step, or complete a removal that was interrupted.

    Args:
        store: The store.
        model: The model.
        step: Its step (default: all).
        scratch: Where its pins are noted, which are released.

    Raises:
        StoreError: See `checked_removal`; also if another process evaluates the model, or if another rename or removal
            was interrupted.
    """
    if not is_model(model):
        raise unknown_model(store, model)
    command = f"remove {model}" if step is None else f"remove {model}@{step}"
    with store.lock("change"), store.lock("upgrade"), alone(store, model):
        change = decided(store)
        if change is None:
            found = checked_removal(store, model, step)
            with writing(store.root):
                change = Change(command, (model,), tuple(_moves(store, found, staging(store))))
            decide(store, change)
        elif change.command != command and (interrupted := unfinished(store)) is not None:
            raise interrupted
        if scratch is not None:
            forget_holdings(scratch, model, step)
        finish(store, change)


def _moves(store: Store, found: StoredModel, stage: Path) -> Iterator[tuple[str, str]]:
    gone: list[Path] = [*found.studies, *found.logs, *found.records, *found.base_data, *found.failures]
    claim = claims_file(store, found.model)
    coming: list[tuple[str, str]] = []
    if _whole(store, found):
        gone += sorted(store.root.glob(f"*/model={found.model}"))
        gone += [
            claim,
            attempts_of(store, found.model),
            *(earlier_name_file(store, each.name) for each in earlier_names(store) if each.now == found.model),
        ]
    else:
        gone += [attempts_of(store, found.model, each) for each in found.steps]
        gone += [path for step in found.steps for path in sorted(store.root.glob(f"*/model={found.model}/step={step}"))]
        (stage / claim.name).write_text(claims_text(store, found.model, frozenset(found.steps)), encoding="utf-8")
        coming.append((f"_work/change/new/{claim.name}", claim.relative_to(store.root).as_posix()))
    yield from ((path.relative_to(store.root).as_posix(), discarded(number)) for number, path in enumerate(gone))
    yield from coming


def _whole(store: Store, found: StoredModel) -> bool:
    steps = {
        folder.name for folder in store.root.glob(f"*/model={found.model}/step=*") if any(folder.glob("*.parquet"))
    }
    return steps == {f"step={step}" for step in found.steps}
