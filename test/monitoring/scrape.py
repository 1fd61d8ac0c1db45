"""A Prometheus scrapes an agent with an application beside it: see test.sh. The argument is an empty directory."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "helm-chart/liteferry/monitoring"
WORK = Path(sys.argv[1]).resolve()
LOCAL, VOLUME, STATE = WORK / "local", WORK / "volume", WORK / "state"
LITEFERRY = ROOT / "sync-agent/target/liteferry/bin/liteferry"
PATIENCE = 30
BEGAN = time.monotonic()

# Queries of the dashboard that rightly return nothing while all is well.
EMPTY = (re.compile(r"^liteferry_problems\{.*\} > 0$"), re.compile(r"^ALERTS\{"))

# What makes the expression of each alert true while all is well: so the metrics, labels and joins in it are real ones.
RELAXED = {
    "LiteferryUnpublished": [("> liteferry_ready", ">= -liteferry_ready")],
    "LiteferryVolumeDown": [("== 0", "== 1")],
    "LiteferryFenced": [("== 1", "== 0")],
    "LiteferryCheckFailed": [("> 0", "== 0")],
    "LiteferryScrubFailed": [("> 0", "== 0")],
    "LiteferryIncomplete": [("> 0", "== 0")],
    "LiteferryNodeSpace": [("0.15 *", "1.1 *"), ("1.2 *", "1e12 *")],
    "LiteferryVolumeSpace": [("1.2 *", "1e12 *")],
    "LiteferryRestoreStuck": [("== 0", "== 1")],
    "LiteferryDown": [("< 0.5", "> 0.5")],
    "LiteferryRestarting": [("> 2", "== 0")],
    "LiteferryNotWatching": [("== 0", "== 1")],
    "LiteferryEventsLost": [("> 10", "== 0")],
    "LiteferryAccident": [("> 0", "== 0")],
    "LiteferryHistoryThin": [("> 0", "== 0")],
    "LiteferryRehearsal": [("> 8", "< 8")],
}


def say(text):
    print(f"{time.monotonic() - BEGAN:4.0f}s  {text}", flush=True)


def fail(text):
    raise SystemExit(f"FAILED: {text}")


def until(what, holds):
    """Asks again and again; returns the first answer that is something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if answer := holds():
            return answer
        time.sleep(0.2)
    return fail(f"not within {PATIENCE} s: {what}")


class Process:
    started = []

    def __init__(self, name, *command):
        self.log = WORK / f"{name}.log"
        self.process = subprocess.Popen(command, stderr=self.log.open("w"), stdout=subprocess.DEVNULL, cwd=WORK)
        Process.started.append(self.process)

    def said(self, pattern):
        return re.search(pattern, self.log.read_text())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


class Application(threading.Thread):
    """Commits five times a second, in WAL mode."""

    def __init__(self):
        super().__init__(daemon=True)
        self.end = threading.Event()

    def run(self):
        with sqlite3.connect(LOCAL / "app.db") as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE t (x)")
            while not self.end.wait(0.2):
                database.execute("INSERT INTO t VALUES (randomblob(1000))")
                database.commit()


