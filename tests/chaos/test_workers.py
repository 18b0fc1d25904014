"""Recognition of a function's processes in the output of `ps`."""

from __future__ import annotations

from tests.chaos.workers import Worker, read_processes


def test_only_the_functions_of_this_local_aws_are_taken() -> None:
    lines = [
        "   31    20  51200 /venv/bin/python -m awslambdaric app.handler AWS_LAMBDA_FUNCTION_NAME=a-sweep X=1",
        "   30    20  40960 /venv/bin/python -m awslambdaric app.handler AWS_LAMBDA_FUNCTION_NAME=a-refresh",
        "   32    21  40960 /venv/bin/python -m awslambdaric app.handler AWS_LAMBDA_FUNCTION_NAME=of-another",
        "   33    20  10240 /bin/sh something AWS_LAMBDA_FUNCTION_NAME=a-sweep",
        "   34    20  10240",
    ]

    assert read_processes(lines, parent=20) == [Worker(30, "a-refresh", 40.0), Worker(31, "a-sweep", 50.0)]
