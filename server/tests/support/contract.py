"""Checks each exchange with the server against api/openapi.yaml.

    contract.check(method, target, request_json, response)     raises AssertionError that names what differs

The status must be documented for that route, the body must match its schema (JSON Schema 2020-12), required
headers must be there, each header that is there must be documented, and a request body that was accepted
must match the documented request. HEAD is held to GET without a body. OPTIONS and methods that a route does
not have, and paths that are no route, are held to components/responses Options, MethodNotAllowed, NotFound.
"""
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import fastjsonschema
import jsonschema
import yaml

OPENAPI = Path(__file__).resolve().parents[3] / "api" / "openapi.yaml"
NOT_ASSERTED = {"description", "example", "examples", "format", "default"}
METHODS = ("get", "put", "post", "delete", "patch")
UNDOCUMENTED = {"content-length", "content-type", "date", "server", "connection", "transfer-encoding",   # HTTP itself
                "x-content-type-options",                                                             # in all of them
                "access-control-allow-origin", "access-control-expose-headers", "access-control-allow-methods",
                "access-control-allow-headers", "access-control-max-age"}                             # where configured


class Contract:
    def __init__(self, path=OPENAPI):
        self.spec = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
        self.resolver = jsonschema.RefResolver("", self.spec)
        self.compiled = {}   # by the schema's identity
        self.met = set()     # (method, template, status) of every exchange checked
        # Literal paths before templates: /sessions/current is not /sessions/{session_id}.
        self.templates = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", template)), template)
                          for template in sorted(self.spec["paths"], key=lambda path: path.count("{"))]

    def operations(self):
        """(METHOD, template, operation) of every route."""
        return [(method.upper(), template, item[method])
                for template, item in self.spec["paths"].items() for method in METHODS if method in item]

    def template(self, target):
        """The documented path that a request target belongs to, or None."""
        path = urlsplit(target).path
        return next((template for pattern, template in self.templates if pattern.fullmatch(path)), None)

    def check(self, method, target, request_json, response):
        template = self.template(target)
        name = f"{method} {target} -> {response.status}"
        operation, documented = self.documented(method, template, response.status)
        assert documented is not None, f"{name}: status not in openapi.yaml for {method} {template}: {response.body[:500]!r}"
        self.met.add((method, template, response.status))
        self.check_headers(name, documented, response)
        self.check_body(name, documented, response, method == "HEAD")
        if operation and "requestBody" in operation and response.status < 300 and request_json is not None:
            for media in self.resolve(operation["requestBody"])["content"].values():
                self.validate(f"{name}: accepted request", media["schema"], request_json)

    def documented(self, method, template, status):
        """(operation or None, response object or None)"""
        shared = self.spec["components"]["responses"]
        if template is None:
            return None, shared["NotFound"] if status == 404 else None
        item = self.spec["paths"][template]
        operation = item.get("get" if method == "HEAD" else method.lower())
        if operation is None:
            general = {"OPTIONS": {204: "Options"}}.get(method, {405: "MethodNotAllowed"})
            return None, shared.get(general.get(status))
        response = operation["responses"].get(str(status))
        return operation, response and self.resolve(response)

    def resolve(self, node):
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def check_headers(self, name, documented, response):
        headers = {field.lower(): self.resolve(header) for field, header in documented.get("headers", {}).items()}
        for field, header in headers.items():
            if field in response.headers:
                value = response.headers[field]
                if header["schema"].get("type") == "integer":
                    assert re.fullmatch(r"\d+", value), f"{name}: {field}: {value!r} is no integer"
                    value = int(value)
                self.validate(f"{name}: header {field}", header["schema"], value)
            else:
                assert not header.get("required"), f"{name}: header {field} is missing: {dict(response.headers)}"
        assert response.headers["x-content-type-options"] == "nosniff", name
        unknown = set(response.headers) - set(headers) - UNDOCUMENTED
        assert not unknown, f"{name}: headers not in openapi.yaml: {sorted(unknown)}"

    def check_body(self, name, documented, response, is_head):
        content = documented.get("content")
        if is_head or not content:
            assert not response.body, f"{name}: a body where there is none: {response.body[:200]!r}"
            return
        media_type = response.headers.get("content-type", "").split(";")[0].strip()
        assert media_type in content, f"{name}: Content-Type {media_type!r}, not one of {list(content)}"
        if media_type.endswith("json"):
            body = json.loads(response.body.decode("utf-8"))
            self.validate(name, content[media_type]["schema"], body)
            if media_type == "application/problem+json":
                said = (body["status"], body["request_id"])
                assert said == (response.status, response.headers["x-request-id"]), f"{name}: problem says {said}"

    def validate(self, name, schema, value):
        if self.accepts(schema, value):
            return
        errors = [f"at {error.json_path}: {error.message}" for error in self.explain(schema, value)]
        raise AssertionError(f"{name}: " + "; ".join(errors[:4] or ["the compiled schema is too strict"]))

    def accepts(self, schema, value):
        """Whether the value fits the schema. Compiled, since all suites together ask a million times; explain() takes 50 times as long."""
        if id(schema) not in self.compiled:
            self.compiled[id(schema)] = fastjsonschema.compile(self.plain(schema), use_default=False)
        try:
            self.compiled[id(schema)](value)
            return True
        except fastjsonschema.JsonSchemaValueException:
            return False

    def explain(self, schema, value):
        return list(jsonschema.Draft202012Validator(schema, resolver=self.resolver).iter_errors(value))

    def plain(self, schema):
        """The same schema in JSON Schema draft 7, which fastjsonschema knows: without references and unevaluatedProperties."""
        if "$ref" in schema:
            assert set(schema) <= {"$ref", "description"}, schema
            return self.plain(self.resolve(schema))
        plain = {keyword: self.plain_value(keyword, value) for keyword, value in schema.items() if keyword not in NOT_ASSERTED}
        if plain.pop("unevaluatedProperties", None) is None:
            return plain
        parts = [*plain.pop("allOf"), plain]
        assert all(set(part) <= {"type", "required", "properties"} for part in parts), schema
        return {"type": "object", "required": [name for part in parts for name in part.get("required", [])],
                "properties": {name: value for part in parts for name, value in part.get("properties", {}).items()}, "additionalProperties": False}

    def plain_value(self, keyword, value):
        if keyword == "properties":
            return {name: self.plain(schema) for name, schema in value.items()}
        if keyword in ("allOf", "oneOf", "anyOf"):
            return [self.plain(schema) for schema in value]
        return self.plain(value) if keyword == "items" else value
