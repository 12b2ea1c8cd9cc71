"""A complete driver with only the standard library: `collect(["ws-042"], "INC-42", "evidence")`."""

import os
import socket
import time
import urllib.error
import urllib.request

from mde_forensics import MdeError, Report, core
from mde_forensics.core import Answer, Command, Engine, NotSent, Operation, Request, Workspace

API = os.environ.get("MDE_API_URL", "https://api.security.microsoft.com")
LOGIN = os.environ.get("MDE_LOGIN_URL", "https://login.microsoftonline.com")


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        """Never follows a redirect with a token."""


def http(request: Request):
    """Sends one request once, unchanged. An HTTP error is a reply too."""
    sent = urllib.request.Request(request.url, request.body, request.headers, method=request.method)
    try:
        reply = urllib.request.build_opener(Stay).open(sent, timeout=60)
    except urllib.error.HTTPError as refused:
        reply = refused
    except urllib.error.URLError as error:
        if isinstance(error.reason, (ConnectionRefusedError, socket.gaierror)):
            raise NotSent(error) from error
        raise
    return reply.status, list(reply.headers.items()), reply


def token(login: Operation) -> Answer:
    try:
        status, headers, body = http(login.request(LOGIN))
        got = login.response(LOGIN, status, headers, body.read())
        return Answer.token(got["access_token"], got["expires_in"])
    except (MdeError, NotSent, OSError) as error:
        code, retry_after = getattr(error, "code", "connect_failed"), getattr(error, "retry_after", None)
        return Answer.token_failed(str(error), code=code, retry_after=retry_after)


def collect(devices: list[str], comment: str, folder: str, handles: list[str] = ()) -> Report:
    tenant, app, secret = (os.environ[f"AZURE_{name}"] for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"))
    scope, grant = "https://api.securitycenter.microsoft.com/.default", {"client_secret": secret}
    login = Operation("token", tenant=tenant, client_id=app, scope=scope, grant=grant)
    with Workspace(folder, http, tenant=tenant, client_id=app) as workspace:
        engine = Engine(tenant, API, devices, comment=comment, handles=handles, known=workspace.handles())
        while not isinstance(command := engine.poll(), Command.Done):
            if isinstance(command, Command.Token):
                engine.answer(command.ticket, token(login))
            elif isinstance(command, Command.Wait):
                time.sleep(max(0.0, (command.until or 0.0) - core.now()[1]))
            elif not isinstance(command, Command.Event):
                workspace.carry_out(engine, command)
        return Engine.report(command)
