"""Reading within limits: whatever a file is, its text is read or one error names it, and nothing waits."""

import ast
import json
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.errors import CheckpointError, one_line
from skillprobe_core.runs import bounded_files
from skillprobe_core.runs.bounded_files import (
    DEEPEST,
    RefusedFile,
    check_file,
    open_file,
    parse_json,
    read_bytes,
    read_json,
    read_object,
    read_text,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc\u00e9\U0001f600"), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_json_is_read_as_the_standard_library_reads_it(value: object, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode(), Path("x.json")) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_a_refused_file(content: bytes) -> None:
    try:
        parse_json(content, Path("x.json"))
    except RefusedFile as error:
        refusal = error
    else:
        return
    assert refusal.path == "x.json"
    assert "Remedy: " in one_line(refusal)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(path.parent)
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)
        os.close(here)


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (_pipe, "a pipe"),
        (_socket, "a socket"),
        (Path.mkdir, "a folder"),
        (lambda path: path.symlink_to("/dev/zero"), "a device"),
        (lambda path: path.symlink_to(path), "cannot be read"),
        (lambda path: path.symlink_to("/etc/passwd"), "a link to"),
    ],
)
@pytest.mark.parametrize("read", [check_file, open_file, read_bytes, read_text, read_json, read_object])
def test_only_regular_files_are_read(make, cause, read, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    make(file)
    with pytest.raises(RefusedFile, match=cause) as caught:
        read(file)
    assert isinstance(caught.value, CheckpointError)
    assert caught.value.path == str(file)


def test_links_lead_within_the_folder_to_the_same_name_or_to_a_blob(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "run", tmp_path / "base"
    folder.mkdir()
    elsewhere.mkdir()
    digest = "0123456789" * 4
    for name in ("config.json", "secret.txt", digest):
        (elsewhere / name).write_text("{}")
    (folder / "own.json").write_text("{}")
    for name, target, followed in (
        ("config.json", elsewhere / "config.json", True),
        ("tokenizer.json", elsewhere / digest, True),
        ("vocab.json", "own.json", True),
        ("chat_template.jinja", elsewhere / "secret.txt", False),
        ("model.safetensors", elsewhere / "secret.txt", True),
    ):
        (folder / name).symlink_to(target)
        if followed:
            assert read_text(folder / name) == "{}"
        else:
            with pytest.raises(RefusedFile, match=r"secret\.txt"):
                read_text(folder / name)


def test_a_missing_file_stays_one_and_an_unreadable_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "none")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        read_bytes(tmp_path / "file" / "none")
    with pytest.raises(RefusedFile):
        read_bytes(tmp_path / "a\0b")


def test_size_number_of_values_depth_and_halves_of_characters_are_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.json"
    file.write_text("[1, 2]")
    assert read_bytes(file, 6) == b"[1, 2]"
    with pytest.raises(RefusedFile, match="6 bytes, more than 5"):
        read_bytes(file, 5)
    file.write_text("[" * DEEPEST + "]" * DEEPEST)
    read_json(file)
    file.write_text("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))
    with pytest.raises(RefusedFile, match="too deeply"):
        read_json(file)
    with pytest.raises(RefusedFile, match="too deeply"):
        parse_json(b"[" * 200_000, file)
    assert parse_json(b'"\\ud83d\\ude00"', file) == "\U0001f600"
    with pytest.raises(RefusedFile, match="surrogates"):
        parse_json(b'{"\\ud83d": 1}', file)
    with pytest.raises(RefusedFile, match="not valid JSON"):
        parse_json(b"9" * 5000, file)
    monkeypatch.setattr("skillprobe_core.runs.bounded_files.MOST_VALUES", 9)
    parse_json(json.dumps([0] * 9).encode(), file)
    with pytest.raises(RefusedFile, match="more than 9 values"):
        parse_json(json.dumps([0] * 10).encode(), file)
    file.write_text("[]")
    with pytest.raises(RefusedFile, match="expected a JSON object, got list"):
        read_object(file)
    file.write_bytes(b"\xff")
    with pytest.raises(RefusedFile, match="UTF-8"):
        read_text(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_of_another_user_is_refused_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("{}")
    file.chmod(0)
    with pytest.raises(RefusedFile, match="make the file readable"):
        read_json(file)


OWN_FILES = {
    "bounded_files": "this boundary", "pins": "notes of the store", "scratch": "notes of the store",
    "identity_records": "records of the store and the machine's name", "run_command": "the log of a command",
}  # fmt: skip


def test_files_of_checkpoints_and_runs_are_read_nowhere_else() -> None:
    """Modules that open files by another way are those that read the store's own."""
    package = Path(bounded_files.__file__).parent
    strays = [
        (path.stem, node.lineno)
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (
            node.func.attr in ("read_text", "read_bytes")
            or (
                node.func.attr == "open"
                and any(isinstance(each, ast.Constant) and each.value == "rb" for each in node.args)
            )
        )
        and path.stem not in OWN_FILES
    ]
    assert strays == []
