"""Programs that tests run for real: from the machine, or else from Debian's packages."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

INSTALL_LIMIT_S = 300


def program(package: str) -> str:
    """Where the program of this name is, which ``package`` brings; skips the test where it cannot be had.

    As root on a Debian it is installed. Tests in other processes may want it at the same time, and wait for each other.
    """
    if (binary := shutil.which(package)) is not None:
        return binary
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        pytest.skip(f"{package} is not installed; as root: apt-get install {package}")
    # Debian starts a service along with its package, unless this says no.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    apt_get = ["apt-get", "-y", "-q", "-o", f"DPkg::Lock::Timeout={INSTALL_LIMIT_S}"]
    install = [*apt_get, "install", "--no-install-recommends", package]
    for command in (install, [*apt_get, "update"], install):
        try:
            subprocess.run(
                command, env=environment, capture_output=True, timeout=INSTALL_LIMIT_S, check=False
            )
        except subprocess.TimeoutExpired:
            break
        if (binary := shutil.which(package)) is not None:
            return binary
    pytest.skip(f"{package} could not be installed: apt-get install {package} failed")
