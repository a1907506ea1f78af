"""api/openapi.yaml and the server know the same routes."""
import json
import re
import subprocess


def without_names(path):
    return re.sub(r"\{\w+\}", "{}", path)


def test_server_and_contract_have_the_same_routes(stack, contract):
    printed = json.loads(subprocess.check_output([stack.binary, "--print-routes"]))
    served = {(route["method"], without_names(route["path"])) for route in printed}
    documented = {(method, without_names(path)) for method, path, _ in contract.operations()}
    assert served - documented == set(), "served, but not in openapi.yaml"
    assert documented - served == set(), "in openapi.yaml, but not served"


def test_operations_are_named_as_in_logs_and_metrics(stack, contract):
    printed = json.loads(subprocess.check_output([stack.binary, "--print-routes"]))
    served = {(route["method"], without_names(route["path"])): route["name"] for route in printed}
    for method, path, operation in contract.operations():
        assert served[(method, without_names(path))] == operation["operationId"]


def test_with_a_token_goes_what_was_seen(contract):
    for method, path, operation in contract.operations():
        parameters = [*contract.spec["paths"][path].get("parameters", []), *operation.get("parameters", [])]
        takes_token = {"bearer": []} in operation.get("security", contract.spec["security"])
        assert ("Linnet-Seen" in {contract.resolve(each)["name"] for each in parameters}) == takes_token, f"{method} {path}"


WRONG = [None, True, -1, 1.5, "", "x" * 1000, [], {}]


def variants(value):
    """The value, and what it becomes when a part of it is missing, unknown or of another kind."""
    yield value
    if isinstance(value, dict):
        yield {**value, "unknown": 1}
        for name, part in value.items():
            yield {other: kept for other, kept in value.items() if other != name}
            yield from ({**value, name: wrong} for wrong in [*WRONG, *variants(part)])
    elif isinstance(value, list):
        yield [*value, 1]
        yield value * 200
        for n, part in enumerate(value):
            yield from ([*value[:n], wrong, *value[n + 1:]] for wrong in [*WRONG, *variants(part)])


def test_answers_are_judged_by_what_the_contract_says(contract):
    """Contract.accepts, which is quick, finds what JSON Schema's own validator finds."""
    schemas = contract.spec["components"]["schemas"]
    tried = [(name, value) for name, schema in schemas.items() for example in schema.get("examples", []) for value in variants(example)]
    page = {"items": [schemas["Tweet"]["examples"][0]], "page": 1, "next_cursor": None}
    tried += [("TweetPage", value) for value in variants(page)]
    judged = [(name, value, contract.accepts(schemas[name], value), not contract.explain(schemas[name], value)) for name, value in tried]
    assert [each for each in judged if each[2] != each[3]] == []
    assert sum(each[2] for each in judged) > 20 and sum(not each[2] for each in judged) > 400
    for schema in schemas.values():   # all of them can be compiled
        contract.accepts(schema, None)


def test_each_response_has_a_request_id(api):
    answer = api.get("/healthz", headers={"X-Request-Id": "from-the-client.1"})
    assert answer.headers["X-Request-Id"] == "from-the-client.1"
    assert api.get("/healthz").headers["X-Request-Id"] != api.get("/healthz").headers["X-Request-Id"]
    assert api.get("/nowhere", headers={"X-Request-Id": "<script>"}).headers["X-Request-Id"] != "<script>"


def test_unknown_paths_are_not_found(api, alice):
    for path in ("/", "/api", "/api/", "/api/nothing", "/api/users/", f"{alice.path}/", f"{alice.path}/nothing", "//api/users",
                 f"{alice.path}/tweets/1/favorites/{alice.username}/more", "/API/USERS", "/healthz/"):
        for method in ("GET", "POST", "DELETE"):
            assert api.request(method, path, alice).status == 404, path
