"""``cloudsql-diag lab``: the stand-in cloud from the command line."""

import os
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from diagnostics.lab.control import VARIABLE, Action, Control, NoLabError, Order, Reply, ask, running
from diagnostics.lab.fault import Expected, Fault
from diagnostics.lab.faults import FAULTS
from diagnostics.lab.ground import Isolation
from diagnostics.lab.keys import KEYS
from diagnostics.lab.lab import Lab
from diagnostics.lab.namespaces import NotAllowedError
from diagnostics.lab.running import ending_in_order, run_in_foreground
from diagnostics.lab.setup import RefusedArrangementError, Setup, UnknownFaultError, find
from diagnostics.lab.world import Login, Route, Value

OF_THE_TERMINAL = ("TERM", "LANG", "COLUMNS", "NO_COLOR", "FORCE_COLOR")
"""What a command may know of whoever watches it; everything else in its environment is the lab's."""

CHECK = (sys.executable, "-m", "diagnostics", "check")
"""The default command."""

_fault = click.option("--fault", "faults", multiple=True, metavar="NAME", help="Switch this fault on; may be repeated.")
_route = click.option(
    "--route", type=click.Choice([each.value for each in Route]), help="How the app reaches the database."
)
_login = click.option("--login", type=click.Choice([each.value for each in Login]), help="How the app logs in.")
_isolation = click.option(
    "--isolation",
    type=click.Choice([each.value for each in Isolation]),
    default=Isolation.LOOPBACK.value,
    help="How the world is built: addresses of this machine, or network namespaces (root).",
)
_world = click.option(
    "--world", "settings", multiple=True, metavar="KEY=VALUE", help="Set an input of the world; may be repeated."
)
_control = click.option(
    "--control",
    type=click.Path(path_type=Path),
    envvar=VARIABLE,
    help=f"Socket of the running lab, needed where several run [${VARIABLE}].",
)


@click.group()
def lab() -> None:
    """Run commands in a stand-in Google Cloud, and break it on purpose."""


@lab.command(context_settings={"allow_interspersed_args": False})
@_fault
@_route
@_login
@_isolation
@_world
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def run(**asked: Any) -> None:
    """Run COMMAND (default: check) with the environment of an app on Cloud Run, and exit as it does."""
    command = asked.pop("command") or CHECK
    with _started(**asked) as (running, environment):
        code = run_in_foreground(running.command(*command), environment | _of_the_terminal())
    sys.exit(code)


@lab.command()
@_fault
@_route
@_login
@_isolation
@_world
def up(**asked: Any) -> None:
    """Stay until interrupted; print the environment of an app, and where faults and the world can be switched."""
    with _started(**asked) as (_, environment):
        _print_exports(_without_path(environment))
        click.echo("# the lab is up; end it with Ctrl-C", err=True)
        signal.pause()


@contextmanager
def _started(
    faults: tuple[str, ...], route: str | None, login: str | None, isolation: str, settings: tuple[str, ...]
) -> Iterator[tuple[Lab, dict[str, str]]]:
    """A lab with its control socket, and the environment of an app in it; refused before anything is started."""
    prepared = Lab(isolation=Isolation(isolation))
    try:
        setup = prepared.setup_for(faults, Route(route) if route else None, Login(login) if login else None)
        prepared.world_of(prepared.world, settings)
        with ending_in_order(), prepared as running, Control(running, setup) as control:
            environment = running.arrange(*faults, route=setup.route, login=setup.login, world=settings)
            yield running, {VARIABLE: str(control.path)} | environment
    except (RefusedArrangementError, NotAllowedError) as error:
        raise click.UsageError(str(error)) from None


@lab.command(name="exec", context_settings={"allow_interspersed_args": False})
@_control
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
def execute(control: Path | None, command: tuple[str, ...]) -> None:
    """Run COMMAND in the running lab with the environment of an app there, and exit as it does."""
    reply = _ask(Order(action=Action.COMMAND, argv=command, directory=str(Path.cwd())), control)
    sys.exit(run_in_foreground(reply.argv, reply.environment | _of_the_terminal()))


