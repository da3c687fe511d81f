"""A process group of one process, which the saves of distributed trainers need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def one_process() -> Iterator[None]:
    """Initialise torch.distributed over gloo, without a port, for as long as the block lasts."""
    import torch.distributed as dist

    with TemporaryDirectory() as temporary:
        meeting = Path(temporary).absolute() / "meeting"
        dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=0, world_size=1)
        try:
            yield
        finally:
            dist.destroy_process_group()
