"""Section `[parameters]` of the settings."""

from __future__ import annotations

from typing import Literal

from skillprobe_core.settings_section import Section

Spectra = Literal["all", "sample", "off"]


class SpectraSettings(Section):
    """The matrices whose spectra are computed: `all`, a `sample` of the layers and experts, or none (`off`).

    Elementwise measures are always those of all weights.
    """

    spectra: Spectra = "all"

    def inputs(self) -> dict[str, str]:
        """The input that rows name; nothing at the default, so that rows written before stay as they are."""
        return {} if self.spectra == "all" else {"spectra": self.spectra}
