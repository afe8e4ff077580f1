"""deploy/kubernetes as kubectl builds it: valid, and the same pods as openshift/app.yaml and worker.yaml make."""

import copy
import re
import shutil
import subprocess
import unittest

import yaml

import project
import rules
import schema
import template

WORKLOADS = ("opint", "opint-worker")


def secret(name, **data):
    data = {key.replace("_", "-"): value for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data}


# What docs/kubernetes.md tells to make by hand.
SECRETS = [
    secret("opint", database_url="postgres://db/opint"),
    secret("opint-worker", monit_token="", ggus_token="", mattermost_webhook_url="", smtp_url=""),
]


def built():
    folder = project.ROOT / "deploy/kubernetes/overlays/example"
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=True)
    return list(yaml.load_all(done.stdout, template.Loader))


def without_digest(name):
    """A ConfigMap's name as kustomize has it ends with a digest."""
    return re.sub(r"-[a-z0-9]{10}$", "", name)


def one(kind, name, objects):
    (found,) = [made for made in objects if (made["kind"], without_digest(made["metadata"]["name"])) == (kind, name)]
    return found


def neutral(deployment):
    """A Deployment without what the two platforms name differently."""
    deployment = copy.deepcopy(deployment)
    pod = deployment["spec"]["template"]
    pod["metadata"].pop("annotations", None)
    pod["metadata"]["labels"].pop("app.kubernetes.io/part-of", None)
    for container in rules.containers_of(pod["spec"]):
        del container["image"]
        for source in container["envFrom"]:
            source["configMapRef"]["name"] = without_digest(source["configMapRef"]["name"])
    return deployment["spec"]


@unittest.skipUnless(shutil.which("kubectl"), "kubectl is not installed")
class Kubernetes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.objects = built()
        by_template = project.processed({})
        cls.okd = by_template["app"] + by_template["worker"]

    def test_objects_keep_the_schemas(self):
        self.assertEqual(schema.schema_faults(self.objects), [])

    def test_objects_keep_the_rules(self):
        self.assertEqual(rules.object_faults(self.objects, [*self.objects, *SECRETS]), [])

    def test_all_are_in_one_namespace(self):
        self.assertEqual({made["metadata"]["namespace"] for made in self.objects}, {"opint"})

    def test_pods_are_those_of_okd(self):
        for name in WORKLOADS:
            with self.subTest(workload=name):
                here, there = (neutral(one("Deployment", name, objects)) for objects in (self.objects, self.okd))
                self.assertEqual(here, there)

    def test_both_platforms_set_the_same_variables(self):
        for name in WORKLOADS:
            with self.subTest(workload=name):
                here, there = (dict(one("ConfigMap", name, objects)["data"]) for objects in (self.objects, self.okd))
                for own in ("OPINT_BASE_URL", "OPINT_TRUSTED_PROXIES", "CRIC_URL"):
                    for data in (here, there):
                        data.pop(own, None)
                self.assertEqual(here, there)

    def test_the_image_is_the_overlays(self):
        pods = [one("Deployment", name, self.objects)["spec"]["template"]["spec"] for name in WORKLOADS]
        images = {container["image"] for pod in pods for container in rules.containers_of(pod)}
        self.assertEqual(images, {"registry.example.org/operations/opint:1.0.0"})


if __name__ == "__main__":
    unittest.main()
