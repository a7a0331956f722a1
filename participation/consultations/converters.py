from django.urls import register_converter
from django.urls.converters import IntConverter


class RowId(IntConverter):
    """The id of a row in an address. What no database can hold is no address."""

    regex = "[0-9]{1,18}"


register_converter(RowId, "id")
