"""Validation of requests by serializers."""

from typing import Any

from rest_framework import serializers


def validated(serializer: type[serializers.BaseSerializer], data: Any, **options: Any) -> Any:
    """Return the validated data of a request's body or query.

    Raises:
        ValidationError: the data is invalid.
    """
    checked = serializer(data=data, **options)
    checked.is_valid(raise_exception=True)
    return checked.validated_data
