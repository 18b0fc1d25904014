"""`python -m tools.stack_name`: refuses a stack name that AWS would refuse only half-way through the deployment.

It takes the arguments of `sam deploy`. A name that is typed at a prompt of ``--guided`` cannot be seen from here,
nor one in a configuration file that is not TOML: there, CloudFormation says it, after the build and the upload.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 51
"""Characters. Lambda allows 64 in a function's name; the longest of ours is the stack's and ``-order-events``."""


def main(arguments: Sequence[str]) -> int:
    """Return the exit status: 1 where the name is too long, which is said on stderr."""
    name = named_stack(arguments, Path.cwd())
    if name is None or len(name) <= LONGEST:
        return 0
    print(
        f"The stack name {name!r} has {len(name)} characters, and {LONGEST} are the most: the functions are named "
        "after the stack, and Lambda allows no longer names. Choose a shorter one: stack_name in your samconfig "
        "file, or --stack-name.",
        file=sys.stderr,
    )
    return 1


def named_stack(arguments: Sequence[str], folder: Path) -> str | None:
    """Return the name that `sam deploy` would use.

    Parameters
    ----------
    arguments
        Those of `sam deploy`. Those that do not affect the name are ignored.
    folder
        Where `sam deploy` runs.

    Returns
    -------
    str | None
        None where it is unknown. A file that is missing or cannot be read is left for SAM to report.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--stack-name")
    parser.add_argument("--config-file", default="samconfig.toml")
    parser.add_argument("--config-env", default="default")
    options, _others = parser.parse_known_args(arguments)
    if options.stack_name is not None:
        return str(options.stack_name)
    try:
        config = tomllib.loads((folder / options.config_file).read_text())
    except (OSError, ValueError):
        return None
    return _configured(config, options.config_env)


def _configured(config: dict[str, object], environment: str) -> str | None:
    """Return the file's name for the stack; what stands below the command goes before what is for all of them."""
    for command in ("deploy", "global"):
        value: object = config
        for key in (environment, command, "parameters", "stack_name"):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str):
            return value
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
