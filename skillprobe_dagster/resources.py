"""The resource of assets and sensors: the settings and the store."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from skillprobe_core.pipeline.project import Project
from skillprobe_core.pipeline.settings import Settings, load_settings
from skillprobe_core.store.parquet import Store


class ProjectResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The store's folder, `home`; settings are read from its `skillprobe.toml` on every use."""

    home: str

    def open(self) -> Project:
        """The project; raises SettingsError when its settings file is wrong."""
        folder = Path(self.home)
        file = folder / "skillprobe.toml"
        return Project(load_settings(file) if file.exists() else Settings(), Store(folder))
