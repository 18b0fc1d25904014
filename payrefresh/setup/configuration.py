"""The second step: the few answers that matter, in a configuration file that `sam deploy` takes."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.deployment import RunMode
from payrefresh.errors import OperatorError, WrongInput
from payrefresh.setup.answers import Question
from payrefresh.setup.credentials import API, WEBHOOKS
from payrefresh.setup.rights import in_words
from payrefresh.setup.samconfig import OVERRIDES, SamConfig, written_overrides
from payrefresh.setup.steps import Look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from payrefresh.setup.answers import Answers
    from payrefresh.setup.known import Known
    from payrefresh.setup.samconfig import Value

RUN_MODE = Question(
    name="run_mode",
    text="Begin with observe (look, report what would be sent, change nothing), or refresh at once?",
    default=RunMode.OBSERVE.value,
    choices=(RunMode.OBSERVE.value, RunMode.REFRESH.value),
)
ALARM_EMAIL = Question(name="alarm_email", text="E-mail address for alarms (empty: none)")
BY_WEBHOOKS, BY_BUS = "webhooks", "bus"
ORDER_EVENTS = Question(
    name="order_events",
    text="Do order events come by webhooks, or do you have them on an EventBridge bus?",
    default=BY_WEBHOOKS,
    choices=(BY_WEBHOOKS, BY_BUS),
)
BUS = Question(name="order_events_bus", text="Name of that bus")
SOURCE = Question(name="order_events_source", text="Source of the order events on it")
ALARM_TOPIC = "alarm_topic_arn"
LATER = "(the ARN that it gets)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the stack is: what of AWS the file names.

    Attributes
    ----------
    profile
        None for the environment's credentials.
    """

    region: str
    profile: str | None = None

    @property
    def settings(self) -> Mapping[str, Value]:
        """As `sam deploy` takes them."""
        return {"region": self.region} | ({"profile": self.profile} if self.profile else {})


DEFAULTS: Mapping[str, Value] = {
    "capabilities": "CAPABILITY_IAM",
    "confirm_changeset": True,
    "resolve_s3": True,
    "s3_prefix": "payment-refresh",
}
"""As ``samconfig.toml`` has them, which is not read where another file is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationStep:
    """Writes the configuration file.

    Attributes
    ----------
    auth_url
        The token endpoint, if it is not Commerce Layer's own; else empty.
    """

    known: Known
    file: Path
    place: Place
    answers: Answers
    auth_url: str = ""
    title: str = "The configuration"

    def look(self) -> Look:
        """Compare the file with the answers; asks what neither has."""
        config = read_config(self.file)
        now = config.parameters
        wanted = self._wanted(now)
        self.known.wanted = wanted
        settings: dict[str, Value] = {
            name: value
            for name, value in {"stack_name": self.known.stack_name, **self.place.settings, **DEFAULTS}.items()
            if config.setting(name) is None
        }
        changed = {name: value for name, value in wanted.items() if now.get(name) != value}
        if changed:
            settings[OVERRIDES] = written_overrides(wanted)
        plan = [f"{name}: {_before(now.get(name))}{value or '(none)'}" for name, value in changed.items()]
        plan += [f"{name} = {value}" for name, value in settings.items() if name != OVERRIDES]
        exists = self.file.exists()
        return Look(
            found=[
                f"{self.file.name} {'sets ' + str(len(now)) + ' parameters' if exists else 'does not exist yet'}"
            ],
            plan=[f"{'change' if exists else 'write'} {self.file.name}:", *(f"  {line}" for line in plan)]
            if plan
            else (),
            act=lambda: self._write(config.changed(settings)),
        )

    def _wanted(self, now: Mapping[str, str]) -> Mapping[str, str]:
        organization = self.known.checked_organization()
        wanted = dict(now)
        wanted["CommerceLayerBaseUrl"] = organization.base_url
        if self.auth_url:
            wanted["CommerceLayerAuthUrl"] = self.auth_url
        wanted["CommerceLayerOrganization"] = organization.slug
        wanted["CommerceLayerMode"] = organization.mode
        wanted["ApiSecretArn"] = self.known.api_secret or f"{self.known.stack_name}/{API} {LATER}"
        wanted["WebhookSecretArn"] = self.known.webhook_secret or f"{self.known.stack_name}/{WEBHOOKS} {LATER}"
        wanted |= {**self._chosen(now), **self.answers.parameters}
        self._check(wanted)
        return wanted

    def _chosen(self, now: Mapping[str, str]) -> dict[str, str]:
        """What questions are asked about, unless the file has the answer."""
        chosen = {"Mode": self._answer(RUN_MODE, now, "Mode")}
        given = self.answers.given
        if given.get(ALARM_TOPIC):
            chosen |= {"AlarmTopicArn": given[ALARM_TOPIC], "AlarmEmail": ""}
        elif now.get("AlarmTopicArn") and given.get(ALARM_EMAIL.name):
            chosen |= {"AlarmTopicArn": "", "AlarmEmail": given[ALARM_EMAIL.name]}
        elif not now.get("AlarmTopicArn"):
            chosen["AlarmEmail"] = self._answer(ALARM_EMAIL, now, "AlarmEmail")
        if "TakeWebhooks" in now and ORDER_EVENTS.name not in self.answers.given:
            return chosen
        if self.answers(ORDER_EVENTS) == BY_WEBHOOKS:
            return chosen | {"TakeWebhooks": "true"}
        bus = {"OrderEventsBusName": self.answers(BUS), "OrderEventsSource": self.answers(SOURCE)}
        if not all(bus.values()):
            raise WrongInput(f"{BUS.name} and {SOURCE.name} are needed where order events come by a bus")
        return chosen | {"TakeWebhooks": "false"} | bus

    def _answer(self, question: Question, now: Mapping[str, str], parameter: str) -> str:
        if parameter in now and question.name not in self.answers.given:
            return now[parameter]
        return self.answers(question)

    def _check(self, wanted: Mapping[str, str]) -> None:
        lacking = self.known.missing.to_refresh
        if wanted["Mode"] == RunMode.REFRESH and lacking:
            raise OperatorError(
                f"in the mode refresh the integration must be able to {in_words(lacking)}: give it "
                "these rights in the dashboard, or choose run_mode observe"
            )

    def _write(self, config: SamConfig) -> Sequence[str]:
        beside = self.file.with_name(f"{self.file.name}.new")
        try:
            beside.write_text(config.text)
            beside.replace(self.file)
        except OSError as error:
            raise WrongInput(f"{self.file} cannot be written: {error.strerror}") from error
        finally:
            with contextlib.suppress(OSError):  # it is gone where it took the file's place
                beside.unlink()
        return [f"written to {self.file.name}"]


def read_config(file: Path) -> SamConfig:
    """Read a configuration file; one that does not exist is an empty one.

    Raises
    ------
    WrongInput
        It cannot be read, or is no TOML.
    """
    try:
        return SamConfig(file.read_text())
    except FileNotFoundError:
        return SamConfig("")
    except OSError as error:
        raise WrongInput(f"{file} cannot be read: {error.strerror}") from error


def _before(value: str | None) -> str:
    return "" if value is None else f"{value or '(none)'} → "
