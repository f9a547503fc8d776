"""What the sandbox costs: `python bench/sandbox.py [--seconds 60] [--rate 1000]`.

One run starts a sandbox of its own, on a free loopback port, and prints

- how long a start with the default seed takes,
- the CPU time of the sandbox's process for one read by id, and for one query page of 1,000 rows of the company with
  100,000 transactions, in several shapes,
- its memory at intervals under a steady load of reads.

CPU time is user plus system of the whole process, server and HTTP included, divided by the number of requests.
"""

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN_SECONDS = 30
READS, PAGES = 2_000, 20
CONNECTIONS = 4
SHAPES = {
    "all, first page": "SELECT * FROM Invoice MAXRESULTS 1000",
    "all, last pages": "SELECT * FROM Invoice STARTPOSITION 39001 MAXRESULTS 1000",
    "by date": "SELECT * FROM Invoice WHERE TxnDate >= '{since}' MAXRESULTS 1000",
    "open, newest first": "SELECT * FROM Invoice WHERE Balance > '0' ORDERBY TxnDate DESC MAXRESULTS 1000",
    "changed lately": "SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime > '{since}T00:00:00Z' MAXRESULTS 1000",
}


class Sandbox:
    """The process under measurement and one connection to it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.port = port
        self._process = psutil.Process(process.pid)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Accept": "application/json"}

    def call(self, method: str, path: str, body: object = None) -> bytes:
        """Send one request and return the body of a good answer."""
        text = None if body is None else json.dumps(body)
        self._connection.request(method, path, text, self.headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content

    def cpu_ms(self) -> float:
        """CPU time used so far."""
        times = self._process.cpu_times()
        return 1000 * (times.user + times.system)

    def resident_mib(self) -> float:
        """Memory held now."""
        return float(self._process.memory_info().rss) / 2**20

    def open_company(self, seed: str) -> str:
        """Open a company, keep its token for what follows and return its realm."""
        made = json.loads(self.call("POST", "/_sandbox/companies", {"seed": seed}))
        self.headers["Authorization"] = f"Bearer {made['access_token']}"
        return str(made["realm_id"])


@contextmanager
def started() -> Iterator[Sandbox]:
    """Start a sandbox, print how long that took, and end it afterwards."""
    port = free_port()
    environment = {**os.environ, "SANDBOX_PORT": str(port), "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "sandbox"], cwd=ROOT, env=environment)
    try:
        wait_until_up(port)
        sandbox = Sandbox(process, port)
        took = time.perf_counter() - began
        held = f"{sandbox.cpu_ms():.0f} ms CPU, {sandbox.resident_mib():.0f} MiB"
        print(f"start with the default seed: {took:.2f} s, {held}")
        yield sandbox
    finally:
        process.terminate()
        process.wait(15)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(port: int) -> None:
    """Return when the port answers."""
    end = time.perf_counter() + START_WITHIN_SECONDS
    while time.perf_counter() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.01)
    raise SystemExit("the sandbox did not start")


def measure_reads(sandbox: Sandbox) -> None:
    """Print the CPU time of a read by id."""
    realm = sandbox.open_company("services")
    path = f"/v3/company/{realm}/invoice/102"
    per_read = cost(sandbox, [path] * READS)
    print(f"read by id: {per_read:.3f} ms CPU (mean of {READS})")


def measure_pages(sandbox: Sandbox) -> str:
    """Print the CPU time of query pages out of the large company; return its realm."""
    before = sandbox.cpu_ms()
    realm = sandbox.open_company("large")
    print(f"open `large`: {(sandbox.cpu_ms() - before) / 1000:.1f} s CPU, {sandbox.resident_mib():.0f} MiB")
    since = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 200 * 86_400))
    for name, shape in SHAPES.items():
        path = f"/v3/company/{realm}/query?query={quote(shape.format(since=since))}"
        first = cost(sandbox, [path])
        rows = len(json.loads(sandbox.call("GET", path))["QueryResponse"]["Invoice"])
        print(f"query page, {name}: {cost(sandbox, [path] * PAGES):.1f} ms CPU ({rows} rows; first time {first:.1f})")
    return realm


def cost(sandbox: Sandbox, paths: list[str]) -> float:
    """Return the CPU time of one request, in milliseconds."""
    before = sandbox.cpu_ms()
    for path in paths:
        sandbox.call("GET", path)
    return (sandbox.cpu_ms() - before) / len(paths)


def load(sandbox: Sandbox, realm: str, seconds: int, rate: int) -> None:
    """Read at a steady rate and print memory at intervals."""
    request = (
        f"GET /v3/company/{realm}/invoice/{{id}} HTTP/1.1\r\nHost: sandbox\r\nAccept: application/json\r\n"
        f"Authorization: {sandbox.headers['Authorization']}\r\n\r\n"
    )
    ids = [row["Id"] for row in invoices(sandbox, realm)]
    counts = [0] * CONNECTIONS
    end = time.perf_counter() + seconds
    share = (sandbox.port, request, ids, rate / CONNECTIONS, end, counts)
    readers = [threading.Thread(target=read_steadily, args=(*share, place)) for place in range(CONNECTIONS)]
    for reader in readers:
        reader.start()
    began, cpu = time.perf_counter(), sandbox.cpu_ms()
    while time.perf_counter() < end:
        time.sleep(min(max(1.0, seconds / 10), max(0.0, end - time.perf_counter())))
        passed = time.perf_counter() - began
        print(f"  {passed:5.0f} s: {sum(counts) / passed:5.0f} reads/s, {sandbox.resident_mib():.1f} MiB")
    for reader in readers:
        reader.join(5)
    print(f"load: {sum(counts)} reads, {(sandbox.cpu_ms() - cpu) / max(1, sum(counts)):.3f} ms CPU each")


def invoices(sandbox: Sandbox, realm: str) -> list[dict[str, str]]:
    """Return a page of invoices."""
    path = f"/v3/company/{realm}/query?query={quote('SELECT Id FROM Invoice MAXRESULTS 1000')}"
    return list(json.loads(sandbox.call("GET", path))["QueryResponse"]["Invoice"])


def read_steadily(
    port: int, request: str, ids: list[str], rate: float, end: float, counts: list[int], place: int
) -> None:
    """Send one reader's share, waiting for each answer: a raw socket, so that the reader costs less than the server."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        began = time.perf_counter()
        while (now := time.perf_counter()) < end:
            ahead = began + counts[place] / rate - now
            if ahead > 0:
                time.sleep(ahead)
            connection.sendall(request.format(id=ids[counts[place] % len(ids)]).encode())
            receive(connection)
            counts[place] += 1


def receive(connection: socket.socket) -> None:
    """Read one answer to its end."""
    content = connection.recv(65_536)
    head, _, body = content.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"a read was answered {head[:60]!r}")
    missing = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]) - len(body)
    while missing > 0:
        missing -= len(connection.recv(65_536))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What the sandbox costs.")
    parser.add_argument("--seconds", type=int, default=60, help="how long the load lasts; 0 leaves it out")
    parser.add_argument("--rate", type=int, default=1000, help="reads a second")
    asked = parser.parse_args()
    with started() as sandbox:
        measure_reads(sandbox)
        realm = measure_pages(sandbox)
        if asked.seconds:
            load(sandbox, realm, asked.seconds, asked.rate)


if __name__ == "__main__":
    main()
