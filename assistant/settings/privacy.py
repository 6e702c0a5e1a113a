"""Exports and erasures."""

from assistant.settings.environment import DATA_DIR, env

EXPORT_LINK_VALID_S = env.int("EXPORT_LINK_VALID_S", default=24 * 3600)  # of a link to an export, which works once
# Outside the database and its backups. Several machines must share it.
ERASURE_LEDGER = env.str("ERASURE_LEDGER", default="") or str(DATA_DIR / "erasures.jsonl")
