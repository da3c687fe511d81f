"""Who looks after the assets."""

OWNERS = ("team:skillprobe",)
