#!/usr/bin/env python3
"""What `oc process --local` does, without oc: parameters into a template, objects out of it.

    template.py TEMPLATE [--param-file FILE] [-p NAME=VALUE]... [-o LIST.json]

${X} is replaced inside any text, also in keys; ${{X}} only where it is the whole text, by the JSON value. A name that is
not declared is left as it is without a word, as oc does: rules.py finds those. A given value, even an empty one, turns
generating off. The template's labels go on each object, not on its pods. A fixed namespace is removed.
"""

import argparse
import json
import re
import secrets
from functools import cache
from pathlib import Path

import yaml


class Loader(yaml.SafeLoader):
    """oc turns YAML into JSON, which has no dates."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

IN_TEXT = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
WHOLE = re.compile(r"\$\{\{([A-Za-z0-9_]+)\}\}")


class Refused(Exception):
    """What oc would refuse, or read in a way that surprises."""


# Nobody changes what is loaded, and the tests load the same texts again and again.
@cache
def load(text):
    return yaml.load(text, Loader)


def parameter_file(path):
    """Names and values of a file for --param-file. oc has rules of its own for quotes, a # or an early colon: such
    lines are refused here, so that nobody depends on them."""
    given = {}
    for number, line in enumerate(Path(path).read_text().splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not re.fullmatch(r"[A-Z][A-Z0-9_]*", name) or re.search(r"""^\s|\s$|["'#]""", value):
            raise Refused(f"{path}:{number}: not plainly NAME=VALUE")
        if name in given:
            raise Refused(f"{path}:{number}: {name} is given twice")
        given[name] = value
    return given


def generated(expression):
    """A random text like `[a-zA-Z0-9]{32}`, the only form that the templates use."""
    form = re.fullmatch(r"\[((?:\w-\w)+)\]\{(\d+)\}", expression)
    if not form:
        raise Refused(f"cannot generate from {expression}")
    ends = re.findall(r"(\w)-(\w)", form[1])
    letters = [chr(code) for first, last in ends for code in range(ord(first), ord(last) + 1)]
    return "".join(secrets.choice(letters) for _ in range(int(form[2])))


def values(template, given, ignore_unknown=False):
    declared = {parameter["name"]: parameter for parameter in template.get("parameters", [])}
    unknown = sorted(given.keys() - declared.keys())
    if unknown and not ignore_unknown:
        raise Refused(f"unknown parameter name {unknown[0]}")
    result = {}
    for name, parameter in declared.items():
        value = given.get(name, parameter.get("value", ""))
        if not value and name not in given and parameter.get("generate") == "expression":
            value = generated(parameter["from"])
        if not value and parameter.get("required"):
            raise Refused(f"parameter {name} is required and must be specified")
        result[name] = value
    return result


def process(template, given, ignore_unknown=False):
    """The objects of a template."""
    chosen = values(template, given, ignore_unknown)

    def text(old):
        whole = WHOLE.fullmatch(old)
        if whole and whole[1] in chosen:
            try:
                return json.loads(chosen[whole[1]])
            except ValueError:
                # oc would pass the text on, and the cluster would refuse it.
                raise Refused(f"{whole[1]} is {chosen[whole[1]]!r}, which is no number") from None
        return IN_TEXT.sub(lambda name: chosen.get(name[1], name[0]), old)

    def filled(node):
        if isinstance(node, dict):
            return {text(key): filled(value) for key, value in node.items()}
        if isinstance(node, list):
            return [filled(value) for value in node]
        return text(node) if isinstance(node, str) else node

    objects = []
    for declared in template["objects"]:
        made = filled(declared)
        namespace = declared["metadata"].get("namespace", "")
        if namespace and not IN_TEXT.search(namespace):
            del made["metadata"]["namespace"]
        made["metadata"].setdefault("labels", {}).update(filled(template.get("labels", {})))
        objects.append(made)
    return objects


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("template")
    parser.add_argument("--param-file")
    parser.add_argument("-p", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--ignore-unknown-parameters", action="store_true")
    parser.add_argument("-o", metavar="LIST.json")
    arguments = parser.parse_args()
    given = parameter_file(arguments.param_file) if arguments.param_file else {}
    given |= dict(pair.split("=", 1) for pair in arguments.p)
    try:
        objects = process(load(Path(arguments.template).read_text()), given, arguments.ignore_unknown_parameters)
    except Refused as error:
        raise SystemExit(f"error: {error}") from None
    made = json.dumps({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": objects}, indent=1)
    if arguments.o:
        Path(arguments.o).write_text(made)
    else:
        print(made)


if __name__ == "__main__":
    main()
