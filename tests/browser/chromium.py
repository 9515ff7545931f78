"""A headless Chromium, and a tab of it as the tests use one."""

import asyncio
import base64
import contextlib
import json
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from diagnostics.lab.account import unprivileged
from tests.browser.devtools import CommandFailed, DevTools, Event

PATIENCE = 20.0
"""Seconds for anything that a browser does on a machine that does other things too."""

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--no-first-run",
    "--no-proxy-server",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-port=0",
    # Nothing but loopback can be reached, whatever the browser itself would like to look up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

LOOK_EVERY = 20
"""Milliseconds between two looks at a page that is to change: shorter than anybody notices."""

KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39}
"""Windows key codes, which the protocol wants beside the name of a key."""


@contextlib.contextmanager
def chromium() -> Iterator[str]:
    """A running browser with a fresh profile, as an unprivileged user; its DevTools address."""
    account = unprivileged()
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as name:
        home = account.own(Path(name))
        argv = account.command("chromium", *FLAGS, f"--user-data-dir={home}/profile", "about:blank")
        environment = {"PATH": "/usr/bin:/bin", "HOME": name, "TMPDIR": name}
        process = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield _address(home / "profile" / "DevToolsActivePort", process)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _address(file: Path, process: "subprocess.Popen[bytes]") -> str:
    """The browser writes its port and path into its profile once it listens."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError, ValueError):
            port, path = file.read_text().split()
            return f"ws://127.0.0.1:{port}{path}"
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"chromium ended with {process.wait(0.05)}: scripts/install-tools")
    raise AssertionError("chromium did not start")


class Tab:
    """One tab in a browsing context of its own: no cookie, cache or permission of another."""

    def __init__(self, tools: DevTools, session: str, context: str) -> None:
        self._tools = tools
        self._session = session
        self._context = context
        self.requests: list[str] = []
        """Every address that was asked for, and why a request was not allowed."""
        self.complaints: list[str] = []
        """What the console would show in red: exceptions, violations of the policy, failed loads."""
        tools.listen(session, self._hear)

    async def _command(self, method: str, **params: Any) -> Event:
        return await asyncio.wait_for(self._tools.command(method, self._session, **params), PATIENCE)

    async def prepare(self, width: int, scheme: str, *, open_to_tests: bool) -> None:
        """Listen, and look like a screen of that width whose owner likes ``scheme``."""
        for domain in ("Network", "Log", "Runtime", "Page", "Audits"):
            await self._command(f"{domain}.enable")
        await self._command("Page.setBypassCSP", enabled=open_to_tests)
        await self.resize(width)
        await self.prefer(scheme)

    async def resize(self, width: int, height: int = 900) -> None:
        """Below 500 px a real window would not follow."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self._command("Emulation.setDeviceMetricsOverride", **size)

    async def prefer(self, scheme: str, *, motion: str = "no-preference", media: str = "screen") -> None:
        """Colours, movement and medium as the page's media queries see them."""
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        await self._command("Emulation.setEmulatedMedia", features=features, media=media)

    async def send_headers(self, headers: dict[str, str]) -> None:
        """With every request from now on, as a proxy would add them."""
        await self._command("Network.setExtraHTTPHeaders", headers=headers)

    async def live_in(self, zone: str) -> None:
        """As if the screen stood in another time zone."""
        await self._command("Emulation.setTimezoneOverride", timezoneId=zone)

    async def open(self, address: str) -> None:
        """Go there; returns when the document has been parsed and its modules have run."""
        await self._command("Page.navigate", url=address)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def value(self, expression: str) -> Any:
        """What the expression, or its promise, comes to; never by a word of it that the page's policy forbids."""
        found = await self._command(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
            allowUnsafeEvalBlockedByCSP=False,
        )
        if "exceptionDetails" in found:
            raise AssertionError(found["exceptionDetails"]["exception"].get("description", expression))
        return found["result"].get("value")

    async def until(self, condition: str, patience: float = PATIENCE) -> None:
        """Wait for an expression to hold, looking again after each change the page could have made."""
        deadline = time.monotonic() + patience
        while not await self._holds(condition):
            if time.monotonic() > deadline:
                raise AssertionError(f"did not come to hold: {condition}\n\n{await self.text()}")

    async def _holds(self, condition: str) -> bool:
        """What is asked of an element that is not there does not hold, nor does anything on a page that is left."""
        seen = f"() => {{ try {{ return Boolean({condition}) }} catch {{ return false }} }}"
        try:
            return bool(await self.value(f"new Promise(found => setTimeout(() => found(({seen})()), {LOOK_EVERY}))"))
        except CommandFailed:
            return False

    async def text(self, selector: str = "body") -> str:
        """What a person can read there, empty where there is no such element."""
        return str(await self.value(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    async def texts(self, selector: str) -> list[str]:
        """The same of every such element."""
        found = await self.value(f"[...document.querySelectorAll({json.dumps(selector)})].map(each => each.innerText)")
        return [str(text) for text in found]

    async def click(self, selector: str) -> None:
        """With the mouse, in the middle of the first such element."""
        box = await self.value(
            f"(e => {{ e.scrollIntoView({{block: 'center', behavior: 'instant'}}); "
            "const {x, y, width, height} = e.getBoundingClientRect(); return [x + width / 2, y + height / 2] })"
            f"(document.querySelector({json.dumps(selector)}))"
        )
        at = {"x": box[0], "y": box[1], "button": "left", "clickCount": 1}
        await self._command("Input.dispatchMouseEvent", type="mousePressed", **at)
        await self._command("Input.dispatchMouseEvent", type="mouseReleased", **at)

    async def press(self, key: str, *, shift: bool = False) -> None:
        """One key, down and up."""
        text = {"Enter": "\r", " ": " "}.get(key, "")
        common = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key], "modifiers": 8 if shift else 0}
        await self._command("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        await self._command("Input.dispatchKeyEvent", type="keyUp", **common)

    async def allow(self, address: str, *permissions: str) -> None:
        """As if the person had said yes."""
        for name in permissions:
            await self._tools.command(
                "Browser.setPermission",
                browserContextId=self._context,
                permission={"name": name},
                setting="granted",
                origin=address,
            )

    async def picture(self, path: Path) -> None:
        """The whole page as PNG, however long it is."""
        shot = await self._command("Page.captureScreenshot", captureBeyondViewport=True)
        _write(path, base64.b64decode(shot["data"]))

    def _hear(self, name: str, event: Event) -> None:
        if name == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])
        elif name == "Runtime.exceptionThrown":
            details = event["exceptionDetails"]
            self.complaints.append(details.get("exception", details).get("description", details["text"]))
        elif name == "Log.entryAdded" and event["entry"]["level"] == "error":
            self.complaints.append(f"{event['entry']['text']} {event['entry'].get('url', '')}")
        elif name == "Audits.issueAdded":
            self.complaints.append(json.dumps(event["issue"]))
        elif name == "Runtime.consoleAPICalled" and event["type"] in {"error", "warning"}:
            self.complaints.append(str(event["args"]))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@contextlib.asynccontextmanager
async def tab(
    address: str, width: int = 1280, scheme: str = "light", *, open_to_tests: bool = False
) -> AsyncIterator[Tab]:
    """A fresh tab of the browser at a DevTools address.

    ``open_to_tests``: the page's policy does not bind scripts, so that one of a test may do what it likes.
    """
    async with DevTools(address) as tools:
        context = (await tools.command("Target.createBrowserContext"))["browserContextId"]
        target = await tools.command("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await tools.command("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        opened = Tab(tools, attached["sessionId"], context)
        await opened.prepare(width, scheme, open_to_tests=open_to_tests)
        try:
            yield opened
        finally:
            await tools.command("Target.disposeBrowserContext", browserContextId=context)
