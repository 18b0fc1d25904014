"""A sandbox made like a real organization: from the file that `payrefresh probe` writes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.config import Config, Switches

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = "payrefresh-probe/1"


def config_like(document: Any, config: Config | None = None) -> Config:
    """Give the configuration of a sandbox that behaves as a probe found.

    Parameters
    ----------
    config
        What the file says nothing of.

    Raises
    ------
    ValueError
        It is no file of a probe, or of another version, or has a switch that is not known here.
    """
    config = config or Config()
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ValueError(f"no file of a probe: its schema must be {SCHEMA}")
    like = document.get("sandbox")
    if not isinstance(like, dict) or not isinstance(like.get("switches"), dict):
        raise ValueError("the file of a probe has no sandbox with switches")
    mode, may_update = like.get("mode"), like.get("may_update")
    if mode not in ("live", "test") or may_update not in (True, False, None):
        raise ValueError("the sandbox's mode must be live or test, and may_update true, false or null")
    Switches().update(like["switches"])
    client = config.client if may_update is None else replace(config.client, may_write=may_update)
    return replace(config, mode=mode, client=client, switches=like["switches"])


def read_like(path: Path, config: Config | None = None) -> Config:
    """Read such a file; raises as `config_like`, and OSError."""
    return config_like(json.loads(path.read_text()), config)
