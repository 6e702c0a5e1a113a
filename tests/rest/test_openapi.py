"""Every operation of the OpenAPI file has an example that matches its schema."""

from functools import cache
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from assistant.rest import examples

HERE = "urn:openapi"


@cache
def described() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations() -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for methods in described()["paths"].values()
        for operation in methods.values()
    }


def faults(example: Any, schema: dict[str, Any]) -> list[str]:
    """Return the errors of an example; its references point into the whole file."""
    whole = Registry().with_resource(HERE, Resource(described(), DRAFT202012))
    checker = Draft202012Validator.FORMAT_CHECKER
    absolute = {"$ref": HERE + schema["$ref"]} if "$ref" in schema else _absolute(schema)
    validator = Draft202012Validator(absolute, registry=whole, format_checker=checker)
    return [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(example)]


def _absolute(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_absolute(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: HERE + value if name == "$ref" else _absolute(value) for name, value in schema.items()}


def media_of(operation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return (what, media type object) for the request and the successful responses; files need no example."""
    answers = [(s, a) for s, a in operation["responses"].items() if s.startswith("2")]
    media = [("request", media) for media in operation.get("requestBody", {}).get("content", {}).values()]
    media += [(status, each) for status, answer in answers for each in answer.get("content", {}).values()]
    return [(what, each) for what, each in media if each["schema"].get("format") != "binary"]


def test_the_file_of_examples_names_the_operations_that_there_are():
    assert set(examples.load_examples()["operations"]) == set(operations())
    assert len(operations()) >= 40


@pytest.mark.parametrize("name", sorted(examples.load_examples()["operations"]))
def test_every_operation_has_an_example_that_its_schema_allows(name):
    operation = operations()[name]

    for what, media in media_of(operation):
        assert "example" in media, what
        assert faults(media["example"], media["schema"]) == [], what
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            assert "example" in parameter, parameter["name"]
        if "example" in parameter:
            assert faults(parameter["example"], parameter["schema"]) == [], parameter["name"]


@pytest.mark.parametrize("name", sorted(examples.load_examples()["operations"]))
def test_no_example_names_a_field_that_is_not_there(name):
    for what, media in media_of(operations()[name]):
        sample, schema = media["example"], resolved(media["schema"])
        if isinstance(sample, dict) and "properties" in schema:
            assert set(sample) <= set(schema["properties"]), what


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return described()["components"]["schemas"][name] if name else schema


def test_an_example_that_is_wrong_is_noticed():
    article = {"$ref": "#/components/schemas/Article"}
    good = examples.load_examples()["operations"]["articles_read"]["response"]

    assert faults(good, article) == []
    assert faults({**good, "status": "nowhere"}, article) != []
    assert faults({**good, "id": 5}, article) != []


def test_refusals_are_shown_too():
    for name, response in described()["components"]["responses"].items():
        media = response["content"]["application/json"]
        assert faults(media["example"], media["schema"]) == [], name


def test_nothing_in_the_file_is_named_by_chance(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yml"))


def test_every_list_says_that_it_can_be_polled():
    lists = {name for name, operation in operations().items() if "304" in operation["responses"]}

    assert {"conversations_list", "messages_list", "articles_list", "webhooks_deliveries"} <= lists
    assert "conversations_read" not in lists
