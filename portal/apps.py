from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The roof: it imports everyone and nobody imports it."""

    name = "portal"
    verbose_name = "La Placette"
