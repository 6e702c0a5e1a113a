"""Supervisor configuration of the programs that run beside the foreground program.

Each program is tied to supervisor (parent_death.py), and supervisor to the foreground program, so that none outlives
its parent, however that ended.
"""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.embedded.paths import ROOT, TIED, Home

# In the environment of each process of one home; leftovers.py searches for it.
MARK = "BREVITY_RUNS_IN"
LOCAL_MODEL = "local_model"  # installed while the shop is open; ends when done
HEAD = """\
[supervisord]
nodaemon = true
silent = true
logfile = {logs}/supervisor.log
logfile_maxbytes = 5MB
logfile_backups = 1
childlogdir = {logs}
pidfile = {run}/supervisor.pid
directory = {root}

[unix_http_server]
file = {socket}
chmod = 0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
PROGRAM = """
[program:{name}]
command = {command}
environment = {environment}
priority = {priority}
autostart = {autostart}
autorestart = {autorestart}
startsecs = {startsecs}
startretries = 3
stopsignal = {stop_signal}
stopwaitsecs = {stop_wait_s}
killasgroup = true
redirect_stderr = true
stdout_logfile = {logs}/{name}.log
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 2
"""


@dataclass(frozen=True, slots=True)
class Program:
    """One process that supervisor keeps alive.

    Programs stop in descending order of `priority`, so the servers, which have the lowest, outlive their users.
    """

    name: str
    command: list[str]
    priority: int
    at_once: bool = False  # started by supervisor itself; the others on request
    kept_alive: bool = True
    stop_signal: str = "TERM"
    stop_wait_s: int = 25
    # A program that ends sooner has failed to start; after four attempts supervisor gives up.
    up_after_s: int = 15
    environment: Mapping[str, str] = field(default_factory=dict)


def python_program(name: str, *words: str, tie: str = "TERM", **options: Any) -> Program:
    """Return one of our own programs, `python -m WORDS`, which gets the signal `tie` when supervisor dies."""
    command = [sys.executable, "-I", str(TIED), tie, sys.executable, "-m", *words]
    return Program(name, command, 50, **options)


def server(name: str, command: list[str], *, stop_signal: str) -> Program:
    """Return Postgres or Valkey. Postgres' main process gets INT and stops its children."""
    return Program(name, command, 10, at_once=True, stop_signal=stop_signal, up_after_s=1)


def worker(name: str, queue: str, *, processes: int, **options: Any) -> Program:
    """Return a Celery worker of one queue.

    TERM lets tasks finish, then stops the worker; a task that takes too long returns to the queue. QUIT, for the death
    of supervisor, waits at most CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT.
    """
    words = ("-A", "assistant.celery:app", "worker", "--loglevel=INFO", "--without-gossip", "--without-mingle")
    own = (f"--queues={queue}", f"--concurrency={processes}", f"--hostname={name}@%h")
    return python_program(name, "celery", *words, *own, tie="QUIT", stop_wait_s=12, **options)


def shop_programs(home: Home, web_processes: int = 1) -> list[Program]:
    """Return web, workers and beat, which need the servers."""
    webs = ["web", *(f"web_{number}" for number in range(2, web_processes + 1))]
    beat = ("celery", "-A", "assistant.celery:app", "beat", "--loglevel=WARNING", "--pidfile=")
    # Only the model's worker loads a model; busy-waiting threads would take the CPU cores of web.
    for_the_model = {"LOCAL_MODEL_IN_PROCESS": "true", "OMP_WAIT_POLICY": "passive"}
    return [
        *(python_program(name, "assistant.server.serve") for name in webs),
        worker("worker", "celery", processes=2),
        worker("model_worker", "local_model", processes=1, environment=for_the_model),
        python_program("beat", *beat, f"--schedule={home.run / 'beat-schedule'}"),
        python_program(LOCAL_MODEL, "assistant.embedded.local_model", kept_alive=False, up_after_s=0),
    ]


def configuration(home: Home, programs: list[Program]) -> str:
    """Return supervisor's configuration. It has no passwords: programs inherit the environment."""
    head = HEAD.format(
        logs=escaped(home.logs),
        run=escaped(home.run),
        root=escaped(ROOT),
        socket=escaped(home.control_socket),
    )
    return head + "".join(section(home, program) for program in programs)


def section(home: Home, program: Program) -> str:
    return PROGRAM.format(
        name=program.name,
        command=escaped(shlex.join(program.command)),
        environment=",".join(f'{name}="{value}"' for name, value in program.environment.items()),
        priority=program.priority,
        autostart=str(program.at_once).lower(),
        autorestart=str(program.kept_alive).lower(),
        startsecs=program.up_after_s,
        stop_signal=program.stop_signal,
        stop_wait_s=program.stop_wait_s,
        logs=escaped(home.logs),
    )


def escaped(value: str | Path) -> str:
    """Supervisor expands %(names)s in its configuration."""
    return str(value).replace("%", "%%")
