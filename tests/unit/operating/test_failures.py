"""Failures of AWS and Commerce Layer in one line: which kind each is, what it names, and what to do."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import httpx
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from payment_refresh.errors import StateUnavailable
from payrefresh.adapters.failures import explained, missing_right
from payrefresh.adapters.rights import NOTE
from payrefresh.errors import NoAnswer, NoCredentials, NoStack, NotAllowed, OperatorError, WrongInput

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/prod-StateTable-1"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
DENIED = "User: arn:aws:sts::123456789012:assumed-role/Operator/me is not authorized to perform"
BECAUSE = "because no identity-based policy allows the action"


def refusal(
    code: str, message: str = "", *, operation: str = "GetItem", right: object = None, status: int = 400
) -> ClientError:
    details: Any = {"Code": code, "Message": message} | ({NOTE: right} if right else {})
    response: Any = {"Error": details, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (
            refusal("AccessDeniedException", f"{DENIED}: dynamodb:GetItem on resource: {TABLE} {BECAUSE}"),
            ("dynamodb:GetItem", TABLE),
        ),
        (
            refusal(
                "AccessDeniedException",
                f"{DENIED}: dynamodb:GetItem {BECAUSE}",
                right=("dynamodb:GetItem", TABLE),
            ),
            ("dynamodb:GetItem", TABLE),
        ),
        (
            refusal(
                "AccessDenied",
                f"{DENIED}: sqs:sendmessage on resource: arn:aws:sqs:eu-west-1:1:q.",
                right=("sqs:SendMessage", "arn:q"),
            ),
            ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q"),
        ),
        (
            refusal(
                "AccessDenied",
                f"{DENIED}: sqs:SendMessageBatch {BECAUSE}",
                right=("sqs:SendMessage", "arn:q"),
            ),
            ("sqs:SendMessage", "arn:q"),
        ),
        (
            refusal("AccessDenied", "Access to https://q/ is denied.", right=("sqs:SendMessage", "arn:q")),
            ("sqs:SendMessage", "arn:q"),
        ),
        (
            refusal(
                "AccessDeniedException",
                f"{DENIED}: kms:Decrypt on resource: {KEY}",
                right=("dynamodb:GetItem", TABLE),
            ),
            ("kms:Decrypt", KEY),
        ),
        (
            refusal("KMS.AccessDeniedException", right=("sqs:SendMessage", "arn:q")),
            ("kms:Decrypt", "the key of arn:q"),
        ),
        (refusal("AccessDenied", "no"), ("GetItem", "*")),
    ],
)  # fmt: skip
def test_missing_right_is_named_by_action_and_resource(error: ClientError, named: tuple[str, str]) -> None:
    assert missing_right(error) == named

    said = explained(error)
    assert isinstance(said, NotAllowed)
    assert f"not allowed: {named[0]} on {named[1]};" in str(said)


@pytest.mark.parametrize(
    ("error", "kind", "part"),
    [
        (refusal("ExpiredTokenException"), NoCredentials, "log in again"),
        (refusal("UnrecognizedClientException"), NoCredentials, "log in again"),
        (refusal("InvalidClientTokenId", status=403), NoCredentials, "log in again"),
        (refusal("SignatureDoesNotMatch", status=403), NoCredentials, "clock"),
        (refusal("RequestTimeTooSkewed", status=403), NoCredentials, "clock"),
        (refusal("ThrottlingException"), NoAnswer, "try again in a minute"),
        (refusal("InternalServerError", status=500), NoAnswer, "try again in a minute"),
        (refusal("ResourceNotFoundException", right=("dynamodb:GetItem", TABLE)), NoStack, f"no {TABLE}"),
        (refusal("AWS.SimpleQueueService.NonExistentQueue"), NoStack, "found no what it asked for"),
        (refusal("ValidationException", "a key\nis wrong"), OperatorError, "ValidationException: a key is wrong"),
    ],
)
def test_refusal_of_another_kind_says_what_to_do(error: ClientError, kind: type, part: str) -> None:
    said = explained(error)

    assert type(said) is kind
    assert part in str(said)
    assert missing_right(error) is None


@pytest.mark.parametrize(
    ("error", "kind", "part"),
    [
        (botocore.exceptions.ProfileNotFound(profile="x"), WrongInput, "list-profiles"),
        (botocore.exceptions.NoRegionError(), NoCredentials, "--region"),
        (botocore.exceptions.InvalidRegionError(region_name="a b"), WrongInput, "eu-west-1"),
        (botocore.exceptions.NoCredentialsError(), NoCredentials, "log in again"),
        (botocore.exceptions.UnauthorizedSSOTokenError(), NoCredentials, "log in again"),
        (botocore.exceptions.SSOTokenLoadError(error_msg="x"), NoCredentials, "log in again"),
        (botocore.exceptions.TokenRetrievalError(provider="sso", error_msg="x"), NoCredentials, "log in again"),
        (botocore.exceptions.LoginRefreshRequired(), NoCredentials, "log in again"),
        (botocore.exceptions.InvalidConfigError(error_msg="no such source"), WrongInput, "no such source"),
        (botocore.exceptions.ConfigParseError(path="/c"), WrongInput, "/c"),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="http://x"), NoAnswer, "network"),
        (botocore.exceptions.ConnectTimeoutError(endpoint_url="http://x"), NoAnswer, "network"),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="http://x"), NoAnswer, "network"),
        (botocore.exceptions.SSLError(endpoint_url="http://x", error=OSError()), NoAnswer, "network"),
        (botocore.exceptions.ProxyConnectionError(proxy_url="http://x"), NoAnswer, "network"),
        (ResponseParserError("no XML"), NoAnswer, "not AWS"),
        (botocore.exceptions.ParamValidationError(report="x"), OperatorError, "ParamValidationError"),
    ],
)
def test_call_that_got_no_answer_says_why_and_what_to_do(error: Exception, kind: type, part: str) -> None:
    said = explained(error)

    assert type(said) is kind
    assert part in str(said)
    assert "\n" not in str(said)


def test_cause_of_an_error_of_the_layer_decides_what_it_is() -> None:
    error = StateUnavailable("GetItem on the state table failed: AccessDeniedException")
    error.__cause__ = refusal("AccessDeniedException", right=("dynamodb:GetItem", TABLE))

    assert isinstance(explained(error), NotAllowed)


def test_error_of_the_layer_without_another_cause_is_said_as_it_is() -> None:
    assert str(explained(StateUnavailable("it is throttled"))) == "it is throttled"


def test_commerce_layer_that_does_not_answer_is_no_answer() -> None:
    assert isinstance(explained(httpx.ConnectError("refused")), NoAnswer)


def test_error_that_nobody_raised_on_purpose_is_not_explained() -> None:
    assert explained(KeyError("x")) is None
