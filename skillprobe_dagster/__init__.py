"""Dagster definitions around the stages of `skillprobe_core`: partitions, assets, checks and sensors."""

from skillprobe_core.home import home
from skillprobe_core.project.settings import load_plugins_of

# Before any asset is made: assets follow from the declared tables, and plugins add tables and columns.
load_plugins_of(home())
