"""The kinds that ask for calculation: one file each, one line each here."""

from skillprobe_core.items.schema import Kind

KINDS: tuple[Kind, ...] = ()
