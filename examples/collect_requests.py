"""A complete driver with `requests`: the engine decides, the driver moves bytes. `python collect_requests.py DEVICE…`"""

import os
import sys
import time

import requests
from mde_forensics import MdeError, Report, core
from mde_forensics.core import Answer, Command, Engine, NotSent, Operation, Request, Workspace

API = os.environ.get("MDE_API_URL", "https://api.security.microsoft.com")
LOGIN = os.environ.get("MDE_LOGIN_URL", "https://login.microsoftonline.com")
SCOPE = "https://api.securitycenter.microsoft.com/.default"
SESSION = requests.Session()


def http(request: Request) -> requests.Response:
    """Sends one request once, unchanged, with the session's proxies and certificates."""
    options = {"headers": request.headers, "data": request.body, "timeout": (10, 60)}
    try:
        return SESSION.request(request.method, request.url, allow_redirects=False, stream=True, **options)
    except requests.ConnectTimeout as error:
        raise NotSent(error) from error


def token(login: Operation) -> Answer:
    try:
        reply = http(login.request(LOGIN))
        got = login.response(LOGIN, reply.status_code, reply.headers.items(), reply.content)
    except MdeError as error:
        return Answer.token_failed(str(error), code=error.code, retry_after=error.retry_after)
    except (NotSent, requests.RequestException) as error:
        return Answer.token_failed(type(error).__name__, code="connect_failed")
    return Answer.token(got["access_token"], got["expires_in"])


def collect(devices: list[str], comment: str, folder: str) -> Report:
    account = {"tenant": os.environ["AZURE_TENANT_ID"], "client_id": os.environ["AZURE_CLIENT_ID"]}
    login = Operation("token", **account, scope=SCOPE, grant={"client_secret": os.environ["AZURE_CLIENT_SECRET"]})
    with Workspace(folder, http, **account) as workspace:
        engine = Engine(account["tenant"], API, devices, comment=comment, known=workspace.handles())
        while not isinstance(command := engine.poll(), Command.Done):
            if isinstance(command, Command.Token):
                engine.answer(command.ticket, token(login))
            elif isinstance(command, Command.Wait):
                time.sleep(max(0.0, (command.until or 0.0) - core.now()[1]))
            elif isinstance(command, Command.Event):
                print(command.event["device"], command.event["text"], file=sys.stderr)
            else:
                workspace.carry_out(engine, command)
        return Engine.report(command)


if __name__ == "__main__":
    for ended in collect(sys.argv[1:], comment="INC-42", folder="evidence"):
        print(ended.device, ended.outcome)
