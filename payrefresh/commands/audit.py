"""`payrefresh audit`: what stands stuck in an organization right now; needs no stack and no AWS."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrefresh.commands.audit_text import print_audit
from payrefresh.commands.credentials import (
    ApiVersionOption,
    AuthUrlOption,
    BaseUrlOption,
    CredentialsOption,
    given_address,
    given_credentials,
)
from payrefresh.errors import NOT_ASKED, OK, WRONG, Stopped, WrongInput
from payrefresh.options import OUTPUT, JsonOption
from payrefresh.terminal import Progress, failed, note, print_csv, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrefresh.adapters.audit_file import AuditFile

_API = "Commerce Layer"


def audit(
    since: Annotated[
        str, typer.Option(help="Read the orders that changed within this time, such as 90d or 12h.")
    ] = "90d",
    min_age: Annotated[
        str,
        typer.Option("--min-age", help="Leave out what is stuck for less, as it may still move by itself; or 0."),
    ] = "15m",
    credentials: CredentialsOption = None,
    base_url: BaseUrlOption = None,
    auth_url: AuthUrlOption = None,
    api_version: ApiVersionOption = "",
    share: Annotated[
        float,
        typer.Option(
            min=0.01,
            max=0.9,
            help="Share of the calls a minute that the API answers this IP; the rest is left to others.",
            rich_help_panel=_API,
        ),
    ] = 0.25,
    state: Annotated[
        Path | None,
        typer.Option(help="File that keeps how far it is; by default payrefresh-audit-SLUG-MODE.json here."),
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew, whatever the file keeps.")] = False,
    as_json: JsonOption = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print one CSV row for each finding.", rich_help_panel=OUTPUT)
    ] = False,
    top: Annotated[
        int, typer.Option(min=0, help="How many findings to list in the text.", rich_help_panel=OUTPUT)
    ] = 20,
) -> int:
    """Find what stands stuck in an organization right now: before you decide, without a stack and without AWS.

    Placed and not paid, paid and not placed, money on cancelled orders,
    second charges held, amounts that differ. It needs the credentials of an
    integration that may read orders, and writes nothing at Commerce Layer.
    If it is stopped, the same command goes on where it was.

    Exit status: 0 nothing is stuck; 1 something is; 2 it could not be asked.

    Example: payrefresh audit --since 90d --credentials reader.json
    """
    from payment_refresh.domain.payment import is_id
    from payrefresh.adapters.audit_file import AuditFile
    from payrefresh.adapters.audit_orders import open_orders
    from payrefresh.audit.begin import Asked, begin_or_resume
    from payrefresh.audit.result import CSV_NAMES, csv_rows, result
    from payrefresh.audit.run import Audit

    asked = Asked(since, min_age)
    if as_json and as_csv:
        raise WrongInput("give --json or --csv, not both")
    address = given_address(auth_url=auth_url, base_url=base_url, api_version=api_version)
    with open_orders(
        given_credentials(credentials),
        auth_url=address.auth_url,
        base_url=address.base_url,
        api_version=address.api_version,
        share=share,
    ) as (organization, orders, calls):
        slug, mode = organization.slug, organization.mode.value
        file = AuditFile(state or Path(f"payrefresh-audit-{slug if is_id(slug) else 'shop'}-{mode}.json"))
        begun = begin_or_resume(None if restart else file.load(), asked, slug, mode, time.time)
        if begun.has_begun:
            note(f"going on with the audit of {begun.span.begun_at}, as {file.path} keeps it")
        parts = Audit(
            orders=orders,
            file=file,
            sleep=time.sleep,
            calls_per_minute=calls,
            on_kept=lambda: note(
                f"if this is stopped, the same command goes on ({file.path} keeps how far it is)"
            ),
        )
        with _resumable(file), Progress().during(f"Reading the orders of {slug} ({mode})") as say:
            done = parts.run(begun, say)
    document = result(done)
    if as_json:
        print_json(document)
    elif as_csv:
        print_csv(CSV_NAMES, csv_rows(document))
    else:
        print_audit(document, top)
    file.remove()
    if document["findings"]:
        return WRONG
    unseen = document["not_counted"]["authorizations_not_shown"]
    if unseen:
        failed(
            f"nothing is stuck as far as it can be seen, but the authorizations of {unseen} orders were not "
            "shown: give the integration the right to read authorizations"
        )
    return NOT_ASKED if unseen else OK


@contextmanager
def _resumable(file: AuditFile) -> Iterator[None]:
    """Say how to go on, whatever stops the body."""
    from payrefresh.adapters.failures import explained

    how = f"{file.path} keeps what was read: the same command goes on from there"
    try:
        yield
    except KeyboardInterrupt:
        if not file.path.exists():
            raise
        raise Stopped(f"stopped; {how}") from None
    except Exception as error:
        known = explained(error)
        if known is None or not file.path.exists():
            raise
        raise type(known)(f"{known}; {how}") from error
