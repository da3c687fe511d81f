"""Faults injected into real runs: kills, full disks, missing permissions, damaged files, dropped connections."""
