"""Half-precision products with fp32 results: used only where they lose no digits that products in fp32 have."""

import pytest
import torch

from skillprobe_core.measurements.divergence import half_products as module
from skillprobe_core.measurements.divergence.half_products import exact_half_products, half_product, keeps_divergences
from tests.cuda_device import NO_GPU

CPU = torch.device("cpu")


def rounded(noise: float) -> module.Product:
    """A product in fp32 with an error of this relative size in each logit."""
    generator = torch.Generator().manual_seed(9)

    def product(states: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        logits = states.float() @ weight.float().T
        return logits * (1 + noise * torch.randn(logits.shape, generator=generator))

    return product


def test_only_a_product_that_keeps_the_digits_is_accepted() -> None:
    assert keeps_divergences(rounded(0.0), CPU, torch.bfloat16)
    assert not keeps_divergences(rounded(3e-6), CPU, torch.bfloat16)
    # Sums in fp32, but results in the matrices' own type, as a plain product of a half-precision model gives them.
    assert not keeps_divergences(lambda states, weight: states @ weight.T, CPU, torch.bfloat16)


def test_a_cpu_and_other_types_have_no_such_product() -> None:
    assert not exact_half_products(CPU, torch.bfloat16)
    assert not exact_half_products(torch.device("cuda"), torch.float32)
    with pytest.raises(RuntimeError):
        half_product(torch.zeros(1, 2, dtype=torch.bfloat16), torch.zeros(3, 2, dtype=torch.bfloat16))


def test_a_device_without_the_product_uses_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(module, "_proven", module._proven.__wrapped__)
    monkeypatch.setattr(module, "keeps_divergences", lambda *_: half_product(*[torch.zeros(1, 1).half()] * 2) is None)
    assert not exact_half_products(torch.device("cuda"), torch.float16)


@pytest.mark.gpu
@NO_GPU
def test_the_products_of_a_gpu_have_fp32_results() -> None:
    states, weight = (torch.randn(7, 64, device="cuda").bfloat16() for _ in range(2))
    found = half_product(states, weight)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), states.double() @ weight.double().T, rtol=1e-5, atol=1e-5)
    assert exact_half_products(states.device, torch.bfloat16) == keeps_divergences(
        half_product, states.device, torch.bfloat16
    )
