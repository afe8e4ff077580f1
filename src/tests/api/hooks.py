"""What schemathesis loads: requests do not take away the token that they are made with, nor its user's account."""

import os

import schemathesis

OWN = int(os.environ["OPINT_OWN_TOKEN"])


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.operation.path == "/api/api-tokens/{id}/" and str((case.path_parameters or {}).get("id")) == str(OWN):
        case.path_parameters["id"] = OWN + 1_000_000
