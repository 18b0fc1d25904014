"""The command `python -m devstack local`: deploys the stack, plays the scenario, compares, reports."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from devstack.announced import count_kinds, sent_again
from devstack.canary import find_secrets
from devstack.endpoints import given_endpoints, given_organization, given_sandbox
from devstack.environment import ROOT
from devstack.errors import Interrupted
from devstack.event_schemas import FOLDER, EventSchemas
from devstack.explain import explanation
from devstack.figures import count, detection_delay
from devstack.function_logs import came_too_late, metric_sum, without_calls_about
from devstack.leftovers import left_behind
from devstack.local_stack import local_stack
from devstack.report import Report
from devstack.scenario_run import keep_up, play, policy_of
from devstack.stack import FUNCTIONS
from devstack.truth import compare, refused, truth_from_sandbox
from devstack.watch_view import watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from devstack.environment import Tools
    from devstack.options import LocalOptions
    from devstack.progress import Progress
    from devstack.sandbox_server import SandboxServer
    from devstack.stack import LocalStack


def run_local(
    options: LocalOptions,
    progress: Progress,
    *,
    tools: Tools | None = None,
    after_deploy: Callable[[LocalStack], None] | None = None,
    after_run: Callable[[LocalStack], None] | None = None,
) -> int:
    """Do what `python -m devstack local` does and return its exit status.

    Parameters
    ----------
    after_deploy
        Called with the stack before the first order. Tests break something in it, to see that the run fails.
    after_run
        Called with the stack when all is over, before it is gone.

    Raises
    ------
    LauncherError
        A step failed, so that nothing can be said about the stack.
    """
    parameters = {"Mode": "observe" if options.observe else "refresh"} | dict(options.parameters)
    if options.by_bus:
        parameters["TakeWebhooks"] = "false"
    with local_stack(
        parameters=parameters, organization=options.organization, tools=tools, progress=progress
    ) as stack:
        if after_deploy is not None:
            after_deploy(stack)
        passed = True
        if stack.sandbox is not None:
            report = _play_and_compare(stack, stack.sandbox, options, progress)
            report.write(options.report)
            progress.console.print(report.table())
            if not report.passed():
                logs = {function: stack.log(function) for function in FUNCTIONS}
                progress.say(*explanation(report.failures(), logs))
            progress.note(f"{'Passed' if report.passed() else 'FAILED'}; figures written to {options.report}")
            passed = report.passed()
        if after_run is not None:
            after_run(stack)
        if options.keep or stack.sandbox is None:
            _keep(stack, progress)
    return 0 if passed else 1


def _play_and_compare(
    stack: LocalStack, sandbox: SandboxServer, options: LocalOptions, progress: Progress
) -> Report:
    begun = time.time()
    with watching(progress) as show:
        last, unfinished = play(stack, sandbox, options, show)
    with progress.step("Making the digest, which on AWS comes once a day"):
        stack.digest()
    with progress.step("Comparing every order with the gateway's truth"):
        rows, events = stack.rows(), stack.events()
        entries = sandbox.truth(observe=options.observe, policy=policy_of(stack.parameters))
        truths = [truth_from_sandbox(entry) for entry in entries]
        verdict = compare(truths, rows, stack.letters(), events)
        errors = without_calls_about(stack.errors(), refused(truths))
        function_errors = tuple(line for line in errors if not came_too_late(line))
        unfit = EventSchemas.load(ROOT / FOLDER).violations(events)
        return Report(
            orders=last.orders,
            figures=count(rows, time.time()),
            verdict=replace(verdict, wrongly_announced=(*verdict.wrongly_announced, *unfit)),
            announced=count_kinds(events),
            sent_again=sent_again(events),
            called=len({event.id for event in events if event.needs_a_person}),
            found_late=_found_late(stack),
            calls=sandbox.calls(),
            function_errors=function_errors,
            too_late=len(errors) - len(function_errors),
            secrets_found=find_secrets(sandbox.secrets(), left_behind(stack)),
            detection_delay=detection_delay({row.key: row for row in rows}, truths, begun),
            scheduled_tick_seen=last.tick_seen,
            mode="observe" if options.observe else "refresh",
            seed=options.seed,
            loss=options.loss,
            loss_order_events=options.loss_order_events,
            gateway_webhooks_off_after_s=options.gateway_webhooks_off_after_s,
            wall_s=progress.elapsed(),
            only_on_purpose=options.only_on_purpose,
            unfinished=tuple(unfinished),
        )


def _found_late(stack: LocalStack) -> int:
    return int(sum(metric_sum(stack.log(function), "FoundLateByRefresh") for function in FUNCTIONS))


def _keep(stack: LocalStack, progress: Progress) -> None:
    more = given_organization(stack) if stack.sandbox is None else given_sandbox(stack)
    progress.say(*given_endpoints(stack), *more)
    try:
        keep_up(stack)
    except Interrupted:
        progress.note("Stopping")
