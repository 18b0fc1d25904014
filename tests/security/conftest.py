"""Fixtures that the security tests share with others: the template, the local AWS, and a sandbox."""

from __future__ import annotations

from tests.contract.conftest import aws, driver, emulator, sandbox
from tests.template.conftest import deployed, source

__all__ = ["aws", "deployed", "driver", "emulator", "sandbox", "source"]
