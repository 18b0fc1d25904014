"""Failures of AWS and Commerce Layer, explained in one line that says what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from payment_refresh.errors import PaymentRefreshError
from payrefresh.errors import NoAnswer, NoCredentials, NotAllowed, OperatorError, WrongInput

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPIRED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "TokenRefreshRequired",
        "AuthFailure",
        "MissingAuthenticationToken",
    }
)
"""Codes with which AWS services refuse credentials, whatever they are to do."""
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
"""Codes with which they refuse a call for a right that is missing."""

LOGIN = "log in again (aws sso login, or new keys), or name another profile with --profile"

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
    for cause in _causes(error):
        if isinstance(cause, httpx.HTTPError):
            return NoAnswer(f"{error}; check the address and the network, then try again")
    return OperatorError(_one_line(str(error))) if isinstance(error, PaymentRefreshError | OSError) else None


def missing_right(error: ClientError) -> tuple[str, str] | None:
    """Name the action and the resource of a call that was refused for a right; None for any other failure."""
    if code_of(error) not in DENIED:
        return None
    found = _DENIED_TEXT.search(str(error.response.get("Error", {}).get("Message", "")))
    if found is None:
        return error.operation_name, "*"
    return found["action"], (found["resource"] or "*").rstrip(".")


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
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500 or "Throttl" in code:
        return NoAnswer(f"{error.operation_name} was not answered ({code}): try again in a minute")
    return OperatorError(
        _one_line(f"{error.operation_name} failed: {code}: {error.response.get('Error', {}).get('Message', '')}")
    )


def _unsent(error: BotoCoreError) -> OperatorError:
    if isinstance(error, ProfileNotFound):
        return WrongInput(f"{_one_line(str(error))}: name one that `aws configure list-profiles` shows")
    if isinstance(error, NoRegionError):
        return NoCredentials("no AWS region is set: name it with --region, or set AWS_REGION")
    if isinstance(
        error,
        NoCredentialsError | PartialCredentialsError | CredentialRetrievalError | SSOError | TokenRetrievalError,
    ):
        return NoCredentials(f"there are no usable AWS credentials ({type(error).__name__}): {LOGIN}")
    if isinstance(error, HTTPClientError):
        return NoAnswer(
            f"AWS was not reached ({type(error).__name__}): check the network, --region and AWS_ENDPOINT_URL"
        )
    return OperatorError(_one_line(f"the call to AWS failed: {type(error).__name__}: {error}"))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it was raised from, and so on."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _one_line(text: str) -> str:
    return " ".join(text.split())
