"""Cortex XSOAR automation `MdeCollectPackage`: one bounded step a run, and the package in the war room at the end.

Script settings: `polling: true`; arguments `device`, `comment`, `handle` (hidden). XSOAR runs the script again by itself,
with the handle as an argument, until it says that it is done. The integration instance is a generic one whose `BaseClient`
carries the platform's proxy and certificates; the app's secret is in a credential named by `credentials`.
"""

import demistomock as demisto
from CommonServerPython import *  # noqa: F403
from mde_forensics import Client, ClientSecret, MdeError
from mde_forensics.core import Request

STEP_SECONDS = 25
DONE_FOLDER = "evidence"


class PlatformClient(BaseClient):  # noqa: F405
    """The platform's HTTP, as the library's: each request as it is, once."""

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


def collect(client, args):
    """One step: what to poll with next, or the package."""
    handle = args.get("handle") or client.prepare(
        args["device"], comment=args["comment"], key=args.get("incident_id") or None
    )
    try:
        step = client.step(handle, into=DONE_FOLDER, budget=float(args.get("budget") or STEP_SECONDS))
    except MdeError as error:
        if not error.retryable:
            raise
        # The network or the service was not at its best; the same step is done again at the next poll.
        return again(args, error.handle or handle, f"{error} ({error.code}); trying again\n{error.hint}")
    if not step.done:
        return again(args, step.handle, "the collection goes on")
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


def again(args, handle, text):
    return PollResult(  # noqa: F405
        response=None,
        continue_to_poll=True,
        args_for_next_run={**args, "handle": handle},
        partial_result=CommandResults(readable_output=text),  # noqa: F405
    )


@polling_function(name="MdeCollectPackage", interval=30, timeout=7200, requires_polling_arg=False)  # noqa: F405
def run(args, client):
    return collect(client, args)


def main():
    try:
        args = {**demisto.args(), "incident_id": str(demisto.incident().get("id", ""))}
        return_results(run(args, mde_client(demisto.params())))  # noqa: F405
    except MdeError as error:
        # What to do next belongs where the analyst reads it.
        return_error(f"{error}\n{error.hint}\nhandle: {error.handle or 'none'}", error=error)  # noqa: F405


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
