"""What no schema says: rules for templates and for the objects they make.

`template_faults` reads a template as it is written, `object_faults` what it makes. Both return sentences; none is good.
"""

import json
import re
from pathlib import Path

from template import IN_TEXT, WHOLE

ROOT = Path(__file__).resolve().parents[4]

# What the program itself takes: a request at most, then the requests and jobs under way after a signal to stop.
REQUEST_SECONDS = 30
FINISH_SECONDS = 25
# How long `opint healthcheck` waits for an answer.
HEALTHCHECK_SECONDS = 5

# Containers that cannot have a read-only root, with the reason.
WRITABLE_ROOT = {"postgresql": "the image writes its configuration to its home"}

SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|(^|_)KEY")
HOOKS = ("github", "gitlab", "bitbucket", "generic")
CORE_LOOKALIKES = {"BuildConfig", "ImageStream", "Route", "DeploymentConfig", "Template"}
WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "Job"}


def template_faults(template):
    declared = [parameter["name"] for parameter in template.get("parameters", [])]
    text = json.dumps([template["objects"], template.get("labels", {})])
    used = set(IN_TEXT.findall(text)) | set(WHOLE.findall(text))
    faults = [f"uses the undeclared parameter {name}" for name in sorted(used - set(declared))]
    faults += [f"never uses the parameter {name}" for name in declared if name not in used]
    faults += [f"declares the parameter {name} twice" for name in set(declared) if declared.count(name) > 1]
    if template.get("apiVersion") != "template.openshift.io/v1":
        faults.append("has an apiVersion that oc no longer reads")
    for parameter in template.get("parameters", []):
        if SECRET_NAME.search(parameter["name"]) and parameter.get("value") and not is_path(parameter["value"]):
            faults.append(f"has a literal secret as default of {parameter['name']}")
    for made in template["objects"]:
        who = f"{made['kind']} {made['metadata']['name']}"
        if made["apiVersion"] == "v1" and made["kind"] in CORE_LOOKALIKES:
            faults.append(f"{who}: has a legacy apiVersion")
        if "status" in made or "creationTimestamp" in made["metadata"]:
            faults.append(f"{who}: was copied from a cluster")
        namespace = made["metadata"].get("namespace", "")
        if namespace and not IN_TEXT.search(namespace):
            faults.append(f"{who}: has a fixed namespace")
    return faults


def is_path(value):
    return value.startswith("/")


def object_faults(objects, world=None):
    """Faults of the objects of one template; `world` is all that its project holds."""
    world = objects if world is None else world
    known = {(made["kind"], made["metadata"]["name"]): made for made in world}
    faults = []
    for made in objects:
        who = f"{made['kind']} {made['metadata']['name']}"
        left = IN_TEXT.search(json.dumps(made)) or WHOLE.search(json.dumps(made))
        found = [f"holds {left[0]} still"] if left else []
        if pod_of(made):
            found += pod_faults(made, known)
        check = BY_KIND.get(made["kind"])
        if check:
            found += check(made, known)
        faults += [f"{who}: {fault}" for fault in found]
    return faults + webhook_faults(objects)


# --- pods


def pod_of(made):
    """Path of an object's pod, the pod and its labels."""
    if made["kind"] in WORKLOADS:
        return "spec.template.spec", made["spec"]["template"]["spec"], labels_of(made["spec"]["template"])
    return None


def labels_of(made):
    return made.get("metadata", {}).get("labels", {})


def containers_of(pod):
    return pod.get("initContainers", []) + pod["containers"]


def matches(selector, labels):
    return bool(selector) and selector.items() <= labels.items()


def pods_matching(selector, known):
    pods = filter(None, map(pod_of, known.values()))
    return [pod for _, pod, labels in pods if matches(selector, labels)]


def port_names(pods):
    return {port["name"] for pod in pods for container in pod["containers"] for port in container.get("ports", [])}


