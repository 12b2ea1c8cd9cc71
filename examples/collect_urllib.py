"""A whole driver with nothing but the standard library: `collect(["ws-042"], "INC-42", "evidence")`."""

import os
import sys
import time
import urllib.error
import urllib.request

from mde_forensics import Report, core
from mde_forensics.core import Answer, Command, Desk, Engine, Operation, Request

API = os.environ.get("MDE_API_URL", "https://api.security.microsoft.com")
LOGIN = os.environ.get("MDE_LOGIN_URL", "https://login.microsoftonline.com")
SCOPE = "https://api.securitycenter.microsoft.com/.default"


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        """Redirects are never followed with a token."""


def http(request: Request):
    """Sends one request as it is, once; a refusal is a reply too."""
    sent = urllib.request.Request(request.url, request.body, request.headers, method=request.method)
    try:
        reply = urllib.request.build_opener(Stay).open(sent, timeout=60)
    except urllib.error.HTTPError as refused:
        reply = refused
    return reply.status, list(reply.headers.items()), reply


def collect(devices: list[str], comment: str, folder: str) -> Report:
    tenant, client_id = os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"]
    grant = {"client_secret": os.environ["AZURE_CLIENT_SECRET"]}
    login = Operation("token", tenant=tenant, client_id=client_id, scope=SCOPE, grant=grant)
    desk = Desk(folder, http, tenant=tenant, client_id=client_id)
    engine = Engine(tenant, API, devices, comment=comment, known=desk.handles())
    while True:
        command = engine.poll()
        if isinstance(command, Command.Send):
            request = Request(command.method, command.url, dict(command.headers), command.body or None)
            try:
                status, headers, body = http(request)
                answer = Answer.reply(status, headers, body.read())
            except OSError as error:
                answer = Answer.unknown(str(error))  # in doubt it may have arrived
            engine.answer(command.ticket, answer)
        elif isinstance(command, Command.Token):
            status, headers, body = http(login.request(LOGIN))
            got = login.response(LOGIN, status, headers, body.read())
            engine.answer(command.ticket, Answer.token(got["access_token"], got["expires_in"]))
        elif isinstance(command, Command.Wait):
            time.sleep(max(0.0, (command.until or 0.0) - core.now()[1]))
        elif isinstance(command, Command.Event):
            print(command.event["device"], command.event["text"], file=sys.stderr)
        elif isinstance(command, Command.Done):
            return Engine.report(command)
        else:
            desk.carry_out(engine, command)
