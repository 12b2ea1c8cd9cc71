"""Azure Function (Python v2 model): a timer drives collections that HTTP requests begin; handles live in blobs.

`POST /api/collect {"device": …, "comment": …}` answers 202 with an id; the timer does one bounded step of each collection
a minute; `GET /api/collect/{id}` says where it stands. The identity is the Function's own, and packages go to a share.
The same two functions, `begin` and `step_all`, are an Automation runbook with a schedule.
"""

import json
import logging
import os
from pathlib import Path

from mde_forensics import Client, ManagedIdentity, MdeError

STEP_SECONDS = 20.0


class Store:
    """Where handles are kept between calls: a folder on the Function's share; a blob container works the same way."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def load(self, key):
        file = self.folder / f"{key}.json"
        return json.loads(file.read_text()) if file.is_file() else None

    def save(self, key, state):
        # A crash leaves the old state or the new one, never half of one.
        new = self.folder / f"{key}.json.new"
        new.write_text(json.dumps(state))
        new.replace(self.folder / f"{key}.json")

    def keys(self):
        return sorted(file.stem for file in self.folder.glob("*.json"))


def client():
    """A client with the Function's managed identity, or what the environment names."""
    scale = os.environ.get("MDE_TIME_SCALE")
    options = {"time_scale": float(scale)} if scale else {}
    if "IDENTITY_ENDPOINT" not in os.environ:
        return Client.from_env(**options)
    identity = ManagedIdentity(endpoint=os.environ["IDENTITY_ENDPOINT"], header=os.environ["IDENTITY_HEADER"])
    for option, variable in (("api_url", "MDE_API_URL"), ("login_url", "MDE_LOGIN_URL"), ("cloud", "MDE_CLOUD")):
        if variable in os.environ:
            options[option] = os.environ[variable]
    return Client(os.environ["AZURE_TENANT_ID"], identity, **options)


def begin(mde, store, key, device, comment):
    """Keeps a handle before anything is sent: a second request with the same key changes nothing."""
    state = store.load(key)
    if state is None:
        state = {"device": device, "handle": mde.prepare(device, comment=comment, key=key), "done": False}
        store.save(key, state)
    return state


def step_all(mde, store, folder, budget=STEP_SECONDS):
    """One bounded step of each collection that is not done; one that fails stops no other."""
    for key in store.keys():
        state = store.load(key)
        if state["done"]:
            continue
        try:
            step = mde.step(state["handle"], into=folder, budget=budget)
        except MdeError as error:
            logging.warning("%s: %s (%s)", key, error, error.hint)
            state.update(handle=error.handle or state["handle"], error=error.code, done=not error.retryable)
        else:
            state.update(handle=step.handle, done=step.done, error=None)
            if step.package is not None:
                state.update(package=str(step.package.path), sha256=step.package.sha256)
        store.save(key, state)


try:
    import azure.functions as func
except ImportError:
    # An Automation runbook, or a test: the functions above are all there is.
    pass
else:
    app = func.FunctionApp()
    STORE = os.environ.get("MDE_STORE", "/mounts/mde/handles")
    EVIDENCE = os.environ.get("MDE_EVIDENCE", "/mounts/mde/evidence")

    @app.route(route="collect", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    def collect(request: func.HttpRequest) -> func.HttpResponse:
        asked = request.get_json()
        key = "".join(letter for letter in asked["key"] if letter.isalnum() or letter in "-_")[:64]
        try:
            begin(client(), Store(STORE), key, asked["device"], asked["comment"])
        except MdeError as error:
            return func.HttpResponse(json.dumps({"error": error.code, "hint": error.hint}), status_code=400)
        return func.HttpResponse(json.dumps({"id": key}), status_code=202)

    @app.route(route="collect/{id}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    def status(request: func.HttpRequest) -> func.HttpResponse:
        state = Store(STORE).load(Path(request.route_params["id"]).name)
        if state is None:
            return func.HttpResponse(status_code=404)
        return func.HttpResponse(json.dumps({key: value for key, value in state.items() if key != "handle"}))

    @app.timer_trigger(schedule="0 * * * * *", arg_name="timer")
    def tick(timer: func.TimerRequest) -> None:  # noqa: ARG001  the trigger's name for it
        step_all(client(), Store(STORE), EVIDENCE)