def pod_faults(made, known):
    _, pod, labels = pod_of(made)
    security = pod.get("securityContext", {})
    faults = []
    if security.get("runAsNonRoot") is not True:
        faults.append("does not say runAsNonRoot")
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        faults.append("has no seccompProfile")
    if {"runAsUser", "runAsGroup", "fsGroup"} & security.keys():
        faults.append("fixes a user or a group, which the project's range would not allow")
    if pod.get("automountServiceAccountToken") is not False:
        faults.append("carries a token of its service account")
    if pod.get("enableServiceLinks") is not False:
        faults.append("gets variables of Services, which are named like ours")
    if ("ServiceAccount", pod.get("serviceAccountName")) not in known:
        faults.append("has no service account of its own")
    if "selector" in made["spec"] and not matches(made["spec"]["selector"].get("matchLabels"), labels):
        faults.append("selects other pods than its own")
    faults += trigger_faults(made, known)
    for volume in pod.get("volumes", []):
        faults += volume_faults(volume, known)
    claims = {claim["metadata"]["name"] for claim in made["spec"].get("volumeClaimTemplates", [])}
    volumes = claims | {volume["name"] for volume in pod.get("volumes", [])}
    for container in containers_of(pod):
        found = container_faults(container, volumes, known) + file_faults(container, pod, known)
        faults += [f"{container['name']}: {fault}" for fault in found]
    if made["kind"] in ("Deployment", "StatefulSet"):
        for container in pod["containers"]:
            found = probe_faults(container) + command_faults(container, known)
            faults += [f"{container['name']}: {fault}" for fault in found]
    return faults + grace_faults(pod, known)


def container_faults(container, volumes, known):
    security, resources = container.get("securityContext", {}), container.get("resources", {})
    faults = []
    if security.get("allowPrivilegeEscalation") is not False or security.get("capabilities") != {"drop": ["ALL"]}:
        faults.append("keeps privileges that restricted-v2 takes")
    if "runAsUser" in security:
        faults.append("fixes a user or a group, which the project's range would not allow")
    if security.get("readOnlyRootFilesystem") is not True and container["name"] not in WRITABLE_ROOT:
        faults.append("can write to its root file system")
    if not {"cpu", "memory"} <= resources.get("requests", {}).keys() or "memory" not in resources.get("limits", {}):
        faults.append("does not say what it needs")
    if not isinstance(container.get("args", []), list) or container.get("command", [""])[0] in ("sh", "/bin/sh"):
        faults.append("starts a shell, which keeps the signal to stop to itself")
    for mount in container.get("volumeMounts", []):
        if mount["name"] not in volumes:
            faults.append(f"mounts {mount['name']}, which is no volume of the pod")
    for variable in container.get("env", []):
        if SECRET_NAME.search(variable["name"]) and variable.get("value") and not is_path(variable["value"]):
            faults.append(f"has a literal secret in {variable['name']}")
        reference = variable.get("valueFrom", {}).get("secretKeyRef")
        if reference:
            faults += secret_faults(reference["name"], [reference["key"]], reference.get("optional"), known)
    for source in container.get("envFrom", []):
        name = source.get("configMapRef", {}).get("name")
        if ("ConfigMap", name) not in known:
            faults.append(f"reads the ConfigMap {name}, which nobody makes")
    return faults


def environment_of(container, known):
    """What a container's ConfigMaps say together; the last one has the say."""
    environment = {}
    for source in container.get("envFrom", []):
        environment |= known.get(("ConfigMap", source.get("configMapRef", {}).get("name")), {}).get("data", {})
    return environment


def file_faults(container, pod, known):
    """The program does not start if a file that a variable names is not there."""
    volumes = {volume["name"]: volume for volume in pod.get("volumes", [])}
    files = set()
    for mount in container.get("volumeMounts", []):
        volume = volumes.get(mount["name"], {})
        for source in volume.get("projected", {}).get("sources", [volume]):
            items = source.get("secret", {}).get("items", [])
            files |= {f"{mount['mountPath']}/{item['path']}" for item in items}
    named = {name: path for name, path in environment_of(container, known).items() if name.endswith("_FILE") and path}
    return [f"{name} names {path}, which is not there" for name, path in named.items() if path not in files]


def secret_faults(name, keys, optional, known):
    if optional:
        return []
    secret = known.get(("Secret", name))
    if secret is None:
        return [f"needs the Secret {name}, which nobody makes"]
    held = secret.get("stringData", {}).keys() | secret.get("data", {}).keys()
    return [f"needs the key {key} of the Secret {name}, which is not there" for key in keys if key not in held]


def volume_faults(volume, known):
    sources = volume.get("projected", {}).get("sources", [volume])
    faults = []
    for source in sources:
        secret = source.get("secret")
        if secret:
            keys = [item["key"] for item in secret.get("items", [])]
            name = secret.get("secretName") or secret.get("name")
            faults += secret_faults(name, keys, secret.get("optional"), known)
    return faults


