"""Azure Function (Python v2 model): HTTP requests start collections, and a timer advances them; handles are kept in files.

`POST /api/collect {"key": …, "device": …, "comment": …}` answers 202 with an id. `key` names the collection, such as
the incident's number: the same key and device again is the same collection, the same key and another device is a
conflict (409). Every minute the timer does a bounded step of each collection. `GET /api/collect/{id}` returns its
state. The Function signs in with its own identity; handles and packages are on a share.

A step may take longer than its budget: up to six minutes while the collection is requested, and as long as the download
takes. `functionTimeout` in `host.json` must allow for that, such as `"01:10:00"`; the Consumption plan, with at most
ten minutes, suits small packages only. The functions `begin` and `step_all` also work as an Automation runbook with a
schedule.
"""

import hashlib
import json
import logging
import os
from pathlib import Path

from mde_forensics import Client, ManagedIdentity, MdeError

#: Seconds for all steps of one tick, so that they end before the next one, except for work that must not be interrupted.
TICK_SECONDS = 40.0


class Store:
    """Keeps handles between calls, in a folder on the Function's share; a blob container works the same way."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    @staticmethod
    def name_of(key):
        """Returns a valid and unique file name for any key."""
        return hashlib.sha256(key.encode()).hexdigest()

    def load(self, name):
        """Returns the state kept under this name; None if there is none, or it cannot be read."""
        file = self.folder / f"{Path(name).name}.json"
        try:
            state = json.loads(file.read_text()) if file.is_file() else None
        except (OSError, ValueError):
            logging.exception("%s cannot be read", file)
            return None
        return state if isinstance(state, dict) else None

    def save(self, name, state):
        # A crash leaves either the old state or the new one.
        new = self.folder / f"{name}.json.new"
        new.write_text(json.dumps(state))
        new.replace(self.folder / f"{name}.json")

    def names(self):
        return sorted(file.stem for file in self.folder.glob("*.json"))


class Conflict(Exception):
    """The key belongs to another collection."""


def client():
    """Returns a client with the Function's managed identity, or with the credential in the environment."""
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
    """Stores a handle before anything is sent, and returns its id. Repeating a key changes nothing."""
    texts = {"key": key, "device": device, "comment": comment}
    blank = [name for name, text in texts.items() if not isinstance(text, str) or not text.strip()]
    if blank:
        raise ValueError(f"{' and '.join(blank)} must be text that is not blank")
    name = store.name_of(key)
    state = store.load(name)
    if state is None:
        handle = mde.prepare(device, comment=comment, key=key)
        store.save(name, {**texts, "handle": handle, "done": False, "error": None})
    elif state["device"] != device:
        raise Conflict(f"the key {key!r} belongs to a collection from {state['device']!r}")
    return name


def step_all(mde, store, folder, budget=TICK_SECONDS):
    """Does one bounded step of each unfinished collection. A failure does not stop the others."""
    states = {name: store.load(name) for name in store.names()}
    due = {name: state for name, state in states.items() if state is not None and not state.get("done")}
    for name, state in due.items():
        try:
            step(mde, store, name, state, folder, budget / len(due))
        except Exception:
            logging.exception("%s: the step failed", name)


def step(mde, store, name, state, folder, budget):
    try:
        step = mde.step(state["handle"], into=folder, budget=budget)
        state.update(handle=step.handle, done=step.done, error=None)
        if step.package is not None:
            state.update(package=str(step.package.path), sha256=step.package.sha256)
    except MdeError as error:
        logging.warning("%s: %s (%s)", name, error, error.hint)
        state.update(handle=error.handle or state["handle"], error=error.code, done=not error.retryable)
    store.save(name, state)


try:
    import azure.functions as func
except ImportError:
    # An Automation runbook or a test uses only the functions above.
    pass
else:
    app = func.FunctionApp()
    STORE = os.environ.get("MDE_STORE", "/mounts/mde/handles")
    EVIDENCE = os.environ.get("MDE_EVIDENCE", "/mounts/mde/evidence")

    def answer(status_code, **said):
        return func.HttpResponse(json.dumps(said), status_code=status_code, mimetype="application/json")

    @app.route(route="collect", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    def collect(request: func.HttpRequest) -> func.HttpResponse:
        try:
            asked = request.get_json()
            if not isinstance(asked, dict):
                return answer(400, error="the body must be a JSON object")
            name = begin(client(), Store(STORE), asked.get("key"), asked.get("device"), asked.get("comment"))
        except Conflict as conflict:
            return answer(409, error=str(conflict))
        except MdeError as error:
            return answer(400, error=error.code, hint=error.hint)
        except ValueError as error:
            return answer(400, error=str(error))
        return answer(202, id=name)

    @app.route(route="collect/{id}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    def status(request: func.HttpRequest) -> func.HttpResponse:
        state = Store(STORE).load(request.route_params["id"])
        if state is None:
            return answer(404, error="there is no such collection")
        return answer(200, **{name: value for name, value in state.items() if name != "handle"})

    @app.timer_trigger(schedule="0 * * * * *", arg_name="timer")
    def tick(timer: func.TimerRequest) -> None:  # noqa: ARG001  the trigger passes it by this name
        step_all(client(), Store(STORE), EVIDENCE)
