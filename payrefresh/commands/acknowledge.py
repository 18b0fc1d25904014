"""`payrefresh acknowledge`: closes dead-lettered or reported payments that somebody has dealt with."""

from __future__ import annotations

from typing import Annotated

import typer

from payrefresh.commands.manual_parts import FileOption, WaitOption, given_names, open_parts
from payrefresh.errors import WrongInput
from payrefresh.options import DEFAULT_STACK, DryRunOption, JsonOption, ProfileOption, RegionOption, StackOption
from payrefresh.terminal import Progress, console, print_json


def acknowledge(
    note: Annotated[str, typer.Option(help="Why nothing more is to be done; kept on the row.")],
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="Payments' ids, TYPE#ID, orders' ids or numbers."),
    ] = None,
    file: FileOption = None,
    wait: WaitOption = 120,
    stack: StackOption = DEFAULT_STACK,
    region: RegionOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Close dead-lettered payments that you have dealt with, so that no digest and no alarm names them again.

    Example: payrefresh acknowledge 2454728 --note "refunded in Stripe, shopper informed"
    """
    from payrefresh.manual.acknowledge import Acknowledge, Deleted, message

    names = given_names(ids, file, reads_stdin=False)
    if not names:
        raise WrongInput("nothing to acknowledge: give a payment's id, an order's id or number")
    parts = open_parts(stack, region, profile, wait=wait)
    use_case = Acknowledge(rows=parts.rows, requests=parts.requests, letters=parts.letters, waiting=parts.waiting)
    watches = use_case.find(names)
    for watch in watches:
        message(watch.key, note)  # what is wrong with the note is wrong with --dry-run, too
    closed, deleted = {watch.key: watch for watch in watches}, Deleted(0, 0)
    if not dry_run:
        with Progress().during(f"closing {len(watches)}") as so_far:
            closed = dict(use_case.close(watches, note, lambda done: so_far(f"{done} closed")))
            deleted = use_case.delete_letters(watches)
    if as_json:
        rows = [
            {
                "payment": str(watch.key),
                "order_number": watch.order_number,
                "status": watch.status.value,
                "note": watch.note,
            }
            for watch in closed.values()
        ]
        print_json(
            {"acknowledged": [] if dry_run else rows, "would": rows if dry_run else [], "letters": deleted.letters}
        )
        return
    for watch in closed.values():
        about = f"{watch.key} of order {watch.order_number} is {watch.status.replace('_', '-')}"
        said = "it would be closed with this note" if dry_run else str(watch.note)
        console().print(f"{about}; {said}" if dry_run else f"{about}: {said}", markup=False)
    if deleted.letters:
        letters = "1 letter was" if deleted.letters == 1 else f"{deleted.letters} letters were"
        console().print(f"{letters} taken out of the dead-letter queue.")
    if deleted.held_by_others:
        console().print(
            f"Somebody else holds about {deleted.held_by_others} dead letters right now: acknowledge once more in "
            "five minutes, in case theirs are among them."
        )
