"""The file that keeps an audit's state: written whole or not at all, so that a run that dies leaves a good one."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payrefresh.audit.state import read_state
from payrefresh.errors import WrongInput

if TYPE_CHECKING:
    from pathlib import Path

    from payrefresh.audit.state import AuditState


@dataclass(frozen=True, slots=True)
class AuditFile:
    """Implements the `StateFile` port on one file."""

    path: Path

    def save(self, state: AuditState) -> None:
        partial = self.path.with_name(f"{self.path.name}.partial")
        try:
            with partial.open("w") as file:
                json.dump(state.document(), file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path)
        except OSError as error:
            raise self._unusable(error) from None

    def load(self) -> AuditState | None:
        """Read it; None if there is none.

        Raises
        ------
        WrongInput
            It is no state of an audit.
        """
        try:
            return read_state(json.loads(self.path.read_text()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from None
        except ValueError:
            raise WrongInput(f"{self.path} is not JSON: name another file with --state, or delete it") from None
        except WrongInput as error:
            raise WrongInput(f"{self.path} cannot be resumed: {error}; begin anew with --restart") from None

    def _unusable(self, error: OSError) -> WrongInput:
        return WrongInput(
            f"{self.path} cannot keep how far the audit is ({error.strerror}): name another file with --state"
        )

    def remove(self) -> None:
        """Delete it, as the audit is complete."""
        self.path.unlink(missing_ok=True)
