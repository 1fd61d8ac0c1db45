"""Drives Chromium by the WebDriver protocol over the status page: usage: browse.py WORK SAMPLES [SCREENSHOTS]"""

import base64
import http.server
import itertools
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request

WORK, SAMPLES = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
SCREENSHOTS = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
HOSTILE = {  # by how the page shows them
    "<script>document.title='owned'<!--.db": None,
    "\"'><img src=x onerror=document.title='owned'>.db": None,
    "abc\u202egnp.db": "abc\\u202egnp.db",
    "one\ntwo.db": "one\\u000atwo.db",
    "שלום.db": None,
    "%s%n{0}&amp;.db": None,
    "w" * 240: "w" * 50 + "…" + "w" * 50,
}
NARROW, WIDE = (360, 780), (1280, 900)
LINKS = ["#hand", "#hours", "#databases", "#points", "status", "metrics"]

# Text whose contrast with what is behind it is below 4.5.
FAINT = r"""
const rgb = c => c.match(/[\d.]+/g).map(Number);
const light = c => c.slice(0, 3).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const behind = e => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
return [...document.body.querySelectorAll('*')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .filter(e => { const s = getComputedStyle(e), a = light(rgb(e.closest('svg') ? s.fill : s.color)), b = light(behind(e));
        return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5; })
    .map(e => e.outerHTML.slice(0, 99));
"""


class Failure(Exception):
    pass


def require(condition, text):
    if not condition:
        raise Failure(text)


