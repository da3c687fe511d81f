"""The results in a store: SQL, tables, comparisons, studies and reports."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.catalog import LazyViews, query
from skillprobe_core.engine.store import UPGRADE
from skillprobe_core.engine.store_errors import writing
from skillprobe_core.errors import SettingsError
from skillprobe_core.home import home as home_of
from skillprobe_core.measurements.protocols.evaluation_protocol import (
    checkpoints_under,
    no_results,
    recorded_protocols,
    records,
)
from skillprobe_core.measurements.protocols.judged_items import judged_items
from skillprobe_core.measurements.study.study_subject import find_study, write_study
from skillprobe_core.measurements.table_registry import all_tables, table_named
from skillprobe_core.project.project import Project
from skillprobe_core.project.table_rows import read_table
from skillprobe_core.show.named_queries import named_queries

if TYPE_CHECKING:
    from skillprobe_core.measurements.protocols.evaluation_protocol import Record


class Results:
    """The results of one store under one protocol, read when they are asked for.

    `skillprobe.open` makes it. It holds no file open, and another process may write to the store at any time.

    Attributes:
        home: Folder of the store.
    """

    def __init__(self, project: Project, protocol: str | None) -> None:
        self.home: Path = project.store.root
        self._project = project
        self._wanted = protocol

    def __repr__(self) -> str:
        chosen = "" if self._wanted is None else f", protocol={self._wanted!r}"
        return f"skillprobe.open({str(self.home)!r}{chosen})"

    @property
    def protocol(self) -> str:
        """Digest of the protocol whose results are read (16 hexadecimal digits)."""
        return self._record.protocol

    def sql(self, query: str, **parameters: object) -> pl.DataFrame:
        """Run one SQL statement, or a named query by its name.

        Every table is a view of this protocol; `all_protocols.TABLE` shows all protocols. The statement may also read
        and write other files of this user, unlike those of `skillprobe sql`.

        Args:
            query: The statement, in which `$NAME` stands for a parameter; or a name that `skillprobe sql --list` shows.
            **parameters: Values of the parameters, by name.

        Returns:
            The rows.

        Raises:
            StoreError: DuckDB rejects the statement, a parameter is missing, or a model is named that is not stored.
        """
        return _query(self._project, self._shown, query, parameters)

    def table(self, name: str, model: str | None = None, step: int | None = None) -> pl.DataFrame:
        """Read a table.

        Args:
            name: Name of the table, for example `skill_scores`; docs/tables.md lists them with their columns.
            model: Only the rows of this model (default: all).
            step: Only the rows of this step; 0 is the base (default: all).

        Returns:
            The stored rows of this protocol, in the types of the table's columns; of tables without a protocol, such
            as `checkpoints`, all rows.

        Raises:
            StoreError: The store has no such table, model or step, or a file is damaged.
        """
        return read_table(self._project.store, table_named(name), self._record, model=model, step=step)

    def models(self) -> list[str]:
        """The models with rows under this protocol, sorted."""
        store = self._project.store
        tables = [table for table in all_tables() if table.partitioned and table.by_protocol]
        return sorted({model for table in tables for model in store.models(table, self.protocol)})

    def protocols(self) -> pl.DataFrame:
        """The protocols of the store, the first recorded one first.

        Returns:
            The rows of the table `protocols`, with the columns `checkpoints` (number of checkpoints that have verdicts
            under it) and `current` (True for the one that this object reads).
        """
        frame, store = recorded_protocols(self._project.store), self._project.store
        counts = [checkpoints_under(store, digest) for digest in frame["protocol"]]
        return frame.with_columns(
            pl.Series("checkpoints", counts, pl.Int64), current=pl.col("protocol") == self.protocol
        )

    def compare(self, before: str, after: str) -> pl.DataFrame:
        """Compare two checkpoints item by item, as `skillprobe compare` does.

        Args:
            before: The earlier checkpoint: `MODEL@STEP`, or `base` for step 0 of the other one's model.
            after: The checkpoint to compare with it, in the same form.

        Returns:
            One row overall (column `scope`), then one per skill, domain, cell and kind: both accuracies, the paired
            change with its 95 % intervals (of these kinds, and with kinds as a sample) and adjusted p-values, and the
            noise floor (null if it was not measured).

        Raises:
            StoreError: A checkpoint was not evaluated under this protocol.
            CheckpointError: A name has another form.
        """
        from skillprobe_core.show.report.comparison import compared_keys, stored_comparison

        keys = compared_keys(before, after)
        record = self._project.protocol(self._wanted, [model for model, _ in keys])
        return stored_comparison(self._project.store, record, *keys, self._project.settings.tests.collapse_margin)

    def study(self, models: Sequence[str] = (), targets: Sequence[str] = ()) -> dict[str, pl.DataFrame]:
        """Analyse all checkpoints together, without writing to the store; `skillprobe.study` writes it.

        Args:
            models: Models to compare (default: those in the settings, else all).
            targets: Training targets: domains, skills or SKILL/DOMAIN (default: those in the settings).

        Returns:
            The tables of the study by name: `study_tests`, `study_points`, `study_measures`, `change_onsets`,
            `transfer`, `matched_gain` and `law_fits`. Stored ones are read if they are up to date.

        Raises:
            StoreError: A model is not stored, or checkpoints did not answer the same items.
            SettingsError: A target matches no cell.
        """
        store, digest, (models, targets) = self._project.store, self.protocol, self._chosen(models, targets)
        margin = self._project.settings.tests.collapse_margin
        return dict(find_study(store, digest, models, judged_items(store, digest), targets, margin).frames)

    def report(self, path: str | Path, models: Sequence[str] = (), targets: Sequence[str] = ()) -> Path:
        """Write a self-contained HTML report, as `skillprobe report` does.

        Args:
            path: The file to write.
            models: Models to show (default: those in the settings, else all).
            targets: Training targets: domains, skills or SKILL/DOMAIN (default: those in the settings).

        Returns:
            The file.

        Raises:
            StoreError: A model is not stored, or nothing was evaluated yet.
            SettingsError: A target matches no cell, or the file cannot be written.
        """
        from skillprobe_core.show.report.report_html import write_report

        models, targets = self._chosen(models, targets)
        try:
            margin = self._project.settings.tests.collapse_margin
            return write_report(self._project.store, Path(path), models, self._record, targets, margin)
        except OSError as error:
            raise SettingsError(
                f"the report cannot be written: {error.strerror or error}",
                remedy="give a file in a folder that this user may write to",
                path=path,
            ) from error

    @cached_property
    def _record(self) -> Record:
        return self._project.protocol(self._wanted)

    @property
    def _shown(self) -> str | None:
        """The digest for the views; None if nothing is stored yet, where they are empty."""
        return self.protocol if self._wanted is not None or records(self._project.store) else None

    def _chosen(self, models: Sequence[str], targets: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
        settings = self._project.settings.study
        return models or settings.models, targets or settings.targets


def open(home: str | Path | None = None, protocol: str | None = None) -> Results:
    """Open the results of a store.

    Args:
        home: Folder of the store (default: the environment variable SKILLPROBE_HOME, else `.skillprobe`).
        protocol: Name of a protocol or the first digits of its digest (default: that of the settings, if the store
            has it, else the store's first).

    Returns:
        The results, which read nothing yet.

    Raises:
        StoreError: There is no such folder, or it has no such protocol.
        SettingsError: Its `skillprobe.toml` is wrong.
    """
    project = Project.at(home_of(home))
    if not project.store.root.is_dir():
        raise no_results(project.store)
    if project.store.written_before_protocols():
        warnings.warn(UPGRADE, stacklevel=2)
    results = Results(project, protocol)
    if protocol is not None:
        _ = results.protocol  # raises for an unknown one
    return results


def compare(before: str, after: str, home: str | Path | None = None, protocol: str | None = None) -> pl.DataFrame:
    """Compare two checkpoints of a store item by item: `Results.compare` in one call.

    Args:
        before: The reference: `MODEL@STEP`, or `base` for step 0 of the other one's model.
        after: The checkpoint to compare with it, in the same form.
        home: Folder of the store, as for `open`.
        protocol: Protocol to read, as for `open`.

    Returns:
        One row overall, then one per skill, domain, cell and kind.

    Raises:
        SkillprobeError: As for `open` and `Results.compare`.
    """
    return open(home, protocol).compare(before, after)


def study(
    models: Sequence[str] = (),
    targets: Sequence[str] = (),
    *,
    home: str | Path | None = None,
    protocol: str | None = None,
) -> dict[str, pl.DataFrame]:
    """Analyse all checkpoints together and store the tables, as `skillprobe study` does.

    They replace the study that the store holds for the protocol; `Results.study` leaves it as it is.

    Args:
        models: Models to compare (default: those in the settings, else all).
        targets: Training targets: domains, skills or SKILL/DOMAIN (default: those in the settings).
        home: Folder of the store, as for `open`.
        protocol: Protocol to read, as for `open`.

    Returns:
        The tables of the study by name, as `Results.study` returns them.

    Raises:
        SkillprobeError: As for `open` and `Results.study`, and if the store cannot be written.
    """
    results = open(home, protocol)
    store, digest = results._project.store, results.protocol
    models, targets = results._chosen(models, targets)
    margin = results._project.settings.tests.collapse_margin
    with writing(store.root):
        return dict(write_study(store, digest, models, judged_items(store, digest), targets, margin).frames)


def report(
    path: str | Path,
    models: Sequence[str] = (),
    targets: Sequence[str] = (),
    *,
    home: str | Path | None = None,
    protocol: str | None = None,
) -> Path:
    """Write a self-contained HTML report of a store: `Results.report` in one call.

    Args:
        path: The file to write.
        models: Models to show (default: those in the settings, else all).
        targets: Training targets: domains, skills or SKILL/DOMAIN (default: those in the settings).
        home: Folder of the store, as for `open`.
        protocol: Protocol to read, as for `open`.

    Returns:
        The file.

    Raises:
        SkillprobeError: As for `open` and `Results.report`.
    """
    return open(home, protocol).report(path, models, targets)


def _query(project: Project, protocol: str | None, text: str, parameters: dict[str, object]) -> pl.DataFrame:
    from skillprobe_core.measurements.verdicts.answers_so_far import add_view

    tables, store = all_tables(), project.store
    values: dict[str, object] = parameters
    named = {each.name: each for each in named_queries()}.get(text.strip())
    if named is not None:
        text, values = named.sql, dict(named.bind([f"{name}={value}" for name, value in parameters.items()]))
    models = {model for table in tables if table.partitioned for model in store.models(table)}
    views = LazyViews(store, tables, protocol)
    with views.connection as connection:
        models |= add_view(connection, store)
        views.read_for(text, values, alone=True)
        return query(connection, text, models=models, values=values)
