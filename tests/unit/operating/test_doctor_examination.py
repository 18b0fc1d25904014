"""The examination as a whole: which checks there are, what they need of each other, and its exit status."""

from __future__ import annotations

from copy import replace

import pytest

from payment_refresh.domain.deployment import ApiMode
from payment_refresh.errors import MayNotRead, SecretUnavailable, TimedOut
from payrefresh.doctor import examine
from payrefresh.doctor.findings import Finding, Once, State, exit_status
from payrefresh.doctor.ports import Schedule
from payrefresh.errors import NotAllowed
from tests.unit.operating.doctor_steps import FakeAws, FakeOrganization, found, given

DENIED = NotAllowed("not allowed: sns:ListSubscriptionsByTopic on arn:topic; give it that right")


def states(findings: dict[str, Finding], state: State) -> set[str]:
    return {name for name, finding in findings.items() if finding.state is state}


def test_healthy_stack_is_fine_in_every_check_and_needs_no_remedy() -> None:
    findings = found()

    assert states(findings, State.FINE) == set(findings)
    assert not any(finding.remedy or finding.commands for finding in findings.values())
    assert exit_status(list(findings.values())) == 0


def test_each_finding_of_a_broken_stack_has_one_line_and_a_remedy() -> None:
    aws = FakeAws(
        secrets={"arn:api": {}, "arn:webhooks": {"orders.place": "no list"}},
        found_schedules=[Schedule(logical_id="SweepTick", name="shop-SweepTick", is_there=False)],
        subscribed=[],
        waits=3,
        oldest=5000,
        metrics={},
        first=None,
    )

    findings = found(given(FirstCheckAfter="30d", Mode="observe"), aws)

    wrong = [finding for finding in findings.values() if finding.state is State.WRONG]
    assert {finding.name for finding in wrong} == {
        examine.API_SECRET,
        examine.WEBHOOK_SECRET,
        examine.PARAMETERS,
        examine.MODE,
        examine.FIRST_DEPLOYMENT,
        examine.SCHEDULES,
        examine.LAST_SWEEP,
        examine.PENDING_QUEUE,
        examine.FAILED_RUNS,
        examine.RECEIVERS,
    }
    assert all(finding.remedy and "\n" not in finding.found for finding in wrong)
    assert exit_status(list(findings.values())) == 1


def test_check_that_lacks_a_right_says_which_and_hides_no_other() -> None:
    findings = found(aws=FakeAws(subscribed=DENIED))

    assert states(findings, State.NOT_ASKED) == {examine.RECEIVERS}
    assert findings[examine.RECEIVERS].found == str(DENIED)
    assert len(states(findings, State.FINE)) == len(findings) - 1
    assert exit_status(list(findings.values())) == 2


def test_organization_of_somebody_else_is_asked_nothing() -> None:
    organization = FakeOrganization(slug="elsewhere")

    findings = found(organization=organization)

    assert states(findings, State.WRONG) == {examine.ORGANIZATION}
    assert organization.asked == []
    waiting = [findings[name] for name in states(findings, State.NOT_ASKED)]
    assert {finding.found for finding in waiting} == {"can be asked once this is fine: organization"}


def test_mode_of_other_credentials_is_wrong_and_nothing_is_asked() -> None:
    organization = FakeOrganization(mode=ApiMode.TEST)

    findings = found(organization=organization)

    assert findings[examine.API_MODE].found == (
        "the API secret is for test mode, the stack for live: the functions make no call"
    )
    assert "(CommerceLayerMode = test)" in findings[examine.API_MODE].remedy
    assert organization.asked == []


def test_check_behind_another_that_waits_names_the_first_cause() -> None:
    findings = found(aws=FakeAws(secrets={"arn:api": SecretUnavailable("is not JSON"), "arn:webhooks": {}}))

    assert findings[examine.TOKEN].found == "can be asked once this is fine: API secret"
    assert findings[examine.VERSION].found == "can be asked once this is fine: API secret"


def test_api_that_does_not_answer_leaves_the_stack_examined() -> None:
    findings = found(organization=TimedOut("the token endpoint was not answered: ConnectError"))

    assert findings[examine.TOKEN].state is State.NOT_ASKED
    assert findings[examine.TOKEN].found == "the token endpoint was not answered: ConnectError"
    assert findings[examine.TOKEN].remedy
    assert findings[examine.SCHEDULES].state is State.FINE
    assert not states(findings, State.WRONG)


def test_role_that_may_not_list_webhooks_lacks_a_right_and_is_asked_nothing_of_them() -> None:
    refusal = MayNotRead("GET /api/webhooks answered 401: the integration's role may not read webhooks")
    organization = FakeOrganization(listed=refusal)

    findings = found(organization=organization)

    assert states(findings, State.WRONG) == {examine.READ}
    assert findings[examine.READ].found == "the integration's role may not read webhooks"
    assert findings[examine.CIRCUITS].found == str(refusal)
    assert organization.asked.count("webhooks") == 1


def test_stack_without_a_url_needs_no_webhooks_and_has_no_checks_of_them() -> None:
    deployed = given(TakeWebhooks="false", OrderEventsBusName="orders")
    outputs = {name: value for name, value in deployed.outputs.items() if name != "WebhookUrl"}

    findings = found(replace(deployed, outputs=outputs))

    assert findings[examine.REGISTERED].found == "order events come by the bus orders"
    assert examine.CIRCUITS not in findings
    assert examine.WEBHOOK_SECRET not in findings
    assert findings[examine.GATEWAY_WEBHOOKS].state is State.FINE


@pytest.mark.parametrize("fails", [False, True])
def test_what_several_checks_need_is_asked_once_also_where_it_fails(fails: bool) -> None:
    asked = []

    def ask() -> int:
        asked.append(1)
        if fails:
            raise TimedOut("no")
        return 7

    once = Once(ask)
    for _ in range(2):
        if fails:
            with pytest.raises(TimedOut):
                once()
        else:
            assert once() == 7
    assert len(asked) == 1