def post(url, data=None, method="POST"):
    body = None if method in ("GET", "DELETE") else json.dumps(data or {}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["value"]


def await_line(log, pattern, process):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = re.search(pattern, log.read_text(errors="replace"))
        if found:
            return found.group(1)
        require(process.poll() is None, f"{process.args[0]} ended: {log.read_text()}")
        time.sleep(0.1)
    raise Failure(f"no {pattern} in {log}")


class Browser:
    """A new profile in a headless Chromium that looks for nothing outside."""

    def __init__(self):
        log = WORK / "chromedriver.log"
        environment = dict(os.environ, HOME=str(WORK))
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=log.open("w"), stderr=subprocess.STDOUT, env=environment)
        try:
            port = await_line(log, r"started successfully on port (\d+)", self.driver)
            arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                         "--disable-background-networking", "--disable-component-update", "--disable-sync",
                         "--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={WORK}/profile"]
            always = {"goog:chromeOptions": {"binary": "/usr/bin/chromium", "args": arguments},
                      "goog:loggingPrefs": {"browser": "ALL"}}
            base = f"http://127.0.0.1:{port}/session"
            self.url = f"{base}/{post(base, {'capabilities': {'alwaysMatch': always}})['sessionId']}"
        except BaseException:
            self.driver.kill()
            raise

    def close(self):
        post(self.url, method="DELETE")
        self.driver.terminate()
        self.driver.wait()

    def protocol(self, command, **parameters):
        return post(f"{self.url}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def script(self, text):
        return post(f"{self.url}/execute/sync", {"script": text, "args": []})

    def open(self, url, scheme, size):
        self.protocol("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.protocol("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=False)
        post(f"{self.url}/url", {"url": url})

    def log(self):
        return post(f"{self.url}/se/log", {"type": "browser"})

    def press(self, key):
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        post(f"{self.url}/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def shot(self, file):
        file.write_bytes(base64.b64decode(post(f"{self.url}/screenshot", method="GET")))


def look(browser, url, name):
    """What holds of every page, however it is shown."""
    backs = {}
    for scheme, size in itertools.product(("light", "dark"), (NARROW, WIDE)):
        browser.open(url, scheme, size)
        where = f"{name}, {scheme}, {size[0]} px"
        browser.shot(WORK / f"{name}-{scheme}-{size[0]}.png")
        said = browser.log()
        require(not said, f"{where}: the console says {said}")
        wide = browser.script("return document.documentElement.scrollWidth")
        require(wide <= size[0], f"{where}: it is {wide} px wide")
        faint = browser.script(FAINT)
        require(not faint, f"{where}: too little contrast: {faint}")
        require(browser.script("return document.scripts.length + document.images.length") == 0, f"{where}: it has a script")
        requests = browser.script("return performance.getEntriesByType('resource').map(e => e.name)")
        require(not [r for r in requests if not r.startswith("data:")], f"{where}: it loads {requests}")
        backs[scheme] = browser.script("return getComputedStyle(document.body).backgroundColor")
    require(backs["light"] != backs["dark"], f"{name}: dark is as light")


def by_keyboard(browser, url):
    browser.open(url, "light", WIDE)
    for link in LINKS:
        browser.press("\ue004")  # Tab
        found = browser.script("return document.activeElement.getAttribute('href')")
        require(found == link, f"Tab leads to {found}, not to {link}")
        outline = browser.script("return getComputedStyle(document.activeElement).outlineStyle")
        require(outline != "none", f"the focus on {link} cannot be seen")
    browser.press("\ue007")  # Enter
    require(browser.script("return location.pathname") == "/metrics", "Enter does not follow a link")
    browser.log()  # text has no icon, for which Chromium asks


def structure(browser, url):
    browser.open(url, "light", WIDE)
    require(browser.script("return document.querySelectorAll('h1').length") == 1, "one heading")
    landmarks = browser.script("return ['header', 'nav', 'main', 'footer'].filter(n => !document.querySelector(n))")
    require(not landmarks, f"no {landmarks}")
    require(browser.script("return document.querySelector('meta[http-equiv=refresh]').content") == "60", "no refresh")
    loose = browser.script("return [...document.querySelectorAll('section, svg[role=img]')].filter("
                           "e => !(e.getAttribute('aria-label') || document.getElementById(e.getAttribute('aria-labelledby')))).length")
    require(loose == 0, "a part has no name")


class Samples(http.server.SimpleHTTPRequestHandler):
    """As the agent would serve them."""

    def __init__(self, *arguments):
        super().__init__(*arguments, directory=str(SAMPLES))

    def end_headers(self):
        self.send_header("Content-Security-Policy", (SAMPLES / "policy").read_text())
        super().end_headers()

    def log_message(self, *_):
        pass


def start_agent():
    for side in ("local", "volume"):
        (WORK / side).mkdir()
    for name in HOSTILE:
        with sqlite3.connect(WORK / "local" / name) as database:
            database.execute("CREATE TABLE t (x)")
    log = WORK / "agent.log"
    command = ["sync-agent/target/liteferry/bin/liteferry", "run", WORK / "local", WORK / "volume",
               f"--state={WORK}/state", "--listen=0", "--page-names"]
    agent = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log.open("w"))
    url = await_line(log, r"listening on (\S+)", agent)
    await_line(log, "(ready: )", agent)
    return agent, url


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Samples)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    samples = f"http://127.0.0.1:{server.server_port}"
    agent, url = start_agent()
    try:
        browser = Browser()
        try:
            look(browser, f"{url}/", "agent")
            names = browser.script("return [...document.querySelectorAll('bdi')].map(e => e.textContent)")
            require(sorted(names) == sorted(shown or name for name, shown in HOSTILE.items()), f"names: {names}")
            require("Liteferry" in browser.script("return document.title"), "a name has run")
            structure(browser, f"{url}/")
            by_keyboard(browser, f"{url}/")
            with urllib.request.urlopen(f"{url}/status", timeout=10) as answer:
                status = json.load(answer)
            require(status["ok"] and status["databaseCount"] == len(HOSTILE), f"{status}")
            for name in ("well", "hand"):
                look(browser, f"{samples}/{name}.html", name)
            if SCREENSHOTS:
                browser.open(f"{samples}/well.html", "light", (1000, 1200))
                browser.shot(SCREENSHOTS / "status-page.png")
                browser.open(f"{samples}/hand.html", "dark", (390, 800))
                browser.shot(SCREENSHOTS / "status-page-narrow-dark.png")
        finally:
            browser.close()
    finally:
        agent.terminate()
        agent.wait()
    print("the page is as it should be: light and dark, narrow and wide, by keyboard, with hostile names")


try:
    main()
except Failure as failure:
    sys.exit(f"NOT as it should be: {failure}")
