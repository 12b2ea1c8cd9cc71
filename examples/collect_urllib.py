"""A whole driver with nothing but the standard library. `python collect_urllib.py DEVICE…`"""

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


OPENER = urllib.request.build_opener(Stay)


def http(request: Request):
    """Sends one request as it is, once; a refusal is a reply too."""
    sent = urllib.request.Request(request.url, request.body, request.headers, method=request.method)
    try:
        reply = OPENER.open(sent, timeout=60)
    except urllib.error.HTTPError as refused:
        reply = refused
    return reply.status, reply.headers.items(), reply


def collect(devices: list[str], comment: str, folder: str, clock=core.now, sleep=time.sleep) -> Report:
    tenant, client_id = os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"]
    grant = {"client_secret": os.environ["AZURE_CLIENT_SECRET"]}
    ask = Operation("token", tenant=tenant, client_id=client_id, scope=SCOPE, grant=grant)
    engine = Engine(tenant, API, devices, comment=comment, at=clock())
    desk = Desk(folder, http, at=clock())
    while True:
        command = engine.poll(clock())
        if isinstance(command, Command.Send):
            try:
                status, headers, body = http(
                    Request(command.method, command.url, dict(command.headers), command.body or None)
                )
                answer = Answer.reply(status, list(headers), body.read())
            except OSError as error:
                answer = Answer.unknown(str(error))  # in doubt it may have arrived
            engine.answer(command.ticket, answer, clock())
        elif isinstance(command, Command.Token):
            status, headers, body = http(ask.request(LOGIN))
            got = ask.response(LOGIN, status, headers, body.read())
            engine.answer(command.ticket, Answer.token(got["access_token"], got["expires_in"]), clock())
        elif isinstance(command, Command.Wait):
            sleep(max(0.0, (command.until or 0) - clock()[1]))
        elif isinstance(command, Command.Event):
            print(command.event["device"], command.event["text"], file=sys.stderr)
        elif isinstance(command, Command.Done):
            return Engine.report(command)
        else:
            desk.carry_out(engine, command, clock())


if __name__ == "__main__":
    for ended in collect(sys.argv[1:], comment="INC-42", folder="evidence"):
        print(ended.device, ended.outcome)
