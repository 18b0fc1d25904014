"""The template as written, and as CloudFormation gets it from the SAM transform."""

from __future__ import annotations

import ast
import copy
from pathlib import Path

import pytest

# The package has neither a py.typed marker nor stubs.
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]  # it has no types

from tests.template.model import Template, load

ROOT = Path(__file__).parents[2]


class _NoManagedPolicies:
    """Stands in for the account's list of managed policies: the template uses none."""

    def load(self) -> dict[str, str]:
        """Answer with no policy."""
        return {}


@pytest.fixture(scope="session")
def root() -> Path:
    """Where template.yaml is."""
    return ROOT


@pytest.fixture(scope="session")
def source() -> Template:
    """template.yaml as written."""
    return load(ROOT / "template.yaml")


@pytest.fixture(scope="session")
def deployed(source: Template) -> Template:
    """What CloudFormation gets: the SAM transform of the template, as if its code were packaged."""
    packaged = copy.deepcopy(source.body)
    for resource in packaged["Resources"].values():
        for code in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][code] = "s3://bucket/code.zip"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        return Template(transform(packaged, {}, _NoManagedPolicies()))


@pytest.fixture(scope="session")
def named_in_code() -> set[str]:
    """Every text and every attribute such as ``Metric.LISTED`` in the code, but for the metrics' own module."""
    names: set[str] = set()
    for folder in ("functions", "layers/core/payment_refresh"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name == "metrics.py":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute):
                    names.add(ast.unparse(node))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    names.add(node.value)
    return names
