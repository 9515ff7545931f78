"""``manage.py cloudsql_diag``: try each database and say why one cannot be reached."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from diagnostics.startup.django.trying import failure


class Command(BaseCommand):  # type: ignore[misc]
    """The command; exit 1 where a database cannot be reached."""

    help = "Tries each database and says why one cannot be reached."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: Any) -> None:
        """``--database`` as Django's own commands have it."""
        parser.add_argument("--database", action="append", help="alias of a database; all where it is left out")

    def handle(self, *_: Any, **options: Any) -> None:
        """Try them in order."""
        wanted = options["database"] or list(connections)
        failed = {alias: said for alias in wanted if (said := failure(alias))}
        for alias in wanted:
            self.stdout.write(f"{alias}: {failed.get(alias, 'works')}")
        if failed:
            raise CommandError(f"{len(failed)} of {len(wanted)} databases cannot be reached")
