"""The code that CONTRIBUTING's recipes show, each as the file that its recipe names."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Recipe:
    """One recipe: its heading, the path of its file in this repository, and the file's name as a plugin."""

    heading: str
    path: str
    plugin: str

    @property
    def code(self) -> str:
        """The only code block of its language that the recipe shows."""
        section = (ROOT / "CONTRIBUTING.md").read_text().split(f"### {self.heading}\n")[1]
        section = re.split(r"^##+ ", section, flags=re.MULTILINE)[0]
        language = {".py": "python", ".sql": "sql"}[Path(self.path).suffix]
        (block,) = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
        return str(block)


KIND = Recipe("An item kind", "benchmark/kinds/calculation/listed_sum.py", "my_kind.py")
SOURCE = Recipe("A data source", "benchmark/sources/capitals.py", "my_source.py")
DIVERGENCE = Recipe("A divergence measure", "measurements/divergence/measures/hellinger.py", "my_divergence.py")
PARAMETER = Recipe("A parameter measure", "measurements/parameters/elementwise/signs.py", "my_weights.py")
BACKEND = Recipe("A backend", "models/backends/generate_backend.py", "my_backend.py")
LAYOUT = Recipe("A checkpoint layout", "runs/layouts/done_file.py", "my_layout.py")
QUERY = Recipe("A named query", "show/queries/longest_answers.sql", "longest_answers.sql")
TRACKER = Recipe("A tracker", "show/trackers/jsonl.py", "my_tracker.py")
TABLE = Recipe("A table", "measurements/answer_length_table.py", "my_table.py")
RECIPES = (KIND, SOURCE, DIVERGENCE, PARAMETER, BACKEND, LAYOUT, QUERY, TRACKER, TABLE)
