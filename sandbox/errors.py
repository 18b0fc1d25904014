"""Error answers of the API: status, code and text, as JSON:API error objects."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A request the API refuses; becomes the answer's ``errors``."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        pointer: str | None = None,
        meta: object = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self._error: dict[str, Any] = {"title": title, "detail": detail, "code": code, "status": str(status)}
        if pointer is not None:
            self._error["source"] = {"pointer": pointer}
        if meta is not None:
            self._error["meta"] = meta

    def document(self) -> dict[str, Any]:
        """Give the answer's body."""
        return {"errors": [self._error]}

    def answered_as(self, answer: str) -> ApiError:
        """Give the same refusal with another status, and with another code or none."""
        status, _, code = answer.partition(" ")
        other = ApiError(int(status), code, self._error["title"], self._error["detail"])
        other._error = {name: value for name, value in self._error.items() if name != "code"} | {"status": status}
        if code:
            other._error["code"] = code
        return other


def bad_request(code: str, title: str, detail: str) -> ApiError:
    """400: a parameter the API does not know."""
    return ApiError(400, code, title, detail)


def filter_not_allowed(name: str) -> ApiError:
    """400: what a list cannot be filtered by."""
    return bad_request("FILTER_NOT_ALLOWED", "Filter not allowed", f"{name} is not allowed.")


def invalid_include(resource: str, path: str) -> ApiError:
    """400: a relation that does not exist, or cannot be included."""
    detail = f"{path} is not a valid includable relationship of {resource}"
    return bad_request("INVALID_INCLUDE", "Invalid field", detail)


def param_not_allowed(name: str) -> ApiError:
    """400: an attribute or query parameter that cannot be passed."""
    return bad_request("PARAM_NOT_ALLOWED", "Param not allowed", f"{name} is not allowed.")


def param_missing(name: str) -> ApiError:
    """400: a part of the body that must be there."""
    return bad_request("PARAM_MISSING", "Missing Parameter", f"The required parameter, {name}, is missing.")


def invalid_token() -> ApiError:
    """401: no token, or one that is unknown, expired or revoked."""
    return ApiError(401, "INVALID_TOKEN", "Invalid token", "The access token you provided is invalid.")


def unauthorized() -> ApiError:
    """401: a good token whose role lacks the right."""
    detail = "You are not authorized to perform this action on the requested resource."
    return ApiError(401, "UNAUTHORIZED", "Access denied", detail)


def not_found() -> ApiError:
    """404: no such record."""
    detail = "The requested resource was not found. Please double-check the resource id."
    return ApiError(404, "RECORD_NOT_FOUND", "Record not found", detail)


def validation_error(detail: str, attribute: str, meta: object = None) -> ApiError:
    """422: an attribute whose value cannot be."""
    return ApiError(
        422,
        "VALIDATION_ERROR",
        "Unprocessable entity",
        detail,
        pointer=f"/data/attributes/{attribute}",
        meta=meta,
    )
