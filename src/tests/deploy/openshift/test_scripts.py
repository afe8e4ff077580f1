"""openshift/apply, promote, rollback and prune against a stand-in for oc: what they refuse, and what they do."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import project

HERE = Path(__file__).resolve().parent
SCRIPTS = ("apply", "promote", "rollback", "prune")
TAGS = '{range .status.tags[*]}{.tag}{" "}{.items[0].image}{"\\n"}{end}'
OUTCOME = '{.status.phase}{" "}{.status.output.to.imageDigest}'
IMAGE = '{.spec.template.spec.containers[?(@.name=="web")].image}'
WORKER_IMAGE = IMAGE.replace("web", "worker")
REGISTRY = "image-registry.openshift-image-registry.svc:5000"


def digest(number):
    return f"sha256:{number:064x}"


def stream(**tags):
    """An image stream; a tag's images are newest first."""
    tags = {name.replace("v", "").replace("_", "."): numbers for name, numbers in tags.items()}
    return {"status": {"tags": [tag(name, numbers) for name, numbers in tags.items()]}}


def tag(name, numbers):
    numbers = numbers if isinstance(numbers, list) else [numbers]
    return {"tag": name, "items": [{"image": digest(number)} for number in numbers]}


def build(number, phase="Complete"):
    output = {"to": {"imageDigest": digest(number)}} if phase == "Complete" else {}
    return {"metadata": {"name": f"opint-{number}"}, "status": {"phase": phase, "output": output}}


def deployment(follows, image, name="web"):
    return {
        "follows": f"opint:{follows}",
        "spec": {"template": {"spec": {"containers": [{"name": name, "image": image}]}}},
    }


