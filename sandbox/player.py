"""Plays a scenario: makes each step of its plan happen when it is due."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from sandbox.incidents import incidents
from sandbox.organization import Decline
from sandbox.plan import plan
from sandbox.store import Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.faults import Fault
    from sandbox.gateway import Intent
    from sandbox.scenario import Scenario
    from sandbox.store import Record
    from sandbox.story import Incident, Refusal, Step, Story
    from sandbox.world import World

_REFUSALS: dict[Refusal, dict[str, Any]] = {
    "500": {"status": 500},
    "401": {"status": 401},
    "hang": {"kind": "hang"},
}


@dataclass(frozen=True, slots=True)
class _Due:
    at: float
    do: Callable[[], object]


class Player:
    """At most one scenario at a time; several can be played one after another."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ids = random.Random(3)  # noqa: S311 - ids of gift cards, nothing secret
        self._task: asyncio.Task[None] | None = None
        self._started_at = 0.0
        self._due: list[_Due] = []
        self._played = 0
        self._total = 0
        self._created = 0
        self.stories: dict[str, str] = {}
        """The story of each order, by its id."""

    @property
    def state(self) -> Literal["idle", "running", "finished"]:
        """Say where the scenario is; finished says that every step is done and every delivery over."""
        if self._task is None:
            return "idle"
        return "running" if not self._task.done() or self._world.delivery.pending else "finished"

    def start(self, scenario: Scenario) -> None:
        """Start to play.

        Raises
        ------
        ValueError
            When one is still being played, or this seed's orders exist already.
        """
        if self.state == "running":
            raise ValueError("a scenario is being played; wait until its state is finished")
        stories = plan(scenario)
        if any(story.draft.order_id in self.stories for story in stories):
            raise ValueError(f"seed {scenario.seed} has been played here already; take another")
        steps = [_Due(step.at, partial(self._do, step, story)) for story in stories for step in story.steps]
        met = [due for incident in incidents(scenario, stories) for due in self._lasting(incident)]
        # A stable sort: steps of one instant stay in the order of their story.
        self._due = sorted([*steps, *met], key=lambda due: due.at)
        self._played, self._created, self._total = 0, 0, len(stories)
        self._world.delivery.unheard |= {story.draft.order_id for story in stories if story.unheard}
        loop = asyncio.get_running_loop()
        self._started_at = loop.time()
        self._task = loop.create_task(self._play())

    async def stop(self) -> None:
        """Stop playing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def show(self) -> dict[str, Any]:
        """Say how far it is."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()  # a step that failed is a fault of the sandbox: let the caller see it
        waiting = self._due[self._played].at if self._played < len(self._due) else None
        elapsed = asyncio.get_running_loop().time() - self._started_at
        return {
            "state": self.state,
            "orders_created": self._created,
            "orders_total": self._total,
            "next_event_in_s": None if waiting is None else max(0.0, round(waiting - elapsed, 3)),
            "last_event_in_s": max(0.0, round(self._due[-1].at - elapsed, 3)) if self._due else None,
            "deliveries_pending": self._world.delivery.pending,
        }

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        for due in self._due:
            wait = self._started_at + due.at - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            due.do()
            self._played += 1

    def _lasting(self, incident: Incident) -> Iterator[_Due]:
        faults = self._world.faults
        begun: list[Fault] = []
        yield _Due(incident.at, lambda: begun.extend(map(faults.begin, incident.rules)))
        yield _Due(incident.until, lambda: faults.end(begun))

    def _do(self, step: Step, story: Story) -> None:
        with self._world.clock.ago(step.ago), self._world.quiet(muted=step.silent):
            if step.action == "create":
                self._world.organization.create(story.draft)
                self.stories[story.draft.order_id] = story.name
                self._created += 1
                return
            order = self._world.store.must(Ref("orders", story.draft.order_id))
            if step.action == "attach":
                self._attach(step, story, order)
                return
            intent = self._world.gateway.intents.get(story.payment(step))
            if step.action in ("confirm", "decline", "decline_in_words", "webhook"):
                if intent is None:
                    raise RuntimeError(f"{step.action} before the payment of order {story.draft.number} exists")
                self._at_gateway(step, story, intent)
            else:
                self._to_order(step, story, order)

    def _attach(self, step: Step, story: Story, order: Record) -> None:
        world, ref = self._world, story.payment(step)
        payment = world.organization.attach_payment(order, ref.type, ref.id, story.draft.gateway_id)
        intent = world.gateway.open(payment)
        if story.refusal is not None and not step.second:
            intent.is_refused = True
            world.faults.begin({"route": f"PATCH /api/{ref.type}/{ref.id}", **_REFUSALS[story.refusal]})

    def _at_gateway(self, step: Step, story: Story, intent: Intent) -> None:
        gateway = self._world.gateway
        if step.action == "confirm":
            amount = None if step.second else story.draft.authorized_cents
            gateway.confirm(intent, webhook_lost=story.is_lost(step), amount_cents=amount)
        elif step.action == "webhook":
            gateway.deliver(intent)
        else:
            code = None if step.action == "decline_in_words" else Decline().error_code
            gateway.decline(intent, Decline(error_code=code))

    def _to_order(self, step: Step, story: Story, order: Record) -> None:
        organization, mishaps, store = self._world.organization, self._world.mishaps, self._world.store
        first = Ref(story.draft.payment_type, story.draft.payment_id)
        doings: dict[str, Callable[[], object]] = {
            "touch": lambda: organization.touch(order),
            "give_back": lambda: mishaps.give_back(order),
            "delete_order": lambda: mishaps.delete_order(order),
            "delete_payment": lambda: mishaps.delete_payment(order, store.must(first)),
            "orphan": lambda: mishaps.orphan(order),
            "free": lambda: mishaps.make_free(order),
            "pay_part": lambda: mishaps.pay_part(order, self._ids),
            "charge_again": lambda: mishaps.charge_again(order, store.must(first)),
            "tell_before": lambda: mishaps.tell_before(order),
        }
        doings.get(step.action, lambda: organization.set_status(order, step.action))()
