"""Defects put into the templates on purpose: each must be found, or the rules find nothing."""

import tempfile
import unittest

import project
import rules
import schema
import template

# Template, what is there, what is put in its place, what the finding says.
DEFECTS = [
    # Parameters.
    ("app", "https://${HOSTNAME}", "https://${HOSTNMAE}", "undeclared parameter HOSTNMAE"),
    ("app", "host: ${HOSTNAME}\n", "host: ${HOST_NAME}\n", "holds ${HOST_NAME} still"),
    ("app", "minReplicas: ${{REPLICAS}}", "minReplicas: 2", "never uses the parameter REPLICAS"),
    ("app", "minReplicas: ${{REPLICAS}}", "minReplicas: ${REPLICAS}", "is not of type 'integer'"),
    ("app", 'value: "2"', "value: two", "REPLICAS is 'two'"),
    ("secrets", "- name: ADMIN_PASSWORD\n", "- name: ADMIN_PASSWORD\n  value: changeme\n", "literal secret"),
    # Template and objects.
    ("app", "apiVersion: template.openshift.io/v1", "apiVersion: v1", "apiVersion that oc no longer reads"),
    ("app", "apiVersion: route.openshift.io/v1", "apiVersion: v1", "legacy apiVersion"),
    ("app", "kind: Route\n  metadata:\n", "kind: Route\n  metadata:\n    namespace: opint-test\n", "fixed namespace"),
    ("app", "kind: Route\n", "kind: Route\n  status: {}\n", "copied from a cluster"),
    ("app", "maxSurge", "maxSurgge", "maxSurgge"),
    ("app", "insecureEdgeTerminationPolicy", "insecureEdgeTerminatonPolicy", "insecureEdgeTerminatonPolicy"),
    ("builder", "runPolicy: SerialLatestOnly", "runPolicy: SerialNewest", "SerialNewest"),
    ("builder", "contextDir", "contextDirectory", "contextDirectory"),
    # Webhooks and builds.
    ("builder", 'github: {secretReference: {name: "${NAME}-webhook"}}', "github: {secret: hunter2}", "secret in clear"),
    ("builder", "name: system:webhook", "name: view", "webhooks are refused"),
    ("secrets", "WebHookSecretKey", "webhook-key", "needs the key WebHookSecretKey"),
    ("builder", 'name: "${NAME}-base:runtime"', 'name: "${NAME}-bases:runtime"', "which nobody makes"),
    # Image triggers.
    ("app", r"[?(@.name==\"web\")]", "[?(@.name=='web')]", "trigger that is never understood"),
    ("app", r"@.name==\"web\"", r"@.name==\"wep\"", "trigger for wep"),
    ("app", "spec.template.spec.containers", "spec.containers", "trigger that is never understood"),
    ("app", '"name": "${NAME}:${IMAGE_TAG}"', '"name": "${NAME}-app:${IMAGE_TAG}"', "which nobody makes"),
    # Pods.
    ("app", "          readinessProbe:", "          readynessProbe:", "has no readinessProbe"),
    (
        "app",
        "          livenessProbe:\n            httpGet: {path: /healthz",
        "          livenessProbe:\n            httpGet: {path: /readyz",
        "only the database is away",
    ),
    ("app", "httpGet: {path: /readyz, port: http}", "httpGet: {path: /readyz, port: web}", "does not have"),
    (
        "app",
        "          runAsNonRoot: true\n",
        "          runAsNonRoot: true\n          runAsUser: 1001\n",
        "fixes a user",
    ),
    ("app", "          runAsNonRoot: true\n", "", "runAsNonRoot"),
    ("app", "            readOnlyRootFilesystem: true\n", "", "write to its root file system"),
    ("app", "              drop: [ALL]\n", "              drop: [NET_RAW]\n", "keeps privileges"),
    ("app", "        enableServiceLinks: false\n", "", "named like ours"),
    ("app", "        automountServiceAccountToken: false\n", "", "carries a token"),
    ("app", "            limits:\n              memory: ${MEMORY_LIMIT}\n", "", "does not say what it needs"),
    (
        "app",
        "          - name: secrets\n            mountPath",
        "          - name: secret\n            mountPath",
        "no volume of the pod",
    ),
    ("app", "{key: database-url, path", "{key: database_url, path", "needs the key database_url"),
    (
        "app",
        "matchLabels:\n        app.kubernetes.io/name: ${NAME}\n        app.kubernetes.io/component: web\n    template",
        "matchLabels:\n        app.kubernetes.io/name: ${NAME}\n        app.kubernetes.io/component: www\n    template",
        "other pods than its own",
    ),
    ("app", "args: [serve]", 'command: [/bin/sh, -c, "opint serve"]', "starts a shell"),
    (
        "app",
        "          envFrom: *environment\n          ports",
        "          envFrom: *environment\n          env: [{name: ADMIN_PASSWORD, value: hunter2}]\n          ports",
        "literal secret",
    ),
    ("app", "{key: database-url, path: database-url}", "{key: database-url, path: url}", "DATABASE_URL_FILE names"),
    ("app", 'value: "45"', 'value: "30"', "killed before it can finish"),
    # The worker.
    ("worker", r"@.name==\"worker\"", r"@.name==\"web\"", "trigger for web"),
    ("worker", '"name": "${NAME}:${IMAGE_TAG}"', '"name": "${NAME}-worker:${IMAGE_TAG}"', "which nobody makes"),
    ("worker", "args: [worker]", "args: [serve]", "what another process would be"),
    ("worker", "healthcheck, --worker]", "healthcheck]", "only the database is away"),
    ("worker", "timeoutSeconds: 6", "timeoutSeconds: 5", "gives up before the program does"),
    ("worker", "          livenessProbe:", "          livelinessProbe:", "has no livenessProbe"),
    (
        "worker",
        '    ADMIN_PASSWORD_FILE: ""\n',
        '    ADMIN_PASSWORD_FILE: ""\n    OPINT_METRICS_LISTEN: ""\n',
        "no address on which to say that it lives",
    ),
    ("worker", '    ADMIN_PASSWORD_FILE: ""\n', "", "ADMIN_PASSWORD_FILE names /run/secrets/opint/admin-password"),
    ("worker", "path: ggus-token}", "path: ggus_token}", "GGUS_TOKEN_FILE names"),
    ("worker", "{key: monit-token, path", "{key: monit_token, path", "needs the key monit_token"),
    ("secrets", "    name: ${NAME}-worker\n", "    name: ${NAME}-workers\n", "needs the Secret opint-worker"),
    ("worker", "    MONIT_URL: ${MONIT_URL}\n", "    MONITOR_URL: ${MONIT_URL}\n", "sets MONITOR_URL"),
    ("worker", 'value: "45"', 'value: "35"', "killed before it can finish"),
    ("worker", "replicas: ${{WORKER_REPLICAS}}", "replicas: ${WORKER_REPLICAS}", "is not of type 'integer'"),
    ("worker", "            readOnlyRootFilesystem: true\n", "", "write to its root file system"),
    ("worker", "              drop: [ALL]\n", "              drop: [NET_RAW]\n", "keeps privileges"),
    ("worker", "          runAsNonRoot: true\n", "", "runAsNonRoot"),
    ("worker", "        automountServiceAccountToken: false\n", "", "carries a token"),
    ("worker", "            limits:\n              memory: ${WORKER_MEMORY_LIMIT}\n", "", "does not say what it needs"),
    ("worker", "{port: metrics, protocol: TCP}", "{port: http, protocol: TCP}", "opens the port http"),
    (
        "worker",
        "app.kubernetes.io/component: worker\n    policyTypes",
        "app.kubernetes.io/component: workers\n    policyTypes",
        "applies to no pod",
    ),
    (
        "worker",
        "matchLabels:\n        app.kubernetes.io/name: ${NAME}\n        app.kubernetes.io/component: worker\n    template",
        "matchLabels:\n        app.kubernetes.io/name: ${NAME}\n        app.kubernetes.io/component: web\n    template",
        "other pods than its own",
    ),
    # What fits together.
    (
        "app",
        "      app.kubernetes.io/name: ${NAME}\n      app.kubernetes.io/component: web\n    ports",
        "      app.kubernetes.io/name: ${NAME}\n    ports",
        "leads to the port http",
    ),
    (
        "app",
        "spec:\n    selector:\n      app.kubernetes.io/name: ${NAME}\n",
        "spec:\n    selector:\n      app: ${NAME}\n",
        "selects no pod",
    ),
    ("app", "value: 40s", "value: 20s", "gives up before the application does"),
    ("app", "set-forwarded-headers: replace", "set-forwarded-headers: append", "claim to be forwarded for"),
    ("app", "    OPINT_LOG: json\n", "    OPINT_LOGS: json\n", "sets OPINT_LOGS, which the program does not know"),
    (
        "app",
        "      kind: Deployment\n      name: ${NAME}\n    minReplicas",
        "      kind: Deployment\n      name: web\n    minReplicas",
        "scales nothing",
    ),
    ("app", "    revisionHistoryLimit: 5\n", "    revisionHistoryLimit: 5\n    replicas: 2\n", "sets replicas"),
    ("app", "{port: metrics, protocol: TCP}", "{port: prometheus, protocol: TCP}", "opens the port prometheus"),
    (
        "database",
        "      from:\n      - podSelector:\n          matchLabels:\n            app.kubernetes.io/name: ${NAME}\n",
        "",
        "lets everybody in",
    ),
    (
        "deployer",
        "    verbs: [get, list, watch]\n  - apiGroups: [build.openshift.io]",
        '    verbs: ["*"]\n  - apiGroups: [build.openshift.io]',
        "gives everything",
    ),
]


