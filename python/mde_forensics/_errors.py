"""The exceptions: one class for each way a caller would react."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FIELDS = (
    "code",
    "message",
    "status",
    "service_code",
    "service_message",
    "request_id",
    "retry_after",
    "retryable",
    "hint",
    "body",
    "causes",
    "handle",
    "candidates",
)


class MdeError(Exception):
    """The base of all errors: ``code`` says what failed, ``hint`` what to do about it.

    The text is the message plus the service's own words. No field holds a token, a secret or a link.
    """

    code: str
    """The stable code, the same in Rust, Python and JavaScript, such as ``forbidden``."""
    message: str
    """What happened, without the service's own words."""
    status: int | None
    """The answer's HTTP status."""
    service_code: str | None
    """The service's own code, such as ``ActiveRequestAlreadyExists``."""
    service_message: str | None
    """The service's own words. They may change: branch on ``code``."""
    request_id: str | None
    """The request id, by which Microsoft's support finds the call."""
    retry_after: float | None
    """How long the service asks to wait, in seconds."""
    retryable: bool
    """Whether the same step may succeed if repeated later, unchanged."""
    hint: str
    """What to do about it, in plain words."""
    body: str | None
    """The start of the answer's body, redacted."""
    causes: list[str]
    """The texts of the causes, nearest first."""
    handle: str | None
    """The handle (JSON) of the collection in its current state. If ``code`` is final, such as ``device_not_found``,
    resuming ends the same way."""
    __notes__: list[str]
    """The hint, which Python 3.11 and later show below the traceback."""
    candidates: list[dict[str, Any]]
    """The devices that match an ambiguous name: ``machine`` (id), ``name``, ``last_seen``, ``health``."""

    def __init__(
        self,
        text: str = "",
        *,
        code: str = "internal",
        message: str | None = None,
        status: int | None = None,
        service_code: str | None = None,
        service_message: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        retryable: bool = False,
        hint: str = "",
        body: str | None = None,
        causes: list[str] | None = None,
        handle: str | None = None,
        candidates: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.message = text if message is None else message
        self.status = status
        self.service_code = service_code
        self.service_message = service_message
        self.request_id = request_id
        self.retry_after = retry_after
        self.retryable = retryable
        self.hint = hint
        self.body = body
        self.causes = [] if causes is None else causes
        self.handle = handle
        self.candidates = [] if candidates is None else candidates
        if hint:
            # Shown below the traceback since Python 3.11, and not part of the text.
            self.__notes__ = [f"hint: {hint}"]

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {name: getattr(self, name) for name in _FIELDS}
        # Attributes that were added later: a report, notes.
        return _again, (type(self), str(self), fields), {**self.__dict__}


class AmbiguousError(MdeError, LookupError):
    """Several devices match the name; see ``candidates``. None was chosen."""


class AuthorizationError(MdeError, PermissionError):
    """The token may not do this: a permission, a role, a licence or the right audience is missing."""


class CollectionError(MdeError):
    """Every call worked, but the collection ended badly or was stopped."""


class CollectionTimeoutError(CollectionError, TimeoutError):
    """The collection did not end within the service's or the caller's time limit."""


class CredentialError(MdeError, PermissionError):
    """There is no token: the credential cannot be used, or the login service refused it."""


class InternalError(MdeError):
    """A bug in this library; ``hint`` says what to report."""


class InvalidCredentialError(CredentialError, ValueError):
    """The tenant or the credential is not valid; the login service was not asked."""


class InvalidInputError(MdeError, ValueError):
    """The caller gave something that cannot be used."""


class NotFoundError(MdeError, LookupError):
    """The service does not know the object, or no device matches."""


class NotSupportedError(MdeError):
    """The device is known, but a package cannot be collected from it."""


class OutputError(MdeError, OSError):
    """The folder, or a file in it, cannot be used; nothing was overwritten."""


class PackageError(MdeError):
    """The package is damaged, altered, or is not a package."""


class ResponseError(MdeError):
    """The service broke its own contract, or something else answered in its place."""


class ServiceError(MdeError):
    """The service understood the request and refused it, or failed."""


class ThrottledError(ServiceError):
    """The quota is used up; ``retry_after`` says for how many seconds."""


class TransportError(MdeError, ConnectionError):
    """The network failed between this machine and the service."""


class TransportTimeoutError(TransportError, TimeoutError):
    """No answer came in time; the request may have arrived."""


_CLASSES: dict[str, type[MdeError]] = {
    code: kind
    for kind, codes in (
        (AmbiguousError, "device_ambiguous"),
        (
            AuthorizationError,
            "missing_permission wrong_audience unauthorized forbidden disabled_feature disallowed_operation not_ours",
        ),
        (
            CollectionError,
            "collection_failed collection_cancelled collection_uncertain stopped",
        ),
        (CollectionTimeoutError, "collection_timed_out deadline_reached"),
        (
            CredentialError,
            "credential_failed token_refused authorization_pending authorization_declined device_code_expired",
        ),
        (InternalError, "internal"),
        (InvalidCredentialError, "invalid_credential"),
        (
            InvalidInputError,
            "invalid_comment invalid_device invalid_url insecure_url invalid_option invalid_handle handle_mismatch",
        ),
        (NotFoundError, "not_found device_not_found"),
        (
            NotSupportedError,
            "os_platform_not_supported client_version_not_supported",
        ),
        (OutputError, "file_exists output_failed ledger_failed"),
        (
            PackageError,
            "link_dead not_a_package size_mismatch package_changed package_damaged manifest_mismatch manifest_missing",
        ),
        (
            ResponseError,
            "invalid_json invalid_shape wrong_content_type unexpected_status unexpected_redirect too_large "
            "foreign_link invalid_encoding wrong_action",
        ),
        (ServiceError, "bad_request invalid_request already_running service_error"),
        (ThrottledError, "throttled"),
        (TransportError, "connect_failed tls_failed connection_lost"),
        (TransportTimeoutError, "timed_out"),
    )
    for code in codes.split()
}

#: The codes of the package reader, shared with the command.
_OF_PACKAGES: dict[str, type[MdeError]] = {
    "no_place": InvalidInputError,
    "not_a_zip": PackageError,
    "over_budget": PackageError,
    "read_failed": OutputError,
    "reader_failed": InternalError,
    "several_packages": PackageError,
    "too_many_names": PackageError,
    "truncated": PackageError,
    "unknown_table": InvalidInputError,
    "unreadable": PackageError,
    "write_failed": OutputError,
    "wrong_password": PackageError,
}


def _make(*, text: str, code: str, **fields: Any) -> MdeError:  # pyright: ignore[reportUnusedFunction]  the extension calls it
    """Creates the exception for an error of the library."""
    kind = _CLASSES.get(code) or _OF_PACKAGES.get(code, MdeError)
    return kind(text, code=code, **fields)


def _again(kind: type[MdeError], text: str, fields: dict[str, Any]) -> MdeError:
    """Recreates a pickled exception."""
    return kind(text, **fields)
