"""The AWS clients of the launcher, each bound to one endpoint and to keys that open nothing anywhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config

from devstack.environment import ACCESS_KEY, REGION

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Clients:
    """One client for each service that the launcher calls, acting as the account's administrator."""

    cloudformation: CloudFormationClient
    cloudwatch: Any  # its type has no stub among the development tools
    dynamodb: DynamoDBClient
    events: EventBridgeClient
    iam: IAMClient
    functions: LambdaClient
    logs: CloudWatchLogsClient
    s3: S3Client
    scheduler: EventBridgeSchedulerClient
    secrets: SecretsManagerClient
    sqs: SQSClient

    @classmethod
    def connect(cls, endpoint: str) -> Clients:
        """Return clients for the AWS at `endpoint`; no call is made."""
        session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION, botocore_session=_unconfigured())
        config = Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 2, "mode": "standard"})
        # A retried invocation would run twice and be counted once, and a function may run for 90 s.
        once = config.merge(Config(read_timeout=100, retries={"total_max_attempts": 1, "mode": "standard"}))
        return cls(
            cloudformation=session.client("cloudformation", endpoint_url=endpoint, config=config),
            cloudwatch=session.client("cloudwatch", endpoint_url=endpoint, config=config),
            dynamodb=session.client("dynamodb", endpoint_url=endpoint, config=config),
            events=session.client("events", endpoint_url=endpoint, config=config),
            iam=session.client("iam", endpoint_url=endpoint, config=config),
            functions=session.client("lambda", endpoint_url=endpoint, config=once),
            logs=session.client("logs", endpoint_url=endpoint, config=config),
            s3=session.client("s3", endpoint_url=endpoint, config=config),
            scheduler=session.client("scheduler", endpoint_url=endpoint, config=config),
            secrets=session.client("secretsmanager", endpoint_url=endpoint, config=config),
            sqs=session.client("sqs", endpoint_url=endpoint, config=config),
        )

    def close(self) -> None:
        """Close all connections."""
        for client in (
            self.cloudformation, self.cloudwatch, self.dynamodb, self.events, self.iam, self.functions, self.logs,
            self.s3, self.scheduler, self.secrets, self.sqs,
        ):  # fmt: skip
            client.close()


def _unconfigured() -> botocore.session.Session:
    """A session that knows nothing of the user's AWS configuration, such as a profile that is not there."""
    nothing = (None, None, os.devnull, None)
    return botocore.session.Session(
        session_vars={"profile": (None, None, None, None), "config_file": nothing, "credentials_file": nothing}
    )
