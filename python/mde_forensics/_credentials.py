"""Credentials: the library's own, those of azure-identity, and functions."""

from __future__ import annotations

from . import _given
from ._native import Credential as _Credential

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Any, Callable, Union

    from ._foreign import Loops

    Prompt = Callable[[dict[str, Any]], object]
    StrPath = Union[str, "os.PathLike[str]"]


class Credential:
    """One of the library's own credentials. Its repr holds no secret."""

    __slots__ = ("_native",)

    def __init__(self, native: _Credential) -> None:
        self._native = native

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class ClientSecret(Credential):
    """An app with a client secret.

    Args:
        client_id: The app registration's client id.
        secret: The secret's value, not its id.

    Source: Microsoft's page "Create an app to access Microsoft Defender for Endpoint without a user".
    """

    __slots__ = ()

    def __init__(self, client_id: str, secret: str) -> None:
        super().__init__(_Credential.client_secret(client_id, secret))


class Certificate(Credential):
    """An app with a certificate and its RSA key.

    Args:
        client_id: The app registration's client id.
        path: A PEM or PFX file with the certificate and its private key.
        password: The PFX file's password.
        form: How assertions are signed: ``ps256`` (the default) or ``rs256``, the older form.

    Raises:
        InvalidCredentialError: The file cannot be used.

    Source: Microsoft's page "Certificate credentials".
    """

    __slots__ = ()

    def __init__(self, client_id: str, path: StrPath, *, password: str | None = None, form: str | None = None) -> None:
        super().__init__(_Credential.certificate(client_id, path, password, form=form))


class FederatedToken(Credential):
    """An app with a token from another issuer, such as Kubernetes or GitHub.

    Args:
        client_id: The app registration's client id.
        token_file: The file that holds the token; read again for each request for a token.

    Source: Microsoft's page "Workload identity federation".
    """

    __slots__ = ()

    def __init__(self, client_id: str, token_file: StrPath) -> None:
        super().__init__(_Credential.federated(client_id, token_file))


class ManagedIdentity(Credential):
    """The managed identity of a virtual machine, or of an App Service, Functions or Automation app.

    Give at most one of ``client_id``, ``object_id`` and ``resource_id``; with none, the system-assigned identity is
    used.

    Args:
        client_id: The identity's client id.
        object_id: The identity's object id.
        resource_id: The identity's resource id.
        endpoint: For an app, the value of ``IDENTITY_ENDPOINT``. Without ``header``, another metadata service.
        header: For an app, the value of ``IDENTITY_HEADER``; needs ``endpoint``.

    Raises:
        ValueError: More than one id was given, or ``header`` without ``endpoint``.

    Source: Microsoft's pages "How to use managed identities for Azure resources on an Azure VM" and "Use managed
    identities for App Service and Azure Functions".
    """

    __slots__ = ()

    def __init__(
        self,
        client_id: str | None = None,
        *,
        object_id: str | None = None,
        resource_id: str | None = None,
        endpoint: str | None = None,
        header: str | None = None,
    ) -> None:
        given = [
            (kind, value)
            for kind, value in (
                ("client_id", client_id),
                ("object_id", object_id),
                ("resource_id", resource_id),
            )
            if value is not None
        ]
        if len(given) > 1:
            raise ValueError("give only one of `client_id`, `object_id` and `resource_id`")
        if header is not None and endpoint is None:
            raise ValueError("`header` needs `endpoint`: give both")
        kind, value = given[0] if given else ("system", None)
        super().__init__(_Credential.managed_identity(kind, value, endpoint, header))


class DeviceCode(Credential):
    """A person who signs in on another screen.

    Args:
        client_id: The client id of a public app.
        prompt: Called, from any thread, with ``user_code``, ``verification_uri``, ``message`` and ``expires_in``
            (seconds). By default the message is printed on stderr. An exception from it ends the sign-in with
            ``credential_failed``.

    Source: RFC 8628; Microsoft's page "OAuth 2.0 device authorization grant flow".
    """

    __slots__ = ()

    def __init__(self, client_id: str, prompt: Prompt | None = None) -> None:
        shown = _printed if prompt is None else prompt
        _given.function(shown, "prompt")
        super().__init__(_Credential.device_code(client_id, shown))


class OnBehalfOf(Credential):
    """An app on behalf of the user who called it.

    Args:
        client_id: The app registration's client id.
        user_assertion: The user's token for the app's own API.
        secret: The app's secret. Give one of ``secret``, ``certificate`` and ``token_file``.
        certificate: A PEM or PFX file with the app's certificate and its private key.
        password: The PFX file's password.
        token_file: A file with a token from another issuer.

    Raises:
        ValueError: Not exactly one of the three was given.
        InvalidCredentialError: The certificate cannot be used.

    Source: Microsoft's page "OAuth 2.0 On-Behalf-Of flow".
    """

    __slots__ = ()

    def __init__(
        self,
        client_id: str,
        user_assertion: str,
        *,
        secret: str | None = None,
        certificate: StrPath | None = None,
        password: str | None = None,
        token_file: StrPath | None = None,
    ) -> None:
        native = _Credential.on_behalf_of(
            client_id,
            user_assertion,
            secret=secret,
            certificate=certificate,
            password=password,
            token_file=token_file,
        )
        super().__init__(native)


def native(credential: Any, loops: Callable[[], Loops]) -> _Credential:
    """Returns the credential in the form the client takes.

    ``loops`` returns the loop that the client is used on; it is called only if foreign code may have to be awaited
    there.
    """
    if isinstance(credential, Credential):
        return credential._native
    if hasattr(credential, "get_token") or hasattr(credential, "get_token_info"):
        from ._foreign import of_object

        return _Credential.callback(of_object(credential, loops()))
    if callable(credential):
        from ._foreign import of_function

        return _Credential.callback(of_function(credential, loops()))
    raise TypeError(
        "`credential` must be a credential of mde_forensics or azure-identity, or a function that returns a token, "
        f"not {type(credential).__name__}"
    )


def _printed(prompt: dict[str, Any]) -> None:
    import sys

    print(prompt["message"], file=sys.stderr, flush=True)
