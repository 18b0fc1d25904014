"""The examination of a stack, put together: for `payrefresh doctor`, and for the end of `payrefresh setup`."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from payrefresh.adapters.commerce_layer import Credentials, open_organization
from payrefresh.adapters.doctor.aws import AwsAccount
from payrefresh.adapters.doctor.organization import ExaminedOrganization
from payrefresh.doctor.examine import examine
from payrefresh.doctor.ports import Deployed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from payment_refresh.ports import Clock
    from payrefresh.adapters.stack import Stack
    from payrefresh.doctor.findings import Finding
    from payrefresh.doctor.ports import Organization

CALLS_PER_MINUTE = 6_000
"""No rate to speak of: an examination makes fewer than twenty calls, to a dozen endpoints, all at once.

What Commerce Layer says of its limit is heeded all the same.
"""


def examine_stack(
    stack: Stack, *, clock: Clock = time.time, so_far: Callable[[str], None] = lambda _: None
) -> Sequence[Finding]:
    """Examine a deployed stack and its organization; ``so_far`` gets the name of each check as it is asked."""
    deployed = Deployed(
        name=stack.name,
        region=stack.region,
        status=stack.status,
        parameters=stack.parameters,
        outputs=stack.outputs,
    )
    with ExitStack() as until_the_end:
        return examine(
            deployed,
            AwsAccount(deployed=deployed, clock=clock),
            partial(_connect, stack.parameters, until_the_end),
            clock,
            so_far,
        )


def _connect(
    parameters: Mapping[str, str], until_the_end: ExitStack, secret: Mapping[str, object]
) -> Organization:
    opened = open_organization(
        Credentials(client_id=str(secret["client_id"]), client_secret=str(secret["client_secret"])),
        auth_url=parameters["CommerceLayerAuthUrl"],
        base_url=parameters["CommerceLayerBaseUrl"],
        api_version=parameters.get("CommerceLayerApiVersion", ""),
        calls_per_minute=CALLS_PER_MINUTE,
    )
    until_the_end.callback(opened.transport.http.close)
    return ExaminedOrganization(opened)
