"""The step that writes the configuration: few answers, asked once, all else kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from payrefresh.errors import OperatorError, WrongInput
from payrefresh.setup.answers import Answers
from payrefresh.setup.configuration import ConfigurationStep, Place, read_config
from payrefresh.setup.rights import TO_REFRESH, Missing
from tests.unit.operating.setup_doubles import SECRET_ARN, FakeOrganization, known

if TYPE_CHECKING:
    from pathlib import Path

    from payrefresh.setup.answers import Question


@dataclass
class Ground:
    """A configuration file, and somebody who takes every default."""

    file: Path
    given: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    auth_url: str = ""

    def step(self) -> ConfigurationStep:
        def ask(question: Question) -> None:
            self.asked.append(question.name)

        return ConfigurationStep(
            known=known(FakeOrganization(), api_secret="arn:api"), file=self.file,
            place=Place(region="eu-west-1", profile="shop"), auth_url=self.auth_url,
            answers=Answers(given=self.given, ask=ask, parameters=self.parameters),
        )  # fmt: skip

    def write(self) -> dict[str, str]:
        """Act; returns the parameters that the file then sets."""
        self.asked.clear()
        list(self.step().look().act())
        return read_config(self.file).parameters


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path / "samconfig.local.toml")


def test_configuration_of_a_new_stack_has_the_answers_and_what_sam_needs(ground: Ground) -> None:
    assert ground.write() == {
        "CommerceLayerBaseUrl": "https://your-org.commercelayer.io",
        "CommerceLayerOrganization": "your-org",
        "CommerceLayerMode": "live",
        "ApiSecretArn": "arn:api",
        "WebhookSecretArn": SECRET_ARN,
        "Mode": "observe",
        "AlarmEmail": "",
        "TakeWebhooks": "true",
    }
    assert ground.asked == ["run_mode", "alarm_email", "order_events"]
    config = read_config(ground.file)
    settings = ("stack_name", "region", "profile", "capabilities", "confirm_changeset", "resolve_s3", "s3_prefix")
    assert [config.setting(name) for name in settings] == [
        "payment-refresh", "eu-west-1", "shop", "CAPABILITY_IAM", True, True, "payment-refresh",
    ]  # fmt: skip
    assert list(ground.file.parent.iterdir()) == [ground.file]


def test_second_look_finds_nothing_to_write_and_asks_nothing(ground: Ground) -> None:
    ground.write()
    before, ground.asked = ground.file.read_text(), []

    assert ground.step().look().plan == ()

    assert ground.asked == []
    assert ground.file.read_text() == before


def test_answers_that_are_given_change_what_the_file_has_and_nothing_else(ground: Ground) -> None:
    ground.file.write_text(
        "# mine\n[default.deploy.parameters]\n"
        'parameter_overrides = "Mode=observe GiveUpAfter=20d AlarmEmail=a@b.c"\n'
    )
    ground.given = {"run_mode": "refresh", "order_events": "webhooks"}
    ground.parameters = {"LogRetentionDays": "90"}

    plan = ground.step().look().plan
    written = ground.write()

    assert "  Mode: observe → refresh" in plan
    assert (written["Mode"], written["GiveUpAfter"], written["AlarmEmail"]) == ("refresh", "20d", "a@b.c")
    assert written["LogRetentionDays"] == "90"
    assert "# mine\n" in ground.file.read_text()
    assert ground.asked == []


def test_alarm_topic_takes_the_place_of_an_address(ground: Ground) -> None:
    ground.file.write_text('[default.deploy.parameters]\nparameter_overrides = "AlarmEmail=a@b.c"\n')
    ground.given = {"alarm_topic_arn": "arn:aws:sns:eu-west-1:123456789012:pager"}

    written = ground.write()

    assert (written["AlarmTopicArn"], written["AlarmEmail"]) == (ground.given["alarm_topic_arn"], "")
    ground.given = {}
    assert ground.step().look().plan == ()

    ground.given = {"alarm_email": "ops@example.com"}
    written = ground.write()
    assert (written["AlarmTopicArn"], written["AlarmEmail"]) == ("", "ops@example.com")


def test_events_by_a_bus_need_its_name_and_source(ground: Ground) -> None:
    ground.given = {"order_events": "bus", "order_events_bus": "orders"}
    with pytest.raises(WrongInput, match="order_events_bus and order_events_source are needed"):
        ground.step().look()

    ground.given |= {"order_events_source": "com.example.orders"}
    written = ground.write()

    assert (written["TakeWebhooks"], written["OrderEventsBusName"], written["OrderEventsSource"]) == (
        "false", "orders", "com.example.orders",
    )  # fmt: skip


def test_refresh_is_refused_where_the_integration_may_not_update(ground: Ground) -> None:
    ground.given = {"run_mode": "refresh"}
    step = ground.step()
    step.known.missing = Missing(TO_REFRESH)

    with pytest.raises(OperatorError, match="choose run_mode observe"):
        step.look()

    ground.given = {}
    step = ground.step()
    step.known.missing = Missing(TO_REFRESH)
    assert step.look().plan


def test_token_endpoint_that_is_not_commerce_layers_own_is_written(ground: Ground) -> None:
    ground.auth_url = "http://127.0.0.1:1/oauth/token"

    assert ground.write()["CommerceLayerAuthUrl"] == ground.auth_url


def test_file_that_cannot_be_written_is_one_clear_error(ground: Ground) -> None:
    ground.file = ground.file.parent / "missing" / "samconfig.local.toml"

    with pytest.raises(WrongInput, match="cannot be written: No such file"):
        ground.write()
