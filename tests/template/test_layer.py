"""The layer: built for the machine it runs on, and pure Python so that it cannot be wrong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.template.model import Template

PURE_PYTHON = {
    "anyio",
    "aws-lambda-powertools",
    "certifi",
    "h11",
    "httpcore",
    "httpx",
    "idna",
    "jmespath",
    "typing-extensions",
}
"""Packages whose only wheel is ``py3-none-any``. Look at a package's wheels before adding it."""


WITHOUT = """
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if any(name == left_out or name.startswith(left_out + ".") for left_out in sys.argv[2:]):
            raise ModuleNotFoundError(f"{name} is left out of the layer", name=name)

sys.meta_path.insert(0, Missing())
import app, httpcore, payment_refresh
package = Path(payment_refresh.__file__).parent
for file in package.rglob("*.py"):
    __import__(".".join(file.relative_to(package.parent).with_suffix("").parts))
from payment_refresh.adapters.commerce_layer.http import make_client
make_client().close()
"""
"""Imports all of a function's code, with what the layer leaves out missing."""


def test_it_is_built_for_the_functions_runtime(source: Template, root: Path) -> None:
    (layer,) = source.of_type("AWS::Serverless::LayerVersion")
    function = source.body["Globals"]["Function"]
    metadata = source.resource(layer)["Metadata"]
    assert metadata["BuildMethod"] == "makefile"
    assert [metadata["BuildArchitecture"]] == function["Architectures"]
    properties = source.properties(layer)
    assert properties["CompatibleArchitectures"] == function["Architectures"]
    assert properties["CompatibleRuntimes"] == [function["Runtime"]]
    makefile = (root / properties["ContentUri"] / "Makefile").read_text()
    assert f"\nbuild-{layer}:\n" in makefile
    assert f"\nPYTHON ?= {function['Runtime']}\n" in makefile  # bytecode is of one version of Python


def test_the_build_takes_no_compiled_package(root: Path) -> None:
    assert "--platform any --only-binary :all:" in (root / "layers/core/Makefile").read_text()


def test_bytecode_is_not_held_against_the_times_of_files(root: Path) -> None:
    """Lambda gives them other times, and would compile everything anew at each cold start."""
    assert "--invalidation-mode unchecked-hash" in (root / "layers/core/Makefile").read_text()


@pytest.mark.parametrize("function", ["discover", "order_events", "refresh", "sweep"])
def test_nothing_needs_what_is_left_out(root: Path, function: str) -> None:
    path = os.pathsep.join([str(root / "functions" / function), str(root / "layers/core")])
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", WITHOUT, "--", *left_out(root)],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_is_left_out_is_there_to_be_left_out(root: Path) -> None:
    """A name that an upgrade took away would be dead; and the test above would hold for it for nothing."""
    installed = [Path(folder) for folder in sys.path if folder.endswith("site-packages")]
    for name in left_out(root):
        assert any((folder / name.replace(".", "/")).is_dir() for folder in installed), name


def left_out(root: Path) -> list[str]:
    """The modules that the build removes."""
    makefile = (root / "layers/core/Makefile").read_text().replace("\\\n", " ")
    (listed,) = re.findall(r"^UNUSED := (.*)$", makefile, re.MULTILINE)
    names, utilities = re.fullmatch(r"(.*?) \$\(addprefix \$\(POWERTOOLS\)/utilities/,(.*)\)", listed).groups()  # type: ignore[union-attr]  # a test
    paths = [*names.split(), *(f"$(POWERTOOLS)/utilities/{name}" for name in utilities.split())]
    return [
        path.replace("$(POWERTOOLS)", "aws_lambda_powertools").replace("/", ".") for path in paths if path != "bin"
    ]


def test_it_carries_no_compiled_package(root: Path) -> None:
    requirements = (root / "layers/core/requirements.txt").read_text()
    packages = set(re.findall(r"^([a-z0-9-]+)==", requirements, re.MULTILINE))
    assert "httpx" in packages
    assert packages - PURE_PYTHON == set()


def test_every_package_is_pinned_with_its_hash(root: Path) -> None:
    requirements = (root / "layers/core/requirements.txt").read_text().replace("\\\n", " ")
    lines = [line for line in requirements.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert [line for line in lines if not re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:", line)] == []
