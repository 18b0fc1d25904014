"""The operator's command on a deployed stack that works: payments are dead-lettered, redriven, checked, closed."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

import payrefresh.adapters.letters
from payrefresh.adapters.letters import SqsLetters
from tests.end_to_end.driver import key_of
from tests.operating.command import Command
from tests.operating.identity import administrator

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from payrefresh.manual.letters import Letter
    from tests.end_to_end.driver import Driver

LETTERS = 25
BY_REFRESH, BY_EVENT, LOST = 7, 5, 5


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def command(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """The command, run in this process on the driver's stack."""
    with administrator(driver.stack.aws):
        monkeypatch.setenv("PAYREFRESH_STACK", driver.stack.name)
        yield Command(capsys)


@contextmanager
def sweeping(driver: Driver) -> Iterator[None]:
    """Let sweeps run, much more often than the schedule does."""
    is_over = threading.Event()

    def sweep() -> None:
        while not is_over.wait(0.5):
            driver.stack.sweep()

    thread = threading.Thread(target=sweep)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@pytest.fixture(scope="module")
def dead(driver: Driver) -> list[dict[str, str]]:
    """Orders whose payments stayed pending to the end, and so have a dead letter each."""
    orders = [driver.order(intent="open") for _ in range(LETTERS + 3)]
    keys = {key_of(order) for order in orders}
    driver.wait_for("all letters", lambda: {letter.key for letter in driver.stack.letters()} >= keys)
    return orders


def forget_letters(driver: Driver, keys: Collection[str]) -> None:
    """Take the letters of payments out of the queue, as if they had expired."""
    driver.delete_letters([letter for letter in driver.stack.letters() if letter.key in keys])


def test_redrive_of_25_dead_letters_says_how_many_have_settled_and_how_many_had_lost_their_letter(
    driver: Driver, command: Command, dead: list[dict[str, str]], tmp_path: Path
) -> None:
    orders = dead[:LETTERS]
    file = tmp_path / "orders"
    file.write_text("\n".join(order["order_id"] for order in orders))
    settled = orders[: BY_REFRESH + BY_EVENT]
    for order in settled:
        driver.act(order["order_id"], "authorize")
    by_event = {key_of(order) for order in settled[BY_REFRESH:]}
    for order in settled[BY_REFRESH:]:
        driver.act(order["order_id"], "deliver")
    driver.wait_for("the events", lambda: all(driver.status(key) == "settled" for key in by_event))
    forget_letters(driver, {key_of(order) for order in (*orders[:2], *orders[-3:])})

    planned = command("redrive", "--file", str(file), "--dry-run")
    ran = command("redrive", "--file", str(file))

    assert planned.status == 0
    assert planned.out.count("its letter is gone") == LOST
    assert "25 dead letters would be redriven; nothing was done." in planned.out
    assert ran.status == 0
    assert ran.out.splitlines()[-2:] == [
        "25 dead letters: 12 settled, 13 pending again.",
        "5 of them had lost their letter: only the table still knew of them.",
    ]
    assert ran.out.count("our refresh found the money") == BY_REFRESH
    assert ran.out.count("it was already: the gateway's webhook came") == BY_EVENT
    keys = {key_of(order) for order in orders}
    assert [letter.key for letter in driver.stack.letters() if letter.key in keys and letter.round == 1] == []


def test_redrive_that_is_killed_between_send_and_delete_starts_one_round_and_the_next_one_drops_the_letter(
    driver: Driver, command: Command, dead: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = dead[LETTERS]
    key = key_of(order)
    driver.act(order["order_id"], "authorize")

    def die(_self: SqsLetters, _letters: Sequence[Letter]) -> Sequence[Letter]:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(payrefresh.adapters.letters, "HELD_FOR", 1)
        patch.setattr(SqsLetters, "delete", die)
        patch.setattr(SqsLetters, "release", die)
        with pytest.raises(Killed):
            command("redrive", key)
    driver.wait_for("the next round settled", lambda: driver.status(key) == "settled")
    driver.wait_for("the letter visible again", lambda: bool(driver.letters(key)))

    ran = command("redrive", key, "--json")
    driver.wait_for("the message dropped", lambda: dropped_letters(driver, key) >= 1)

    assert (ran.status, ran.json["counts"]) == (0, {"settled": 1})
    assert ran.json["redriven"][0]["text"] == "it was already: our refresh found the money"
    row = driver.row(key)
    assert row is not None
    assert (row.round, driver.letters(key)) == (2, [])


def dropped_letters(driver: Driver, key: str) -> int:
    """How often the stack dropped a letter of a payment because its round is over."""
    lines = [line for line in driver.stack.log("Refresh") if "message_dropped" in line and f'"{key}"' in line]
    return sum('"letter_of_another_round"' in line for line in lines)


def test_acknowledged_payments_are_closed_and_leave_no_letter_behind(
    driver: Driver, command: Command, dead: list[dict[str, str]]
) -> None:
    orders = dead[-2:]

    ran = command("acknowledge", *(order["order_id"] for order in orders), "--note", "refunded, shopper informed")
    again = command("acknowledge", key_of(orders[0]), "--note", "once more")

    assert ran.status == 0
    assert ran.out.count("is closed: refunded, shopper informed") == 2
    assert {driver.status(key_of(order)) for order in orders} == {"closed"}
    assert [letter for order in orders for letter in driver.letters(key_of(order))] == []
    assert "is closed: refunded, shopper informed" in again.out


def test_check_asks_for_what_nobody_watches_and_shows_each_answer(driver: Driver, command: Command) -> None:
    paid = driver.order(announce=False, intent="authorized")
    also, unpaid = driver.order(announce=False, intent="authorized"), driver.order(announce=False, intent="open")

    with sweeping(driver):
        ran = command("check", paid["order_id"], key_of(also), key_of(unpaid), "noSuchOrder", "--json")

    found = {each["payment"]: each["outcome"] for each in ran.json}
    assert found == {
        key_of(paid): "settled",
        key_of(also): "settled",
        key_of(unpaid): "pending",
        "orders#noSuchOrder": "not found",
    }
    assert ran.status == 1
    again = command("check", key_of(paid))
    assert (again.status, "it was already: our refresh found the money" in again.out) == (0, True)
