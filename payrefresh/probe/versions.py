"""Versions of the API: which a path may name, and which holds where it names none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payrefresh.probe.asking import Question
from payrefresh.probe.findings import Assumption, Finding, answered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrefresh.probe.asking import Probe
    from payrefresh.probe.ports import Answer

FIRST, LATER = "2017-08", "2026-05"
"""The one version that has payment sources, and the first without them."""

DEFAULT = Assumption("versions.default", "a path without a version leads to payments, which only 2017-08 has")
NAMED = Assumption("versions.named", f"a path may name the version {FIRST}")
NEXT = Assumption("versions.later", f"a path may name the version {LATER}")


def ask(probe: Probe) -> Iterator[Finding]:
    """Ask with no version, with the first and with the later one."""
    plain = _get(probe, "stripe_payments", "")
    named = _get(probe, "stripe_payments", FIRST)
    later = _get(probe, "orders", LATER)
    versions = [version for version, answer in ((FIRST, named), (LATER, later)) if answer.ok]
    if plain.ok:
        yield DEFAULT.holds("they are listed", default_version=FIRST)
    else:
        remedy = f"set CommerceLayerApiVersion to {FIRST}" if named.ok else "no payment can be asked for here"
        yield DEFAULT.differs(f"{plain.said}: the organization's default has moved", remedy, default_version=LATER)
        if named.ok:
            probe.api.use_version(FIRST)
    if named.ok:
        yield NAMED.holds("it may", versions=versions)
    else:
        yield NAMED.differs(named.said, "leave CommerceLayerApiVersion empty", versions=versions)
    if later.ok:
        yield NEXT.holds("it may")
    else:
        yield NEXT.differs(later.said, "nothing to do: the code does not name it")


def _get(probe: Probe, kind: str, version: str) -> Answer:
    answer = probe.get(f"/api/{kind}", {**probe.none, f"fields[{kind}]": "updated_at"}, version=version)
    return answered(answer, f"read {kind}")


QUESTION = Question("versions of the API", (DEFAULT, NAMED, NEXT), ask)
