"""What models, users and files wrote is shown as it is by every command: wide and narrow, terminal and pipe."""

import io
import json
import logging
import os
import pty
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import typer

from skillprobe_core.benchmark.item_set import build_item_set, freeze
from skillprobe_core.benchmark.kind_registry import kind_named
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.profile_tests.profile_tests import profile_tests
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.protocols.evaluation_protocol import Protocol, record
from skillprobe_core.measurements.skill_scores.skill_scores import skill_scores
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.prompts import TEMPLATE_RULES
from skillprobe_core.show.cli.main import app, main
from skillprobe_core.visible import visible, visible_lines
from tests.filling import filled

STORED = (
    "[a, b]",
    "[/b] [bold red]x[/] [link=https://example.org]y[/link]",
    "[items] [[runs]] :smile:",
    "\x1b[31mred\x1b[0m \x1b]8;;https://example.org\x1b\\z\x1b]8;;\x1b\\ \x1b]52;c;eA==\x07",
    "a\x00b\x07\x08\x7f\x9b31m",
    "safe\rEVIL",
    "one\ntwo\tthree\r\n  Remedy: none",
    "\u202egpj.exe\u2066\u2069",
    "zero\u200bwidth\ufeff\u2028\u2029",
    "w" * 300,
    "日本語" * 40 + " 👩🏽\u200d⚕\ufe0f e\u0301",
    "| a | b |\n|---|---|\n**bold** `x` $x$",
    "'; DROP TABLE items; --",
    '<script>alert("x")</script> &lt;',
    r"\frac{1}{2} \x1b %s {0} {x}",
    "  led and trailed by spaces  ",
)
FOLDER = "[b]st\x1b[31more\n  Remedy: [/b]"  # ASCII, which a C locale can name
UNTYPED = "[/b]\x1b[31m\udcff\u202e"  # what may be typed: the last byte of three is not UTF-8
MADE = Provenance("made-up", "1")
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
BAR = re.compile(r"\x1b\[\??[0-9]*[AKhl]|\r")  # how rich draws a bar anew
STYLE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Device:
    """What output goes to."""

    terminal: bool
    encoding: str
    columns: int

    @property
    def name(self) -> str:
        return f"{'terminal' if self.terminal else 'pipe'}-{self.encoding}-{self.columns}"


DEVICES = [
    Device(terminal, code, width) for terminal in (True, False) for code in ("utf-8", "ascii") for width in (40, 160)
]
# Every pair of two properties is among these.
FEW_DEVICES = [
    Device(True, "utf-8", 40), Device(True, "ascii", 160), Device(False, "utf-8", 160), Device(False, "ascii", 40),
]  # fmt: skip


class Stream(io.TextIOWrapper):
    def __init__(self, device: Device) -> None:
        super().__init__(io.BytesIO(), encoding=device.encoding, errors="strict", newline="")
        self._terminal = device.terminal

    def isatty(self) -> bool:
        return self._terminal

    def bytes(self) -> bytes:
        self.flush()
        return self.buffer.getvalue()


@dataclass(frozen=True)
class Shown:
    status: object
    out: bytes
    text: str

    def holds(self, wanted: str, device: Device) -> bool:
        """Whether the text is there, folded or not, in escapes where the device's encoding lacks a character."""
        expected = visible(wanted).encode(device.encoding, "backslashreplace").decode(device.encoding)
        return "".join(expected.split()) in "".join(self.text.split())


def run(arguments: list[str], device: Device, typed: str = "") -> Shown:
    """The command line as a program runs it, on that device."""
    with pytest.MonkeyPatch.context() as patch:
        out, err = Stream(device), Stream(device)
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", err)
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8"))
        patch.setattr("sys.argv", ["skillprobe", *arguments])
        patch.setenv("COLUMNS", str(device.columns))
        patch.setenv("TERM", "xterm-256color")
        patch.delenv("NO_COLOR", raising=False)
        try:
            main()
            status: object = 0
        except SystemExit as ended:
            status = ended.code
        return Shown(status, out.bytes(), STYLE.sub("", (out.bytes() + err.bytes()).decode()))