@lab.command()
def worlds() -> None:
    """List the inputs of a world, their values (default first) and meanings."""
    width = max(len(key.name) for key in KEYS)
    for key in KEYS:
        click.echo(f"{key.name:{width}}  {key.meaning} ({key.allowed})")


@lab.group()
def world() -> None:
    """Change the world of a running lab."""


@world.command("set")
@click.argument("settings", nargs=-1, required=True, metavar="KEY=VALUE...")
@_control
def world_set(settings: tuple[str, ...], control: Path | None) -> None:
    """Set inputs of the world, and leave the others as they are."""
    _ask(Order(action=Action.WORLD, world=settings), control)


@lab.group()
def fault() -> None:
    """Switch a fault of a running lab."""


@fault.command("on")
@click.argument("name")
@_control
def fault_on(name: str, control: Path | None) -> None:
    """Switch the fault NAME on."""
    _switch(Action.ON, name, control)


@fault.command("off")
@click.argument("name")
@_control
def fault_off(name: str, control: Path | None) -> None:
    """Switch the fault NAME off."""
    _switch(Action.OFF, name, control)


@lab.command()
@_control
def env(control: Path | None) -> None:
    """Print the environment that an app would be started with in the running lab now."""
    _print_exports(_without_path(_ask(Order(action=Action.ENVIRONMENT), control).environment))


class _Listed(Value, frozen=True, kw_only=True):
    """A fault as ``lab faults -o json`` shows it."""

    name: str
    title: str
    place: str
    expected: tuple[Expected, ...]


@lab.command()
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text")
def faults(output: str) -> None:
    """List the faults and the routes they fit; -o json adds the diagnosis each must lead to."""
    if output == "json":
        listed = [_Listed(name=f.name, title=f.title, place=f.place, expected=f.expected) for f in FAULTS]
        click.echo(msgspec.json.format(msgspec.json.encode(listed), indent=2).decode())
        return
    width = max(len(each.name) for each in FAULTS)
    for each in FAULTS:
        click.echo(f"{each.name:{width}}  {each.title} ({', '.join(each.routes)})")


def _switch(action: Action, name: str, control: Path | None) -> None:
    try:
        wanted = find(name)
    except UnknownFaultError as error:
        raise click.UsageError(str(error)) from None
    reply = _ask(Order(action=action, fault=name), control)
    click.echo(f"on: {', '.join(reply.faults) or 'nothing'}")
    if action is Action.ON and (harmless := _harmless(wanted, reply.setup)):
        click.echo(harmless, err=True)
    if wanted.in_environment:
        click.echo("This one is in the app's settings: start the app anew, with what `lab env` prints.", err=True)


def _harmless(wanted: Fault, setup: Setup) -> str:
    """That the app's path works all the same, and whose does not; empty where it fails."""
    expected = wanted.on(setup.route, setup.login)
    if expected is None or expected.cause is not None:
        return ""
    broken = ", ".join(f"{each.route} with login {each.login}" for each in wanted.breaks)
    here = f"The path works all the same on route {setup.route} with login {setup.login}"
    return f"{here}; it fails on: {broken}" if broken else f"{here}, as on every other."


def _ask(order: Order, control: Path | None) -> Reply:
    try:
        reply = ask(control or _only_running(), order)
    except NoLabError as error:
        raise click.UsageError(str(error)) from None
    if reply.error:
        raise click.UsageError(reply.error)
    return reply


def _only_running() -> Path:
    """Where nobody names a lab, the one there is."""
    found = running()
    if len(found) == 1:
        return found[0]
    several = f"{len(found)} labs run ({', '.join(map(str, found))})" if found else "no lab runs"
    raise click.UsageError(f"{several}: start one with `lab up`, or name it by {VARIABLE} or --control")


def _of_the_terminal() -> dict[str, str]:
    return {name: os.environ[name] for name in OF_THE_TERMINAL if name in os.environ}


def _without_path(environment: Mapping[str, str]) -> dict[str, str]:
    """For a shell that has a PATH and a home of its own."""
    return {name: value for name, value in environment.items() if name not in {"PATH", "HOME"}}


def _print_exports(environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        click.echo(f"export {name}={shlex.quote(value)}")
