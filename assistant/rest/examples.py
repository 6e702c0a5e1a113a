"""Examples for every operation of the OpenAPI file, from examples.yaml in this folder."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

STREAM = "text/event-stream"
FORM = "multipart/form-data"


@cache
def load_examples() -> dict[str, Any]:
    """Load {ids, operations}."""
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("examples.yaml").read_text(encoding="utf-8"))
    return content


def add_examples(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Postprocessing hook of drf-spectacular."""
    for operations in result["paths"].values():
        for operation in operations.values():
            _illustrate(operation, load_examples()["operations"].get(operation["operationId"], {}))
    return result


def _illustrate(operation: dict[str, Any], example: dict[str, Any]) -> None:
    parameters = {"path": load_examples()["ids"], "query": example.get("query", {})}
    for parameter in operation.get("parameters", []):
        values = parameters.get(parameter["in"], {})
        if parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        name = "form" if kind == FORM and "form" in example else "request"
        if name in example:
            media["example"] = example[name]
    for status, response in operation["responses"].items():
        for kind, media in response.get("content", {}).items() if status.startswith("2") else ():
            name = "stream" if kind == STREAM else "response"
            if name in example:
                media["example"] = example[name]
