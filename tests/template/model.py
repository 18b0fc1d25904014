"""Read a CloudFormation template so that a test can ask it questions."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

type Properties = dict[str, Any]
type Statement = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A template, its intrinsic functions in their long form (``{"Ref": ...}``)."""

    body: dict[str, Any]

    def of_type(self, *types: str) -> dict[str, Properties]:
        """Properties of every resource of these types, by logical id."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.body["Resources"].items()
            if resource["Type"] in types
        }

    def resource(self, logical_id: str) -> dict[str, Any]:
        """One whole resource, with its policies and metadata."""
        found: dict[str, Any] = self.body["Resources"][logical_id]
        return found

    def properties(self, logical_id: str) -> Properties:
        """Properties of one resource."""
        found: Properties = self.resource(logical_id)["Properties"]
        return found

    def statements(self, role: str) -> list[Statement]:
        """Every statement of a role's own policies, but for those that depend on a condition."""
        policies = self.properties(role)["Policies"]
        statements = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
        return [each for each in statements if "Fn::If" not in each]


# The C one where there is one: the template has two thousand lines.
class _CloudFormationLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # a base of either
    """Safe YAML and CloudFormation's short forms (``!Ref``)."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: text.split(".", 1) if suffix == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_CloudFormationLoader.add_multi_constructor("!", _intrinsic)


def load(path: Path) -> Template:
    """Read a template file; what is returned is the caller's own."""
    return Template(deepcopy(_read(path)))


@cache
def _read(path: Path) -> dict[str, Any]:
    body: dict[str, Any] = yaml.load(path.read_text(), _CloudFormationLoader)  # noqa: S506 - derives from SafeLoader
    return body


def target(value: object) -> str:
    """Short name of what a property points at: ``Queue``, ``Queue.Arn`` or a substitution's text.

    Of what depends on a condition, what holds where that is met.
    """
    match value:
        case str():
            return value
        case {"Ref": str(name)}:
            return name
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"{name}.{attribute}"
        case {"Fn::Sub": str(text)}:
            return text
        case {"Fn::If": [str(), met, _]}:
            return target(met)
    raise AssertionError(f"neither a text nor a Ref, GetAtt, Sub or If: {value!r}")


def as_list(value: object) -> list[Any]:
    """Unify what IAM lets stand alone or in a list."""
    return value if isinstance(value, list) else [value]
