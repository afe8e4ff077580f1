"""deploy/kubernetes as kubectl builds it: valid, and the same pods as openshift/app.yaml makes."""

import copy
import shutil
import subprocess
import unittest

import yaml

import project
import rules
import schema
import template

SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "opint"},
    "stringData": {"database-url": "postgres://db/opint"},
}


def built():
    folder = project.ROOT / "deploy/kubernetes/overlays/example"
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=True)
    return list(yaml.load_all(done.stdout, template.Loader))


def one(kind, objects):
    (found,) = [made for made in objects if made["kind"] == kind]
    return found


def neutral(deployment):
    """A Deployment without what the two platforms name differently."""
    deployment = copy.deepcopy(deployment)
    pod = deployment["spec"]["template"]
    pod["metadata"].pop("annotations", None)
    pod["metadata"]["labels"].pop("app.kubernetes.io/part-of", None)
    for container in rules.containers_of(pod["spec"]):
        del container["image"]
        container["envFrom"][0]["configMapRef"]["name"] = "opint"
    return deployment["spec"]


@unittest.skipUnless(shutil.which("kubectl"), "kubectl is not installed")
class Kubernetes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.objects = built()
        cls.okd = project.processed({})["app"]

    def test_objects_keep_the_schemas(self):
        self.assertEqual(schema.schema_faults(self.objects), [])

    def test_objects_keep_the_rules(self):
        self.assertEqual(rules.object_faults(self.objects, [*self.objects, SECRET]), [])

    def test_all_are_in_one_namespace(self):
        self.assertEqual({made["metadata"]["namespace"] for made in self.objects}, {"opint"})

    def test_pods_are_those_of_okd(self):
        self.assertEqual(neutral(one("Deployment", self.objects)), neutral(one("Deployment", self.okd)))

    def test_both_platforms_set_the_same_variables(self):
        here, there = (one("ConfigMap", objects)["data"] for objects in (self.objects, self.okd))
        for own in ("OPINT_BASE_URL", "OPINT_TRUSTED_PROXIES"):
            del here[own], there[own]
        self.assertEqual(here, there)

    def test_the_image_is_the_overlays(self):
        images = {c["image"] for c in rules.containers_of(one("Deployment", self.objects)["spec"]["template"]["spec"])}
        self.assertEqual(images, {"registry.example.org/operations/opint:1.0.0"})


if __name__ == "__main__":
    unittest.main()
