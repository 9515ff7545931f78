"""The command line: words and flags in, an exit code out.

Standard output carries the document and nothing else; everything for people beside it goes to standard error. What was
typed is never repeated: it may hold a password.
"""

import errno
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import click

from diagnostics import __version__
from diagnostics.surfaces import failures, interrupt
from diagnostics.surfaces.flags import Flag, flags_of
from diagnostics.surfaces.output import VARIABLE, Output
from diagnostics.surfaces.reticence import LEFT_OUT, repeatable
from diagnostics.surfaces.screen import World
from diagnostics.surfaces.services import CommandLine, GivenFlag, Services, UsageError, Verb
from diagnostics.surfaces.streams import Documents, Notes

HINT = f"{failures.COMMAND} --help lists verbs and flags"
_QUOTED = re.compile(r"(?s)'.*'|\".*\"")
"""How click writes what was typed, from the first quote to the last, which the word itself may hold, too."""
TOO_FEW_FILES = (errno.EMFILE, errno.ENFILE)
EXIT_INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


def run(services: Services, arguments: Sequence[str], world: World) -> int:
    """Do what the arguments say; the exit code. No exception leaves it but SystemExit."""
    try:
        # From here on, and not only while something is dialled: click answers Ctrl-C in words of its own. The sidecar
        # ends with 0 whenever it is told to end, so for it they wait until its loop can handle them.
        with interrupt.signals_interrupt(held=arguments[:1] == [Verb.SERVE]):
            return _run(command_line(services, world), arguments)
    except (UsageError, click.ClickException) as error:
        return _misused(Notes(world.stderr), error)
    except interrupt.Interrupted as signal:
        return signal.exit_code
    except (KeyboardInterrupt, click.Abort):
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: a trace may show what must not be shown
        return _failed(Notes(world.stderr), error)


def _misused(notes: Notes, error: UsageError | click.ClickException) -> int:
    if isinstance(error, UsageError):
        return failures.usage(notes, error.problems, error.hint or HINT)
    return failures.usage(notes, (_said(error),), HINT)


def _said(error: click.ClickException) -> str:
    """What click says, unless it repeats what was typed in place of a name."""
    if isinstance(error, click.NoSuchOption) and not repeatable(error.option_name):
        return f"there is no such flag {LEFT_OUT}"
    typed = _QUOTED.search(error.message)
    if typed and not repeatable(typed[0][1:-1]):
        return _QUOTED.sub(LEFT_OUT, error.message)
    return error.format_message()


def _failed(notes: Notes, error: Exception) -> int:
    """An error of writing that names no file is one of standard output."""
    root = failures.root(error)
    if isinstance(root, OSError) and root.errno in TOO_FEW_FILES:
        # An event loop that is half made complains when it is dropped.
        sys.unraisablehook = lambda _: None
        failures.cannot(notes, "open as many files as it takes (ulimit -n)", root)
        return failures.EXIT_OWN_FAILURE
    if isinstance(root, OSError) and root.filename is None and root.strerror:
        return failures.no_output(notes, root)
    return failures.own_failure(notes, error)


def _run(root: click.Command, arguments: Sequence[str]) -> int:
    code = root.main(args=list(arguments), prog_name=failures.COMMAND, standalone_mode=False)
    return code if isinstance(code, int) else 0


class Verbs(click.Group):
    """``check`` where no verb is given; a word that is no verb is not repeated. Only the verb that is meant is made."""

    def __init__(self, makers: Mapping[Verb, Callable[[], click.Command]], version: click.Option) -> None:
        super().__init__(
            name=failures.COMMAND,
            help="Says why this container cannot reach its Cloud SQL database: one cause, its evidence, and "
            "what fixes it.",
            epilog="Without a verb: check. Every flag has a variable: --fail-on is CLOUDSQL_DIAG_FAIL_ON.",
            params=[version],
        )
        self._makers: dict[str, Callable[[], click.Command]] = {verb.value: maker for verb, maker in makers.items()}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Part of click: put the default verb in front of flags."""
        own = {"--help", "--version"}
        if not args or (args[0].startswith("-") and args[0] not in own):
            args = [Verb.CHECK, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Part of click."""
        known = self.list_commands(ctx)
        if args[0] not in known:
            from difflib import get_close_matches

            alike = get_close_matches(args[0], known, n=1)
            hint = f"did you mean {alike[0]}?" if alike else "a database URL belongs into DATABASE_URL or --url"
            raise UsageError(f"the first word is no verb; verbs are {', '.join(known)}", hint=hint)
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Part of click: in the order of use, not of the alphabet."""
        return list(self._makers)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Part of click."""
        return self._makers[cmd_name]() if cmd_name in self._makers else None


