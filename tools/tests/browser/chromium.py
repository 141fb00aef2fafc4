# SPDX-License-Identifier: GPL-2.0-only
"""A headless Chromium, driven over a pipe by its DevTools protocol."""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

# It is to reach nothing but the file that it is given.
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--remote-debugging-pipe",
)


def program():
    """The path of a Chromium; None if there is none."""
    found = (shutil.which(name) for name in PROGRAMS)
    return next((path for path in found if path), None)


class Chromium:
    """A browser with one page. What the page complains of is in .complaints."""

    def __init__(self, width=1280, height=800, dark=False):
        self.directory = tempfile.mkdtemp(prefix="vproc-browser-")
        self.complaints = []
        self.buffer = b""
        self.number = 0
        self.session = None
        to_read, self.to_browser = os.pipe()
        self.from_browser, to_write = os.pipe()
        self.process = self._start(to_read, to_write, width, height)
        os.close(to_read)
        os.close(to_write)
        self._open_page(dark)

    def _start(self, to_read, to_write, width, height):
        # The browser reads descriptor 3 and writes to 4.
        def descriptors():
            safe = [os.dup(to_read), os.dup(to_write)]
            os.dup2(safe[0], 3)
            os.dup2(safe[1], 4)

        return subprocess.Popen(
            [program(), *OPTIONS, f"--window-size={width},{height}",
             f"--user-data-dir={self.directory}", "about:blank"],
            preexec_fn=descriptors, close_fds=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def _open_page(self, dark):
        target = self.call("Target.createTarget", url="about:blank")
        attached = self.call("Target.attachToTarget", flatten=True,
                             targetId=target["targetId"])
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        scheme = {"name": "prefers-color-scheme",
                  "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def _receive(self, timeout):
        """The next message; None if there is none in time."""
        end = time.monotonic() + timeout
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.from_browser], [], [],
                                              left)[0]:
                return None
            chunk = os.read(self.from_browser, 1 << 20)
            if not chunk:
                raise RuntimeError("the browser has gone")
            self.buffer += chunk
        message, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(message)
        self._note(message)
        return message

    def _note(self, message):
        params = message.get("params", {})
        method = message.get("method")
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(
                details.get("exception", {}).get("description") or
                details["text"])
        elif method == "Runtime.consoleAPICalled":
            if params["type"] in ("error", "warning", "assert"):
                self.complaints.append(str(params["args"]))
        elif method == "Log.entryAdded":
            if params["entry"]["level"] in ("error", "warning"):
                self.complaints.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            url = params["request"]["url"]
            if not url.startswith(("file:", "about:", "data:")):
                self.complaints.append("asks for " + url)

    def call(self, method, timeout=120, **params):
        """Sends a command, and returns its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive(timeout)
            if answer is None:
                raise RuntimeError(f"{method}: no answer in {timeout} s")
            if answer.get("id") != self.number:
                continue
            if "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            return answer["result"]

    def evaluate(self, expression):
        """The value of an expression in the page; a promise is waited for."""
        result = self.call("Runtime.evaluate", expression=expression,
                           returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def settle(self):
        """Waits for what is due to be drawn."""
        self.evaluate("new Promise((done) => requestAnimationFrame(() =>"
                      " requestAnimationFrame(() => setTimeout(done, 0))))")

    def load(self, path):
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        end = time.monotonic() + 60
        while self.evaluate("document.readyState") != "complete":
            if time.monotonic() > end:
                raise RuntimeError("the page does not load")
            time.sleep(0.05)
        self.settle()

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def key(self, key, text=None):
        more = {"text": text} if text else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)
        self.settle()

    def screenshot(self):
        """PNG, in base64."""
        return self.call("Page.captureScreenshot")["data"]

    def close(self):
        try:
            self.session = None
            self.call("Browser.close", timeout=20)
            self.process.wait(20)
        except (RuntimeError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
