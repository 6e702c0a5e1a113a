"""The machine that a figure was measured on, in one line."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from django.db import connection


def described() -> str:
    """Processor, cores, load, and the versions that matter."""
    postgres = connection.cursor().execute("SHOW server_version").fetchone()[0]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    versions = ", ".join(f"{name} {version(name)}" for name in ("Django", "uvicorn", "psycopg"))
    return (
        f"{_processor()}, {os.cpu_count()} cores (load before: {load}), Python {platform.python_version()}, "
        f"{versions}, Postgres {postgres}"
    )


def cpu_s(*pids: int) -> float:
    """Processor time that processes have used so far; 0 where /proc is not to be had."""
    return sum(_cpu_s(pid) for pid in pids)


def _cpu_s(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime: proc(5)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