def probe_faults(container):
    faults = [
        f"has no {probe}" for probe in ("startupProbe", "livenessProbe", "readinessProbe") if probe not in container
    ]
    if container.get("livenessProbe", {}).get("httpGet", {}).get("path", "").startswith("/ready"):
        faults.append("is restarted when only the database is away")
    ports = {port["name"] for port in container.get("ports", [])}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        port = container.get(probe, {}).get("httpGet", {}).get("port")
        if port is not None and port not in ports:
            faults.append(f"is probed on the port {port}, which it does not have")
    return faults


def command_faults(container, known):
    """Probes that run the program itself: a worker serves no pages, so it is asked otherwise than a server."""
    faults = []
    is_worker = container.get("args", [""])[0] == "worker"
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        settings = container.get(probe, {})
        command = settings.get("exec", {}).get("command", [""])
        if not command[0].endswith("/opint"):
            continue
        if (command[1:] == ["healthcheck", "--worker"]) != is_worker:
            faults.append(f"is asked by its {probe} what another process would be")
        if probe == "livenessProbe" and command[1:] == ["healthcheck"]:
            faults.append("is restarted when only the database is away")
        if is_worker and not environment_of(container, known).get("OPINT_METRICS_LISTEN"):
            faults.append("has no address on which to say that it lives")
        if settings.get("timeoutSeconds", 1) <= HEALTHCHECK_SECONDS:
            faults.append(f"has a {probe} that gives up before the program does")
    return faults


def grace_faults(pod, known):
    """A pod must not be killed while it still does what it was told to do."""
    faults = []
    for container in pod["containers"]:
        if container.get("envFrom"):
            drain = int(environment_of(container, known).get("OPINT_DRAIN_SECONDS") or 0)
            if pod.get("terminationGracePeriodSeconds", 30) <= drain + FINISH_SECONDS:
                faults.append("is killed before it can finish")
    return faults


def trigger_faults(made, known):
    """The controller understands exactly these forms of fieldPath, and says nothing about others."""
    base, pod, _ = pod_of(made)
    path = re.compile(re.escape(base) + r'\.(containers|initContainers)\[\?\(@\.name=="([^"]+)"\)\]\.image')
    triggers = json.loads(made["metadata"].get("annotations", {}).get("image.openshift.io/triggers", "[]"))
    faults, filled = [], set()
    for trigger in triggers:
        form, source = path.fullmatch(trigger["fieldPath"]), trigger["from"]
        if not form:
            faults.append(f"has a trigger that is never understood: {trigger['fieldPath']}")
        elif form[2] not in [container["name"] for container in pod.get(form[1], [])]:
            faults.append(f"has a trigger for {form[2]}, which is none of its {form[1]}")
        else:
            filled.add(form[2])
        if source.get("kind") != "ImageStreamTag":
            faults.append("has a trigger that is not an ImageStreamTag's")
        elif "namespace" not in source and ("ImageStream", source["name"].split(":")[0]) not in known:
            faults.append(f"has a trigger on {source['name']}, which nobody makes")
    for container in containers_of(pod):
        if not container["image"].strip() and container["name"] not in filled:
            faults.append(f"{container['name']}: has no image and no trigger that gives it one")
    return faults


# --- objects by kind


def deployment(made, known):
    scaled = [
        other["spec"]["scaleTargetRef"]["name"]
        for (kind, _), other in known.items()
        if kind == "HorizontalPodAutoscaler"
    ]
    if made["metadata"]["name"] in scaled and "replicas" in made["spec"]:
        return ["sets replicas, which its HorizontalPodAutoscaler changes"]
    return []


def service(made, known):
    pods = pods_matching(made["spec"].get("selector"), known)
    if not pods:
        return ["selects no pod"]
    ports = [port["targetPort"] for port in made["spec"]["ports"]]
    common = set.intersection(*(port_names([pod]) for pod in pods))
    return [f"leads to the port {port}, which its pods do not have" for port in ports if port not in common]


def route(made, known):
    spec, faults = made["spec"], []
    target = known.get(("Service", spec["to"]["name"]))
    if target is None:
        return ["leads to no Service"]
    if spec["port"]["targetPort"] not in [port["name"] for port in target["spec"]["ports"]]:
        faults.append("leads to a port that its Service does not have")
    if spec.get("tls", {}).get("insecureEdgeTerminationPolicy") != "Redirect":
        faults.append("answers without TLS")
    annotations = made["metadata"].get("annotations", {})
    timeout = re.fullmatch(r"(\d+)s", annotations.get("haproxy.router.openshift.io/timeout", ""))
    if not timeout or int(timeout[1]) <= REQUEST_SECONDS:
        faults.append("gives up before the application does")
    if annotations.get("haproxy.router.openshift.io/set-forwarded-headers") != "replace":
        faults.append("passes on what visitors claim to be forwarded for")
    return faults


