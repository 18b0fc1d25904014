"""The step that connects the webhooks: never enabled before the stack knows their secrets."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass, field

import pytest

from payment_refresh.domain.listed import TOPICS
from payrefresh.errors import OperatorError
from payrefresh.setup.rights import TO_MANAGE_WEBHOOKS, Missing
from payrefresh.setup.webhooks import WebhooksStep
from tests.unit.operating.setup_doubles import SECRET_ARN, URL, FakeOrganization, FakeSecrets, FakeStack, known


@dataclass
class Ground:
    """A step on an organization without webhooks."""

    organization: FakeOrganization = field(default_factory=FakeOrganization)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    stack: FakeStack = field(init=False)
    step: WebhooksStep = field(init=False)

    def __post_init__(self) -> None:
        self.stack = FakeStack(self.secrets)
        self.step = WebhooksStep(
            known=known(self.organization), secrets=self.secrets, events=self.stack, sleep=self.stack.sleep
        )

    @property
    def calls(self) -> list[str]:
        return self.organization.webhooks.calls

    def act(self) -> list[str]:
        return list(self.step.look().act())

    def connected(self) -> Ground:
        """Set up, with nothing recorded of it."""
        self.act()
        self.calls.clear()
        self.stack.got.clear()
        self.stack.slept.clear()
        return self

    def change(self, topic: str, **changes: object) -> str:
        """Let somebody change the webhook of a topic; returns its id."""
        webhooks = self.organization.webhooks.there
        found = next(each for each in webhooks.values() if each.topic == topic)
        webhooks[found.id] = replace(found, **changes)  # type: ignore[arg-type]  # the tests' own values
        return found.id


def test_webhooks_are_created_disabled_and_enabled_after_the_stack_knows_their_secrets() -> None:
    ground = Ground()

    done = ground.act()

    assert ground.calls == [f"create {topic}" for topic in TOPICS] + [f"_enable {topic}" for topic in TOPICS]
    assert ground.secrets.values[SECRET_ARN] == {topic: [f"secret of {topic}"] for topic in TOPICS}
    assert done.index("the stack takes events that are signed with them") < done.index("orders.place: enabled")
    assert {each.callback_url for each in ground.organization.webhooks.there.values()} == {
        f"{URL}/{topic}" for topic in TOPICS
    }
    assert ground.stack.slept == []
    assert ground.step.look().plan == ()


def test_webhooks_are_not_enabled_while_the_stack_does_not_take_their_signature() -> None:
    ground = Ground()
    ground.stack.reads_after = 12.0

    ground.act()

    assert ground.stack.slept == [5.0, 5.0, 5.0]
    assert "_enable orders.place" in ground.calls


@pytest.mark.parametrize("status", [403, 500, 200])
def test_webhooks_stay_disabled_where_the_stack_answers_otherwise(status: int) -> None:
    ground = Ground()
    ground.stack.broken = status

    with pytest.raises(OperatorError, match=f"answered {status} .* no webhook was enabled"):
        ground.act()

    assert all(each.is_disabled for each in ground.organization.webhooks.there.values())


def test_webhooks_stay_disabled_where_the_stack_never_learns_their_secrets() -> None:
    ground = Ground()
    ground.stack.reads_after = 10_000.0

    with pytest.raises(OperatorError, match="answered 401"):
        ground.act()

    assert all(each.is_disabled for each in ground.organization.webhooks.there.values())
    assert sum(ground.stack.slept) == 180


def test_webhook_whose_secret_is_another_keeps_the_one_before_and_is_waited_for() -> None:
    ground = Ground().connected()
    ground.change("orders.place", secret="rotated", is_disabled=True)

    assert list(ground.step.look().plan) == ["store the secret: orders.place", "enable: orders.place"]
    ground.act()

    stored = ground.secrets.values[SECRET_ARN]
    assert stored["orders.place"] == ["rotated", "secret of orders.place"]
    assert ground.stack.slept == [60]
    assert ground.calls == ["_enable orders.place"]


def test_webhook_that_was_deleted_is_created_again_and_all_others_are_left_alone() -> None:
    ground = Ground().connected()
    del ground.organization.webhooks.there[ground.change("orders.pay")]

    ground.act()

    assert ground.calls == ["create orders.pay", "_enable orders.pay"]


def test_webhook_with_an_open_circuit_and_missing_includes_is_mended() -> None:
    ground = Ground().connected()
    ground.change("orders.void", is_open=True, failures=30)
    ground.change("orders.place", includes=("payment_source", "line_items"))

    ground.act()

    assert ground.calls == ["include_resources orders.place", "_reset_circuit orders.void"]
    assert {
        each.includes for each in ground.organization.webhooks.there.values() if each.topic == "orders.place"
    } == {("authorizations", "line_items", "payment_method", "payment_source")}


def test_second_webhook_of_a_topic_is_deleted_and_the_enabled_one_kept() -> None:
    ground = Ground().connected()
    first = ground.organization.webhooks.there[ground.change("orders.pay")]
    ground.organization.webhooks.there["a"] = replace(first, id="a", is_disabled=True, secret="another")

    ground.act()

    assert ground.calls == ["delete orders.pay"]
    assert "a" not in ground.organization.webhooks.there


def test_webhook_whose_secret_nobody_knows_gets_a_new_one_from_the_answer() -> None:
    ground = Ground()
    webhooks = ground.organization.webhooks
    webhooks.create(
        name="x", topic="orders.place", callback_url=f"{URL}/orders.place", includes=("payment_source",)
    )
    webhooks.shows_secrets = False
    webhooks.calls.clear()

    ground.act()

    assert ground.calls[:9] == [
        *(f"create {topic}" for topic in TOPICS if topic != "orders.place"),
        "include_resources orders.place",
        "_regenerate_shared_secret orders.place",
    ]
    assert ground.secrets.values[SECRET_ARN]["orders.place"] == ["new secret of orders.place"]


def test_webhooks_that_the_integration_may_not_change_are_entered_by_a_person_and_checked() -> None:
    ground = Ground()
    ground.step.known.missing = Missing([TO_MANAGE_WEBHOOKS])

    look = ground.step.look()

    assert look.plan == []
    entered = "\n".join(look.left)
    assert f"name payment-refresh orders.place, topic orders.place, URL {URL}/orders.place" in entered
    assert "with the includes payment_source, payment_method, authorizations" in entered

    for topic in TOPICS:
        ground.organization.webhooks.create(
            name="by a person", topic=topic, callback_url=f"{URL}/{topic}/", includes=("payment_source",)
        )
    assert list(ground.step.look().plan) == ["store their secrets"]
    ground.act()
    left = ground.step.look().left

    assert "enable the webhook orders.place" in left
    assert "let the webhook orders.pay include payment_source, payment_method, authorizations" in left
    assert ground.secrets.values[SECRET_ARN]["orders.void"] == ["secret of orders.void"]


def test_webhooks_that_the_integration_may_not_even_see_are_entered_by_a_person() -> None:
    ground = Ground()
    ground.organization.webhooks.may_read = False

    look = ground.step.look()

    assert look.plan == ()
    assert any("orders.authorize" in line for line in look.left)


def test_webhooks_that_may_not_be_created_after_all_say_what_to_do_instead() -> None:
    ground = Ground()
    ground.organization.webhooks.may_change = False

    with pytest.raises(OperatorError, match=r"may not create webhooks.*dashboard"):
        ground.act()


def test_webhooks_are_not_needed_where_events_come_by_a_bus() -> None:
    ground = Ground()
    ground.step.known.wanted = {"TakeWebhooks": "false", "OrderEventsBusName": "orders"}

    look = ground.step.look()

    assert (look.plan, look.left) == ((), ())
    assert "orders" in look.found[0]


def test_webhook_that_leads_to_a_wrong_path_of_the_stack_is_said_and_left_alone() -> None:
    ground = Ground().connected()
    webhooks = ground.organization.webhooks
    webhooks.create(name="mine", topic="orders.draft", callback_url=f"{URL}/elsewhere", includes=())
    webhooks.create(name="theirs", topic="orders.place", callback_url="https://other.example/a", includes=())

    look = ground.step.look()

    assert look.plan == ()
    assert [line for line in look.found if "refused" in line] == [
        f"the webhook mine of orders.draft leads to {URL}/elsewhere, where it is refused: correct or delete it in "
        "the dashboard"
    ]