def leaves(application: typer.Typer, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that does something, as it is typed."""
    for command in application.registered_commands:
        assert command.callback is not None
        yield (*before, command.name or command.callback.__name__)
    for group in application.registered_groups:
        assert group.typer_instance is not None
        yield from leaves(group.typer_instance, (*before, str(group.name)))


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what `main` sets for the whole process."""
    factory = logging.getLogRecordFactory()
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    yield
    logging.setLogRecordFactory(factory)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in a folder of a hostile name, whose every text is hostile."""
    root = tmp_path_factory.mktemp("home") / FOLDER
    store = Store(root)
    items = build_item_set([kind_named(name) for name in ("column_sum", "energy_levels")], levels=(1,), per_level=8)
    items = freeze(items.drop("item_set").with_columns(prompt=pl.Series(STORED), template=pl.Series(STORED)))
    store.write(ITEMS, Partition.item_set(items["item_set"][0]), items, MADE)
    protocol = Protocol(items["item_set"][0], "0 shots", TEMPLATE_RULES["shared"], STORED[1], 256)
    record(store, protocol, STORED[1], "0" * 16)
    base: pl.DataFrame | None = None
    for step in (0, 10):
        verdicts, generations = answers(items, step)
        base = verdicts if base is None else base
        tests = profile_tests(verdicts, base, items, model="run", step=step, base_model="run")
        for table, frame in {
            CHECKPOINTS: checkpoint(step),
            GENERATIONS: generations,
            VERDICTS: verdicts,
            SKILL_SCORES: skill_scores(verdicts, items, generations),
            PROFILE_TESTS: tests,
            PARAMETER_STATS: weights(step),
        }.items():
            store.write(table, Partition.checkpoint("run", step, protocol.digest), frame, MADE)
    run_folder = root / "[/b]run\x1b"
    run_folder.mkdir(parents=True)
    (root / "skillprobe.toml").write_text(
        '[items]\nlevels = [1]\nper_level = 1\nkinds = ["column_sum"]\n[[runs]]\nmodel = "run"\n'
        'folder = "[/b]run\\u001b"\nbase = "[/b]\\u001b[31mbase"\n'
    )
    (root / "[b]da\x1bta.jsonl").write_text('{"prompt": "[/b]\\u001b", "answer": "1"}\n{"prompt": "", "answer": "2"}\n')
    (root / "[b]kinds\x1b.py").write_text('raise ValueError("[/b]\\x1b[31m in a module")\n')
    return root


def answers(items: pl.DataFrame, step: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    frame = items.select("item_id", "item_set").with_columns(
        model=pl.lit("run"), step=pl.lit(step), sample=pl.lit(0), reading=pl.lit("fair"), text=pl.Series(STORED)
    )
    right = pl.lit("correct") if step == 0 else pl.lit("wrong")
    verdicts = frame.rename({"text": "extracted"}).with_columns(
        verdict=right, shows_steps=pl.lit(False), rule=pl.col("extracted")
    )
    generations = frame.rename({"text": "completion"}).with_columns(
        finish_reason=pl.lit("stop"), prompt_tokens=pl.lit(20), completion_tokens=pl.lit(5), reasoning_tokens=pl.lit(0),
        reasoning=pl.col("completion"), backend=pl.lit(STORED[1]), sampling=pl.lit("{}"), prompt_digest=pl.lit("0"),
    )  # fmt: skip
    return filled(VERDICTS, verdicts), filled(GENERATIONS, generations)


def checkpoint(step: int) -> pl.DataFrame:
    row = {
        "model": "run", "step": step, "method": STORED[1], "base": "b" * 64, "path": f"/runs/{STORED[3]}",
        "digest": f"{step:064}", "weights_digest": "w", "tokenizer_digest": "t", "architecture": STORED[2],
        "dtype": "bfloat16", "parameter_count": 10, "weight_bytes": 20, "written_at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return filled(CHECKPOINTS, pl.DataFrame([row]))


def weights(step: int) -> pl.DataFrame:
    rows = [
        {
            "model": "run", "step": step, "tensor": text, "compared_with": "base", "compared_step": 0,
            "status": "compared", "component": "mlp_up", "layer": 0, "shape": [2, 2], "elements": 4, "base_norm": 1.0,
            "norm": 1.0, "delta_norm": 0.1, "relative_norm": 0.1, "cosine": 1.0, "sparsity_relative": 0.9,
        }
        for text in STORED
    ]  # fmt: skip
    return filled(PARAMETER_STATS, pl.DataFrame(rows))


@dataclass(frozen=True)
class Case:
    """A command line (HOME stands for the store's folder), its exit status (None: 0 or 1) and texts that it shows."""

    arguments: tuple[str, ...]
    status: int | None = 0
    shows: tuple[str, ...] = ()
    typed: str = ""
    everywhere: bool = False

    @property
    def name(self) -> str:
        return re.sub(r"[^\w. @-]", "", " ".join(self.arguments), flags=re.ASCII)[:60]


CASES = [
    Case(("sql", "SELECT completion FROM generations WHERE step = 0"), shows=STORED, everywhere=True),
    Case(("sql", "SELECT '[/b]' AS \"[b]\x1b\", 2 AS n"), shows=("[/b]", "[b]\x1b")),
    Case(("sql", "SELECT ['[a]', '\x1b'] AS l, {'k': '[/b]'} AS s"), shows=("[a];", "[/b]")),
    Case(("sql", "FROM generations")),
    Case(("sql", "SELECT error('[/b]\x1b')"), 1, ("[/b]\x1b",)),
    Case(("sql", f"SELECT '{UNTYPED}'"), 1),
    Case(("sql", "SELECT '[/b]' FROM verdicts WHERE model = '[/b]\x1b'"), 1, ("[/b]",)),
    Case(("sql", "--list"), shows=("forgotten_items MODEL [step=last]",)),
    Case(("sql", "--named", "forgotten_items", "run")),
    Case(("sql", "--named", "unread_answers", "run")),
    Case(("sql", "--named", UNTYPED), 1, ("[/b]",)),
    Case(("sql", "--named", "trajectory", UNTYPED), 1),
    Case(("sql",), shows=(STORED[1], "[/b]\x1b"), typed=f"SELECT '{STORED[1]}' AS a;\nSELECT error('[/b]\x1b');\n"),
    Case(("sql", "SELECT 1", "--format", "[/b]\x1b"), 2, ("[/b]",)),
    Case(("sql", "SELECT 1", "-o", "[/b]\x1b.txt"), 1, ("[/b]\x1b.txt",)),
    Case(("sql", "SELECT name FROM protocols"), shows=(STORED[1],)),
    Case(("protocols",), shows=(STORED[1],)),
    Case(("scores", "--protocol", UNTYPED), 1, ("[/b]",)),
    Case(("scores", "--protocol", STORED[1]), shows=("run/10",)),
    Case(("scores",), shows=("run/10", "Accuracy per skill [95 % interval]")),
    Case(("scores", "--by-source")),
    Case(("scores", UNTYPED), 1, ("[/b]",)),
    Case(("compare", "run@0", "run@10", "--items", "16"), shows=tuple(text for text in STORED if "\n" not in text),
         everywhere=True),
    Case(("compare", UNTYPED, "run@10"), 1, ("[/b]",)),
    Case(("parameters", "run@10", "--by", "tensor", "--measure", "tensor"), shows=STORED, everywhere=True),
    Case(("parameters", "run@10", "--measure", UNTYPED), 1, (UNTYPED,)),
    Case(("parameters", "run@10", "--out", "HOME/[/b]\x1b.csv"), shows=("HOME/[/b]\x1b.csv",)),
    Case(("items", "build"), shows=("item set",)),
    Case(("items", "stats"), shows=("column_sum",)),
    Case(("items", "show", "column_sum"), shows=("column_sum",)),
    Case(("items", "show", UNTYPED), 1, ("[/b]",)),
    Case(("items", "sources"), shows=("gym/DATASET",)),
    Case(("items", "pilot"), None),
    Case(("plan",), shows=("This design has too few items to find",)),
    Case(("plan", "--drop", UNTYPED), 2),
    Case(("items", "import", UNTYPED), 1, ("[/b]",)),
    Case(("items", "import", "HOME/[b]da\x1bta.jsonl", "--skill", "calculation", "--domain", "math"), 1,
         ("HOME/[b]da\x1bta.jsonl",)),
    Case(("items", "check", "HOME/[b]kinds\x1b.py"), 1, ("[b]kinds\x1b.py", "[/b]\x1b[31m in a module")),
    Case(("models", "fetch", UNTYPED), 1, ("[/b]",)),
    Case(("layouts",), shows=("hf_trainer",)),
    Case(("layouts", "HOME/[/b]run\x1b"), None, ("[/b]run\x1b",)),
    Case(("layouts", f"HOME/{UNTYPED}"), 1, (UNTYPED,)),
    Case(("init", f"HOME/{UNTYPED}"), 1, (UNTYPED,)),
    Case(("init", "HOME/[/b]run\x1b", "--base", UNTYPED), 1, ("[/b]run\x1b", "hf_trainer", UNTYPED)),
    Case(("probe", f"HOME/{UNTYPED}"), 1, (UNTYPED,)),
    Case(("probe", f"HOME/{UNTYPED}", "--dry-run"), 1, (UNTYPED,)),
    Case(("--version",), shows=("skillprobe ",)),
    Case(("noise", UNTYPED), 1, ("[/b]",)),
    Case(("noise", "run@10"), 1, ("[/b]run\x1b",)),
    Case(("overlap", UNTYPED, "run@10"), 1, ("[/b]",)),
    Case(("watch", "--once"), None),
    Case(("watch", UNTYPED, "--base", UNTYPED, "--once"), None, ("[/b]",)),
    Case(("watch", "--every", UNTYPED), 2),
    Case(("watch", "a", UNTYPED), 2, (UNTYPED,)),
    Case(("rename", "run", "other"), 1, (STORED[1], "skillprobe rename run other --yes")),
    Case(("rename", "run", UNTYPED), 1, ("[/b]",)),
    Case(("rename", UNTYPED, "other"), 1, ("[/b]",)),
    Case(("remove", "run"), 1, (STORED[1], "skillprobe remove run --yes")),
    Case(("remove", UNTYPED), 1, ("[/b]",)),
    Case(("remove", f"run@{UNTYPED}"), 1, ("[/b]",)),
    Case(("upgrade",), shows=("nothing to upgrade",)),
    Case(("upgrade", UNTYPED), 2, (UNTYPED,)),
    Case(("store", "check"), shows=("every file can be used",)),
    Case(("store", "clean"), None, ("store ",)),
    Case(("verify",), shows=("0 recorded checkpoints, 0 changed",)),
    Case(("verify", UNTYPED), 1, ("[/b]",)),
    Case(("study",)),
    Case(("report", "--out", "HOME/[/b]\x1b.html"), shows=("HOME/[/b]\x1b.html",)),
    Case(("report", UNTYPED), 1, ("[/b]",)),
    Case((UNTYPED,), 2, ("[/b]",)),
    Case((f"--{UNTYPED}",), 2, ("[/b]",)),
]  # fmt: skip
# They replace the process by another program.
ELSEWHERE = {("demo",), ("ui",)}


def test_every_command_is_among_the_cases() -> None:
    put_to_the_test = {case.arguments[:length] for case in CASES for length in (1, 2)}
    assert set(leaves(app)) - put_to_the_test == ELSEWHERE


@pytest.mark.parametrize(
    ("case", "device"),
    [
        pytest.param(case, device, id=f"{case.name}-{device.name}")
        for case in CASES
        for device in (DEVICES if case.everywhere else FEW_DEVICES)
    ],
)
def test_text_is_shown_as_it_is(case: Case, device: Device, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(home))
    shown = run([one.replace("HOME", str(home)) for one in case.arguments], device, case.typed)
    assert "Traceback" not in shown.text
    assert shown.status in ((0, 1) if case.status is None else (case.status,)), shown.text
    acting = CONTROL.search(shown.text)
    assert acting is None, ascii(shown.text[max(acting.start() - 40, 0) : acting.end()]) if acting else ""
    missing = [text for text in case.shows if not shown.holds(text.replace("HOME", str(home)), device)]
    assert not missing, shown.text


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_an_export_to_a_pipe_is_the_text_itself(device: Device, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(home))
    query = "SELECT completion FROM generations WHERE step = 0 ORDER BY item_id"
    for form, of_file in (("csv", "csv"), ("markdown", "md")):
        file = home / f"export.{of_file}"
        assert run(["sql", query, "-o", str(file)], device).status == 0
        shown = run(["sql", query, "--format", form], device)
        if device.terminal:
            assert not CONTROL.search(shown.text)
        else:
            assert shown.out == file.read_bytes()
    (text,) = pl.read_csv((home / "export.csv").read_bytes()).sort("completion").get_columns()
    assert sorted(text) == sorted(STORED)


def test_the_report_shows_what_a_browser_would_hide(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(home))
    out = home / "page.html"
    assert run(["report", "--out", str(out)], FEW_DEVICES[0]).status == 0
    _, _, data = out.read_text().rpartition('type="application/json">')
    forgotten = json.loads(data.partition("</script>")[0])["forgotten"]
    assert {row["now_says"] for row in forgotten} >= {visible_lines(text) for text in STORED}


def test_a_checkpoint_in_a_hostile_folder_is_probed(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "[b]\x1b[31mhome\n\u202e"
    home.mkdir()
    (home / "skillprobe.toml").write_text(
        '[items]\nlevels = [1]\nper_level = 1\nkinds = ["column_sum"]\n[sampling]\nmax_new_tokens = 2\n'
    )
    base = shutil.copytree(tiny_base, tmp_path / "[b]\x1b[31mbase\n\u202e")
    monkeypatch.setenv("SKILLPROBE_HOME", str(home))
    for device in FEW_DEVICES:
        shown = run(["probe", str(base), "--model", "alone"], device)
        assert shown.status == 0, shown.text
        assert not CONTROL.search(BAR.sub("", shown.text))
        assert shown.holds(f"results in {home}", device)


def test_a_wrong_setting_is_quoted_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    for text in (
        "levels = '[/b]\x1b'",
        "[items]\nlevels = '[/b]\\e'",
        '"[/b]\\u001b" = 1',
        '[items]\nkinds = ["[/b]\\u001b"]',
    ):
        (tmp_path / "skillprobe.toml").write_text(text)
        shown = run(["items", "build"], FEW_DEVICES[1])
        assert shown.status == 1
        assert "Traceback" not in shown.text
        assert not CONTROL.search(shown.text)
        assert shown.text.count("[/b]") or "not valid TOML" in shown.text


def test_a_bug_is_shown_whole_and_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("[/b]\x1b[31m\udcff")

    monkeypatch.setattr("skillprobe_core.project.project.Project.open", broken)
    for device in DEVICES:
        shown = run(["scores"], device)
        assert shown.status == 1
        assert r"RuntimeError: [/b]\x1b[31m\udcff" in shown.text
        assert "Traceback" in shown.text


def test_a_folder_whose_name_is_not_utf_8_cannot_be_the_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "\udcff"))
    shown = run(["scores"], FEW_DEVICES[0])
    assert shown.status == 1
    assert "is not valid utf-8" in shown.text


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_help_is_complete(device: Device) -> None:
    for command in [(), ("items",), ("models",), *leaves(app)]:
        shown = run([*command, "--help"], device)
        assert shown.status == 0
        for text in helps(command):
            assert shown.holds(text, device), (command, text)
    assert run(["items", "import", "--help"], device).holds("`sources` in `[items]`", device)


def helps(command: tuple[str, ...]) -> list[str]:
    """Every help text of a command: its own, those of its parameters, and what its group says of each member."""
    found = typer.main.get_command(app)
    for name in command:
        found = found.commands[name]  # type: ignore[attr-defined]
    shown = [parameter for parameter in found.params if not getattr(parameter, "hidden", False)]
    texts = [*(found.help or "").split("\n\n"), *(getattr(parameter, "help", None) or "" for parameter in shown)]
    texts += [(one.help or "").split("\n\n")[0] for one in getattr(found, "commands", {}).values()]
    return [" ".join(text.split()) for text in texts]


@pytest.mark.parametrize(
    "environment", [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}]
)
def test_a_program_on_a_terminal_and_in_a_pipe(environment: dict[str, str], home: Path) -> None:
    """The same in real processes, as they find their streams and locale."""
    query = "SELECT completion, E'\\x1b]0;' AS \"[/b]\" FROM generations"
    program = "from skillprobe_core.show.cli.main import main; main()"
    command = [sys.executable, "-c", program, "sql", query]
    variables = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "PYTHONUTF8", "NO_COLOR")}
    variables |= {"SKILLPROBE_HOME": str(home), "TERM": "xterm", **environment}
    piped = subprocess.run(command, env=variables, capture_output=True, check=True, timeout=120)
    master, slave = pty.openpty()
    with subprocess.Popen(command, env=variables, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        drawn = everything_from(master)
    assert process.returncode == 0
    for raw in (piped.stdout, drawn.replace(b"\r\n", b"\n")):
        text = STYLE.sub("", raw.decode("utf-8"))
        assert not CONTROL.search(text)
        assert "[a, b]" in text
        assert r"\x1b]0;" in "".join(text.split())


def everything_from(terminal: int) -> bytes:
    parts = []
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        while True:
            try:
                part = stream.read(65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            parts.append(part)
    return b"".join(parts)
