"""The app's configuration: registers the check, which Django runs only where a database is named."""

from typing import Any

from django.apps import AppConfig
from django.core.checks import Error, Tags, register

from diagnostics.startup.django.trying import failure


class StartupConfig(AppConfig):  # type: ignore[misc]
    """Of ``diagnostics.startup.django``."""

    name = "diagnostics.startup.django"
    label = "cloudsql_diag"
    verbose_name = "cloudsql-diag"

    def ready(self) -> None:
        """Register the check; nothing is tried here."""
        register(Tags.database)(reachable)


def reachable(app_configs: Any, databases: Any = None, **_: Any) -> list[Error]:  # noqa: ARG001 - Django's call
    """One error for each named database that cannot be reached, with its cause."""
    failed = ((alias, failure(alias)) for alias in databases or ())
    return [Error(said, obj=alias, id="cloudsql_diag.E001") for alias, said in failed if said]
