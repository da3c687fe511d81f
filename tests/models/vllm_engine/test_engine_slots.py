"""The folder of the engines and its locks: private to the user, one holder per slot."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from skillprobe_core.errors import SettingsError
from skillprobe_core.models.vllm_engine import engine_slots
from skillprobe_core.models.vllm_engine.engine_messages import Channel
from skillprobe_core.models.vllm_engine.engine_slots import end_engines, engine_folder, free_slot


@pytest.fixture(autouse=True)
def _own_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("t")))


def test_a_slot_has_one_holder_and_is_free_again_when_it_is_released() -> None:
    first, second = free_slot(), free_slot()
    assert first.log != second.log
    assert first.connect() is None
    first.release()
    third = free_slot()
    assert third.log == first.log
    second.release()
    third.release()
    end_engines()


@pytest.mark.parametrize("ends", [True, False])
def test_an_engine_is_waited_for_and_killed_if_it_does_not_end(ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection closes before the process has ended and its memory is free."""
    monkeypatch.setattr(engine_slots, "_END_SECONDS", 60.0 if ends else 0.2)
    engine = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({0.5 if ends else 600})"])
    here, there = socket.socketpair()
    there.close()
    slot = free_slot()
    slot.end(Channel(here), engine.pid)
    assert engine.poll() == (0 if ends else -signal.SIGKILL)
    slot.release()


def test_devices_have_slots_of_their_own() -> None:
    slots = [free_slot(devices) for devices in ("0", "1", "0,1", "")]
    assert len({slot.log for slot in slots}) == 4
    slots[1].release()
    again = free_slot("1")
    assert again.log == slots[1].log
    for slot in (slots[0], again, *slots[2:]):
        slot.release()
    end_engines()


def test_only_the_user_can_enter_the_folder() -> None:
    folder = engine_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o755)
    with pytest.raises(SettingsError, match="only this user can enter"):
        free_slot()


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "mine"
    target.mkdir(mode=0o700)
    folder = Path(tempfile.gettempdir()) / f"skillprobe-{os.getuid()}"
    folder.symlink_to(target)
    with pytest.raises(SettingsError, match="only this user can enter"):
        engine_folder()


def test_an_address_fits_a_socket_however_long_the_temporary_folder_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("long" * 40)))
    assert len(str(engine_folder())) < 90
