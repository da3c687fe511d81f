"""The kinds that ask for diagnostic: one file each, one line each here."""

from skillprobe_core.items.schema import Kind

KINDS: tuple[Kind, ...] = ()
