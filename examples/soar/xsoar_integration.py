"""Cortex XSOAR integration command `mde-collect-package`: one bounded step per run, then the package in the war room.

XSOAR repeats the command until it is done. The integration's settings:

- the parameters `tenant`; `credentials`, of type Authentication (client id and secret of the app); `cloud`; `insecure`; `proxy`
- the command `mde-collect-package` with `polling: true` and the arguments `device`, `comment`, `key` (such as the incident's number,
  `${incident.id}`; the same key again is the same collection), `budget` (seconds per run) and, hidden, `handle` and
  `hide_polling_output`

A run may take longer than its budget: up to six minutes while the collection is requested, and as long as the download
takes in the last one. Set `execution-timeout` accordingly (in seconds, such as 3900): if the container is killed during
a download, the bytes so far are lost. Proxy and certificates are those of the platform's `BaseClient`.
"""

import demistomock as demisto
from CommonServerPython import *  # noqa: F403
from mde_forensics import Client, ClientSecret, MdeError
from mde_forensics.core import Request

COMMAND = "mde-collect-package"
STEP_SECONDS = 25
DONE_FOLDER = "evidence"


class PlatformClient(BaseClient):  # noqa: F405
    """Sends the library's requests through the platform's HTTP: each once, unchanged."""

    def send(self, request: Request):
        return self._http_request(
            method=request.method,
            full_url=request.url,
            headers=request.headers,
            data=request.body,
            resp_type="response",
            ok_codes=tuple(range(100, 600)),
            allow_redirects=False,
            stream=True,
            retries=0,
            timeout=STEP_SECONDS,
        )


def mde_client(params):
    credential = ClientSecret(params["credentials"]["identifier"], params["credentials"]["password"])
    platform = PlatformClient(
        base_url=params.get("api_url", ""),
        verify=not argToBoolean(params.get("insecure", False)),  # noqa: F405
        proxy=argToBoolean(params.get("proxy", False)),  # noqa: F405
    )
    options = {key: params[key] for key in ("cloud", "api_url", "login_url", "time_scale") if params.get(key)}
    return Client(params["tenant"], credential, http=platform.send, **options)


@polling_function(name=COMMAND, interval=30, timeout=7200, requires_polling_arg=False)  # noqa: F405
def collect(args, client):
    """Does one step; returns the arguments for the next poll, or the package."""
    handle = args.get("handle") or client.prepare(args["device"], comment=args["comment"], key=args.get("key") or None)
    try:
        step = client.step(handle, into=DONE_FOLDER, budget=float(args.get("budget") or STEP_SECONDS))
    except MdeError as error:
        if not error.retryable:
            raise
        # The network or the service failed for now; the next poll repeats the step.
        text = f"{error} ({error.code}); trying again\n{error.hint}"
        return again(args, error.handle or handle, CommandResults(readable_output=text))  # noqa: F405
    if not step.done:
        return again(args, step.handle)
    package = step.package
    outputs = {
        "Path": str(package.path),
        "SHA256": package.sha256,
        "Size": package.size,
        "ActionId": package.manifest["custody"]["action"],
        "Device": package.manifest["custody"]["machine_name"],
    }
    with package.path.open("rb") as file:
        entry = fileResult(package.path.name, file.read(), EntryType.ENTRY_INFO_FILE)  # noqa: F405
    return PollResult(  # noqa: F405
        response=[
            CommandResults(outputs_prefix="MDE.Package", outputs_key_field="SHA256", outputs=outputs),  # noqa: F405
            entry,
        ]
    )


def again(args, handle, said=None):
    return PollResult(  # noqa: F405
        response=None, continue_to_poll=True, args_for_next_run={**args, "handle": handle}, partial_result=said
    )


def main():
    try:
        client = mde_client(demisto.params())
        if demisto.command() == "test-module":
            client.actions(statuses=["Pending"])
            return_results("ok")  # noqa: F405
        elif demisto.command() == COMMAND:
            return_results(collect(demisto.args(), client))  # noqa: F405
        else:
            raise NotImplementedError(f"there is no command {demisto.command()}")
    except MdeError as error:
        # The hint is for the analyst.
        return_error(f"{error}\n{error.hint}\nhandle: {error.handle or 'none'}", error=error)  # noqa: F405


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
