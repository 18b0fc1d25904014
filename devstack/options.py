"""The command line of `python -m devstack`: its options, their defaults, and what it refuses."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from devstack.errors import LauncherError
from devstack.organization import Organization

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ORDERS, SHORT_ORDERS = 290, 60
EACH, SHORT_EACH = 5, 1
LOSS_ORDER_EVENTS = 0.05
ENV_FILE = Path("build/local.env")
REAL_AUTH_URL = "https://auth.commercelayer.io/oauth/token"
CLIENT_ID, CLIENT_SECRET = "PAYREFRESH_CLIENT_ID", "PAYREFRESH_CLIENT_SECRET"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalOptions:
    """Options of `python -m devstack local`.

    Attributes
    ----------
    loss
        Share of the gateway's webhooks that never arrive, 0 to 1.
    loss_order_events
        Share of the orders none of whose own webhooks is ever sent, 0 to 1.
    each
        At least so many orders have a story of each kind, where there are orders enough.
    kinds
        The kinds of stories to play; all if there are none.
    only_on_purpose
        Whether only such stories are played as call nobody.
    gateway_webhooks_off_after_s
        Seconds after which no webhook of the gateway arrives any more; None if they go on.
    by_bus
        Whether order events come by an EventBridge bus alone, and the stack has no URL for webhooks.
    observe
        Whether the stack may only look.
    keep
        Whether the stack stays up when the scenario is over.
    deadline_s
        Seconds after which a scenario that has not ended is a failure.
    parameters
        Parameters of the template to set, before anything else is.
    organization
        Where to connect to instead of the sandbox; then no scenario is played.
    """

    orders: int = ORDERS
    seed: int = 1
    loss: float = 0.2
    loss_order_events: float = LOSS_ORDER_EVENTS
    gateway_webhooks_off_after_s: float | None = None
    each: int = EACH
    kinds: tuple[str, ...] = ()
    only_on_purpose: bool = False
    by_bus: bool = False
    observe: bool = False
    keep: bool = False
    report: Path = Path("build/run-report.json")
    deadline_s: float = 600.0
    parameters: tuple[tuple[str, str], ...] = ()
    organization: Organization | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyOptions:
    """Options of `python -m devstack empty`.

    Attributes
    ----------
    env_file
        Where the variables are written that a shell sources to use both servers.
    """

    env_file: Path = ENV_FILE


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> LocalOptions | EmptyOptions:
    """Return what the command line asks for.

    Raises
    ------
    SystemExit
        For `--help`, and for a command line that cannot be meant; argparse has said why.
    LauncherError
        A server was named, but the credentials for it are not in the environment.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command == "empty":
        return EmptyOptions(env_file=given.env_file)
    return LocalOptions(
        orders=given.orders or (SHORT_ORDERS if given.short else ORDERS),
        seed=given.seed,
        loss=given.loss,
        loss_order_events=given.loss_order_events,
        gateway_webhooks_off_after_s=given.gateway_webhooks_off_after,
        each=SHORT_EACH if given.short else EACH,
        kinds=tuple(given.kind),
        only_on_purpose=given.only_on_purpose,
        by_bus=given.by_bus,
        observe=given.observe,
        keep=given.keep,
        report=given.report,
        deadline_s=given.deadline,
        parameters=tuple(given.parameter),
        organization=_organization(parser, given, environment),
    )


