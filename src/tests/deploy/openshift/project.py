"""The templates as the projects of operations would process them."""

from pathlib import Path

import template

ROOT = Path(__file__).resolve().parents[4]
FOLDER = ROOT / "openshift"
TEMPLATES = sorted(path.stem for path in FOLDER.glob("*.yaml"))

# What has no default, where a file of parameters does not say it.
REQUIRED = {
    "HOSTNAME": "opint.example.org",
    "SOURCE_REPOSITORY_URL": "https://git.example.org/opint.git",
    "TEST_PROJECT": "try",
    "PROD_PROJECT": "live",
}
PARAMETERS = {
    "defaults": {},
    "test.env": template.parameter_file(FOLDER / "env/test.env"),
    "prod.env": template.parameter_file(FOLDER / "env/prod.env"),
}


def texts():
    return {name: (FOLDER / f"{name}.yaml").read_text() for name in TEMPLATES}


def processed(given, sources=None):
    """Objects by the name of their template."""
    sources = sources or texts()
    given = {**REQUIRED, **given}
    return {name: template.process(template.load(text), given, True) for name, text in sources.items()}


def everything(by_template):
    return [made for objects in by_template.values() for made in objects]
