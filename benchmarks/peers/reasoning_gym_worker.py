"""reasoning-gym: the items of one of its sets."""

from __future__ import annotations

import time
from typing import Any

import reasoning_gym

from .worker import serve


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Build `size` items of a set; returns the processor seconds."""
    data = reasoning_gym.create_dataset(request["set"], size=request["size"], seed=3)
    start = time.process_time()
    for place in range(request["size"]):
        data[place]
    return {"seconds": time.process_time() - start}


if __name__ == "__main__":
    serve(work, ["reasoning-gym"])
