"""Planted bugs, each a switch in the real code: a simulation that misses one of them proves little."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING, Any

from payment_refresh.domain import endings, intake, leases, outcome_events, rounds, transitions, verdict
from payment_refresh.domain.transitions import Answer
from payment_refresh.domain.watch import DEAD_LETTER, FoundBy, RowConflict, Status
from payment_refresh.errors import SendFailed
from payment_refresh.use_cases import apply_order, outbox
from payment_refresh.use_cases.check_payments import admission, batch, checker, order_row, writer
from tests.support.indexed_table import IndexedStateTable

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

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
    """The outbox is sent before the write that stores it."""
    end = writer.ResultWriter.end

    def hasty(self: Any, watch: Any, step: Any) -> Any:
        self.outbox._send([step(watch)])
        return end(self, watch, step)

    patch.setattr(writer.ResultWriter, "end", hasty)


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

    def unanswered(
        watch: Any, _why: str, now: int, policy: Any, *, jitter: float, sent_refresh: Any = None
    ) -> Any:
        answer = Answer(looked=True, sent_refresh=sent_refresh)
        return transitions.apply_answer(watch, answer, now, policy, jitter=jitter)

    patch.setattr(transitions, "back_off", unanswered)


def let_older_orders_overrule(patch: pytest.MonkeyPatch) -> None:
    """An order counts whatever its age."""
    for module in (endings, transitions, intake, checker):
        patch.setattr(module, "is_stale", lambda *_: False)


def take_our_echo_for_a_webhook(patch: pytest.MonkeyPatch) -> None:
    """An order event is applied also while its watch is claimed."""
    decide = intake.decide

    def deaf(key: Any, watch: Any, *args: Any) -> Any:
        result, step = decide(key, watch and replace(watch, claim=None), *args)
        return result, step and replace(step, claim=watch and watch.claim)

    patch.setattr(apply_order, "decide", deaf)


def refresh_what_is_look_only(patch: pytest.MonkeyPatch) -> None:
    """A refresh is sent also where it must not."""
    patch.setattr(checker, "judge", lambda *args: replace(verdict.judge(*args), look_only=False))


def refresh_what_is_only_observed(patch: pytest.MonkeyPatch) -> None:
    """Mode and age of an order are not looked at."""
    patch.setattr(checker.PaymentChecker, "_may_refresh", lambda *_: True)


def give_up_without_a_last_look(patch: pytest.MonkeyPatch) -> None:
    """The end of the policy is the end, whatever was asked."""
    patch.setattr(transitions, "_may_give_up", lambda watch, _answer, now, policy: now >= policy.ends_at(watch))


def give_up_without_a_letter(patch: pytest.MonkeyPatch) -> None:
    """A dead-lettered watch has no letter in its outbox."""

    def silent(*args: Any) -> Any:
        watch = endings.dead_letter(*args)
        return replace(watch, outbox=watch.outbox - {DEAD_LETTER})

    patch.setattr(transitions, "dead_letter", silent)


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
    """An outcome is written also where another message took over."""

    def put(self: Any, watch: Any, step: Any) -> Any:
        while True:
            try:
                return self.table.write(step(watch))
            except RowConflict as conflict:
                watch = conflict.current

    patch.setattr(writer.ResultWriter, "put", put)


def replay_letters_twice(patch: pytest.MonkeyPatch) -> None:
    """A letter begins a round each time it comes."""

    def letter(self: Any, _request: Any, watch: Any) -> Any:
        now = int(self.clock())
        return rounds.start_next_round(watch, None, now, due_at=now, found_by=FoundBy.REDRIVE)

    patch.setattr(admission.Admission, "_letter", letter)


def lose_letters_that_come_early(patch: pytest.MonkeyPatch) -> None:
    """A redriven letter is dropped while its round still has an event to send."""
    letter = admission.Admission._letter

    def hasty(self: Any, request: Any, watch: Any) -> Any:
        try:
            return letter(self, request, watch)
        except SendFailed:
            return None

    patch.setattr(admission.Admission, "_letter", hasty)


def forget_the_note(patch: pytest.MonkeyPatch) -> None:
    """An event that came while the watch was claimed is forgotten."""
    answered = transitions.apply_answer
    patch.setattr(
        transitions,
        "apply_answer",
        lambda watch, *a, **k: answered(replace(watch, event_during_lease=False), *a, **k),
    )


def believe_the_first_404(patch: pytest.MonkeyPatch) -> None:
    """One 404 is enough."""
    patch.setattr(
        transitions,
        "_not_found",
        lambda watch, now, policy, *, event_came: endings.end(watch, Status.MISSING, now, policy),  # noqa: ARG005  named as the real one
    )


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

    def hasty(watch: Any, order: Any, *, table: Any, now: int, policy: Any) -> bool:
        if order.payment is not None:
            apply_order.apply_order(order, table=table, now=now, policy=policy)
        return bool(resolve(watch, order, table=table, now=now, policy=policy))

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
        forget_the_note,
        believe_the_first_404,
        announce_each_failure,
        resolve_nothing,
        take_a_look_for_an_event,
        tell_secrets,
    )
}
