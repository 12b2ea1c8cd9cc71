"""A whole driver with plain `requests`: the engine decides, this moves bytes. `python collect_requests.py DEVICE…`"""

import os
import sys
import time

import requests
from mde_forensics import Report, core
from mde_forensics.core import Answer, Command, Desk, Engine, NotSent, Operation, Request

API = os.environ.get("MDE_API_URL", "https://api.security.microsoft.com")
LOGIN = os.environ.get("MDE_LOGIN_URL", "https://login.microsoftonline.com")
SCOPE = "https://api.securitycenter.microsoft.com/.default"
SESSION = requests.Session()


def http(request: Request) -> requests.Response:
    """Sends one request as it is, once, by whatever proxies and certificates the session has."""
    options = {"headers": request.headers, "data": request.body, "timeout": (10, 60)}
    try:
        return SESSION.request(request.method, request.url, allow_redirects=False, stream=True, **options)
    except requests.ConnectTimeout as error:
        raise NotSent(error) from error


def collect(devices: list[str], comment: str, folder: str) -> Report:
    tenant, client_id = os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"]
    grant = {"client_secret": os.environ["AZURE_CLIENT_SECRET"]}
    login = Operation("token", tenant=tenant, client_id=client_id, scope=SCOPE, grant=grant)
    desk = Desk(folder, http, tenant=tenant, client_id=client_id)
    engine = Engine(tenant, API, devices, comment=comment, known=desk.handles())
    while True:
        command = engine.poll()
        if isinstance(command, Command.Send):
            try:
                reply = http(Request(command.method, command.url, dict(command.headers), command.body))
                answer = Answer.reply(reply.status_code, list(reply.headers.items()), reply.content)
            except NotSent as error:
                answer = Answer.not_sent(str(error))
            except requests.RequestException as error:
                answer = Answer.unknown(type(error).__name__)  # in doubt it may have arrived
            engine.answer(command.ticket, answer)
        elif isinstance(command, Command.Token):
            reply = http(login.request(LOGIN))
            got = login.response(LOGIN, reply.status_code, reply.headers.items(), reply.content)
            engine.answer(command.ticket, Answer.token(got["access_token"], got["expires_in"]))
        elif isinstance(command, Command.Wait):
            time.sleep(max(0.0, (command.until or 0.0) - core.now()[1]))
        elif isinstance(command, Command.Event):
            print(command.event["device"], command.event["text"], file=sys.stderr)
        elif isinstance(command, Command.Done):
            return Engine.report(command)
        else:
            desk.carry_out(engine, command)


if __name__ == "__main__":
    for ended in collect(sys.argv[1:], comment="INC-42", folder="evidence"):
        print(ended.device, ended.outcome)
