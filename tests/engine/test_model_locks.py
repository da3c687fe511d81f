"""Many processes may use a model, one alone may change it."""

import subprocess
import sys
from pathlib import Path

import pytest

from skillprobe_core.engine.model_locks import alone, using
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError

ROOT = Path(__file__).parents[2]


def elsewhere(store: Store, how: str, *models: str) -> int:
    """Take models in another process; returns its exit status."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom skillprobe_core.engine.model_locks import alone, using\n"
        "from skillprobe_core.engine.store import Store\nfrom skillprobe_core.errors import StoreError\n"
        "try:\n    with {'alone': alone, 'using': using}[sys.argv[2]](Store(Path(sys.argv[1])), *sys.argv[3:]):\n"
        "        pass\nexcept StoreError as error:\n    assert 'another process is evaluating' in str(error)\n"
        "    sys.exit(7)\n"
    )
    command = [sys.executable, "-c", program, str(store.root), how, *models]
    return subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode


def test_users_share_a_model_and_keep_a_change_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with using(store, "a"), using(store, "a", "b"):
        assert elsewhere(store, "using", "a") == 0
        assert elsewhere(store, "alone", "a") == 7
        assert elsewhere(store, "alone", "c", "b") == 7
        assert elsewhere(store, "alone", "c") == 0
    assert elsewhere(store, "alone", "a", "b") == 0


def test_a_change_has_its_models_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with alone(store, "a", "b"):
        assert elsewhere(store, "alone", "b") == 7
        assert elsewhere(store, "using", "c") == 0
    with using(store, "b"), pytest.raises(StoreError, match="model 'b'"), alone(store, "a", "b"):
        pass
    with alone(store, "a"):
        pass  # what was held before the refusal was released
