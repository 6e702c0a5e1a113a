"""Run it: python -m tools.fake_openai --port 9100 [--mode drip ...]"""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from tools.fake_openai import recordings
from tools.fake_openai.app import application
from tools.fake_openai.behaviour import MODES

RECORDINGS = Path(__file__).resolve().parents[2] / "tests" / "assistant" / "providers"


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.fake_openai", description="An OpenAI-compatible server to test with.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--mode", choices=MODES, default="ok")
    parser.add_argument("--tokens-per-s", type=float, default=0.0, help="0: all at once")
    parser.add_argument("--obedient", action="store_true", help="does what DO: lines in the prompt say")
    parser.add_argument("--recordings", type=Path, default=RECORDINGS, help="folder of NAME.sse and NAME.json")
    parser.add_argument("--as", dest="recording", default="", help="answers as in this recording, such as 'gemini'")
    told = parser.parse_args()
    application.recordings_folder = told.recordings
    if told.recording and told.recording not in (known := recordings.names(told.recordings)):
        parser.error(f"no recording {told.recording!r} in {told.recordings}; there are: {', '.join(known) or 'none'}")
    application.behaviour = application.behaviour.told(
        {"mode": told.mode, "tokens_per_s": told.tokens_per_s, "obedient": told.obedient}
        | {"recording": told.recording}
    )
    # Warnings only: a line that is cut on purpose is no news.
    uvicorn.run(application, host=told.host, port=told.port, log_level="critical", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
