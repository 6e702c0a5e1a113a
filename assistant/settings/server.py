"""The web process: address, number of processes, metrics."""

from assistant.settings.environment import env

HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
WEB_PROCESSES = env.int("WEB_PROCESSES", default=1)
SHUTDOWN_GRACE_S = env.int("SHUTDOWN_GRACE_S", default=20)
ACCESS_LOG = env.bool("ACCESS_LOG", default=False)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # without one, /metrics answers only this machine
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
