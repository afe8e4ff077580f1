#!/usr/bin/env python3
"""Runs a Deployment of a processed template with podman as a cluster's restricted-v2 would, and watches it as a kubelet
and a router would.

    pod.py LIST.json Deployment/opint --image IMAGE [--beside LIST.json]... [--secret NAME:KEY=VALUE]...
        [--network NETWORK] [--seconds N]

The pod gets a user that no image knows, group 0, no capability, no way to gain one, the root file system that its
manifest asks for, its files and its environment. Init containers come first. Probes are sent at the manifest's own
intervals to the container's own address, or run in it, and pages are asked for all the while if it has a port `http`.
Then the pod is told to stop. It passes if it

- starts within its startup probe's patience, gets ready and is never found dead,
- answers every page and shows its metrics only on the port of that name,
- stops being ready at once when told to stop, goes on answering for OPINT_DRAIN_SECONDS (both if it has pages), and ends
  by itself, with 0.
"""

import argparse
import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

USER, GROUP = 1000620000, 1000620000
UNITS = {"Mi": "m", "Gi": "g"}


class Failed(Exception):
    """What a cluster would hold against the pod."""


def podman(*arguments, check=True):
    done = subprocess.run(["podman", *map(str, arguments)], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise Failed(f"podman {arguments[0]}: {done.stderr.strip()}")
    return done


class Objects:
    """What the template makes and what the command line adds."""

    def __init__(self, paths, secrets):
        items = [made for path in paths for made in json.loads(Path(path).read_text())["items"]]
        self.known = {f"{made['kind']}/{made['metadata']['name']}": made for made in items}
        for secret in secrets:
            place, _, value = secret.partition("=")
            name, _, key = place.partition(":")
            held = self.known.setdefault(f"Secret/{name}", {"stringData": {}})
            held.setdefault("stringData", {})[key] = value

    def data(self, kind, name, optional=False):
        made = self.known.get(f"{kind}/{name}")
        if made is None:
            if optional:
                return {}
            raise Failed(f"the pod waits for the {kind} {name}")
        return made.get("stringData" if kind == "Secret" else "data", {})


class Volumes:
    """A pod's volumes as folders, owned as fsGroup would have it."""

    def __init__(self, pod, objects, root):
        self.objects, self.root = objects, root
        for volume in pod.get("volumes", []):
            folder = root / volume["name"]
            folder.mkdir()
            source = volume.get("projected", {})
            for one in source.get("sources", [volume]):
                self.fill(folder, one, source.get("defaultMode"))
            os.chown(folder, 0, GROUP)
            folder.chmod(0o2750)

    def fill(self, folder, source, mode):
        kind, field = ("Secret", "secret") if "secret" in source else ("ConfigMap", "configMap")
        if field not in source:
            raise Failed(f"pod.py has no volumes like {folder.name}")
        chosen = source[field]
        name, optional = chosen.get("secretName") or chosen["name"], chosen.get("optional", False)
        data = self.objects.data(kind, name, optional)
        for item in chosen.get("items", [{"key": key, "path": key} for key in data]):
            if item["key"] not in data:
                if optional:
                    continue
                raise Failed(f"the pod waits for the key {item['key']} of the {kind} {name}")
            file = folder / item["path"]
            file.write_text(data[item["key"]])
            os.chown(file, 0, GROUP)
            # A volume's group may always read.
            file.chmod((mode or chosen.get("defaultMode", 0o644)) | 0o040)

    def mounted(self, container):
        mounts = container.get("volumeMounts", [])
        return [f"--volume={self.root / mount['name']}:{mount['mountPath']}:ro" for mount in mounts]


class Container:
    """How podman is told to run a container of the pod."""

    def __init__(self, container, pod, objects, volumes, arguments):
        self.container = container
        if {"command", "env"} & container.keys():
            raise Failed("pod.py takes arguments and ConfigMaps only")
        self.environment = {}
        for source in container.get("envFrom", []):
            self.environment |= objects.data("ConfigMap", source["configMapRef"]["name"])
        security = {**pod.get("securityContext", {}), **container.get("securityContext", {})}
        # The cluster takes these, whatever the manifest says.
        self.options = ["--user", f"{USER}:0", "--group-add", GROUP, "--cap-drop=ALL"]
        self.options += ["--security-opt=no-new-privileges", "--passwd=false", "--network", arguments.network]
        if security.get("readOnlyRootFilesystem"):
            self.options += ["--read-only", "--read-only-tmpfs=false"]
        memory = container.get("resources", {}).get("limits", {}).get("memory")
        if memory:
            self.options += ["--memory", memory[:-2] + UNITS[memory[-2:]]]
        for name, value in self.environment.items():
            self.options += ["-e", f"{name}={value}"]
        self.options += volumes.mounted(container)
        self.command = [arguments.image, *container.get("args", [])]

    def port(self, name):
        """None if there is no port of that name."""
        ports = {port["name"]: port["containerPort"] for port in self.container["ports"]}
        return ports.get(name)

    def probed(self, settings, name, address):
        """Whether a probe succeeds now, over HTTP or as a command in the container."""
        timeout = settings["timeoutSeconds"]
        if "exec" in settings:
            try:
                command = ["podman", "exec", name, *settings["exec"]["command"]]
                return subprocess.run(command, capture_output=True, timeout=timeout, check=False).returncode == 0
            except subprocess.TimeoutExpired:
                return False
        asked = settings["httpGet"]
        status = get(address, self.port(asked["port"]), asked["path"], timeout=timeout)
        return status is not None and 200 <= status < 400


def get(address, port, path, host=None, timeout=5.0):
    """Status of an answer; None if there is none."""
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": host} if host else {})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class Probe(threading.Thread):
    """A probe at its own pace; knows when it first succeeded and whether it failed too often since."""

    def __init__(self, settings, container, name, address):
        super().__init__(daemon=True)
        self.settings, self.succeeds = settings, lambda: container.probed(settings, name, address)
        self.begun, self.first, self.failures, self.done = time.monotonic(), None, 0, threading.Event()

    def run(self):
        while not self.done.is_set():
            if self.succeeds():
                self.first = self.first or time.monotonic() - self.begun
                self.failures = 0
            else:
                self.failures += 1
            self.done.wait(self.settings["periodSeconds"])

    def lost(self):
        return self.failures >= self.settings["failureThreshold"]

    def wait(self, seconds, name, what):
        """Waits for the first success."""
        self.start()
        while self.first is None:
            if time.monotonic() - self.begun > seconds:
                raise Failed(f"did not {what} in {seconds} s")
            if state(name, "{{.State.Running}}") != "true":
                raise Failed(f"ended before it could {what}")
            time.sleep(0.1)


class Visitors(threading.Thread):
    """Somebody asks for a page all the time, as the router would."""

    def __init__(self, address, port, host):
        super().__init__(daemon=True)
        self.address, self.port, self.host = address, port, host
        self.answers, self.done = [], threading.Event()

    def run(self):
        while not self.done.wait(0.05):
            self.answers.append((time.monotonic(), get(self.address, self.port, "/admin/login/", self.host)))

    def wrong(self, before=float("inf")):
        return [status for when, status in self.answers if when < before and status != 200]


def run_once(container, name):
    """An init container: it has to end by itself, with 0."""
    begun = time.monotonic()
    done = podman("run", "--rm", "--name", name, *container.options, *container.command, check=False)
    print(f"{container.container['name']}: exit {done.returncode} after {time.monotonic() - begun:.1f} s")
    if done.returncode:
        raise Failed(f"{container.container['name']} failed:\n{(done.stdout + done.stderr)[-1500:]}")


def state(name, template):
    return podman("inspect", "--format", template, name).stdout.strip()


def check_confinement(name):
    """What the kernel itself says of the process."""
    pid = state(name, "{{.State.Pid}}")
    facts = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
    expected = {"CapEff": "0000000000000000", "CapBnd": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2"}
    for fact, value in expected.items():
        if facts[fact] != value:
            raise Failed(f"the container is not confined as the cluster would: {fact} is {facts[fact]}")
    if facts["Uid"].split()[0] != str(USER) or facts["Gid"].split()[0] != "0":
        raise Failed("the container runs as another user than it was given")
    print(f"runs as {USER}:0 without capabilities, read-only: {state(name, '{{.HostConfig.ReadonlyRootfs}}')}")


def serve(container, name, grace, seconds):
    settings = container.container
    podman("run", "-d", "--name", name, *container.options, *container.command)
    address = state(name, "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}")
    probes = {kind: settings[kind] for kind in ("startupProbe", "livenessProbe", "readinessProbe")}
    port = container.port("http")

    startup = Probe(probes["startupProbe"], container, name, address)
    startup.wait(startup.settings["periodSeconds"] * startup.settings["failureThreshold"], name, "start")
    startup.done.set()
    alive, ready = (Probe(probes[kind], container, name, address) for kind in ("livenessProbe", "readinessProbe"))
    alive.start()
    ready.wait(60, name, "get ready")
    print(f"started after {startup.first:.1f} s, ready {ready.first:.1f} s later")
    check_confinement(name)

    if get(address, container.port("metrics"), "/metrics") != 200:
        raise Failed(f"shows no metrics on port {container.port('metrics')}")
    if port is None:
        time.sleep(seconds)
    else:
        visitors = visit(container, address, port, seconds)
    if alive.lost() or ready.failures:
        raise Failed("was found dead or not ready while it ran")
    # A command cannot be run in a container that ends.
    for probe in (alive, ready):
        probe.done.set()
    if port is None:
        print(f"ended with 0 after {stop(name, grace):.1f} s of {grace} s")
    else:
        stop_serving(container, name, grace, address, port, visitors)


def visit(container, address, port, seconds):
    """Asks for pages that long, and goes on."""
    visitors = Visitors(address, port, container.environment["OPINT_BASE_URL"].split("://")[1])
    visitors.start()
    time.sleep(seconds)
    if visitors.wrong():
        raise Failed(f"answered visitors with {visitors.wrong()[:5]}")
    if get(address, port, "/admin/login/", "somewhere.example.org") != 400:
        raise Failed("answers to a name that is not its own")
    if get(address, port, "/metrics") == 200:
        raise Failed("shows its metrics to visitors")
    print(f"answered {len(visitors.answers)} pages in {seconds} s")
    return visitors


def stop(name, grace, soon=lambda: None):
    """Tells it to stop and waits; `soon` looks at it half a second later. How long it took."""
    begun = time.monotonic()
    podman("kill", "--signal", "TERM", name)
    time.sleep(0.5)
    soon()
    while state(name, "{{.State.Running}}") == "true":
        if time.monotonic() - begun > grace:
            raise Failed(f"did not stop in {grace} s and would be killed")
        time.sleep(0.1)
    took = time.monotonic() - begun
    code = state(name, "{{.State.ExitCode}}")
    if code != "0":
        raise Failed(f"ended with {code}")
    return took


def stop_serving(container, name, grace, address, port, visitors):
    drain = int(container.environment.get("OPINT_DRAIN_SECONDS") or 0)
    begun = time.monotonic()
    ready = container.container["readinessProbe"]["httpGet"]["path"]

    def not_ready():
        if drain and get(address, port, ready) != 503:
            raise Failed("is still ready after it was told to stop")

    took = stop(name, grace, not_ready)
    visitors.done.set()
    # The last moment belongs to those who came too late.
    if visitors.wrong(before=begun + drain - 0.5):
        raise Failed(f"answered visitors with {visitors.wrong(before=begun + drain)[:5]} while it was to go on serving")
    print(f"not ready at once, served for {drain} s more, ended with 0 after {took:.1f} s of {grace} s")


def run(arguments):
    objects = Objects([arguments.list, *arguments.beside], arguments.secret)
    pod = objects.known[arguments.workload]["spec"]["template"]["spec"]
    name = f"opint-pod-{os.getpid()}"
    root = Path(tempfile.mkdtemp(prefix="opint-pod."))
    root.chmod(0o755)
    try:
        volumes = Volumes(pod, objects, root)
        for init in pod.get("initContainers", []):
            run_once(Container(init, pod, objects, volumes, arguments), name)
        (only,) = pod["containers"]
        container = Container(only, pod, objects, volumes, arguments)
        serve(container, name, pod.get("terminationGracePeriodSeconds", 30), arguments.seconds)
    except Failed:
        with contextlib.suppress(Failed):
            print(podman("logs", "--tail", "20", name, check=False).stderr, file=sys.stderr)
        raise
    finally:
        podman("rm", "--force", "--time", "0", "--ignore", name, check=False)
        shutil.rmtree(root)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", metavar="LIST.json")
    parser.add_argument("workload", metavar="KIND/NAME")
    parser.add_argument("--beside", action="append", default=[], metavar="LIST.json", help="what else the project holds")
    parser.add_argument("--image", required=True)
    parser.add_argument("--secret", action="append", default=[], metavar="NAME:KEY=VALUE")
    parser.add_argument("--network", default="podman")
    parser.add_argument("--seconds", type=int, default=12, help="how long it is watched before it is stopped")
    try:
        run(parser.parse_args())
    except Failed as failure:
        raise SystemExit(f"pod.py: {failure}") from None


if __name__ == "__main__":
    main()