def findings(sources):
    found = [fault for text in sources.values() for fault in rules.template_faults(template.load(text))]
    try:
        by_template = project.processed({}, sources)
    except template.Refused as error:
        return [*found, str(error)]
    world = project.everything(by_template)
    for objects in by_template.values():
        found += rules.object_faults(objects, world) + schema.schema_faults(objects)
    return found


class Defects(unittest.TestCase):
    def test_each_is_found(self):
        for name, there, instead, expected in DEFECTS:
            with self.subTest(template=name, defect=instead.strip() or f"without {there.strip()}"):
                sources = project.texts()
                self.assertIn(there, sources[name])
                sources[name] = sources[name].replace(there, instead, 1)
                found = findings(sources)
                self.assertTrue(any(expected in fault for fault in found), found)

    def test_without_them_nothing_is_found(self):
        self.assertEqual(findings(project.texts()), [])

    def test_files_of_parameters_are_plain(self):
        for line in ("HOST NAME=x", "HOSTNAME= x", 'HOSTNAME="x"', "HOSTNAME=x # why", "hostname=x", "A=1\nA=2"):
            with self.subTest(line=line), tempfile.NamedTemporaryFile("w", suffix=".env") as file:
                file.write(line)
                file.flush()
                with self.assertRaises(template.Refused):
                    template.parameter_file(file.name)


if __name__ == "__main__":
    unittest.main()
