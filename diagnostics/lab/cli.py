"""``cloudsql-diag lab``: the stand-in cloud from the command line."""

import os
import shlex
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import msgspec

from diagnostics.lab.control import VARIABLE, Action, Control, NoLabError, Order, Reply, ask
from diagnostics.lab.fault import Expected
from diagnostics.lab.faults import FAULTS
from diagnostics.lab.lab import CannotResolveError, Lab, Setup, UnfitFaultError, setup_for
from diagnostics.lab.running import ending_in_order, run_in_foreground
from diagnostics.lab.switchboard import UnknownFaultError, find
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
    type=click.Choice(["loopback"]),
    default="loopback",
    expose_value=False,
    help="How the world is built.",
)
_control = click.option(
    "--control", type=click.Path(path_type=Path), envvar=VARIABLE, help=f"Socket of the running lab [${VARIABLE}]."
)


@click.group()
def lab() -> None:
    """Run commands in a stand-in Google Cloud, and break it on purpose."""


@lab.command(context_settings={"allow_interspersed_args": False})
@_fault
@_route
@_login
@_isolation
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def run(faults: tuple[str, ...], route: str | None, login: str | None, command: tuple[str, ...]) -> None:
    """Run COMMAND (default: check) with the environment of an app on Cloud Run, and exit as it does."""
    setup = _setup(faults, route, login)
    with ending_in_order(), Lab() as running, Control(running, setup) as control:
        environment = _arranged(running, faults, setup) | _of_the_terminal() | {VARIABLE: str(control.path)}
        code = run_in_foreground(running.command(*(command or CHECK)), environment)
    sys.exit(code)


@lab.command()
@_fault
@_route
@_login
@_isolation
def up(faults: tuple[str, ...], route: str | None, login: str | None) -> None:
    """Stay until interrupted; print the environment of an app, and where faults can be switched."""
    setup = _setup(faults, route, login)
    with ending_in_order(), Lab() as running, Control(running, setup) as control:
        environment = _arranged(running, faults, setup)
        _print_exports({VARIABLE: str(control.path)} | _without_path(environment))
        click.echo("# the lab is up; end it with Ctrl-C", err=True)
        signal.pause()


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


def _setup(names: Sequence[str], route: str | None, login: str | None) -> Setup:
    """What was asked for, refused before anything is started."""
    try:
        return setup_for(names, Route(route) if route else None, Login(login) if login else None)
    except (UnknownFaultError, UnfitFaultError) as error:
        raise click.UsageError(str(error)) from None


def _arranged(running: Lab, names: Sequence[str], setup: Setup) -> dict[str, str]:
    try:
        return running.arrange(*names, route=setup.route, login=setup.login)
    except CannotResolveError as error:
        raise click.UsageError(str(error)) from None


def _switch(action: Action, name: str, control: Path | None) -> None:
    try:
        wanted = find(name)
    except UnknownFaultError as error:
        raise click.UsageError(str(error)) from None
    reply = _ask(Order(action=action, fault=name), control)
    click.echo(f"on: {', '.join(reply.faults) or 'nothing'}")
    if wanted.in_environment:
        click.echo("This one is in the app's settings: start the app anew, with what `lab env` prints.", err=True)


def _ask(order: Order, control: Path | None) -> Reply:
    if control is None:
        raise click.UsageError(f"no running lab is named: set {VARIABLE} as `lab up` prints it, or give --control")
    try:
        reply = ask(control, order)
    except NoLabError as error:
        raise click.UsageError(str(error)) from None
    if reply.error:
        raise click.UsageError(reply.error)
    return reply


def _of_the_terminal() -> dict[str, str]:
    return {name: os.environ[name] for name in OF_THE_TERMINAL if name in os.environ}


def _without_path(environment: Mapping[str, str]) -> dict[str, str]:
    """For a shell that has a PATH and a home of its own."""
    return {name: value for name, value in environment.items() if name not in {"PATH", "HOME"}}


def _print_exports(environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        click.echo(f"export {name}={shlex.quote(value)}")