class TextOnly(BaseHTTPRequestHandler):
    """Asks the agent on behalf of a Prometheus that does not accept OpenMetrics."""

    agent = ""

    def do_GET(self):
        request = urllib.request.Request(self.agent + self.path, headers={"Accept": "text/plain;version=0.0.4"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                body, form = answer.read(), answer.headers["Content-Type"]
        except OSError as error:
            return self.send_error(502, str(error))
        self.send_response(200)
        self.send_header("Content-Type", form)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class NodeExporter(BaseHTTPRequestHandler):
    """Shows what a rehearsal has left for the textfile collector of one."""

    def do_GET(self):
        body = (WORK / "app.prom").read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain;version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def serve(handler):
    """On any port, which it returns."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


class Prometheus:
    def __init__(self, targets):
        rules = re.sub(r"\bfor: \d+[md]", "for: 2s", (MONITORING / "rules.yaml").read_text())
        (WORK / "rules.yaml").write_text(rules)
        labels = {"namespace": "home", "pod": "mealie-0", "container": "liteferry"}
        (WORK / "prometheus.yml").write_text(
            json.dumps(
                {
                    "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
                    "rule_files": ["rules.yaml"],
                    "scrape_configs": [
                        {"job_name": job, "static_configs": [{"targets": [target], "labels": labels}]}
                        for job, target in targets.items()
                    ],
                }
            )
        )
        self.process = Process(
            "prometheus",
            "prometheus",
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            "--web.listen-address=127.0.0.1:0",
        )
        # The log names the port that was found.
        found = until("Prometheus listens", lambda: self.process.said(r'msg="Listening on" address=(\S+)'))
        self.url = f"http://{found[1]}/api/v1/"
        until("Prometheus is ready", lambda: self.process.said("Server is ready"))

    def ask(self, path, **parameters):
        try:
            with urllib.request.urlopen(self.url + path + "?" + urllib.parse.urlencode(parameters), timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            return fail(f"{parameters}: {error.read().decode()}")

    def query(self, expression):
        return self.ask("query", query=expression)["result"]

    def firing(self):
        return {r["metric"]["alertname"] for r in self.query('ALERTS{alertstate="firing", job="openmetrics"}')}

    def until_firing(self, *alerts):
        say("waiting for " + (", ".join(alerts) or "no alert"))
        try:
            until(f"firing: {alerts}", lambda: self.firing() == set(alerts))
        except SystemExit:
            fail(f"firing is {self.firing()}, expected {alerts}; {self.ask('alerts')}")


def expressions(node):
    """Every query of a dashboard."""
    if isinstance(node, dict):
        if isinstance(node.get("expr"), str):
            yield node["expr"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from expressions(item)


def check_layout(panels):
    """Every panel says what it shows, and none covers another."""
    taken, ids = set(), [panel["id"] for panel in panels]
    if len(set(ids)) < len(ids):
        fail("two panels have the same id")
    for panel in panels:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        if cells & taken or any(x > 23 for x, _ in cells):
            fail(f"the panel {panel['title']!r} covers another, or leaves the grid")
        taken |= cells
        if panel["type"] not in ("row", "table") and not (panel["description"] and panel["fieldConfig"]["defaults"]["unit"]):
            fail(f"the panel {panel['title']!r} has no description, or no unit")


def check_dashboard(prometheus):
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    check_layout(dashboard["panels"])
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            asked = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["definition"])
            values = prometheus.ask(
                f"label/{asked[2]}/values", **{"match[]": asked[1].replace("$namespace", ".*").replace("$pod", ".*")}
            )
            if len(values) != 1:
                fail(f"variable {variable['name']} has {values}")
    queries = list(dict.fromkeys(expressions(dashboard)))
    for query in queries:
        concrete = query.replace("$__rate_interval", "10s").replace("$namespace", ".*").replace("$pod", ".*")
        if "$" in concrete:
            fail(f"a variable that this test does not know: {query}")
        result = prometheus.query(concrete)
        if any(empty.match(concrete) for empty in EMPTY):
            continue
        if not result:
            fail(f"the dashboard's query returns nothing: {concrete}")
        if all(r["value"][1] == "NaN" for r in result):
            fail(f"the dashboard's query returns no number: {concrete}")
    say(f"  {len(queries)} queries")


def check_rules(prometheus):
    (group,) = prometheus.ask("rules")["groups"]
    names = {rule["name"] for rule in group["rules"]}
    if names != RELAXED.keys():
        fail(f"rules without an expression that must hold: {names ^ RELAXED.keys()}")
    for rule in group["rules"]:
        if prometheus.query(rule["query"]):
            fail(f"{rule['name']} would fire while all is well: {rule['query']}")
        for alone in RELAXED[rule["name"]]:
            relaxed = rule["query"]
            for before, after in RELAXED[rule["name"]]:
                if before not in relaxed:
                    fail(f"{rule['name']} has no {before!r}: {rule['query']}")
                relaxed = relaxed.replace(before, after if (before, after) == alone else before.replace("*", "* 0 *"))
            until(f"data of {rule['name']}: {relaxed}", lambda query=relaxed: prometheus.query(query))
    say(f"  {len(names)} rules")


def check_health(prometheus):
    """Nothing went wrong in Prometheus itself."""
    for target in prometheus.ask("targets")["activeTargets"]:
        if target["health"] != "up":
            fail(f"{target['scrapePool']}: {target['lastError']}")
    for group in prometheus.ask("rules")["groups"]:
        for rule in group["rules"]:
            if rule["health"] != "ok":
                fail(f"{rule['name']}: {rule.get('lastError')}")
    log = prometheus.process.log.read_text()
    if found := re.findall(r"^.*level=(?:warn|error).*$", log, re.MULTILINE):
        fail("Prometheus complains:\n" + "\n".join(found))


def main():
    LOCAL.mkdir()
    VOLUME.mkdir()
    with sqlite3.connect(LOCAL / "other.db") as database:
        database.execute("CREATE TABLE t (x)")
        database.executemany("INSERT INTO t VALUES (?)", [("row" * 300,) for _ in range(2000)])
    sound = (LOCAL / "other.db").read_bytes()
    application = Application()
    application.start()
    agent = Process(
        "agent",
        LITEFERRY,
        "run",
        f"--state={STATE}",
        "--listen=0",
        "--max-delay=1s",
        "--rescan=5s",
        "--ready-max-lag=4s",
        LOCAL,
        VOLUME,
    )
    url = until("the agent listens", lambda: agent.said(r"listening on (http://\S+)"))[1]
    until("the first pass", lambda: agent.said("ready: the first pass is done"))
    TextOnly.agent = url
    proxy = serve(TextOnly)
    say("a rehearsal")
    subprocess.run([LITEFERRY, "rehearse", VOLUME, f"--in={WORK}", f"--textfile={WORK / 'app.prom'}"], check=True)
    exporter = serve(NodeExporter)

    say("promtool check metrics")
    with urllib.request.urlopen(url + "/metrics") as page:
        pages = [page.read(), (WORK / "app.prom").read_bytes()]
    for page in pages:
        checked = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)
        if checked.returncode or checked.stderr:
            fail(f"promtool check metrics: {checked.stderr.decode()}")

    say("Prometheus scrapes OpenMetrics and text")
    prometheus = Prometheus(
        {
            "openmetrics": url.removeprefix("http://"),
            "text": f"127.0.0.1:{proxy}",
            "exporter": f"127.0.0.1:{exporter}",
        }
    )
    until("both are scraped", lambda: len(prometheus.query("liteferry_passes_total{result='published'} > 1")) == 2)
    differing = "count by (__name__) ({__name__=~'(liteferry|process)_.+', job='%s'})"
    openmetrics, text = (
        {r["metric"]["__name__"] for r in prometheus.query(differing % job)} - {"liteferry_unpublished_since_timestamp_seconds"}
        for job in ("openmetrics", "text")
    )
    if openmetrics != text or len(text) < 25:
        fail(f"the formats differ, or lack metrics: {openmetrics ^ text}, {len(text)}")
    time.sleep(5)  # for rates
    say("the dashboard's queries")
    check_dashboard(prometheus)
    say("the rules' expressions")
    check_rules(prometheus)
    prometheus.until_firing()

    say("the volume is taken away")
    VOLUME.rename(WORK / "away")
    prometheus.until_firing("LiteferryVolumeDown", "LiteferryUnpublished")
    (waiting,) = prometheus.query("liteferry_unpublished_bytes{job='openmetrics'}")
    if float(waiting["value"][1]) < (LOCAL / "app.db").stat().st_size / 2:
        fail(f"so little waits for the volume: {waiting}")
    (WORK / "away").rename(VOLUME)
    prometheus.until_firing()

    say("a database is corrupted")
    with (LOCAL / "other.db").open("r+b") as file:
        file.seek(4096 * 20)
        file.write(b"\xff" * 4096 * 3)
    # and is unpublished for longer than is allowed
    prometheus.until_firing("LiteferryCheckFailed", "LiteferryUnpublished")
    (LOCAL / "other.db").write_bytes(sound)
    prometheus.until_firing()
    check_health(prometheus)

    say("the application and the agent stop")
    application.end.set()
    application.join()
    code = agent.stop()
    if code:
        fail(f"the agent ended with {code}")
    until("nothing is scraped", lambda: not prometheus.query("liteferry_started"))
    prometheus.until_firing()
    prometheus.process.stop()
    say("passed")


try:
    main()
finally:
    for process in Process.started:
        process.kill()
