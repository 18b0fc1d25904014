"""The build for the local AWS: made by SAM where a source has changed, else uploaded again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devstack.build import build_and_package
from devstack.environment import ROOT, Tools
from devstack.errors import LauncherError
from devstack.local_aws import local_aws

if TYPE_CHECKING:
    from devstack.local_aws import LocalAws

SOURCES = ("template.yaml", "functions", "layers", "requirements")


def uploaded(aws: LocalAws) -> dict[str, str]:
    """Names and digests of all that is in the bucket."""
    (bucket,) = aws.clients.s3.list_buckets()["Buckets"]
    listed = aws.clients.s3.list_objects_v2(Bucket=bucket["Name"])
    return {each["Key"]: each["ETag"] for each in listed["Contents"]}


def test_sam_is_needed_only_where_a_source_has_changed(tmp_path: Path) -> None:
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    tools = replace(Tools.find(), root=tmp_path)
    without_sam = replace(tools, sam=Path("/bin/false"))

    with local_aws() as first:
        build_and_package(tools, first)
        made = uploaded(first)
    with local_aws() as second:
        url = build_and_package(without_sam, second)
        assert uploaded(second) == made
        assert url.startswith(second.endpoint)

    app = tmp_path / "functions/sweep/app.py"
    app.write_text(f"{app.read_text()}# changed\n")
    with local_aws() as third, pytest.raises(LauncherError, match="sam build"):
        build_and_package(without_sam, third)
