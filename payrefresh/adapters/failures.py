"""Failures of AWS and Commerce Layer, explained in one line that says what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigNotFound,
    ConfigParseError,
    ConnectionError,  # noqa: A004 - botocore's, which is none of Python's
    CredentialRetrievalError,
    HTTPClientError,
    InvalidConfigError,
    InvalidRegionError,
    LoginError,
    MetadataRetrievalError,
    MissingDependencyException,
    NoAuthTokenError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from payment_refresh.errors import PaymentRefreshError
from payrefresh.adapters.rights import BATCHES, NOTE
from payrefresh.errors import NoAnswer, NoCredentials, NoStack, NotAllowed, OperatorError, WrongInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXPIRED = frozenset(
    [
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "TokenRefreshRequired",
        "UnauthorizedException",
        "UnrecognizedClientException",
    ]
)
"""Codes with which AWS services refuse credentials, whatever they are to do."""

MISSIGNED = frozenset(
    [
        "IncompleteSignature",
        "InvalidSignatureException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    ]
)
"""Codes with which they refuse a signature: of a wrong secret key, or of a machine whose clock is wrong."""

DENIED = frozenset(
    [
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "ForbiddenException",
        "UnauthorizedOperation",
    ]
)
"""Codes with which they refuse a call for a right that is missing."""

KEY_DENIED = frozenset(
    ["KMS.AccessDeniedException", "KmsAccessDenied", "KMSAccessDeniedException", "DecryptionFailure"]
)
"""Codes with which they refuse a call because the key of what it is about may not be used."""

THROTTLED = frozenset(
    [
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    ]
)
"""Codes with which they put a call off."""

GONE = frozenset(
    [
        "AWS.SimpleQueueService.NonExistentQueue",
        "NotFound",
        "QueueDoesNotExist",
        "ResourceNotFound",
        "ResourceNotFoundException",
    ]
)
"""Codes with which they answer that there is no such table, queue, secret or function."""

LOGIN = "log in again (aws sso login, or new keys), or name another profile with --profile"

_UNSENT: tuple[tuple[tuple[type[BotoCoreError], ...], type[OperatorError], str], ...] = (
    ((ProfileNotFound,), WrongInput, "{text}: name one that `aws configure list-profiles` shows"),
    (
        (InvalidRegionError,),
        WrongInput,
        "the AWS region is none: name one such as eu-west-1 with --region, or set AWS_REGION",
    ),
    ((NoRegionError,), NoCredentials, "no AWS region is set: name it with --region, or set AWS_REGION"),
    (
        (ConfigParseError, ConfigNotFound, InvalidConfigError, MissingDependencyException),
        WrongInput,
        "the AWS configuration cannot be used: {text}",
    ),
    (
        (
            CredentialRetrievalError,
            LoginError,
            NoAuthTokenError,
            NoCredentialsError,
            PartialCredentialsError,
            SSOError,
            TokenRetrievalError,
        ),
        NoCredentials,
        f"there are no usable AWS credentials ({{name}}): {LOGIN}",
    ),
    (
        (HTTPClientError, ConnectionError, MetadataRetrievalError),
        NoAnswer,
        "AWS was not reached ({name}): check the network, --region and AWS_ENDPOINT_URL",
    ),
    ((BotoCoreError,), OperatorError, "the call to AWS failed: {name}: {text}"),
)
"""What boto3 raises without an answer of AWS, from the first that fits: the kind of failure, and what to say."""

_DENIED_TEXT = re.compile(
    r"not authorized to perform:? (?P<action>[A-Za-z0-9-]+:[A-Za-z0-9*]+)(?: on resource:? (?P<resource>\S+))?"
)


def explained(error: BaseException) -> OperatorError | None:
    """Explain an error by what caused it in the end; None if it is none that is known, and so a defect.

    The class decides what kind of failure it is. Of AWS's text, only the names of an action and of a resource are
    taken: they are what a person has to add to a policy.
    """
    if isinstance(error, OperatorError):
        return error
    for cause in _causes(error):
        if isinstance(cause, ClientError):
            return _refused(cause)
        if isinstance(cause, BotoCoreError):
            return _unsent(cause)
        if isinstance(cause, ResponseParserError):
            return NoAnswer("what answered is not AWS: check the network (a proxy?) and AWS_ENDPOINT_URL")
    for cause in _causes(error):
        if isinstance(cause, httpx.HTTPError):
            return NoAnswer(f"{error}; check the address and the network, then try again")
    return OperatorError(_one_line(str(error))) if isinstance(error, PaymentRefreshError | OSError) else None


def missing_right(error: ClientError) -> tuple[str, str] | None:
    """Name the action and the resource of a call that was refused for a right; None for any other failure.

    What AWS's text names goes first: it may be another right than the call's own, such as that to use a key.
    """
    details: Mapping[str, Any] = error.response.get("Error", {})
    if code_of(error) not in DENIED | KEY_DENIED:
        return None
    action, resource = details.get(NOTE) or (error.operation_name, "*")
    if code_of(error) in KEY_DENIED:
        return "kms:Decrypt", f"the key of {resource}"
    found = _DENIED_TEXT.search(str(details.get("Message", "")))
    if found is None:
        return action, resource
    said = BATCHES.get(found["action"], found["action"])
    is_own = said.lower() == action.lower()
    named = (found["resource"] or "").rstrip(".")
    return (action if is_own else said), named or (resource if is_own else "*")


def code_of(error: ClientError) -> str:
    """The code of an answer that is a refusal."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _refused(error: ClientError) -> OperatorError:
    right, code = missing_right(error), code_of(error)
    if right is not None:
        action, resource = right
        return NotAllowed(
            f"not allowed: {action} on {resource}; give your AWS identity that right (docs/operator-policy.json)"
        )
    if code in EXPIRED:
        return NoCredentials(f"AWS refused the credentials ({code}): {LOGIN}")
    if code in MISSIGNED:
        return NoCredentials(f"AWS refused the signature ({code}): check this machine's clock; else {LOGIN}")
    details: Mapping[str, Any] = error.response.get("Error", {})
    if code in GONE:
        _, resource = details.get(NOTE) or (None, "what it asked for")
        return NoStack(
            f"{error.operation_name} found no {resource}: was it deleted by hand? `payrefresh doctor` says what "
            "is missing, and a new deployment makes it again"
        )
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500 or code in THROTTLED:
        return NoAnswer(f"{error.operation_name} was not answered ({code}): try again in a minute")
    return OperatorError(_one_line(f"{error.operation_name} failed: {code}: {details.get('Message', '')}"))


def _unsent(error: BotoCoreError) -> OperatorError:
    kind, text = next((kind, text) for types, kind, text in _UNSENT if isinstance(error, types))
    return kind(_one_line(text.format(name=type(error).__name__, text=error)))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it was raised from, and so on."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _one_line(text: str) -> str:
    return " ".join(text.split())