class Scripts(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.file = self.folder / "cluster.json"
        self.environment = {"TEST_PROJECT": "try", "PROD_PROJECT": "live", "TRIGGER_SECONDS": "1"}
        self.state = {"signed_in": True, "projects": ["try", "live"], "trigger": True, "rollout": 0, "log": []}
        self.state["objects"] = {
            "try": {
                "imagestream/opint": stream(latest=[12, 11, 10], v1_2_0=7, v1_10_0=10, v1_9_3=9),
                "deployment/opint": deployment("latest", f"{REGISTRY}/try/opint@{digest(12)}"),
                **{f"build/opint-{number}": build(number) for number in (10, 11, 12)},
                "build/opint-13": build(13, "Running"),
                "build/opint-14": build(14, "Failed"),
            },
            "live": {
                "imagestream/opint": stream(stable=[10, 9]),
                "deployment/opint": deployment("stable", f"{REGISTRY}/try/opint@{digest(10)}"),
            },
        }

    def add_workers(self):
        for name, follows, number in (("try", "latest", 12), ("live", "stable", 10)):
            image = f"{REGISTRY}/try/opint@{digest(number)}"
            self.state["objects"][name]["deployment/opint-worker"] = deployment(follows, image, "worker")

    def run_script(self, script, *arguments, path=None):
        self.file.write_text(json.dumps(self.state))
        path = path or f"{HERE / 'stand-in'}:{os.environ['PATH']}"
        # The folder is another than the repository's, as it may be for anybody.
        done = subprocess.run(
            [project.FOLDER / script, *map(str, arguments)],
            env={"PATH": path, "STAND_IN": str(self.file), **self.environment},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        self.state = json.loads(self.file.read_text())
        return done

    def refused(self, script, *arguments, because, status=1, after=(), path=None):
        """The script says so in one sentence, and has changed nothing but `after`."""
        done = self.run_script(script, *arguments, path=path)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(because, done.stderr)
        (sentence,) = [line for line in done.stderr.splitlines() if line.startswith(f"{script}: ")]
        self.assertLess(len(sentence), 240)
        self.assertEqual(self.changes(), list(after))

    def accepted(self, script, *arguments):
        done = self.run_script(script, *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def changes(self):
        """The commands that changed something."""
        reading = {"whoami", "get", "process", "rollout"}
        commands = [" ".join(command) for command in self.state["log"]]
        return [command for command in commands if not reading & set(command.removeprefix("-n try ").split()[:3])]

    def tags(self, name):
        found = self.state["objects"][name]["imagestream/opint"]["status"]["tags"]
        return {one["tag"]: one["items"][0]["image"] for one in found}


class All(Scripts):
    def test_they_help(self):
        for script in SCRIPTS:
            with self.subTest(script=script):
                self.assertIn("Usage: openshift/", self.accepted(script, "--help"))
                self.assertEqual(self.state["log"], [])

    def test_they_can_be_run(self):
        for script in SCRIPTS:
            self.assertEqual(mode_of(f"openshift/{script}"), "100755", script)

    def test_shellcheck_finds_nothing(self):
        files = [*(project.FOLDER / script for script in SCRIPTS), project.FOLDER / "common.sh", *HERE.glob("*.sh")]
        command = ["shellcheck", "-x", *files]
        done = subprocess.run(command, cwd=project.ROOT, capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "")

    def test_they_need_a_login_and_two_projects(self):
        good = {"promote": (12, "2.0.0"), "rollback": ("1.9.3",), "prune": (5,)}
        for script, arguments in good.items():
            with self.subTest(script=script):
                self.environment = {"PROD_PROJECT": "live"}
                self.refused(script, *arguments, because="set TEST_PROJECT", status=2)
                self.environment = {"TEST_PROJECT": "try"}
                self.refused(script, *arguments, because="set PROD_PROJECT", status=2)
                self.environment = {"TEST_PROJECT": "try", "PROD_PROJECT": "try"}
                self.refused(script, *arguments, because="must be two projects", status=2)
                self.environment["PROD_PROJECT"] = "live"
                self.state["signed_in"] = False
                self.refused(script, *arguments, because="run oc login first")
                self.state["signed_in"] = True
                self.refused(script, *arguments, because="oc is not installed", path=self.path_without_oc())

    def path_without_oc(self):
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        for program in ("bash", "env", "dirname", "awk", "sed", "grep"):
            if not (folder / program).exists():
                (folder / program).symlink_to(shutil.which(program))
        return str(folder)


class Deployer(Scripts):
    """The account of openshift/deployer.yaml may do what the scripts do, and hardly more."""

    def test_its_rights_are_those_that_the_scripts_need(self):
        self.add_workers()
        self.accepted("promote", 12, "2.0.0")
        self.accepted("rollback")
        self.accepted("prune", 2)
        self.accepted("prune", 3)
        needed = {right for command in self.state["log"] for right in rights(command)}
        names = {command[3].split("/")[1] for command in self.state["log"] if "deployment/" in " ".join(command[3:4])}
        # For continuous integration's own oc start-build --wait, and what the server asks when a tag crosses projects.
        needed |= {("try", "buildconfigs", "get"), ("try", "buildconfigs/instantiate", "create")}
        needed |= {("try", "builds", "watch"), ("try", "imagestreams/layers", "get")}
        given = {
            (role["metadata"]["namespace"], resource, verb)
            for role in project.processed({})["deployer"]
            if role["kind"] == "Role"
            for rule in role["rules"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }
        self.assertEqual(needed - given, set())
        for role in (made for made in project.processed({})["deployer"] if made["kind"] == "Role"):
            (rule,) = [rule for rule in role["rules"] if rule["resources"] == ["deployments"]]
            self.assertEqual(set(rule["resourceNames"]), names)
        # oc chooses among these by itself.
        spare = {right for right in given if right[1] == "imagestreamtags"}
        spare |= {right for right in given if right[1:] in {("deployments", "list"), ("deployments", "watch")}}
        self.assertEqual(given - needed - spare, set())


def rights(command):
    """Project, resource and verb that a command of oc needs."""
    if command[0] == "tag":
        *options, place = command
        verb = "delete" if "-d" in options else "update"
        found = {(place.split("/")[0], "imagestreamtags", verb)}
        return found if "-d" in options else found | {(options[-1].split("/")[0], "imagestreams", "get")}
    if command[0] == "-n" and command[2] == "get":
        kind = command[3].split("/")[0].removesuffix("s") + "s"
        return {(command[1], kind, "get" if "/" in command[3] else "list")}
    if command[0] == "-n" and command[2] == "rollout":
        return {(command[1], "deployments", "get")}
    return set()


class Promote(Scripts):
    def test_the_very_image_of_the_build_goes_to_production(self):
        said = self.accepted("promote", 12, "2.0.0")
        self.assertEqual(
            [" ".join(command) for command in self.state["log"]],
            [
                "whoami",
                f"-n try get imagestream/opint -o jsonpath={TAGS}",
                f"-n try get build/opint-12 --ignore-not-found -o jsonpath={OUTCOME}",
                "-n try get imagestream/opint -o jsonpath={.status.tags[*].items[*].image}",
                f"-n live get deployment/opint -o jsonpath={IMAGE}",
                f"tag try/opint@{digest(12)} try/opint:2.0.0",
                "-n live get deployment/opint-worker --ignore-not-found -o name",
                f"tag try/opint@{digest(12)} live/opint:stable",
                f"-n live get deployment/opint -o jsonpath={IMAGE}",
                "-n live rollout status deployment/opint --timeout=10m",
            ],
        )
        self.assertIn("Production runs 2.0.0, the image of the build opint-12", said)

    def test_the_worker_follows_and_is_waited_for(self):
        self.add_workers()
        self.accepted("promote", 12, "2.0.0")
        self.assertEqual(
            [" ".join(command) for command in self.state["log"]][-4:],
            [
                f"-n live get deployment/opint -o jsonpath={IMAGE}",
                "-n live rollout status deployment/opint --timeout=10m",
                f"-n live get deployment/opint-worker -o jsonpath={WORKER_IMAGE}",
                "-n live rollout status deployment/opint-worker --timeout=10m",
            ],
        )

    def test_a_worker_that_does_not_follow(self):
        self.add_workers()
        self.state["objects"]["live"]["deployment/opint-worker"]["follows"] = "opint:latest"
        after = [f"tag try/opint@{digest(12)} try/opint:2.0.0", f"tag try/opint@{digest(12)} live/opint:stable"]
        because = "the Deployment opint-worker of live does not follow the tag stable"
        self.refused("promote", 12, "2.0.0", because=because, after=after)

    def test_a_worker_that_cannot_be_seen(self):
        self.state["fail"] = "get deployment/opint-worker"
        after = [f"tag try/opint@{digest(12)} try/opint:2.0.0"]
        because = "cannot look for the Deployment opint-worker of live"
        self.refused("promote", 12, "2.0.0", because=because, after=after)

    def test_a_build_that_is_not_the_newest(self):
        self.accepted("promote", 11, "1.10.1")
        self.assertEqual(self.tags("live")["stable"], digest(11))

    def test_a_build_whose_record_is_gone_but_not_its_tag(self):
        self.state["objects"]["try"]["imagestream/opint"]["status"]["tags"].append(tag("build-8", 8))
        self.accepted("promote", 8, "1.8.1")
        self.assertEqual((self.tags("try")["1.8.1"], self.tags("live")["stable"]), (digest(8), digest(8)))

    def test_wrong_usage(self):
        for arguments, because in [
            ((), "give a build and a version"),
            ((12,), "give a build and a version"),
            ((12, "2.0.0", "now"), "give a build and a version"),
            (("opint-12", "2.0.0"), "not the number of a build"),
            (("0", "2.0.0"), "not the number of a build"),
            ((12, "2.0"), "not a version"),
            ((12, "v2.0.0"), "not a version"),
            ((12, "2.00.0"), "not a version"),
            ((12, "2.0.0-rc1"), "not a version"),
            ((12, "stable"), "not a version"),
        ]:
            with self.subTest(arguments=arguments):
                self.refused("promote", *arguments, because=because, status=2)

    def test_a_version_is_never_moved(self):
        self.refused("promote", 12, "1.10.0", because="there is a version 1.10.0 already")
        self.refused("promote", 10, "1.10.0", because="there is a version 1.10.0 already")

    def test_builds_that_cannot_be_promoted(self):
        objects = self.state["objects"]["try"]
        objects["build/opint-15"] = build(15)  # its image was pruned
        objects["build/opint-16"] = build(16)
        objects["build/opint-16"]["status"]["output"] = {}
        objects["build/opint-17"] = build(17, "Cancelled")
        objects["build/opint-18"] = build(18, "Pending")
        for number, because in [
            (99, "there is no build opint-99"),
            (13, "has not ended yet"),
            (18, "has not ended yet"),
            (14, "did not succeed (Failed)"),
            (17, "did not succeed (Cancelled)"),
            (15, "is no longer kept"),
        ]:
            with self.subTest(build=number):
                self.refused("promote", number, "2.0.0", because=because)
        self.refused("promote", 16, "2.0.0", because="opint-16")

    def test_production_must_be_there(self):
        del self.state["objects"]["live"]["deployment/opint"]
        self.refused("promote", 12, "2.0.0", because="cannot read the Deployment opint of live")

    def test_the_image_stream_must_be_there(self):
        del self.state["objects"]["try"]["imagestream/opint"]
        self.refused("promote", 12, "2.0.0", because="cannot read the image stream opint of try")

    def test_builds_must_be_readable(self):
        self.state["fail"] = "get build/"
        self.refused("promote", 12, "2.0.0", because="cannot read the build opint-12")

    def test_production_that_does_not_follow(self):
        self.state["trigger"] = False
        after = [f"tag try/opint@{digest(12)} try/opint:2.0.0", f"tag try/opint@{digest(12)} live/opint:stable"]
        self.refused("promote", 12, "2.0.0", because="does not follow the tag stable", after=after)

    def test_pods_that_do_not_get_ready(self):
        self.state["rollout"] = 1
        after = [f"tag try/opint@{digest(12)} try/opint:2.0.0", f"tag try/opint@{digest(12)} live/opint:stable"]
        self.refused("promote", 12, "2.0.0", because="go back with openshift/rollback", after=after)

    def test_a_tag_that_cannot_be_set(self):
        self.state["fail"] = "tag try"
        done = self.run_script("promote", 12, "2.0.0")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.tags("live")["stable"], digest(10))

    def test_another_name_and_another_patience(self):
        self.environment |= {"NAME": "zebra", "ROLLOUT_TIMEOUT": "1h"}
        for name in ("try", "live"):
            objects = self.state["objects"][name]
            for key in list(objects):
                objects[key.replace("opint", "zebra")] = objects.pop(key)
        self.state["trigger"] = False
        live = self.state["objects"]["live"]
        live["deployment/zebra"] = deployment("stable", f"{REGISTRY}/try/zebra@{digest(12)}")
        self.accepted("promote", 12, "2.0.0")
        self.assertEqual(" ".join(self.state["log"][-1]), "-n live rollout status deployment/zebra --timeout=1h")


class Rollback(Scripts):
    def test_to_the_version_below(self):
        said = self.accepted("rollback")
        self.assertEqual(self.changes(), [f"tag try/opint@{digest(9)} live/opint:stable"])
        self.assertEqual(" ".join(self.state["log"][-1]), "-n live rollout status deployment/opint --timeout=10m")
        self.assertIn("Production runs 1.9.3", said)

    def test_to_a_version_named(self):
        self.accepted("rollback", "1.2.0")
        self.assertEqual(self.changes(), [f"tag try/opint@{digest(7)} live/opint:stable"])

    def test_the_worker_goes_back_too(self):
        self.add_workers()
        self.accepted("rollback")
        pod = self.state["objects"]["live"]["deployment/opint-worker"]["spec"]["template"]["spec"]
        self.assertIn(digest(9), pod["containers"][0]["image"])
        self.assertEqual(" ".join(self.state["log"][-1]), "-n live rollout status deployment/opint-worker --timeout=10m")

    def test_and_forward_again(self):
        self.accepted("rollback")
        self.accepted("rollback", "1.10.0")
        self.assertEqual(self.tags("live")["stable"], digest(10))

    def test_wrong_usage(self):
        self.refused("rollback", "1.9", because="not a version", status=2)
        self.refused("rollback", "latest", because="not a version", status=2)
        self.refused("rollback", "1.9.3", "1.2.0", because="give one version, or none", status=2)

    def test_a_version_that_there_is_not(self):
        self.refused("rollback", "1.9.4", because="there is no version 1.9.4, only: 1.2.0 1.9.3 1.10.0")

    def test_the_version_that_runs(self):
        self.refused("rollback", "1.10.0", because="production is at 1.10.0 already")

    def test_nothing_older(self):
        self.state["objects"]["live"]["imagestream/opint"] = stream(stable=7)
        self.refused("rollback", because="1.2.0 is the oldest version there is")

    def test_an_image_without_a_version(self):
        self.state["objects"]["live"]["imagestream/opint"] = stream(stable=11)
        self.refused("rollback", because="the image in production has no version")

    def test_production_that_never_ran(self):
        self.state["objects"]["live"]["imagestream/opint"] = {"status": {"tags": []}}
        self.refused("rollback", because="nothing was put into production yet")

    def test_streams_must_be_there(self):
        del self.state["objects"]["live"]["imagestream/opint"]
        self.refused("rollback", because="cannot read the image stream opint of live")

    def test_production_that_does_not_follow(self):
        self.state["trigger"] = False
        after = [f"tag try/opint@{digest(9)} live/opint:stable"]
        self.refused("rollback", because="does not follow the tag stable", after=after)

    def test_pods_that_do_not_get_ready(self):
        self.state["rollout"] = 1
        after = [f"tag try/opint@{digest(9)} live/opint:stable"]
        self.refused("rollback", because="the new pods did not get ready", after=after)


class Prune(Scripts):
    def setUp(self):
        super().setUp()
        tags = self.state["objects"]["try"]["imagestream/opint"]["status"]["tags"]
        # Builds 3 to 11 have tags; 12 is new. 7, 9 and 10 have versions.
        tags += [tag(f"build-{number}", number) for number in range(3, 12)]

    def test_the_newest_get_tags_and_the_others_lose_them(self):
        said = self.accepted("prune", 3)
        self.assertEqual(
            self.changes(),
            [
                f"tag try/opint@{digest(12)} try/opint:build-12",
                *(f"tag -d try/opint:build-{number}" for number in (3, 4, 5, 6, 8)),
            ],
        )
        self.assertIn("older builds let go: 5", said)

    def test_again_changes_nothing(self):
        self.accepted("prune", 3)
        self.state["log"] = []
        self.accepted("prune", 3)
        self.assertEqual(self.changes(), [])

    def test_what_runs_or_is_to_run_stays(self):
        self.state["objects"]["try"]["deployment/opint"] = deployment("latest", f"x/try/opint@{digest(3)}")
        self.state["objects"]["live"]["deployment/opint"] = deployment("stable", f"x/try/opint@{digest(4)}")
        self.state["objects"]["live"]["imagestream/opint"] = stream(stable=5)
        self.accepted("prune", 3)
        self.assertEqual(self.changes()[1:], ["tag -d try/opint:build-6", "tag -d try/opint:build-8"])

    def test_what_a_worker_runs_stays(self):
        self.add_workers()
        self.state["objects"]["try"]["deployment/opint-worker"] = deployment("latest", f"x@{digest(3)}", "worker")
        self.state["objects"]["live"]["deployment/opint-worker"] = deployment("stable", f"x@{digest(4)}", "worker")
        self.accepted("prune", 3)
        self.assertEqual(self.changes()[1:], [f"tag -d try/opint:build-{number}" for number in (5, 6, 8)])

    def test_a_dry_run_only_tells(self):
        said = self.accepted("prune", "--dry-run", 3)
        self.assertEqual(self.changes(), [])
        self.assertIn("would run: oc tag -d try/opint:build-3\n", said)
        self.assertIn(f"would run: oc tag try/opint@{digest(12)} try/opint:build-12\n", said)

    def test_builds_that_failed_or_run_get_no_tag(self):
        self.accepted("prune", 9)
        self.assertFalse({"build-13", "build-14"} & self.tags("try").keys())

    def test_nothing_to_do(self):
        objects = self.state["objects"]["try"]
        objects["imagestream/opint"] = stream(latest=12)
        self.state["objects"]["try"] = {key: made for key, made in objects.items() if not key.startswith("build/")}
        self.accepted("prune", 10)
        self.assertEqual(self.changes(), [])

    def test_wrong_usage(self):
        for arguments, because in [
            ((), "say how many builds to keep"),
            ((3, 4), "say how many builds to keep"),
            (("all",), "not a number of builds"),
            (("-1",), "not a number of builds"),
            (("0",), "not a number of builds"),
            (("1",), "keep 2 builds at least"),
            (("--dry-run",), "say how many builds to keep"),
        ]:
            with self.subTest(arguments=arguments):
                self.refused("prune", *arguments, because=because, status=2)

    def test_it_guesses_nothing(self):
        for fails, because in [
            ("get imagestream/", "cannot read the image stream opint of try"),
            ("get deployment/", "cannot read the Deployment opint of try"),
            ("get deployment/opint-worker", "cannot look for the Deployment opint-worker of try"),
            ("get builds", "cannot read the builds of try"),
        ]:
            with self.subTest(fails=fails):
                self.state["fail"] = fails
                self.refused("prune", 3, because=because)


class Apply(Scripts):
    def setUp(self):
        super().setUp()
        self.state["objects"] = {"try": {}, "live": {}}
        self.parameters = project.FOLDER / "env/test.env"

    def made(self, name="try"):
        return self.state["objects"][name]

    def test_a_project_from_nothing(self):
        self.accepted("apply", "try", self.parameters, "secrets", "database", "builder", "app", "worker")
        self.assertEqual(self.changes(), ["-n try create -f -", *4 * ["-n try apply -f -"]])
        expected = {"secret/opint", "secret/opint-webhook", "statefulset/opint-database", "deployment/opint"}
        expected |= {"buildconfig/opint", "buildconfig/opint-s2i", "buildconfig/opint-builder", "route/opint"}
        expected |= {"secret/opint-worker", "deployment/opint-worker", "configmap/opint-worker"}
        self.assertEqual(expected - self.made().keys(), set())
        for name in ("opint", "opint-worker"):
            pod = self.made()[f"deployment/{name}"]["spec"]["template"]["spec"]
            self.assertEqual([pod["initContainers"][0]["image"], pod["containers"][0]["image"]], [" ", " "])

    def test_secrets_are_made_once(self):
        self.accepted("apply", "try", self.parameters, "secrets")
        first = self.made()["secret/opint"]["stringData"]
        said = self.accepted("apply", "try", self.parameters, "secrets")
        self.assertIn("stay as they are", said)
        self.assertEqual(self.made()["secret/opint"]["stringData"], first)
        self.assertEqual(self.changes(), ["-n try create -f -"])

    def test_half_the_secrets(self):
        self.accepted("apply", "try", self.parameters, "secrets")
        self.state["log"] = []
        for name, because in [
            ("opint-webhook", "has the secret opint opint-worker but not opint-webhook; make that by hand"),
            ("opint-worker", "has the secret opint opint-webhook but not opint-worker; make that by hand"),
            ("opint", "has the secret opint-webhook opint-worker but not opint; delete what is there"),
        ]:
            with self.subTest(missing=name):
                missing = self.made().pop(f"secret/{name}")
                self.refused("apply", "try", self.parameters, "secrets", because=because)
                self.made()[f"secret/{name}"] = missing

    def test_secrets_from_a_file_of_ones_own(self):
        own = self.folder / "own.env"
        own.write_text("DATABASE_HOST=db.example.org\nDATABASE_PASSWORD=s%40fe\nDATABASE_OPTIONS=?sslmode=require\n")
        self.accepted("apply", "live", own, "secrets")
        url = self.made("live")["secret/opint"]["stringData"]["database-url"]
        self.assertEqual(url, "postgres://opint:s%40fe@db.example.org:5432/opint?sslmode=require")

    def test_applying_again_keeps_the_image_and_the_pods(self):
        self.accepted("apply", "try", self.parameters, "secrets", "app", "worker")
        first = [self.made()[name]["spec"]["template"] for name in ("deployment/opint", "deployment/opint-worker")]
        for pod in first:
            running = f"{REGISTRY}/try/opint@{digest(12)}"
            pod["spec"]["containers"][0]["image"] = pod["spec"]["initContainers"][0]["image"] = running
        self.accepted("apply", "try", self.parameters, "app", "worker")
        again = [self.made()[name]["spec"]["template"] for name in ("deployment/opint", "deployment/opint-worker")]
        self.assertEqual(again, first)

    def test_pods_are_replaced_when_they_would_read_something_else(self):
        self.accepted("apply", "try", self.parameters, "secrets", "app")
        revisions = [self.revision()]
        self.made()["secret/opint"]["metadata"]["resourceVersion"] = "2"
        revisions.append(self.revision_after(self.parameters))
        self.made()["configmap/opint-ca"] = {"metadata": {"resourceVersion": "7"}}
        revisions.append(self.revision_after(self.parameters))
        revisions.append(self.revision_after(self.changed("\nREPLICAS=1\n", "\nREPLICAS=1\nLOG_FILTER=debug\n")))
        self.assertEqual(len(set(revisions)), 4)
        self.assertEqual(self.revision_after(self.changed("# The newest build.", "# What is new.")), revisions[2])

    def test_workers_are_replaced_when_their_tokens_change_and_the_others_are_not(self):
        self.accepted("apply", "try", self.parameters, "secrets", "app", "worker")
        before = [self.revision(), self.revision("opint-worker")]
        self.made()["secret/opint-worker"]["metadata"]["resourceVersion"] = "2"
        self.accepted("apply", "try", self.parameters, "app", "worker")
        self.assertEqual(self.revision(), before[0])
        self.assertNotEqual(self.revision("opint-worker"), before[1])
        self.made()["secret/opint"]["metadata"]["resourceVersion"] = "2"
        between = self.revision("opint-worker")
        self.accepted("apply", "try", self.parameters, "worker")
        self.assertNotEqual(self.revision("opint-worker"), between)

    def revision_after(self, parameters):
        self.accepted("apply", "try", parameters, "app")
        return self.revision()

    def revision(self, name="opint"):
        return self.made()[f"deployment/{name}"]["spec"]["template"]["metadata"]["annotations"]["opint/config-revision"]

    def changed(self, there, instead):
        text = self.parameters.read_text()
        self.assertIn(there, text)
        own = self.folder / "changed.env"
        own.write_text(text.replace(there, instead))
        return own

    def test_another_name(self):
        own = self.changed("HOSTNAME=", "NAME=zebra\nHOSTNAME=")
        self.accepted("apply", "try", own, "secrets", "app", "worker")
        self.assertLessEqual({"deployment/zebra", "deployment/zebra-worker"}, self.made().keys())

    def test_wrong_usage(self):
        for arguments, because in [
            (("try",), "give a project, a file of parameters and at least one template"),
            (("try", self.parameters), "give a project, a file of parameters and at least one template"),
            (("try", "nowhere.env", "app"), "cannot read the file of parameters nowhere.env"),
            (("try", self.parameters, "application"), "there is no template 'application'"),
            (("try", self.parameters, "deployer"), "there is no template 'deployer'"),
            (("try", self.parameters, "builder", "builder-docker"), "take one"),
            (("try", self.parameters, "builder-docker", "app", "builder"), "take one"),
        ]:
            with self.subTest(arguments=arguments):
                self.refused("apply", *arguments, because=because, status=2)

    def test_a_misspelt_parameter(self):
        own = self.changed("IMAGE_TAG=", "IMAGETAG=")
        self.refused("apply", "try", own, "app", because="no template has a parameter IMAGETAG")

    def test_a_missing_parameter(self):
        own = self.changed("HOSTNAME=opint-test.example.org\n", "")
        self.accepted("apply", "try", own, "secrets")
        done = self.run_script("apply", "try", own, "app")
        self.assertEqual(done.returncode, 1)
        self.assertIn("parameter HOSTNAME is required", done.stderr)
        self.assertNotIn("deployment/opint", self.made())

    def test_a_project_that_there_is_not(self):
        self.refused("apply", "elsewhere", self.parameters, "app", because="there is no project elsewhere")

    def test_no_login(self):
        self.state["signed_in"] = False
        self.refused("apply", "try", self.parameters, "app", because="run oc login first")

    def test_the_application_needs_its_secrets(self):
        self.refused("apply", "try", self.parameters, "app", because="try has no secret opint; apply secrets first")

    def test_the_worker_needs_its_secret_and_the_application(self):
        self.refused("apply", "try", self.parameters, "worker", because="try has no secret opint-worker; apply secrets")
        self.accepted("apply", "try", self.parameters, "secrets")
        self.state["log"] = []
        self.refused("apply", "try", self.parameters, "worker", because="try has no image stream opint; apply app first")

    def test_secrets_that_cannot_be_seen_are_not_made(self):
        self.state["fail"] = "get secret/"
        self.refused("apply", "try", self.parameters, "secrets", because="cannot look for secret/opint in try")


def mode_of(path):
    """As git keeps it; as the file system has it where there is no git, or the file is new."""
    git = ["git", "ls-files", "-s", path]
    done = subprocess.run(git, cwd=project.ROOT, capture_output=True, text=True, check=False)
    if done.stdout:
        return done.stdout.split()[0]
    return "100755" if os.access(project.ROOT / path, os.X_OK) else "100644"


if __name__ == "__main__":
    unittest.main()
