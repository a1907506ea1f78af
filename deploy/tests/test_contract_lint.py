"""api/lint finds what is wrong with a contract: each of these mistakes, made in the one there is."""
import copy
import importlib.machinery
import importlib.util
import subprocess
from pathlib import Path

import pytest
import yaml

API = Path(__file__).resolve().parents[2] / "api"
TWEETS = "/api/users/{username}/tweets"


def loaded(name):
    loader = importlib.machinery.SourceFileLoader(name, str(API / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


LINT = loaded("lint")
DOCUMENT = yaml.load((API / "openapi.yaml").read_text(), LINT.NoDuplicates)


def test_the_contract_has_no_fault():
    done = subprocess.run([API / "lint"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "openapi.yaml: all is well\n")


def operation(document, path=TWEETS, method="post"):
    return document["paths"][path][method]


def breaks(says):
    def remember(mistake):
        MISTAKES.append(pytest.param(mistake, says, id=mistake.__name__))
        return mistake
    return remember


MISTAKES = []


@breaks("is the operationId of several")
def two_operations_of_one_name(document):
    operation(document)["operationId"] = operation(document, method="get")["operationId"]


@breaks("has no description")
def an_operation_without_a_description(document):
    del operation(document)["description"]


@breaks("the tag elsewhere is not described")
def an_unknown_tag(document):
    operation(document)["tags"] = ["elsewhere"]


@breaks("leads nowhere")
def a_reference_to_nothing(document):
    operation(document)["responses"]["422"] = {"$ref": "#/components/responses/Nothing"}


@breaks("there is a parameter or a place in the path, but not both")
def a_path_without_its_parameter(document):
    document["paths"]["/api/users/{username}/drafts/{draft_id}"] = copy.deepcopy(document["paths"][TWEETS])


@breaks("names what is done")
def a_verb_in_a_path(document):
    document["paths"]["/api/users/{username}/create"] = document["paths"][TWEETS]


@breaks("has no 2xx response")
def an_operation_that_never_succeeds(document):
    responses = operation(document)["responses"]
    for status in [status for status in responses if str(status).startswith("2")]:
        del responses[status]


@breaks("responces is no member of a operation")
def a_member_that_is_not_known(document):
    operation(document)["responces"] = {}


@breaks("the security scheme cookie is not defined")
def an_unknown_security_scheme(document):
    operation(document)["security"] = [{"cookie": []}]


@breaks("is not valid under any of the given schemas")
def a_schema_that_is_none(document):
    next(iter(document["components"]["schemas"].values()))["type"] = "strin"


@breaks("an example does not fit its schema")
def an_example_that_does_not_fit(document):
    operation(document)["requestBody"] = {"content": {"application/json": {
        "schema": {"type": "object", "properties": {"content": {"type": "string"}}}, "example": {"content": 140}}}}


@pytest.mark.parametrize("mistake, says", MISTAKES)
def test_a_mistake_is_found(mistake, says):
    document = copy.deepcopy(DOCUMENT)
    mistake(document)
    faults = LINT.Lint(document).run()
    assert any(says in fault for fault in faults), faults


def test_a_member_that_is_there_twice_is_found(tmp_path):
    file = tmp_path / "openapi.yaml"
    file.write_text((API / "openapi.yaml").read_text().replace("info:\n", "info:\n  title: Another\n", 1))
    done = subprocess.run([API / "lint", file], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "title is there twice" in done.stdout
