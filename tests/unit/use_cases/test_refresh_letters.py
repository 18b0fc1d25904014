"""Dead letters that were redriven to the pending queue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import FoundBy, OutboxItem, Reason, Status
from payment_refresh.metrics import Metric
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.use_cases.steps import authorize, dropped, sweep_next, swept

if TYPE_CHECKING:
    from tests.support.world import World

MANUAL: dict[str, object] = {"type": "stripe_payments", "id": "pay-a"}


class TestLettersMovedBack:
    """Dead letters in the pending queue."""

    def letter(self, world: World) -> str:
        """Give a payment up."""
        (key,) = swept(world, samples.order(), age=world.policy.give_up)
        world.take_batch()
        sweep_next(world, key)
        world.take_batch()
        (body,) = world.letters.letters
        return body

    def test_a_letter_starts_the_next_round_once(self, world: World) -> None:
        body = self.letter(world)

        assert world.refresh(body).counts == {"ListCalls": 1, "RefreshCalls": 1, "Pending": 1}
        row = world.row(samples.key())
        assert (row.status, row.round, row.refreshes, row.reason) == (Status.WATCHING, 2, 1, None)
        assert (row.started_at, row.found_by) == (world.now, FoundBy.REDRIVE)

        assert world.refresh(body).counts == {}
        assert dropped(world) == ["letter_of_another_round"]
        assert world.row(samples.key()).round == 2

    def test_two_copies_of_a_letter_start_one_round(self, world: World) -> None:
        body = self.letter(world)

        assert world.refresh(body, body).counts[Metric.REFRESH_CALLS] == 1

        assert world.row(samples.key()).round == 2

    def test_the_next_round_may_settle(self, world: World) -> None:
        body = self.letter(world)
        authorize(world, samples.order())

        assert world.refresh(body).counts[Metric.SETTLED] == 1

        row = world.row(samples.key())
        assert (row.status, row.reason, row.settled_by) == (Status.SETTLED, None, "refresh")

    def test_the_next_round_ends_in_a_letter_of_its_own(self, world: World) -> None:
        world.refresh(self.letter(world))
        world.clock.advance(world.policy.give_up)
        for _ in range(2):
            sweep_next(world, samples.key())
            world.take_batch()

        assert [letter["round"] for letter in world.letters.contents] == [1, 2]

    def test_the_letter_of_an_older_round_is_dropped(self, world: World) -> None:
        old = self.letter(world)
        world.table.put(replace(world.row(samples.key()), round=2))

        assert world.refresh(old).counts == {}

        assert world.row(samples.key()).status is Status.DEAD_LETTERED

    def test_the_letter_of_a_payment_that_settled_since_is_dropped(self, world: World) -> None:
        body = self.letter(world)
        world.event(samples.authorized(samples.order(), world.clock.now))

        assert world.refresh(body).counts == {}

        assert world.row(samples.key()).status is Status.SETTLED

    def test_a_letter_whose_row_still_has_unrelayed_one_is_not_dropped(self, world: World) -> None:
        world.table.put(samples.unrelayed(samples.order(), world.policy, at=START))

        assert world.refresh(MANUAL | {"round": 1, "reason": "stayed_pending"}).failed == {"0"}

        assert (world.row(samples.key()).round, world.row(samples.key()).outbox) == (
            1,
            samples.outbox_of(OutboxItem.DEAD_LETTER),
        )

    def test_a_letter_moved_back_before_its_sender_wrote_that_it_was_sent_is_not_lost(self, world: World) -> None:
        failed = []

        def move_back() -> None:
            (body,) = world.letters.letters
            failed.append(world.refresh(body).failed)

        world.events.faults.meanwhile("send", move_back)
        body = self.letter(world)

        assert failed == [{"0"}]
        assert world.refresh(body).counts[Metric.REFRESH_CALLS] == 1
        assert world.row(samples.key()).round == 2

    def test_a_letter_waits_until_the_events_of_its_round_are_sent(self, world: World) -> None:
        world.events.refused = {OutboxItem.STILL_PENDING}
        body = self.letter(world)
        message = world.queue.put(body)

        assert world.take_batch().failed == {message}
        (line,) = world.log.of("message_failed")
        assert (line["error"], world.row(samples.key()).round) == ("SendFailed", 1)

        world.events.refused = set()
        sweep_next(world, samples.key())
        world.take_batch()  # the letter still comes too early, and the sweep's message sends the event
        assert world.take_batch().counts[Metric.REFRESH_CALLS] == 1
        assert (world.row(samples.key()).round, world.events.kinds) == (2, {OutboxItem.STILL_PENDING: 1})

    def test_a_letter_whose_row_is_gone_starts_the_round_anew(self, world: World) -> None:
        world.commerce_layer.put(samples.order())

        assert world.refresh(MANUAL | {"round": 3}).counts[Metric.REFRESH_CALLS] == 1

        assert (world.row(samples.key()).round, world.row(samples.key()).found_by) == (4, FoundBy.REDRIVE)

    def test_a_letter_of_what_could_not_be_processed_is_tried_anew(self, world: World) -> None:
        world.commerce_layer.put(samples.order())
        world.table.put(
            samples.dead_lettered(
                samples.order(),
                world.policy,
                at=START,
                reason=Reason.CANNOT_PROCESS,
                claims=6,
                isolated_attempts=3,
            )
        )

        assert world.refresh(MANUAL | {"round": 1, "reason": "cannot_process"}).counts[Metric.REFRESH_CALLS] == 1

        row = world.row(samples.key())
        assert (row.status, row.claims, row.isolated_attempts) == (Status.WATCHING, 0, 0)

    def test_the_letter_of_an_order_finds_its_payment(self, world: World) -> None:
        order = samples.order()
        bare = samples.without_source(order)
        world.table.put(samples.dead_lettered(bare, world.policy, at=START))
        world.commerce_layer.put(replace(order, updated_at=to_iso(START + 5)))

        assert world.refresh({"type": "orders", "id": "order-a", "round": 1}).counts == {
            "ListCalls": 1,
            "Closed": 1,
        }

        assert world.row(samples.key()).due_at == START
