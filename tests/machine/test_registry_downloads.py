"""Packages of the registry: checked each time, kept completely or not at all."""

import hashlib
import zipfile

import pytest

from skillprobe_core.errors import DownloadError
from skillprobe_core.machine.registry_downloads import Package, fetch_package


def test_a_package_is_checked_each_time_and_a_bad_one_is_named(tmp_path):
    kept = tmp_path / "thing-1.0.whl"
    kept.write_bytes(b"good")
    package = Package("thing==1.0", hashlib.sha256(b"good").hexdigest())
    assert fetch_package(package, tmp_path) == kept
    kept.write_bytes(b"bad")
    with pytest.raises(DownloadError, match=r"thing-1.0.whl: SHA-256 is [0-9a-f]{64}, expected"):
        fetch_package(package, tmp_path)


def test_a_download_that_breaks_is_one_error_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    with pytest.raises(DownloadError, match=r"pip could not download no-such-thing==9.9"):
        fetch_package(Package("no-such-thing==9.9", "0" * 64), tmp_path / "packages")
    assert not list((tmp_path / "packages").iterdir())


def test_a_downloaded_package_of_another_digest_is_not_kept(tmp_path, monkeypatch):
    wheel = tmp_path / "links" / "thing-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as opened:
        opened.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        opened.writestr("thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        opened.writestr("thing-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    with pytest.raises(DownloadError, match="expected 0000"):
        fetch_package(Package("thing==1.0", "0" * 64), tmp_path / "packages")
    assert not list((tmp_path / "packages").iterdir())
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert fetch_package(Package("thing==1.0", digest), tmp_path / "packages").read_bytes() == wheel.read_bytes()
