"""Planted bugs, each a switch in the real code: a simulation that misses one of them proves little."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING, Any

from payment_refresh.domain import endings, giving_up, intake, leases, outcome_events, rounds, transitions, verdict
from payment_refresh.domain.admission import dropped
from payment_refresh.domain.check_results import Answered
from payment_refresh.domain.vocabulary import FoundBy, OutboxItem
from payment_refresh.domain.watch import RowConflict
from payment_refresh.errors import SendFailed
from payment_refresh.use_cases import apply_order, outbox
from payment_refresh.use_cases.check_payments import admission, batch, checker, order_row, writer
from tests.simulation.messy_bugs import MESSY
from tests.support.indexed_table import IndexedStateTable

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from payment_refresh.domain.admission import Dropped
    from payment_refresh.domain.messages import Request
    from payment_refresh.domain.moment import Moment
    from payment_refresh.domain.watch import Watch

type Plant = Callable[[pytest.MonkeyPatch], None]


def claim_whatever_is_there(patch: pytest.MonkeyPatch) -> None:
    """The sweep's claim has lost its condition."""

    def claim(table: IndexedStateTable, due: Any, token: str, until: int) -> Any:
        row = table.rows[due.key]
        return table._store(leases.claim(replace(row, revision=row.revision + 1), token, until))

    patch.setattr(IndexedStateTable, "claim", claim)


def write_whatever_is_there(patch: pytest.MonkeyPatch) -> None:
    """Writes have lost their condition."""

    def write(table: IndexedStateTable, watch: Any) -> Any:
        row = table.rows.get(watch.key)
        return table._store(replace(watch, revision=(row.revision if row else 0) + 1))

    patch.setattr(IndexedStateTable, "write", write)


def send_before_writing(patch: pytest.MonkeyPatch) -> None:
    """The outbox is relayed before the write that fills it."""
    apply = writer.ResultWriter.apply

    def hasty(self: Any, watch: Any, transition: Any) -> Any:
        self.outbox._send([transition(watch)])
        return apply(self, watch, transition)

    patch.setattr(writer.ResultWriter, "apply", hasty)


def forget_to_clear(patch: pytest.MonkeyPatch) -> None:
    """What was sent stays in the outbox."""
    patch.setattr(outbox.Outbox, "_clear", lambda *_: None)


def forget_to_send_again(patch: pytest.MonkeyPatch) -> None:
    """The outbox of an ended row is not relayed when the sweep brings it back."""
    patch.setattr(batch._Batch, "_relay_ended", lambda *_: None)


def clear_what_was_refused(patch: pytest.MonkeyPatch) -> None:
    """What the queue or the bus refused counts as sent."""
    clear = outbox.Outbox._clear
    patch.setattr(outbox.Outbox, "_clear", lambda self, watch, _taken: clear(self, watch, watch.outbox))


def count_a_timeout_as_a_check(patch: pytest.MonkeyPatch) -> None:
    """A refresh that got no answer counts."""

    def back_off(watch: Any, failure: Any, at: Any) -> Any:
        answer = Answered(looked=True, sent_refresh=failure.sent_refresh)
        return transitions.apply_answer(watch, answer, at)

    patch.setattr(transitions, "back_off", back_off)


def let_older_orders_overrule(patch: pytest.MonkeyPatch) -> None:
    """An order counts whatever its age."""
    for module in (endings, transitions, intake, checker):
        patch.setattr(module, "is_stale", lambda *_: False)


def take_our_echo_for_a_webhook(patch: pytest.MonkeyPatch) -> None:
    """An order event is applied also during a lease."""
    decide = intake.decide

    def deaf(key: Any, watch: Any, *args: Any) -> Any:
        decision = decide(key, watch and replace(watch, claim=None), *args)
        return replace(decision, row=decision.row and replace(decision.row, claim=watch and watch.claim))

    patch.setattr(apply_order, "decide", deaf)


def refresh_what_is_look_only(patch: pytest.MonkeyPatch) -> None:
    """A refresh is sent also where it must not."""
    patch.setattr(checker, "judge", lambda *args: replace(verdict.judge(*args), look_only=False))


def refresh_what_is_only_observed(patch: pytest.MonkeyPatch) -> None:
    """Mode and age of an order are not looked at."""
    make = batch._Batch._make_checker

    def unbound(self: Any, *args: Any) -> Any:
        return replace(make(self, *args), scope=checker.Scope(observe=False, act_after=0.0))

    patch.setattr(batch._Batch, "_make_checker", unbound)


def give_up_without_a_last_look(patch: pytest.MonkeyPatch) -> None:
    """The end of the policy is the end, whatever was asked."""
    patch.setattr(transitions, "may_give_up", lambda watch, _answer, at: at.now >= at.policy.ends_at(watch))


def give_up_without_a_letter(patch: pytest.MonkeyPatch) -> None:
    """A dead-lettered watch has no letter in its outbox."""
    end_stuck = giving_up.end_stuck

    def silent(*args: Any, **kwargs: Any) -> Any:
        watch = end_stuck(*args, **kwargs)
        return replace(watch, outbox=watch.outbox - {OutboxItem.DEAD_LETTER})

    patch.setattr(giving_up, "end_stuck", silent)


