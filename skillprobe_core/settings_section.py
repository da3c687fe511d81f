"""A section of `skillprobe.toml`: declared where it is used, assembled in `project/settings.py`."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Base of every section: unknown settings are errors, and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
