"""The wheel that `uv tool install .` and `pipx install .` build: it has all that the command needs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from devstack.environment import ROOT

if TYPE_CHECKING:
    from pathlib import Path

IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import payment_refresh, payrefresh
for package in (payment_refresh, payrefresh):
    assert package.__file__.startswith(sys.argv[1]), package.__file__
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
from payrefresh.cli import main
sys.exit(main(["--version"]))
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without any index, and unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", folder, ROOT], check=True
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_wheel_has_the_command_the_layer_and_nothing_else_of_the_clone(unpacked: Path) -> None:
    parts = {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")}

    assert parts == {"payment_refresh", "payrefresh"}
    (metadata,) = unpacked.glob("*.dist-info/entry_points.txt")
    assert "payrefresh = payrefresh.cli:run" in metadata.read_text()
    sources = {
        path.relative_to(ROOT) for path in (ROOT / "payrefresh").rglob("*") if path.suffix in {".py", ".css"}
    }
    assert {path.relative_to(unpacked) for path in (unpacked / "payrefresh").rglob("*.*")} == sources


def test_every_module_of_the_wheel_can_be_imported_from_it_alone(unpacked: Path) -> None:
    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-I", "-c", IMPORT_ALL, unpacked], capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("payrefresh ")
