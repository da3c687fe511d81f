"""Mapped tensors are the file's, and a disk without room is an error before anything is mapped."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from skillprobe_core.measurements.divergence.mapped_tensors import mapped_tensors

LIMITED = """
import errno, resource, sys
from pathlib import Path
import torch
from skillprobe_core.measurements.divergence.mapped_tensors import mapped_tensors
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    mapped_tensors(Path(sys.argv[1]), {"a": (torch.float32, (64, 64))}, {})
except OSError as error:
    sys.exit(7 if error.errno == errno.EFBIG else 8)
"""


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_what_is_filled_in_is_read_by_the_library(dtype: torch.dtype, tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    forms = {"weight": (dtype, (7, 3)), "bias": (dtype, (7,)), "none": (dtype, (0, 5))}
    made = mapped_tensors(file, forms, {"scale": "2.0"})
    expected = {name: torch.randn(*shape).to(dtype) for name, (_, shape) in forms.items()}
    for name, tensor in expected.items():
        made[name].copy_(tensor)
    with safe_open(file, framework="pt") as opened:
        assert opened.metadata() == {"scale": "2.0"}
        assert {*opened.keys()} == {*forms}
        for name, tensor in expected.items():
            assert torch.equal(opened.get_tensor(name), tensor)


def test_a_file_that_may_not_grow_is_an_error_and_not_the_end_of_the_process(tmp_path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    ended = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path / "a.safetensors")], check=False)
    assert ended.returncode == 7
