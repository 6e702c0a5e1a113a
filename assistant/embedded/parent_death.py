"""Run a program that ends when its parent does, even when the parent is killed with kill -9.

Run as a plain file, in front of the program's own command:
    python -I parent_death.py [--as-nobody | --in-namespace] SIGNAL PROGRAM ARGS...

On Linux the kernel sends SIGNAL when the parent dies, and this process becomes the program. Elsewhere this process
stays, watches its parent, and forwards signals.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
NOBODY_ID = 65534
WATCH_INTERVAL_S = 0.5
PATIENCE_S = 25
PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)


def enter_namespace() -> None:
    """Become `nobody` in a user namespace of our own, while files keep their real owner.

    PostgreSQL refuses to run as root. This way no files have to change their owner. Raises OSError if the kernel, or a
    container's policy, refuses user namespaces.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are refused here")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{NOBODY_ID} {user} 1"),
        ("gid_map", f"{NOBODY_ID} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def become_nobody() -> None:
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    os.environ["HOME"] = "/"


def die_with_parent(number: int, *, parent: int) -> None:
    """Ask the kernel for signal `number` at the parent's death; exit at once if it is dead already.

    The kernel resets this when a process changes its user, so call it last.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, number) != 0:
        raise OSError(ctypes.get_errno(), "prctl was refused")
    if os.getppid() != parent:
        sys.exit(0)


def watch(command: list[str], number: int, *, parent: int) -> int:
    """Run `command` as a child and end it when our parent is gone; return the child's exit status."""
    child = subprocess.Popen(command)
    for passed in PASSED_ON:
        signal.signal(passed, lambda received, _frame: child.send_signal(received))
    while child.poll() is None:
        if os.getppid() != parent:
            child.send_signal(number)
            try:
                return child.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                child.kill()
        time.sleep(WATCH_INTERVAL_S)
    return child.returncode


def main(arguments: list[str]) -> None:
    parent = os.getppid()
    if arguments[0] == "--in-namespace":
        enter_namespace()
        arguments = arguments[1:]
    elif arguments[0] == "--as-nobody":
        become_nobody()
        arguments = arguments[1:]
    number, command = signal.Signals[f"SIG{arguments[0]}"], arguments[1:]
    if sys.platform == "linux":
        die_with_parent(number, parent=parent)
        os.execvp(command[0], command)
    sys.exit(watch(command, number, parent=parent))


if __name__ == "__main__":
    main(sys.argv[1:])
