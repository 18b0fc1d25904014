"""The functions use of the layer what the last release used of it, so that either runs on the other's layer."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from tests.compat import __main__ as recorder
from tests.compat import release as releases
from tests.compat.release import FUNCTIONS, RELEASES, Release, broken, listed_now, outside, uses_now
from tests.compat.signatures import accepts_all, read_signature
from tests.compat.uses import Name, read_uses
from tests.support.functions import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

LAST = RELEASES[-1]
DIGEST = (FOLDER / "digest" / "app.py").read_text()

each_release = pytest.mark.parametrize("release", RELEASES, ids=[release.version for release in RELEASES])


@each_release
def test_functions_as_they_are_use_nothing_that_the_release_lacks(release: Release) -> None:
    assert outside(release.names, uses_now()) == []


@each_release
def test_layer_as_it_is_accepts_all_that_the_release_used_of_it(release: Release) -> None:
    assert broken(release.names) == []


@each_release
def test_list_of_the_release_is_of_what_its_copies_use(release: Release) -> None:
    used = {use.name[:2] for name in FUNCTIONS for use in read_uses(release.app(name).read_text())}

    assert used == {name[:2] for name in release.names}


def without(monkeypatch: pytest.MonkeyPatch, name: Name) -> None:
    """Let the layer have no such name any more; a member goes with a class that lacks only that."""
    module = import_module(name.module)
    top, _, member = name.name.partition(".")
    if not member:
        monkeypatch.delattr(module, top)
        return
    owner = getattr(module, top)
    members = {key: value for key, value in vars(owner).items() if key != member and not key.startswith("__")}
    annotations = {key: value for key, value in owner.__annotations__.items() if key != member}
    monkeypatch.setattr(module, top, type(top, (), members | {"__annotations__": annotations}))


@pytest.mark.parametrize("name", LAST.names, ids=lambda name: name.name)
def test_name_of_the_list_that_was_renamed_in_the_layer_is_found(
    monkeypatch: pytest.MonkeyPatch, name: Name
) -> None:
    without(monkeypatch, name)

    assert f"{name.module}: {name.name} is gone" in broken(LAST.names)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("logger = Logger()", "from payment_refresh.times import to_iso", "payment_refresh.times: to_iso is new"),
        ("report.sent", "report.stuck.complete", "payment_refresh.domain.stuck: Stuck.complete is new"),
        ("Metric.REPORTED_WAITING", "Metric.PENDING", "payment_refresh.metrics: Metric.PENDING is new"),
        ("dead_lettered.count", "dead_lettered.oldest", "payment_refresh.domain.stuck: Sums.oldest is new"),
        ("compose(logger)", "compose(logger, patience=3)", "cannot be called with"),
        ("run(counts_only=", "run(everything=", "cannot be called with"),
    ],
)
def test_function_that_uses_a_new_name_or_argument_is_found(before: str, after: str, found: str) -> None:
    assert before in DIGEST
    assert outside(LAST.names, read_uses(DIGEST)) == []

    (wrong,) = outside(LAST.names, read_uses(DIGEST.replace(before, after)))

    assert found in wrong


def test_function_whose_signature_lost_a_parameter_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payment_refresh.composition.digest.compose", lambda: None)

    (wrong,) = broken(LAST.names)

    assert wrong.startswith("payment_refresh.composition.digest: compose accepted (log: Log)")


def test_value_that_became_a_function_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payment_refresh.use_cases.make_digest.run.DigestReport.sent", lambda _self: True)

    (wrong,) = broken(LAST.names)

    assert "DigestReport.sent was bool" in wrong


@pytest.mark.parametrize(
    ("before", "after", "is_fine"),
    [
        ("(log)", "(log)", True),
        ("(log)", "(log, patience=...)", True),
        ("(log)", "(log, *, patience=...)", True),
        ("(log)", "(*any, **more)", True),
        ("(log, /)", "(logger)", True),
        ("(log, *, stays=...)", "(log, stays=...)", True),
        ("(log)", "(logger)", False),
        ("(log)", "(log, patience)", False),
        ("(log)", "(log, *, patience)", False),
        ("(log)", "(*, log)", False),
        ("(log, patience=...)", "(log)", False),
        ("(log, patience=...)", "(log, patience)", False),
        ("(log, *, stays)", "(log)", False),
    ],
)
def test_signature_accepts_what_another_did_with_no_argument_less_and_none_more(
    before: str, after: str, is_fine: bool
) -> None:
    assert accepts_all(read_signature(after), read_signature(before)) is is_fine


def test_release_that_is_recorded_has_the_functions_and_what_they_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(releases, "HERE", tmp_path)

    recorder.main(["--record", "9.9.9"])

    release = Release("9.9.9")
    assert release.names == listed_now()
    assert release.app("digest").read_text() == DIGEST
    assert "9.9.9: 5 functions" in capsys.readouterr().out
