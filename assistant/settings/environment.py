"""Reads the environment and `.env`. Every other module of the settings takes its values from here."""

from pathlib import Path

from environs import Env

from assistant.embedded.paths import Home, env_file

env = Env()
BASE_DIR = Path(__file__).resolve().parents[2]
env.read_env(str(env_file()), recurse=False)

# What `make run` started is found from a second terminal too; empty before its first start.
EMBEDDED = Home.from_environment()
DATA_DIR = EMBEDDED.path
