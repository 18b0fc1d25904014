"""Secrets Manager, for whoever stores secrets; no secret's text is ever in a message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from payment_refresh.adapters.aws import client, make_clients, read_secret
from payrefresh.adapters.aws import FIRST_CALL
from payrefresh.adapters.failures import code_of

if TYPE_CHECKING:
    from collections.abc import Mapping


class SecretsManager:
    """Implements the `Secrets` port of a setup."""

    def find(self, name: str) -> str | None:
        make_clients("secretsmanager", patience=FIRST_CALL)
        try:
            described = client("secretsmanager").describe_secret(SecretId=name)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise
        return None if "DeletedDate" in described else str(described["ARN"])

    def read(self, arn: str) -> Mapping[str, object]:
        return read_secret(arn, "the configuration")

    def create(self, name: str, value: Mapping[str, object], *, key: str | None) -> str:
        encrypted = {"KmsKeyId": key} if key else {}
        created = client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value), **encrypted)
        return str(created["ARN"])

    def put(self, arn: str, value: Mapping[str, object]) -> None:
        client("secretsmanager").put_secret_value(SecretId=arn, SecretString=json.dumps(value))
