"""Warnings of several checks that have one cause."""

import pytest
from msgspec.structs import replace

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.report import Report, WarningEntry
from diagnostics.surfaces.output import Output, render
from diagnostics.surfaces.prose import warned
from diagnostics.surfaces.screen import Screen
from tests.surfaces.reports import WARNINGS


def silent(check: CheckId, title: str) -> WarningEntry:
    return WarningEntry(check=check, code=f"{check}.silent", cause=Cause.API_UNREACHABLE, title=title)


SILENT_APIS: Report = replace(
    WARNINGS,
    warnings=(
        silent(CheckId.ADMIN_CONNECT_SETTINGS, "no answer from one"),
        *WARNINGS.warnings,
        silent(CheckId.ADMIN_INSTANCE, "no answer from another"),
    ),
)


def test_a_cause_of_several_warnings_is_named_once_with_all_they_say() -> None:
    (said, cause), *others = warned(SILENT_APIS)
    assert (said, cause) == ("no answer from one · no answer from another", Cause.API_UNREACHABLE)
    assert len(others) == len(WARNINGS.warnings)


@pytest.mark.parametrize("output", [Output.TEXT, Output.SHORT, Output.MARKDOWN])
def test_so_it_is_on_every_surface_for_people(output: Output) -> None:
    assert render(SILENT_APIS, output, Screen()).count(Cause.API_UNREACHABLE) == 1
