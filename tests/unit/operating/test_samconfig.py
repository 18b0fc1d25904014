"""The configuration file of SAM: read as SAM reads it, changed without losing what stands there."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrefresh.errors import WrongInput
from payrefresh.setup.samconfig import SamConfig, written_overrides

GUIDED = """\
version = 0.1
[default.global.parameters]
stack_name = "shop"  # ours

[default.deploy.parameters]
# a note
capabilities = "CAPABILITY_IAM"
parameter_overrides = "Mode=\\"observe\\" AlarmEmail=\\"a@example.com\\" CartCheckAges=\\"45m,24h\\""
image_repositories = []

[prod.deploy.parameters]
parameter_overrides = "Mode=\\"refresh\\""
"""


def test_parameters_are_read_from_what_a_guided_deployment_wrote() -> None:
    assert SamConfig(GUIDED).parameters == {
        "Mode": "observe", "AlarmEmail": "a@example.com", "CartCheckAges": "45m,24h",
    }  # fmt: skip


@pytest.mark.parametrize(
    "overrides",
    ['["Mode=observe", "AlarmEmail=a@b.c"]', '"ParameterKey=Mode,ParameterValue=observe AlarmEmail=a@b.c"',
     '{Mode = "observe", AlarmEmail = "a@b.c"}'],
)  # fmt: skip
def test_parameters_are_read_in_each_form_that_sam_takes(overrides: str) -> None:
    config = SamConfig(f"[default.deploy.parameters]\nparameter_overrides = {overrides}\n")

    assert config.parameters == {"Mode": "observe", "AlarmEmail": "a@b.c"}


def test_change_keeps_comments_other_settings_and_other_environments() -> None:
    changed = SamConfig(GUIDED).changed({"parameter_overrides": written_overrides({"Mode": "refresh"})}).text

    assert changed == GUIDED.replace(
        'parameter_overrides = "Mode=\\"observe\\" AlarmEmail=\\"a@example.com\\" CartCheckAges=\\"45m,24h\\""',
        'parameter_overrides = [\n  "Mode=refresh",\n]',
    )


def test_change_of_an_empty_file_writes_a_whole_one() -> None:
    changed = SamConfig("").changed({"stack_name": "shop", "resolve_s3": True})

    assert tomllib.loads(changed.text) == {
        "version": 0.1, "default": {"deploy": {"parameters": {"stack_name": "shop", "resolve_s3": True}}},
    }  # fmt: skip
    assert changed.changed({"stack_name": "shop"}) == changed


def test_change_replaces_a_value_of_several_lines_and_only_that() -> None:
    before = '[default.deploy.parameters]\na = [\n  "[x]",\n  "Mode=1",\n]\nb = """\n[c]\n"""\n[last]\na = 1\n'

    changed = SamConfig(before).changed({"a": ["Mode=2"], "d": "new"}).text

    assert changed == (
        'version = 0.1\n[default.deploy.parameters]\na = [\n  "Mode=2",\n]\nb = """\n[c]\n"""\n'
        'd = "new"\n[last]\na = 1\n'
    )


def test_change_that_cannot_be_made_line_by_line_is_refused_with_what_to_do() -> None:
    inline = SamConfig('default = {deploy = {parameters = {stack_name = "a"}}}\n')

    with pytest.raises(WrongInput, match=r"set region in \[default.deploy.parameters\] yourself"):
        inline.changed({"region": "eu-west-1"})


def test_file_that_is_no_toml_is_refused_when_it_is_read() -> None:
    with pytest.raises(WrongInput, match="not TOML"):
        SamConfig("stack_name = ")


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z][A-Za-z]{0,8}", fullmatch=True),
        st.text(st.characters(codec="ascii", min_codepoint=32), max_size=12),
        max_size=4,
    )
)
def test_parameters_that_were_written_are_read_as_they_were(parameters: dict[str, str]) -> None:
    changed = SamConfig(GUIDED).changed({"parameter_overrides": written_overrides(parameters)})

    assert changed.parameters == parameters