def _organization(
    parser: argparse.ArgumentParser, given: argparse.Namespace, environment: Mapping[str, str]
) -> Organization | None:
    if given.commerce_layer_url is None:
        if given.auth_url is not None or given.organization is not None or given.mode is not None:
            parser.error("--auth-url, --organization and --mode only go with --commerce-layer-url")
        return None
    slug = given.organization or (urlsplit(given.commerce_layer_url).hostname or "").split(".")[0]
    if slug in {"127", "localhost", ""}:
        parser.error(f"--organization is needed: {given.commerce_layer_url} does not show the organization's slug")
    missing = [name for name in (CLIENT_ID, CLIENT_SECRET) if not environment.get(name)]
    if missing:
        raise LauncherError(
            f"{' and '.join(missing)} not set in the environment. --commerce-layer-url needs the credentials of "
            "an integration that may read orders and payments, and update payments unless --observe is given."
        )
    return Organization(
        base_url=given.commerce_layer_url.rstrip("/"),
        auth_url=given.auth_url or REAL_AUTH_URL,
        slug=slug,
        mode=given.mode or "live",
        client_id=environment[CLIENT_ID],
        client_secret=environment[CLIENT_SECRET],
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devstack",
        description="Finds Commerce Layer payments whose gateway webhook never came, and refreshes them.",
    )
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    local = commands.add_parser(
        "local",
        help="run the whole stack on this machine and play a scenario",
        description=(
            "Deploys template.yaml on a local AWS beside a sandbox of Commerce Layer, plays a scenario of orders "
            "in which gateway webhooks get lost, and compares every order's end with what the gateway decided. "
            "Needs no AWS account, and no network once it was built. Ctrl-C stops everything."
        ),
        epilog="Exit status: 0 if every order ended as the gateway decided, 1 if not, 2 if it could not run.",
    )
    scenario = local.add_argument_group("the scenario")
    scenario.add_argument("--orders", type=_positive, metavar="N", help=f"how many orders (default {ORDERS})")
    scenario.add_argument("--short", action="store_true", help=f"a short scenario: {SHORT_ORDERS} orders")
    scenario.add_argument(
        "--kind", action="append", default=[], metavar="NAME",
        help="play this kind of story only, e.g. double_charge; may be given several times (default: all kinds)",
    )  # fmt: skip
    scenario.add_argument(
        "--only-on-purpose", action="store_true",
        help="only what merchant and shopper do on purpose: no dead letter, and no event that needs a person",
    )  # fmt: skip
    scenario.add_argument(
        "--seed", type=int, default=1, metavar="N", help="which scenario; runs repeat (default 1)"
    )
    scenario.add_argument(
        "--loss", type=_share, default=0.2, metavar="SHARE",
        help="share of gateway webhooks that never arrive, 0 to 1 (default 0.2)",
    )  # fmt: skip
    scenario.add_argument(
        "--loss-order-events", type=_share, default=LOSS_ORDER_EVENTS, metavar="SHARE",
        help=f"share of orders none of whose own webhooks is sent, 0 to 1 (default {LOSS_ORDER_EVENTS})",
    )  # fmt: skip
    scenario.add_argument(
        "--gateway-webhooks-off-after", type=_seconds, metavar="SECONDS",
        help="lose all gateway webhooks from this second of the scenario on",
    )  # fmt: skip
    scenario.add_argument(
        "--by-bus", action="store_true",
        help="deploy with TakeWebhooks=false: order events come by an EventBridge bus alone",
    )  # fmt: skip
    scenario.add_argument(
        "--observe", action="store_true", help="deploy with Mode=observe: look, but send no refresh"
    )
    scenario.add_argument(
        "--parameter", type=_parameter, action="append", default=[], metavar="NAME=VALUE",
        help="set a parameter of the template, e.g. GiveUpAfter=30s; may be given several times",
    )  # fmt: skip
    ending = local.add_argument_group("the end")
    ending.add_argument(
        "--report", type=Path, default=Path("build/run-report.json"), metavar="FILE",
        help="where the figures go as JSON (default build/run-report.json)",
    )  # fmt: skip
    ending.add_argument(
        "--deadline", type=_positive, default=600, metavar="SECONDS",
        help="give up on a scenario that has not ended by then (default 600)",
    )  # fmt: skip
    ending.add_argument("--keep", action="store_true", help="keep the stack up afterwards, until Ctrl-C")
    real = local.add_argument_group(
        "another server instead of the sandbox",
        f"Then no scenario is played; the stack stays up. Credentials: ${CLIENT_ID} and ${CLIENT_SECRET}.",
    )
    real.add_argument(
        "--commerce-layer-url", type=_url, metavar="URL", help="e.g. https://your-org.commercelayer.io"
    )
    real.add_argument("--auth-url", type=_url, metavar="URL", help=f"token endpoint (default {REAL_AUTH_URL})")
    real.add_argument("--organization", metavar="SLUG", help="default: the first label of the URL's host")
    real.add_argument("--mode", choices=("live", "test"), help="mode of the credentials (default live)")
    _add_empty(commands)
    return parser


def _add_empty(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    empty = commands.add_parser(
        "empty",
        help="start a local AWS without a stack, and a sandbox, to set up on",
        description=(
            "Starts a local AWS with nothing on it and a sandbox of Commerce Layer, for `payrefresh setup` to be "
            "tried on. Needs no AWS account. Ctrl-C stops both, and all that is on them is gone."
        ),
    )
    empty.add_argument(
        "--env-file", type=Path, default=ENV_FILE, metavar="FILE",
        help=f"where the variables go that another terminal sources (default {ENV_FILE})",
    )  # fmt: skip


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds, 0 or more")
    return value


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not re.fullmatch(r"[A-Za-z0-9]+", name) or not equals:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text} is not a URL")
    return text
