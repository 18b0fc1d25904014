"""`payrefresh audit` of an organization, run in this process as a program would run it."""

from __future__ import annotations

import io
import json
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from payrefresh.cli import main
from payrefresh.errors import OK, WRONG

if TYPE_CHECKING:
    from devstack.organization import Organization


def audited(organization: Organization) -> dict[str, Any]:
    """Audit an organization in which nothing moves any more; returns the audit's JSON.

    Raises
    ------
    RuntimeError
        It could not be asked; why, stands on standard error.
    """
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()) as out:
        credentials = Path(folder, "credentials.json")
        given = {"client_id": organization.client_id, "client_secret": organization.client_secret}
        credentials.write_text(json.dumps(given))
        status = main(
            [
                *("audit", "--since", "90d", "--min-age", "0", "--share", "0.9", "--json"),
                *("--credentials", str(credentials), "--state", str(Path(folder, "state.json"))),
                *("--base-url", organization.base_url, "--auth-url", organization.auth_url),
            ]
        )
    if status not in (OK, WRONG):
        raise RuntimeError(f"payrefresh audit ended with exit status {status}")
    document: dict[str, Any] = json.loads(out.getvalue())
    return document
