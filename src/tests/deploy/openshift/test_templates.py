"""The templates as they stand: nothing undeclared, nothing unused, valid, and in keeping with the program."""

import json
import re
import unittest

import project
import rules
import schema
import template


class Templates(unittest.TestCase):
    def test_parameters_are_all_declared_and_all_used(self):
        for name, text in project.texts().items():
            with self.subTest(template=name):
                self.assertEqual(rules.template_faults(template.load(text)), [])

    def test_objects_keep_the_rules(self):
        for parameters, given in project.PARAMETERS.items():
            by_template = project.processed(given)
            for name, objects in by_template.items():
                with self.subTest(template=name, parameters=parameters):
                    self.assertEqual(rules.object_faults(objects, project.everything(by_template)), [])

    def test_objects_keep_the_schemas(self):
        for parameters, given in project.PARAMETERS.items():
            for name, objects in project.processed(given).items():
                with self.subTest(template=name, parameters=parameters):
                    self.assertEqual(schema.schema_faults(objects), [])

    def test_files_of_parameters_name_parameters_that_there_are(self):
        declared = {
            parameter["name"] for text in project.texts().values() for parameter in template.load(text)["parameters"]
        }
        for parameters, given in project.PARAMETERS.items():
            with self.subTest(parameters=parameters):
                self.assertEqual(given.keys() - declared, set())

    def test_every_parameter_without_a_telling_name_is_described(self):
        telling = re.compile(r"_(REQUEST|LIMIT|PORT|NAME|USER)$")
        for name, text in project.texts().items():
            for parameter in template.load(text)["parameters"]:
                if not telling.search(parameter["name"]):
                    self.assertIn("description", parameter, f"{name}: {parameter['name']}")

    def test_what_is_required_is_missed(self):
        for name, text in project.texts().items():
            loaded = template.load(text)
            needed = [
                p["name"] for p in loaded["parameters"] if p.get("required") and not p.get("value", p.get("from"))
            ]
            for missing in needed:
                given = {key: value for key, value in project.REQUIRED.items() if key != missing}
                with self.subTest(template=name, missing=missing), self.assertRaises(template.Refused):
                    template.process(loaded, given, True)

    def test_any_name_and_any_project_will_do(self):
        by_template = project.processed({"NAME": "zebra", "TEST_PROJECT": "try", "PROD_PROJECT": "live"})
        for made in project.everything(by_template):
            self.assertTrue(made["metadata"]["name"].startswith("zebra"), made["metadata"]["name"])
            self.assertIn(made["metadata"].get("namespace", "try"), ("try", "live"))
        del by_template["secrets"]  # its parameters name the database, whose name is not the application's
        left = set(re.findall(r"[\w./:-]*opint[\w./:-]*", json.dumps(by_template).replace("\\n", " ")))
        allowed = {
            "opint/config-revision",
            "opint",  # COPY opint …
            "/opt/app-root/bin/opint",
            "/run/secrets/opint",
            "/run/secrets/opint-ca",
            "/run/secrets/opint-worker",
            "/run/secrets/opint-worker/ggus-token",
            "/run/secrets/opint-worker/mattermost-webhook-url",
            "/run/secrets/opint-worker/monit-token",
            "/run/secrets/opint-worker/smtp-url",
            "/run/secrets/opint/admin-password",
            "/run/secrets/opint/database-url",
            "/run/secrets/opint/oidc-client-secret",
            "https://git.example.org/opint.git",
            "https://opint.example.org",
            "opint.example.org",
        }
        self.assertEqual(left - allowed, set())

    def test_production_builds_nothing(self):
        kinds = {made["kind"] for made in project.processed(project.PARAMETERS["prod.env"])["app"]}
        self.assertNotIn("BuildConfig", kinds)

    def test_secrets_are_new_each_time_and_fit_an_address(self):
        def made():
            return {
                key: value for secret in project.processed({})["secrets"] for key, value in secret["stringData"].items()
            }

        first, second = made(), made()
        for key in ("database-password", "admin-password", "WebHookSecretKey"):
            self.assertNotEqual(first[key], second[key])
            self.assertRegex(first[key], r"^[a-zA-Z0-9]{24,40}$")
        url = f"postgres://opint:{first['database-password']}@opint-database:5432/opint"
        self.assertEqual(first["database-url"], url)

    def test_a_database_elsewhere_needs_only_parameters(self):
        given = {
            "DATABASE_KIND": "mysql",
            "DATABASE_HOST": "dbod.example.org",
            "DATABASE_PORT": "5500",
            "DATABASE_PASSWORD": "a%40b",
            "DATABASE_OPTIONS": "?ssl-mode=VERIFY_IDENTITY&ssl-ca=/run/secrets/opint-ca/ca.crt",
        }
        secret = project.processed(given)["secrets"][0]
        self.assertEqual(
            secret["stringData"]["database-url"],
            "mysql://opint:a%40b@dbod.example.org:5500/opint"
            "?ssl-mode=VERIFY_IDENTITY&ssl-ca=/run/secrets/opint-ca/ca.crt",
        )

    def test_only_the_application_reaches_the_database(self):
        (policy,) = [made for made in project.processed({})["database"] if made["kind"] == "NetworkPolicy"]
        self.assertEqual(
            policy["spec"]["ingress"][0]["from"],
            [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "opint"}}}],
        )
        for name in ("app", "worker"):
            (made,) = [made for made in project.processed({})[name] if made["kind"] == "Deployment"]
            self.assertEqual(rules.labels_of(made["spec"]["template"])["app.kubernetes.io/name"], "opint")

    def test_only_the_worker_gets_what_opens_other_systems_and_nothing_about_signing_in(self):
        by_template = project.processed({})
        web, worker = (deployment_of(by_template[name]) for name in ("app", "worker"))
        self.assertNotIn("opint-worker", json.dumps(web))
        for key in ("admin-password", "oidc-client-secret"):
            self.assertIn(key, json.dumps(web))
            self.assertNotIn(key, json.dumps(worker))
        # The last ConfigMap has the say.
        for container in rules.containers_of(worker):
            self.assertEqual([one["configMapRef"]["name"] for one in container["envFrom"]], ["opint", "opint-worker"])
        (own,) = [made["data"] for made in by_template["worker"] if made["kind"] == "ConfigMap"]
        signing_in = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET_FILE")
        for name in ("ADMIN_USERNAME", "ADMIN_PASSWORD_FILE", *signing_in):
            self.assertEqual(own[name], "", name)
        # Without a provider, it would be an error to turn passwords off.
        self.assertEqual(own["OPINT_LOCAL_SIGN_IN"], "")

    def test_the_worker_follows_the_tag_that_the_application_follows(self):
        for parameters, given in project.PARAMETERS.items():
            by_template = project.processed(given)
            followed = {
                trigger["from"]["name"]
                for name in ("app", "worker")
                for made in by_template[name]
                if made["kind"] == "Deployment"
                for trigger in json.loads(made["metadata"]["annotations"]["image.openshift.io/triggers"])
            }
            with self.subTest(parameters=parameters):
                self.assertEqual(len(followed), 1, followed)

    def test_the_deployer_reads_no_secret_and_changes_only_tags(self):
        roles = [made for made in project.processed({})["deployer"] if made["kind"] == "Role"]
        self.assertEqual([made["metadata"]["namespace"] for made in roles], ["try", "live"])
        for rule in (rule for made in roles for rule in made["rules"]):
            self.assertNotIn("secrets", rule["resources"])
            if {"update", "patch", "delete"} & set(rule["verbs"]):
                self.assertEqual(rule["resources"], ["imagestreamtags"])

    def test_the_chained_image_is_the_dockerfiles(self):
        """The last stage of the Dockerfile and the one in builder.yaml must not drift apart."""
        configs = [made for made in project.processed({})["builder"] if made["kind"] == "BuildConfig"]
        inline = configs[-1]["spec"]["source"]["dockerfile"]
        last_stage = (project.ROOT / "Dockerfile").read_text().split("\nFROM ")[-1]
        for instruction in ("WORKDIR", "USER", "ENV", "EXPOSE", "ENTRYPOINT", "CMD"):
            self.assertEqual(instruction_of(inline, instruction), instruction_of(last_stage, instruction))


def deployment_of(objects):
    (pod,) = [made["spec"]["template"]["spec"] for made in objects if made["kind"] == "Deployment"]
    return pod


def instruction_of(dockerfile, instruction):
    joined = re.sub(r"\\\n\s*", "", dockerfile)
    return [line.split() for line in joined.splitlines() if line.split()[:1] == [instruction]]


if __name__ == "__main__":
    unittest.main()
