"""Strict schemas: Kubernetes' own, of several releases, and for OpenShift's kinds a full one if there is a copy, else
the fields that the templates use.

A copy is a JSON file of `kinds` (apiVersion/kind to definition) and `definitions`, cut from OpenShift's OpenAPI
document; the environment names it in OPENSHIFT_SCHEMA.
"""

import json
import os
from functools import cache
from pathlib import Path

import jsonschema
import kubernetes_validate

# OKD 4.16 is Kubernetes 1.29, 4.18 is 1.31; the last is the newest that there is a schema of.
RELEASES = ("1.29", "1.31", "1.37")

NAME = {"type": "string", "minLength": 1}
NUMBER = {"type": "integer", "minimum": 0}


def fields(required=(), **known):
    """An object with exactly these fields."""
    return {"type": "object", "properties": known, "required": list(required), "additionalProperties": False}


def one_of(*words):
    return {"enum": list(words)}


def several(item):
    return {"type": "array", "items": item}


METADATA = fields(
    ["name"],
    name=NAME,
    namespace=NAME,
    labels={"type": "object", "additionalProperties": NAME},
    annotations={"type": "object", "additionalProperties": NAME},
)
IMAGE = fields(["kind", "name"], kind=one_of("ImageStreamTag", "DockerImage"), name=NAME, namespace=NAME)
WEBHOOK = fields(["secretReference"], secretReference=fields(["name"], name=NAME))
VARIABLE = fields(["name", "value"], name=NAME, value={"type": "string"})
QUANTITIES = {"type": "object", "additionalProperties": {"type": "string"}}

IMAGE_STREAM = fields(
    tags=several(
        fields(
            ["name", "from"],
            name=NAME,
            **{"from": IMAGE},
            importPolicy=fields(scheduled={"type": "boolean"}),
            referencePolicy=fields(["type"], type=one_of("Local", "Source")),
        )
    )
)
BUILD_CONFIG = fields(
    ["source", "strategy", "output", "triggers"],
    runPolicy=one_of("Parallel", "Serial", "SerialLatestOnly"),
    successfulBuildsHistoryLimit=NUMBER,
    failedBuildsHistoryLimit=NUMBER,
    completionDeadlineSeconds=NUMBER,
    source=fields(
        ["type"],
        type=one_of("Git", "Dockerfile"),
        git=fields(["uri"], uri=NAME, ref=NAME),
        contextDir=NAME,
        dockerfile=NAME,
        images=several(
            fields(
                ["from", "paths"],
                **{"from": IMAGE},
                paths=several(fields(["sourcePath", "destinationDir"], sourcePath=NAME, destinationDir=NAME)),
            )
        ),
    ),
    strategy=fields(
        ["type"],
        type=one_of("Docker", "Source"),
        dockerStrategy=fields(**{"from": IMAGE}, buildArgs=several(VARIABLE), env=several(VARIABLE)),
        sourceStrategy=fields(["from"], **{"from": IMAGE}, incremental={"type": "boolean"}, env=several(VARIABLE)),
    ),
    output=fields(["to"], to=IMAGE, imageLabels=several(VARIABLE)),
    resources=fields(requests=QUANTITIES, limits=QUANTITIES),
    triggers=several(
        fields(
            ["type"],
            type=one_of("ConfigChange", "ImageChange", "GitHub", "GitLab", "Generic"),
            imageChange=fields(**{"from": IMAGE}),
            github=WEBHOOK,
            gitlab=WEBHOOK,
            generic=WEBHOOK,
        )
    ),
)
ROUTE = fields(
    ["host", "to", "tls"],
    host=NAME,
    port=fields(["targetPort"], targetPort=NAME),
    tls=fields(
        ["termination"],
        termination=one_of("edge", "passthrough", "reencrypt"),
        insecureEdgeTerminationPolicy=one_of("Allow", "None", "Redirect"),
    ),
    to=fields(["kind", "name"], kind=one_of("Service"), name=NAME, weight=NUMBER),
    wildcardPolicy=one_of("None", "Subdomain"),
)
OWN = {
    "build.openshift.io/v1/BuildConfig": BUILD_CONFIG,
    "image.openshift.io/v1/ImageStream": IMAGE_STREAM,
    "route.openshift.io/v1/Route": ROUTE,
}


@cache
def openshift_schema():
    path = os.environ.get("OPENSHIFT_SCHEMA")
    return json.loads(Path(path).read_text()) if path else None


def openshift_faults(made):
    kind = f"{made['apiVersion']}/{made['kind']}"
    own = fields(
        ["apiVersion", "kind", "metadata"], apiVersion=NAME, kind=NAME, metadata=METADATA, spec=OWN.get(kind, False)
    )
    faults = list(jsonschema.Draft7Validator(own).iter_errors(made))
    full = openshift_schema()
    if full:
        reference = {"$ref": f"#/definitions/{full['kinds'][kind]}", "definitions": full["definitions"]}
        faults += jsonschema.Draft7Validator(reference).iter_errors(made)
    return [f"{'.'.join(map(str, fault.path))}: {fault.message[:200]}" for fault in faults]


def kubernetes_faults(made, release):
    try:
        kubernetes_validate.validate(made, release, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"Kubernetes {release}: {'.'.join(map(str, error.path))}: {error.message[:200]}"]
    except kubernetes_validate.SchemaNotFoundError:
        return [f"Kubernetes {release}: there is no {made['kind']} in {made['apiVersion']}"]
    return []


# The same objects are asked about again and again, and reading a schema takes a while.
@cache
def faults_of(text):
    made = json.loads(text)
    if "openshift.io" in made["apiVersion"]:
        return openshift_faults(made)
    return [fault for release in RELEASES for fault in kubernetes_faults(made, release)]


def schema_faults(objects):
    return [
        f"{made['kind']} {made['metadata']['name']}: {fault}"
        for made in objects
        for fault in faults_of(json.dumps(made))
    ]
