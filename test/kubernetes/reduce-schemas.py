#!/usr/bin/env python3
"""Makes the schemas in test/src/test/resources/kubernetes, by which the tests judge manifests.

Needed only to take up another version: the results are in the repository. It wants `go` and the network, takes the sources
from the Go module proxy, and keeps of them what the tests need: the kinds below, without descriptions and status, and
closed, so that a field that the source does not know is an error. What Kubernetes writes as one type and reads as
several (quantities, IntOrString) is opened to all that it reads.

The sources are under the Apache License 2.0, as is what is made of them.
"""

import json
import pathlib
import subprocess

import yaml  # Debian: python3-yaml

KUBERNETES = {"1.25": "v1.25.16", "1.36": "v1.36.3"}
OPERATOR = "v0.85.0"
GATEWAY = "v1.4.1"
KINDS = """
    ConfigMap CronJob DaemonSet Deployment Ingress Job Namespace NetworkPolicy PersistentVolume PersistentVolumeClaim Pod
    PodDisruptionBudget Role RoleBinding ClusterRole ClusterRoleBinding Secret Service ServiceAccount StatefulSet
    StorageClass MutatingAdmissionPolicy MutatingAdmissionPolicyBinding ValidatingAdmissionPolicy
    ValidatingAdmissionPolicyBinding
""".split()
OPERATOR_KINDS = ["podmonitors", "prometheusrules", "servicemonitors"]
META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
RESULTS = pathlib.Path(__file__).resolve().parent.parent / "src/test/resources/kubernetes"
KEPT = ("type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties")


def download(module, version):
    answer = subprocess.run(["go", "mod", "download", "-json", f"{module}@{version}"], stdout=subprocess.PIPE, check=True)
    return pathlib.Path(json.loads(answer.stdout)["Dir"])


def closed(schema):
    """What of a schema the tests need. Handles both dialects: Kubernetes' own, and that of custom resources."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    if schema.get("x-kubernetes-int-or-string") or schema.get("format") == "int-or-string":
        return {"type": ["integer", "string"]}
    kept = {key: schema[key] for key in KEPT if key in schema}
    if schema.get("nullable"):
        kept["type"] = [schema["type"], "null"]
    if "required" in schema:
        kept["required"] = sorted(schema["required"])
    if "items" in schema:
        kept["items"] = closed(schema["items"])
    if "properties" in schema:
        kept["properties"] = {name: closed(value) for name, value in sorted(schema["properties"].items())}
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return kept
    if isinstance(schema.get("additionalProperties"), dict):
        kept["additionalProperties"] = closed(schema["additionalProperties"])
    elif "properties" in schema:
        kept["additionalProperties"] = False
    return kept


def kind(schema, api, name):
    """A top level object: what it calls itself is fixed, and nobody writes a status."""
    schema["properties"].pop("status", None)
    schema["properties"]["apiVersion"] = {"const": api}
    schema["properties"]["kind"] = {"const": name}
    schema["required"] = sorted({*schema.get("required", []), "apiVersion", "kind", "metadata"})
    return schema


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].removeprefix("#/definitions/")
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def write(name, origin, kinds, definitions):
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = RESULTS / f"{name}.json"
    content = {
        "origin": origin,
        "licence": "Apache-2.0",
        "made by": "test/kubernetes/reduce-schemas.py",
        "kinds": dict(sorted(kinds.items())),
        "definitions": dict(sorted(definitions.items())),
    }
    # one line a definition: small, and a new version makes a diff that can be read
    lines = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    lines = lines.replace('"definitions":{', '"definitions":{\n').replace(',"io.k8s.', ',\n"io.k8s.')
    assert json.loads(lines) == content
    file.write_text(lines + "\n")
    print(f"{file.name}: {len(kinds)} kinds, {len(definitions)} definitions, {file.stat().st_size} bytes")


def core(label, version):
    swagger = json.loads((download("k8s.io/kubernetes", version) / "api/openapi-spec/swagger.json").read_text())
    source = swagger["definitions"]
    kinds, wanted, definitions = {}, [META], {}
    for name, schema in source.items():
        for identity in schema.get("x-kubernetes-group-version-kind", []):
            if identity["kind"] in KINDS and len(schema["x-kubernetes-group-version-kind"]) == 1:
                api = "/".join(part for part in (identity["group"], identity["version"]) if part)
                kinds[f"{api} {identity['kind']}"] = {"$ref": f"#/definitions/{name}"}
                definitions[name] = kind(closed(schema), api, identity["kind"])
                wanted += references(definitions[name])
    while wanted:
        name = wanted.pop()
        if name in definitions:
            continue
        if name.endswith(".Quantity"):
            definitions[name] = {
                "type": ["string", "number"],
                "pattern": r"^[+-]?([0-9]+|[0-9]+\.[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$",
            }
            continue
        definitions[name] = closed(source[name])
        if name == META:
            definitions[name]["properties"].pop("managedFields")
        wanted += references(definitions[name])
    write(label, f"k8s.io/kubernetes {version}, api/openapi-spec/swagger.json", kinds, definitions)


def custom():
    operator = download("github.com/prometheus-operator/prometheus-operator", OPERATOR)
    gateway = download("sigs.k8s.io/gateway-api", GATEWAY)
    files = [operator / f"example/prometheus-operator-crd/monitoring.coreos.com_{name}.yaml" for name in OPERATOR_KINDS]
    files.append(gateway / "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml")
    kinds, definitions = {}, {}
    for file in files:
        spec = yaml.safe_load(file.read_text())["spec"]
        name = spec["names"]["kind"]
        for version in spec["versions"]:
            api = f"{spec['group']}/{version['name']}"
            schema = closed(version["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = {"$ref": f"#/definitions/{META}"}
            definitions[f"{api}.{name}"] = kind(schema, api, name)
            kinds[f"{api} {name}"] = {"$ref": f"#/definitions/{api}.{name}".replace("/", "~1").replace("#~1definitions~1", "#/definitions/")}
    origin = f"github.com/prometheus-operator/prometheus-operator {OPERATOR}, sigs.k8s.io/gateway-api {GATEWAY}: their CustomResourceDefinitions"
    write("custom-resources", origin, kinds, definitions)


for label, version in KUBERNETES.items():
    core(label, version)
custom()
