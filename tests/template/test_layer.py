"""The layer: built for the machine it runs on, and pure Python so that it cannot be wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

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


def test_it_is_built_for_the_functions_machine(source: Template) -> None:
    """Without BuildArchitecture, SAM silently builds for the machine that runs it."""
    (layer,) = source.of_type("AWS::Serverless::LayerVersion")
    function = source.body["Globals"]["Function"]
    metadata = source.resource(layer)["Metadata"]
    assert [metadata["BuildArchitecture"]] == function["Architectures"]
    assert metadata["BuildMethod"] == function["Runtime"]
    properties = source.properties(layer)
    assert properties["CompatibleArchitectures"] == function["Architectures"]
    assert properties["CompatibleRuntimes"] == [function["Runtime"]]
    assert properties["ContentUri"] == "layers/core"


def test_it_carries_no_compiled_package(root: Path) -> None:
    requirements = (root / "layers/core/requirements.txt").read_text()
    packages = set(re.findall(r"^([a-z0-9-]+)==", requirements, re.MULTILINE))
    assert "httpx" in packages
    assert packages - PURE_PYTHON == set()


def test_every_package_is_pinned_with_its_hash(root: Path) -> None:
    requirements = (root / "layers/core/requirements.txt").read_text().replace("\\\n", " ")
    lines = [line for line in requirements.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert [line for line in lines if not re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:", line)] == []
