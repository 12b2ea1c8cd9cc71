"""Splunk SOAR custom function `mde_collect_package`: one bounded step per run, with the handle in the run data.

A playbook calls it in a loop until `done`: it waits until `next_at`, or for a minute if that is None, and calls it
again with `handle`. The package goes to the container's vault. Requests are sent with `requests`, through the
platform's proxies.

A run may take longer than its budget of 25 seconds: up to six minutes while the collection is requested, and as long as
the download takes in the last one. The platform's limit for a run must allow for that.
"""

import os


def mde_collect_package(device=None, comment=None, handle=None, container_id=None, **kwargs):
    """Does one step of the collection of an investigation package.

    Args:
        device: The device's name, id or address.
        comment: Why; sent to the service.
        handle: The handle from the previous step; None at first.
        container_id: The container whose vault receives the package.

    Returns a JSON-serialisable object with handle, next_at, done, vault_id, sha256, error and hint.
    """
    import json

    import phantom.rules as phantom
    import requests
    from mde_forensics import Client, MdeError
    from phantom.vault import Vault

    def http(request):
        return requests.request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.body,
            allow_redirects=False,
            stream=True,
            timeout=25,
            proxies={scheme: os.environ.get(f"{scheme.upper()}_PROXY") for scheme in ("http", "https")},
            verify=os.environ.get("REQUESTS_CA_BUNDLE", True),
        )

    outputs = {
        "handle": handle,
        "next_at": None,
        "done": False,
        "vault_id": None,
        "sha256": None,
        "error": None,
        "hint": None,
    }
    folder = os.path.join(Vault.get_vault_tmp_dir(), "mde-forensics")
    try:
        scale = os.environ.get("MDE_TIME_SCALE")
        client = Client.from_env(http=http, time_scale=float(scale) if scale else None)
        if not handle:
            outputs["handle"] = client.prepare(device, comment=comment, key=f"container-{container_id}")
        step = client.step(outputs["handle"], into=folder, budget=float(kwargs.get("budget") or 25))
    except MdeError as error:
        # A retryable error is not the end: the loop continues with the same handle.
        outputs.update(error=f"{error.code}: {error}", hint=error.hint, done=not error.retryable)
        outputs["handle"] = error.handle or outputs["handle"]
        phantom.error(outputs["error"])
    else:
        outputs.update(handle=step.handle, done=step.done)
        outputs["next_at"] = None if step.next_at is None else step.next_at.isoformat()
        if step.package is not None:
            success, message, vault_id = phantom.vault_add(
                container=container_id, file_location=str(step.package.path), file_name=step.package.path.name
            )
            outputs.update(vault_id=vault_id, sha256=step.package.sha256)
            if not success:
                # The verified package is in the folder; the next run finds it there and only has to do this.
                outputs.update(done=False, error=f"the vault refused the package: {message}")
                phantom.error(outputs["error"])
    assert json.dumps(outputs)
    return outputs
