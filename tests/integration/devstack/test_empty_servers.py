"""`python -m devstack empty`: says how to reach an empty local AWS and a sandbox, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from devstack.environment import ROOT


def test_empty_servers_answer_where_it_is_said_and_are_gone_after_ctrl_c(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "devstack", "empty"], cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout as output:
        said = "".join(output.readline() for _ in range(6))
        urls = {name: re.search(rf"{name}[= ](\S+)", said) for name in ("AWS_ENDPOINT_URL", "--base-url")}
        credentials = re.search(r"--credentials (\S+)", said)
        assert credentials is not None, said
        file = Path(credentials[1])
        assert file.stat().st_mode & 0o077 == 0
        assert set(json.loads(file.read_text())) == {"client_id", "client_secret"}
        answers = [
            httpx.get(f"{found[1]}{path}", trust_env=False).status_code
            for found, path in zip(urls.values(), ("/_ministack/health", "/_sandbox/health"), strict=True)
            if found
        ]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0

    assert answers == [200, 200]
    assert list(tmp_path.glob("devstack-*")) == []