class Reticent(click.Command):
    """A verb that does not repeat a word too many."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Part of click."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if ctx.args:
            raise UsageError(f"{ctx.info_name} got a word too many", hint=f"{ctx.command_path} --help")
        return rest


def command_line(services: Services, world: World) -> Verbs:
    """Every verb, bound to what it needs."""
    makers = {
        Verb.CHECK: partial(_check, services, world),
        Verb.WAIT: partial(_wait, services, world),
        Verb.SERVE: partial(_serve, services),
        Verb.EXPLAIN: partial(_explain, services, world),
        Verb.CONFIG: partial(_config, services, world),
        Verb.CHECKS: partial(_checks, services, world),
        Verb.SCHEMA: partial(_schema, world),
        Verb.LAB: partial(_lab, services),
    }
    return Verbs(makers, _version(world))


Do = Callable[[CommandLine], int]

_TWO = (Output.TEXT, Output.JSON)
"""Formats of what is no report."""


def _verb(verb: Verb, text: str, do: Do, formats: tuple[Output, ...] = tuple(Output)) -> click.Command:
    return Reticent(
        name=verb,
        help=text,
        params=_options(verb, formats),
        callback=lambda **values: do(_line(verb, values)),
    )


def _options(verb: Verb, formats: tuple[Output, ...]) -> list[click.Parameter]:
    options: list[click.Parameter] = [_option(flag) for flag in flags_of(verb)]
    if formats and verb is not Verb.SERVE:
        takes = f"{', '.join(formats)}. [{VARIABLE}]"
        options.insert(0, click.Option(["-o", "--output", "output"], metavar="FORMAT", help=takes))
    return options


def _option(flag: Flag) -> click.Option:
    if not flag.metavar:
        return click.Option([f"--{flag.name}"], is_flag=True, help=flag.option.meaning)
    return click.Option(
        [f"--{flag.name}"],
        metavar=flag.metavar,
        multiple=flag.repeatable,
        help=f"{flag.option.meaning} [default: {flag.option.default}]" if flag.option.default else flag.option.meaning,
    )


def _line(verb: Verb, values: dict[str, object], command: tuple[str, ...] = ()) -> CommandLine:
    return CommandLine(verb=verb, flags=tuple(_given(values)), command=command)


def _given(values: dict[str, object]) -> Iterator[GivenFlag]:
    for identifier, value in values.items():
        name = identifier.replace("_", "-")
        if value is True:
            yield GivenFlag(name=name, value="true")
        elif isinstance(value, str):
            yield GivenFlag(name=name, value=value)
        elif isinstance(value, tuple):
            yield from (GivenFlag(name=name, value=each) for each in value)


def _check(services: Services, world: World) -> click.Command:
    def do(line: CommandLine) -> int:
        from diagnostics.surfaces.checking import check

        return check(line, services, world)

    return _verb(Verb.CHECK, "Walk the path once and say what is broken.", do)


def _wait(services: Services, world: World) -> click.Command:
    def do(command: tuple[str, ...], **values: object) -> int:
        from diagnostics.surfaces.waiting import wait_for_path

        return wait_for_path(_line(Verb.WAIT, values, command), services, world)

    words = click.Argument(["command"], nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND [ARGUMENT]...]")
    return click.Command(
        name=Verb.WAIT,
        help="Try until the path works, then start COMMAND in place of this process.",
        params=[*_options(Verb.WAIT, tuple(Output)), words],
        callback=do,
        context_settings={"allow_interspersed_args": False},
    )


def _serve(services: Services) -> click.Command:
    return _verb(Verb.SERVE, "Keep watching: health, JSON and metrics over HTTP.", services.serve)


def _explain(services: Services, world: World) -> click.Command:
    def do(code: str | None, **values: object) -> int:
        from diagnostics.surfaces import explain

        return explain.explain(code, _line(Verb.EXPLAIN, values), services, world)

    return Reticent(
        name=Verb.EXPLAIN,
        help=(
            "Print the page of a code, diagnose a saved report again, or name the causes of a text: in a file, in a "
            "pipe, or in place of CODE (28P01, 'FATAL: ...'). Without any of them, list the causes."
        ),
        params=[
            *_options(Verb.EXPLAIN, tuple(Output)),
            click.Option(["--report"], metavar="FILE", help="A report of -o json or jsonl; - is standard input."),
            click.Option(["--text"], metavar="FILE", help="An error or a log from anywhere; - is standard input."),
            click.Option(
                ["--jsonl"],
                metavar="[FILE]",
                is_flag=False,
                flag_value="-",
                help="Lines of {id, error_text, context}, answered line by line; - and nothing are standard input.",
            ),
            click.Argument(["code"], required=False, metavar="[CODE]"),
        ],
        callback=do,
    )


def _config(services: Services, world: World) -> click.Command:
    def do(line: CommandLine) -> int:
        from diagnostics.surfaces import pages

        return pages.config(line, services, world)

    return _verb(Verb.CONFIG, "Print the effective settings, each with its source.", do, _TWO)


def _checks(services: Services, world: World) -> click.Command:
    def do(line: CommandLine) -> int:
        from diagnostics.surfaces import pages

        return pages.checks(line, services, world)

    return _verb(Verb.CHECKS, "List the checks: what they assert, need and wait for.", do, _TWO)


def _schema(world: World) -> click.Command:
    def do(_: CommandLine) -> int:
        from diagnostics.surfaces.document import schema_document

        Documents(world.stdout).write(schema_document())
        return 0

    return _verb(Verb.SCHEMA, "Print the JSON Schema of the report.", do, ())


def _lab(services: Services) -> click.Command:
    """Handed on word for word, so that the lab is loaded only when it is used."""

    def do(words: tuple[str, ...]) -> object:
        name = f"{failures.COMMAND} {Verb.LAB}"
        return services.lab().main(args=list(words), prog_name=name, standalone_mode=False)

    return click.Command(
        name=Verb.LAB,
        help="A stand-in Google Cloud on this machine, with faults to switch on.",
        params=[click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)],
        callback=do,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    )


def _version(world: World) -> click.Option:
    def show(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click calls it so
        if value:
            Documents(world.stdout).write(f"{failures.COMMAND} {__version__}\n")
            ctx.exit(0)

    return click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, help="Print the version.", callback=show
    )
