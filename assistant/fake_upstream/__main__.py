"""Run it: python -m assistant.fake_upstream --port 9100 [--mode drip ...]"""

from __future__ import annotations

import argparse

import uvicorn

from assistant.fake_upstream.app import application
from assistant.fake_upstream.behaviour import MODES


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="assistant.fake_upstream", description="An OpenAI-compatible server to test with."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--mode", choices=MODES, default="ok")
    parser.add_argument("--tokens-per-s", type=float, default=0.0, help="0: all at once")
    parser.add_argument("--obedient", action="store_true", help="does what DO: lines in the prompt say")
    told = parser.parse_args()
    application.behaviour = application.behaviour.told(
        {"mode": told.mode, "tokens_per_s": told.tokens_per_s, "obedient": told.obedient}
    )
    # Warnings only: a line that is cut on purpose is no news.
    uvicorn.run(application, host=told.host, port=told.port, log_level="critical", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
