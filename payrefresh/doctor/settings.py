"""Checks of the parameters: whether they can be read, contradict each other, and let the stack act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.composition import environment
from payment_refresh.composition.calls import read_calls_per_minute
from payment_refresh.composition.rules import read_rules
from payment_refresh.domain.deployment import RunMode
from payment_refresh.errors import SettingsError
from payment_refresh.times import to_iso
from payrefresh.doctor import remedies
from payrefresh.doctor.findings import fine, wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.domain.mode_mark import ModeMark
    from payrefresh.doctor.findings import Outcome
    from payrefresh.doctor.ports import Deployed

ROLLED_BACK = "UPDATE_ROLLBACK_COMPLETE"


def as_settings(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters as the template gives them to the functions."""
    return {remedies.parameter(name): value for name, value in parameters.items()}


def deployment(deployed: Deployed) -> Outcome:
    """Whether the last deployment went through."""
    if deployed.status != ROLLED_BACK:
        return fine(f"{deployed.name} in {deployed.region} is {deployed.status}")
    return wrong(
        f"{deployed.name} in {deployed.region} is {deployed.status}: its last update failed, the one before runs",
        "see why, then deploy again",
        f"aws cloudformation describe-stack-events --stack-name {deployed.name} --region {deployed.region} "
        "--query \"StackEvents[?ends_with(ResourceStatus, 'FAILED')].[LogicalResourceId, ResourceStatusReason]\" "
        "--output text",
        remedies.DEPLOY,
    )


def parameters(deployed: Deployed) -> Outcome:
    """Whether they can be read, and none contradicts another."""
    settings = as_settings(deployed.parameters)
    unreadable: list[str] = []

    def cannot_read(error: SettingsError) -> None:
        unreadable.append(str(error))

    def attempt(read: Callable[[], object]) -> None:
        try:
            read()
        except SettingsError as error:
            cannot_read(error)

    # A parameter that this stack's template does not have yet has its default, which cannot be wrong.
    rules = read_rules(
        settings, unreadable=lambda error: cannot_read(error) if _is_given(error, settings) else None
    )
    attempt(lambda: read_calls_per_minute(settings))
    attempt(lambda: environment.time(settings, "ACT_ON_ORDERS_AFTER"))
    attempt(lambda: environment.duration(settings, "CLAIM_LEASE"))
    problems = [*unreadable, *rules.clamped]
    if not problems:
        return fine("all can be read, and none contradicts another")
    return wrong(
        "; ".join(remedies.in_parameters(problem, deployed.parameters) for problem in problems),
        remedies.CHANGE_FILE,
        remedies.DEPLOY,
    )


def _is_given(error: SettingsError, settings: Mapping[str, str]) -> bool:
    """Whether the setting that an error names is one of the stack's."""
    return str(error).split(" ", 1)[0] in settings


def mode(deployed: Deployed, mark: ModeMark) -> Outcome:
    """Whether the stack acts, or has only ever observed; one that acted and observes now was set back."""
    if deployed.parameters.get("Mode") != RunMode.OBSERVE:
        return fine("refresh: pending payments are refreshed")
    if mark.run_mode is not RunMode.REFRESH and mark.fell_back_at is None:
        return fine("observe: it watches, and refreshes nothing; Mode = refresh lets it act")
    since = "" if mark.fell_back_at is None else f" since {to_iso(mark.fell_back_at)[:19]}Z"
    return wrong(
        f"it has refreshed payments before, and only observes{since}",
        f"if that is not meant: {remedies.CHANGE_FILE} (Mode = refresh)",
        remedies.DEPLOY,
    )
