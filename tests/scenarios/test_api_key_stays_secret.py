"""The API key of a server reaches the server, and nothing that a run writes, shows or passes on."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import dagster as dg
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from skillprobe_core.errors import SettingsError
from skillprobe_core.show.cli.main import app
from skillprobe_dagster.definitions import build_defs
from tests.models.backends.completion_server import Server

GENERATIONS = [dg.AssetKey("generations")]
KEY = "sk-9aQ4-never-written-7Zt2"
SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum"]
[sampling]
max_new_tokens = 2
[compute]
backend = "openai-server"
url = "{url}"
api_key_variable = "SERVER_KEY"
device = "cpu"
dtype = "float32"
[[runs]]
model = "tiny"
folder = "{run}"
base = "{base}"
method = "sft"
"""


@pytest.fixture
def server(tiny_base: Path) -> Iterator[Server]:
    opened = Server(tiny_base, key=KEY, name=str(tiny_base))
    thread = Thread(target=opened.serve_forever)
    thread.start()
    yield opened
    opened.shutdown()
    thread.join()
    opened.server_close()


@pytest.fixture
def home(tmp_path: Path, server: Server, tiny_base: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "run").mkdir()
    text = SETTINGS.format(url=server.url, run=tmp_path / "run", base=tiny_base)
    (tmp_path / "home" / "skillprobe.toml").write_text(text)
    return tmp_path / "home"


def with_key(folder: Path, key: str = KEY) -> list[Path]:
    """The files that contain the key or its second half, in compressed columns also."""
    forms = [form.encode(coding) for form in (key, key[10:]) for coding in ("utf-8", "utf-16-le")]
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert found
    return [path for path in found if any(form in _content(path) for form in forms)]


def _content(path: Path) -> bytes:
    if path.suffix != ".parquet":
        return path.read_bytes()
    return f"{pq.read_metadata(path).metadata}{pq.read_table(path).to_pylist()}".encode()


def probe(home: Path, base: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, BaseException | None]:
    """The text that the command shows, and the error that it prints."""
    monkeypatch.setenv("SKILLPROBE_HOME", str(home))
    monkeypatch.setenv("SERVER_KEY", key)
    done = CliRunner().invoke(app, ["probe", str(base)])
    error = None if isinstance(done.exception, SystemExit) else done.exception
    return f"{done.output}{done.stderr}{error}", error


def arguments_of_processes() -> bytes:
    return b"".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())


def test_the_command_line_writes_and_shows_no_key(
    home: Path, server: Server, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    server.at_request = lambda: seen.append(arguments_of_processes())
    text, error = probe(home, tiny_base, KEY, monkeypatch)
    assert error is None
    assert server.bodies
    assert list(home.glob("generations/**/*.parquet"))
    assert not with_key(home)
    assert KEY not in text + repr(server.bodies)
    assert seen
    assert not any(KEY.encode() in each for each in seen)


@pytest.mark.parametrize("key", ["sk-of-another-5521", "sk-split\nover-lines", ""])
def test_no_error_shows_a_key_that_is_refused(
    home: Path, tiny_base: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, error = probe(home, tiny_base, key, monkeypatch)
    assert isinstance(error, SettingsError)
    assert "SERVER_KEY" in text or "api_key_variable" in text
    assert "sk-" not in text
    assert not key or not with_key(home, key)


@pytest.mark.slow
def test_dagster_stores_no_key(
    home: Path, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SERVER_KEY", KEY)
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        instance.add_dynamic_partitions("checkpoint", ["tiny/0"])
        job = build_defs(home).resolve_job_def("probe_checkpoint")
        for key in ("sk-of-another-5521", KEY):
            monkeypatch.setenv("SERVER_KEY", key)
            job.execute_in_process(
                partition_key="tiny/0", instance=instance, asset_selection=GENERATIONS, raise_on_error=False
            )
    assert server.bodies
    assert not with_key(tmp_path)
    assert not with_key(tmp_path, "sk-of-another-5521")
    assert "sk-" not in "".join(capfd.readouterr())