def lose_the_due_time(patch: pytest.MonkeyPatch) -> None:
    """One kind of outcome forgets when to ask again."""
    answered = transitions.apply_answer

    def careless(*args: Any, **kwargs: Any) -> Any:
        watch = answered(*args, **kwargs)
        return replace(watch, due_at=None) if watch.is_open and watch.look_only else watch

    patch.setattr(transitions, "apply_answer", careless)


def ignore_the_token(patch: pytest.MonkeyPatch) -> None:
    """A message may act on its row whoever claimed it."""
    admit = admission.Admission.admit

    def lax(self: Any, request: Any, watch: Any) -> Any:
        return watch if request.claim is not None else admit(self, request, watch)

    patch.setattr(admission.Admission, "admit", lax)


def write_though_the_claim_was_lost(patch: pytest.MonkeyPatch) -> None:
    """A result is written also where another message took over."""

    def write_with_retry(self: Any, watch: Any, transition: Any) -> Any:
        while True:
            try:
                return self.table.write(transition(watch))
            except RowConflict as conflict:
                watch = conflict.current

    patch.setattr(writer.ResultWriter, "write_with_retry", write_with_retry)


def replay_letters_twice(patch: pytest.MonkeyPatch) -> None:
    """A dead letter begins a round each time it comes."""
    begun = admission.Admission._begun

    def lax(request: Request, watch: Watch | None, now: float) -> Dropped | None:
        return None if request.letter_round else dropped(request, watch, now)

    def again(self: Any, request: Request, watch: Watch | None, at: Moment) -> Watch:
        if watch is None or request.letter_round is None:
            return begun(self, request, watch, at)
        return rounds.start_next_round(watch, None, at, due_at=at.now, found_by=FoundBy.REDRIVE)

    patch.setattr(admission, "dropped", lax)
    patch.setattr(admission.Admission, "_begun", again)


def lose_letters_that_come_early(patch: pytest.MonkeyPatch) -> None:
    """A dead letter that is redriven while its round still has an event in its outbox is dropped."""
    admit = admission.Admission.admit

    def hasty(self: Any, request: Request, watch: Watch | None) -> Watch | None:
        try:
            return admit(self, request, watch)
        except SendFailed:
            return None

    patch.setattr(admission.Admission, "admit", hasty)


def forget_the_event(patch: pytest.MonkeyPatch) -> None:
    """An event that came during the lease is forgotten."""
    apply = transitions.apply_answer
    patch.setattr(
        transitions,
        "apply_answer",
        lambda watch, answer, at: apply(replace(watch, event_during_lease=False), answer, at),
    )


def believe_the_first_absence(patch: pytest.MonkeyPatch) -> None:
    """That lists left a payment out once is enough."""
    apply = transitions.apply_absence

    def hasty(watch: Any, absent: Any, at: Any) -> Any:
        return apply(replace(watch, first_absent_at=0, event_during_lease=False), absent, at)

    patch.setattr(transitions, "apply_absence", hasty)


def announce_each_failure(patch: pytest.MonkeyPatch) -> None:
    """A kind of event is not sent once a round, but each time."""
    add = outcome_events.add_to_outbox
    patch.setattr(
        endings, "add_to_outbox", lambda watch, kinds, **k: add(replace(watch, announced=frozenset()), kinds, **k)
    )


def resolve_nothing(patch: pytest.MonkeyPatch) -> None:
    """An order's row ends though its payment has none."""
    patch.setattr(writer, "resolve_order_row", lambda _watch, order, **_: order.payment is not None)


def take_a_look_for_an_event(patch: pytest.MonkeyPatch) -> None:
    """What the look at an order finds of its payment is applied as if an event had reported it."""
    resolve: Any = order_row.resolve_order_row

    def hasty(watch: Any, order: Any, *, table: Any, at: Any) -> bool:
        if order.payment is not None:
            apply_order.apply_order(order, table=table, at=at)
        return bool(resolve(watch, order, table=table, at=at))

    patch.setattr(writer, "resolve_order_row", hasty)


def tell_secrets(patch: pytest.MonkeyPatch) -> None:
    """The text of any error is logged."""
    patch.setattr(batch, "PaymentRefreshError", Exception)


BUGS: dict[str, Plant] = {
    plant.__name__: plant
    for plant in (
        claim_whatever_is_there,
        write_whatever_is_there,
        send_before_writing,
        forget_to_clear,
        forget_to_send_again,
        clear_what_was_refused,
        count_a_timeout_as_a_check,
        let_older_orders_overrule,
        take_our_echo_for_a_webhook,
        refresh_what_is_look_only,
        refresh_what_is_only_observed,
        give_up_without_a_last_look,
        give_up_without_a_letter,
        lose_the_due_time,
        ignore_the_token,
        write_though_the_claim_was_lost,
        replay_letters_twice,
        lose_letters_that_come_early,
        forget_the_event,
        believe_the_first_absence,
        announce_each_failure,
        resolve_nothing,
        take_a_look_for_an_event,
        tell_secrets,
        *MESSY,
    )
}
