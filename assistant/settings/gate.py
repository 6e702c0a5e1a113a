"""The gate: from which probability a message is held or refused, mutes, and learning from verdicts."""

from assistant.settings.environment import env

GATE_SPAM_FROM = env.float("GATE_SPAM_FROM", default=0.7)
GATE_INJECTION_FROM = env.float("GATE_INJECTION_FROM", default=0.7)
GATE_ABUSE_FROM = env.float("GATE_ABUSE_FROM", default=0.7)
GATE_REFUSE_FROM = env.float("GATE_REFUSE_FROM", default=1.0)  # 1 refuses only what the rules are certain of
GATE_MUTE_HOURS = env.int("GATE_MUTE_HOURS", default=24)
GATE_LABELS_MIN = env.int("GATE_LABELS_MIN", default=40)  # verdicts, at least a quarter of them of each kind