def config_map(made, _known):
    """Settings that the program does not know would be ignored without a word."""
    sources = [ROOT / "src/config.rs", *(ROOT / "src/config").glob("*.rs")]
    program = "".join(source.read_text() for source in sources)
    names = [name.removesuffix("_FILE") for name in made["data"] if name != "RUST_LOG"]
    return [f"sets {name}, which the program does not know" for name in names if f'"{name}"' not in program]


def autoscaler(made, known):
    spec, faults = made["spec"], []
    if (spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"]) not in known:
        faults.append("scales nothing")
    numbers = [spec.get("minReplicas"), spec["maxReplicas"]]
    if not all(isinstance(number, int) for number in numbers) or numbers[0] > numbers[1]:
        faults.append("has fewest and most pods the wrong way round")
    return faults


def disruption_budget(made, known):
    return [] if pods_matching(made["spec"]["selector"].get("matchLabels"), known) else ["protects no pod"]


def network_policy(made, known):
    pods = pods_matching(made["spec"]["podSelector"].get("matchLabels"), known)
    if not pods:
        return ["applies to no pod"]
    faults = []
    for rule in made["spec"].get("ingress", []):
        if not rule.get("from"):
            faults.append("lets everybody in")
        ports = {port["port"] for port in rule.get("ports", [])}
        faults += [f"opens the port {port}, which its pods do not have" for port in ports - port_names(pods)]
    return faults


def role_binding(made, known):
    reference = made["roleRef"]
    if reference["kind"] == "Role" and ("Role", reference["name"]) not in known:
        return ["gives a Role that nobody makes"]
    return []


def role(made, _known):
    words = [word for rule in made["rules"] for word in rule["verbs"] + rule["resources"] + rule["apiGroups"]]
    return ["gives everything"] if "*" in words else []


def build_config(made, known):
    spec, faults = made["spec"], []
    for trigger in spec["triggers"]:
        if any("secret" in trigger.get(hook, {}) for hook in HOOKS):
            faults.append("has a webhook's secret in clear")
        for hook in HOOKS:
            reference = trigger.get(hook, {}).get("secretReference")
            if reference:
                faults += secret_faults(reference["name"], ["WebHookSecretKey"], False, known)
    (strategy,) = [value for key, value in spec["strategy"].items() if key.endswith("Strategy")]
    following = [trigger["imageChange"] for trigger in spec["triggers"] if trigger["type"] == "ImageChange"]
    if following.count({}) > 1 or ({} in following and "from" not in strategy):
        faults.append("has an ImageChange trigger without an image")
    images = [spec["output"]["to"], *(image["from"] for image in spec["source"].get("images", []))]
    images += [trigger["from"] for trigger in following if trigger]
    images += [strategy["from"]] if "from" in strategy else []
    for image in images:
        if image["kind"] == "ImageStreamTag" and ("ImageStream", image["name"].split(":")[0]) not in known:
            faults.append(f"names {image['name']}, which nobody makes")
    if "memory" not in spec.get("resources", {}).get("limits", {}):
        faults.append("does not say what it needs")
    return faults


def webhook_faults(objects):
    hooked = any(
        hook in trigger
        for made in objects
        if made["kind"] == "BuildConfig"
        for trigger in made["spec"]["triggers"]
        for hook in HOOKS
    )
    bound = any(
        made["kind"] == "RoleBinding"
        and made["roleRef"]["name"] == "system:webhook"
        and "system:unauthenticated" in [subject["name"] for subject in made["subjects"]]
        for made in objects
    )
    return ["webhooks are refused without a RoleBinding to system:webhook"] if hooked and not bound else []


BY_KIND = {
    "BuildConfig": build_config,
    "ConfigMap": config_map,
    "Deployment": deployment,
    "HorizontalPodAutoscaler": autoscaler,
    "NetworkPolicy": network_policy,
    "PodDisruptionBudget": disruption_budget,
    "Role": role,
    "RoleBinding": role_binding,
    "Route": route,
    "Service": service,
}
