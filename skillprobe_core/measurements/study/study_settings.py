"""Section `[study]` of the settings."""

from __future__ import annotations

from skillprobe_core.settings_section import Section


class StudySettings(Section):
    """The models and targets of the study and the report.

    models: the models to compare (default: all). targets: what was trained on, each a domain, a skill or SKILL/DOMAIN;
    the gain on the targets is compared with the loss everywhere else.
    """

    models: tuple[str, ...] = ()
    targets: tuple[str, ...] = ("math",)
