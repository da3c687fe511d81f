"""The resource of assets and sensors: the settings and the store."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from skillprobe_core.engine.store import UPGRADE
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.project.project import Project


class ProjectResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The store's folder, `home`, and the settings in its `skillprobe.toml`."""

    home: str
    _projects: dict[str, Project] = PrivateAttr(default_factory=dict)
    _probes: dict[tuple[str, str], Probe] = PrivateAttr(default_factory=dict)

    def open(self) -> Project:
        """The project with the settings of now; raises SettingsError when its settings file is wrong.

        Logs the command that a store of an earlier version needs.
        """
        project = Project.at(Path(self.home))
        if project.store.written_before_protocols():
            dg.get_dagster_logger().warning(UPGRADE)
        return project

    def of_run(self, run_id: str) -> Project:
        """The project of one run: its assets and checks share settings and item set, read once."""
        if run_id not in self._projects:
            self._projects.clear()
            self._probes.clear()
            self._projects[run_id] = self.open()
        return self._projects[run_id]

    def probe(self, run_id: str, key: str) -> Probe:
        """The probe of a partition in one run; run folders are listed once."""
        project = self.of_run(run_id)
        if (run_id, key) not in self._probes:
            self._probes[run_id, key] = project.probe(key)
        return self._probes[run_id, key]
