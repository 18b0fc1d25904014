"""Plays a scenario: makes each step of its plan happen when it is due."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sandbox.organization import Decline
from sandbox.scenario import plan
from sandbox.store import Ref

if TYPE_CHECKING:
    from sandbox.clock import PastClock
    from sandbox.delivery import Delivery
    from sandbox.gateway import Gateway
    from sandbox.organization import Organization
    from sandbox.scenario import Scenario
    from sandbox.store import Store
    from sandbox.story import Step, Story


@dataclass(frozen=True, slots=True)
class _Due:
    step: Step
    story: Story


class Player:
    """At most one scenario at a time; several can be played one after another."""

    def __init__(
        self,
        store: Store,
        organization: Organization,
        gateway: Gateway,
        delivery: Delivery,
        clock: PastClock,
    ) -> None:
        self._store = store
        self._organization = organization
        self._gateway = gateway
        self._delivery = delivery
        self._clock = clock
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
        return "running" if not self._task.done() or self._delivery.pending else "finished"

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
        if any(self._store.get(Ref("orders", story.draft.order_id)) for story in stories):
            raise ValueError(f"seed {scenario.seed} has been played here already; take another")
        steps = (_Due(step, story) for story in stories for step in story.steps)
        # A stable sort: steps of one instant stay in the order of their story.
        self._due = sorted(steps, key=lambda due: due.step.at)
        self._played, self._created, self._total = 0, 0, len(stories)
        self._delivery.unheard |= {story.draft.order_id for story in stories if story.unheard}
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
        waiting = self._due[self._played].step.at if self._played < len(self._due) else None
        elapsed = asyncio.get_running_loop().time() - self._started_at
        return {
            "state": self.state,
            "orders_created": self._created,
            "orders_total": self._total,
            "next_event_in_s": None if waiting is None else max(0.0, round(waiting - elapsed, 3)),
            "last_event_in_s": max(0.0, round(self._due[-1].step.at - elapsed, 3)) if self._due else None,
            "deliveries_pending": self._delivery.pending,
        }

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        for due in self._due:
            wait = self._started_at + due.step.at - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            with self._clock.ago(due.step.ago):
                self._do(due.step, due.story)
            self._played += 1

    def _do(self, step: Step, story: Story) -> None:
        draft, action = story.draft, step.action
        if action == "create":
            self._organization.create(draft)
            self.stories[draft.order_id] = story.name
            self._created += 1
            return
        order = self._store.must(Ref("orders", draft.order_id))
        ref = story.payment(step)
        if action == "attach":
            self._gateway.open(self._organization.attach_payment(order, ref.type, ref.id))
            return
        intent = self._gateway.intents.get(ref)
        if action in ("pending", "placing", "placed", "cancelled"):
            self._organization.set_status(order, action)
        elif intent is None:
            raise RuntimeError(f"{action} before the payment of order {draft.number} exists")
        elif action == "confirm":
            self._gateway.confirm(intent, webhook_lost=story.is_lost(step))
        elif action == "decline":
            self._gateway.decline(intent, Decline())
        else:
            self._gateway.deliver(intent)
