"""Without vLLM, the command renews the page from the record and leaves the record as it is."""

import pytest

from skillprobe_core.models.backends.vllm_backend import vllm_is_installed
from skillprobe_core.models.vllm_engine.vllm_classes import FILE
from tools.architectures import vllm_support


@pytest.mark.skipif(vllm_is_installed(), reason="vLLM is installed")
def test_the_page_is_renewed_from_the_record(tmp_path, monkeypatch):
    record, text = FILE.read_bytes(), vllm_support.PAGE.read_text(encoding="utf-8")
    page = tmp_path / "architectures.md"
    page.write_text(text.replace("| own | generic |", "| own | none |"), encoding="utf-8")
    monkeypatch.setattr(vllm_support, "PAGE", page)
    assert page.read_text(encoding="utf-8") != text
    vllm_support.main()
    assert page.read_text(encoding="utf-8") == text
    assert FILE.read_bytes() == record
