"""The rooms of the package: who may import whom, what stays pure, and how long a module or function may get."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

PACKAGE = Path(__file__).parents[1] / "diagnostics"

VALUES = {"core", "wire"}
CHECKING = VALUES | {"ports", "pulse", "climb", "backoff", "check", "api_call", "login_call", "server_error"}

# Room: the rooms it may import besides itself. A new room has to find its place here before anything else.
ROOMS = {
    "core": set[str](),
    "diagnosis": {"core"},
    "wire": set[str](),
    "ports": VALUES,
    "pulse": VALUES | {"ports"},
    "climb": VALUES | {"ports"},
    "backoff": VALUES,
    "check": VALUES | {"ports", "pulse", "climb", "backoff"},
    "api_call": VALUES | {"ports", "backoff", "check"},
    "login_call": VALUES | {"ports", "climb", "backoff", "check"},
    "server_error": VALUES | {"check"},
    "checks": CHECKING,
    "adapters": VALUES | {"ports"},
    "settings": VALUES | {"ports"},
    "runner": CHECKING,
    "trials": CHECKING | {"runner"},
    "monitor": CHECKING | {"runner", "settings"},
    "surfaces": CHECKING | {"runner", "monitor", "settings"},
    "lab": {"core"},
    # Lives in the app's process: the standard library and itself, so that it can be had without any dependency.
    "startup": set[str](),
    "app": CHECKING | {"checks", "adapters", "settings", "runner", "trials", "monitor", "surfaces", "lab"},
    "__main__": {"app"},
    "__init__": set[str](),
}

# What a pure room would need to touch the world or to know the time.
WORLD = {"asyncio", "logging", "os", "pathlib", "random", "socket", "ssl", "subprocess", "sys", "threading", "time"}
# A check asks a port; with one of these it could not be tested against a fake.
OUTSIDE = {"aiohttp", "asyncio", "asyncpg", "dns", "google", "psycopg", "requests", "socket", "ssl", "subprocess"}

# Settings come in at one place. The lab is a world of its own that hands an environment to others.
ENVIRONMENT_READERS = {"settings", "app", "__main__", "lab", "startup"}

# A driver's process: what the request says goes where drivers look for it, and the settings' readers are not there.
ENVIRONMENT_OF_A_DRIVER = "adapters.child.main"

LONGEST_MODULE = 400
LONGEST_FUNCTION = 50


class Module(msgspec.Struct, frozen=True, kw_only=True):
    path: Path
    name: str
    tree: ast.Module
    lines: int

    @property
    def room(self) -> str:
        return self.name.split(".")[0]

    def imports(self) -> Iterator[str]:
        """Every module that is imported, anywhere in the file; ours without the package's name in front."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                # `from diagnostics import wire` imports a room, `from diagnostics.wire import X` a name.
                yield from (f"{base}.{alias.name}" for alias in node.names) if base == "diagnostics" else (base,)

    def our_imports(self) -> set[str]:
        return {name.removeprefix("diagnostics.") for name in self.imports() if name.startswith("diagnostics.")}

    def foreign_imports(self) -> set[str]:
        return {name.split(".")[0] for name in self.imports()} - {"diagnostics"}


def read(path: Path) -> Module:
    text = path.read_text()
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    name = ".".join(part for part in parts if part != "__init__" or len(parts) == 1)
    return Module(path=path, name=name, tree=ast.parse(text), lines=len(text.splitlines()))


MODULES = [read(path) for path in sorted(PACKAGE.rglob("*.py"))]
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)


def of(*rooms: str) -> pytest.MarkDecorator:
    found = [module for module in MODULES if module.room in rooms]
    return pytest.mark.parametrize("module", found, ids=lambda module: module.name)


@each_module
def test_imports_point_one_way(module: Module) -> None:
    assert module.room in ROOMS, "a new room: say in ROOMS what it may import"
    rooms = {name.split(".")[0] for name in module.our_imports()} - {module.room, "__version__"}
    assert rooms <= ROOMS[module.room]


@of("core", "diagnosis", "wire")
def test_pure_rooms_touch_nothing(module: Module) -> None:
    """Values in, values out: replayable without a clock, a network or a file."""
    assert module.foreign_imports().isdisjoint(WORLD | OUTSIDE)


@of("checks")
def test_checks_reach_the_world_through_ports_only(module: Module) -> None:
    assert module.foreign_imports().isdisjoint(OUTSIDE)


@of("checks")
def test_checks_do_not_know_each_other(module: Module) -> None:
    """They meet by check id and fact; only the list of all checks names them."""
    if module.name != "checks":
        assert not [name for name in module.our_imports() if name.split(".")[0] == "checks"]


@of("lab")
def test_lab_shares_only_the_codes_with_what_it_tests(module: Module) -> None:
    """Shared code would hide a misreading of a protocol on both sides."""
    assert {name for name in module.our_imports() if name.split(".")[0] == "core"} <= {"core.codes"}


@each_module
def test_environment_is_read_in_one_place(module: Module) -> None:
    if module.room in ENVIRONMENT_READERS or module.name == ENVIRONMENT_OF_A_DRIVER:
        return
    names = {node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute) and is_os(node.value)}
    assert names.isdisjoint({"environ", "environb", "getenv", "getenvb"})


def is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


def test_a_drivers_process_loads_nothing_but_the_driver() -> None:
    """Every other library would be waited for, and be within reach of whoever the driver talks to."""
    drivers = {"asyncpg", "psycopg", "google"}
    for module in MODULES:
        if module.name.startswith("adapters.child"):
            assert {name for name in module.our_imports() if not name.startswith("adapters.child")} == set()
            assert module.foreign_imports() <= sys.stdlib_module_names | drivers


@each_module
def test_a_long_module_lacks_a_concept(module: Module) -> None:
    assert module.lines <= LONGEST_MODULE


@each_module
def test_a_long_function_lacks_a_concept(module: Module) -> None:
    functions = [node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [function.name for function in functions if length(function) > LONGEST_FUNCTION] == []


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1
