"""Language models and the embedder."""

from typing import Any

from environs import validate

from assistant.settings.environment import DATA_DIR, env

LOCAL_MODEL_RUNTIME = env.str("LOCAL_MODEL_RUNTIME", default="auto")  # auto, wheel or none

# An engine without a URL is not configured: its tier is then empty and the flow goes on without it.
LARGE_MODEL_URL = env.str("LARGE_MODEL_URL", default="")
LARGE_MODEL_KEY = env.str("LARGE_MODEL_KEY", default="")
LARGE_MODEL = env.str("LARGE_MODEL", default="")
SMALL_MODEL_URL = env.str("SMALL_MODEL_URL", default="")
SMALL_MODEL_KEY = env.str("SMALL_MODEL_KEY", default="")
SMALL_MODEL = env.str("SMALL_MODEL", default="")
SMALL_MODEL_PATH = env.str("SMALL_MODEL_PATH", default="") or str(
    DATA_DIR / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
)
# llama.cpp can end a process, so only the worker of the queue local_model sets this, never a web process.
LOCAL_MODEL_IN_PROCESS = env.bool("LOCAL_MODEL_IN_PROCESS", default=False)
LOCAL_MODEL_GPU_LAYERS = env.int("LOCAL_MODEL_GPU_LAYERS", default=-1)  # -1: all that fit
LOCAL_MODEL_THREADS = env.int("LOCAL_MODEL_THREADS", default=1)
MODEL_PROXY_URL = env.str("MODEL_PROXY_URL", default="")  # HTTP_PROXY is left alone
TOKENIZER_CACHE_DIR = DATA_DIR / "models" / "tokenizer"
MODEL_SERVER_OPTIONS: dict[str, Any] = {
    "tokenizer_dir": str(TOKENIZER_CACHE_DIR),
    "connect_timeout_s": env.float("MODEL_CONNECT_TIMEOUT_S", default=3.0),
    "gap_timeout_s": env.float("MODEL_GAP_TIMEOUT_S", default=20.0),
    "total_timeout_s": env.float("MODEL_TOTAL_TIMEOUT_S", default=90.0),
    "max_stream_bytes": env.int("MODEL_STREAM_MAX_BYTES", default=1_048_576),
    "thinking_max_tokens": env.int("MODEL_THINKING_MAX_TOKENS", default=4_096),
    "proxy_url": MODEL_PROXY_URL,
}
FIRST_TOKEN_TIMEOUT_S = {
    "large": env.float("LARGE_MODEL_FIRST_TOKEN_S", default=15.0),
    "small": env.float("SMALL_MODEL_FIRST_TOKEN_S", default=30.0),
}
# Models that staff set in the admin come before these. Their keys are encrypted with secrets derived from this list,
# newest first; without one, from SECRET_KEY.
MODEL_CONNECTIONS = env.bool("MODEL_CONNECTIONS", default=True)
MODEL_CONNECTIONS_FRESH_S = env.float("MODEL_CONNECTIONS_FRESH_S", default=2.0)
MODEL_TEST_TIMEOUT_S = env.float("MODEL_TEST_TIMEOUT_S", default=30.0)  # for each request of a test in the admin
# Which servers of our own network they may name: all, listed (superusers any, others those of the list) or none.
MODEL_SERVERS_PRIVATE = env.str("MODEL_SERVERS_PRIVATE", default="listed")
MODEL_SERVERS_ALLOWED_PRIVATE = env.list("MODEL_SERVERS_ALLOWED_PRIVATE", default=[])  # exact host:port values
# auto masks personal data in prompts for servers on other networks; on and off hold for all. Connections of the admin
# have a choice of their own.
MODEL_MASKING = env.str("MODEL_MASKING", default="auto", validate=validate.OneOf(("auto", "on", "off")))
MODEL_KEYS_SECRET = env.list("MODEL_KEYS_SECRET", default=[])
ENGINES: dict[str, dict[str, Any]] = {
    "large": {
        "BACKEND": "assistant.llm.engines.openai_compatible.OpenAICompatibleEngine",
        "OPTIONS": {
            "base_url": LARGE_MODEL_URL,
            "api_key": LARGE_MODEL_KEY,
            "model": LARGE_MODEL,
            "context_tokens": env.int("LARGE_MODEL_CONTEXT_TOKENS", default=32_768),
            "first_token_timeout_s": FIRST_TOKEN_TIMEOUT_S["large"],
            "reasoning_effort": env.str("LARGE_MODEL_REASONING_EFFORT", default=""),
            **MODEL_SERVER_OPTIONS,
        },
    },
    "small": {
        "BACKEND": "assistant.llm.engines.openai_compatible.OpenAICompatibleEngine",
        "OPTIONS": {
            "base_url": SMALL_MODEL_URL,
            "api_key": SMALL_MODEL_KEY,
            "model": SMALL_MODEL,
            "context_tokens": env.int("SMALL_MODEL_CONTEXT_TOKENS", default=8_192),
            "first_token_timeout_s": FIRST_TOKEN_TIMEOUT_S["small"],
            "reasoning_effort": env.str("SMALL_MODEL_REASONING_EFFORT", default=""),
            **MODEL_SERVER_OPTIONS,
        },
    },
    "embedded": {
        "BACKEND": "assistant.llm.engines.llama_cpp.LlamaCppEngine",
        "OPTIONS": {
            "path": SMALL_MODEL_PATH,
            "allowed": LOCAL_MODEL_IN_PROCESS,
            "context_tokens": env.int("LOCAL_MODEL_CONTEXT_TOKENS", default=4_096),
            "gpu_layers": LOCAL_MODEL_GPU_LAYERS,
            "threads": LOCAL_MODEL_THREADS,
            "tokenizer_dir": str(TOKENIZER_CACHE_DIR),
        },
    },
}
# Each tier tries its engines in order, then those of the tiers it may fall back to.
TIERS: dict[str, list[str]] = {
    "large": ["large"] if LARGE_MODEL_URL else [],
    "small": ["small"] if SMALL_MODEL_URL else ["embedded"],
    "vision": ["large"] if LARGE_MODEL_URL and env.bool("LARGE_MODEL_VISION", default=False) else [],
    "saving": ["small"] if SMALL_MODEL_URL else [],  # who answers customers when a budget runs low
}
# A small model's prose is no answer for a customer unless the operator says that it is good enough.
TIER_FALLBACK: dict[str, list[str]] = {
    "large": ["small"] if env.bool("SMALL_MODEL_MAY_REPLY", default=False) else [],
    "small": ["large"] if env.bool("LARGE_MODEL_MAY_SUMMARISE", default=False) else [],
}
MODEL_RETRIES = env.int("MODEL_RETRIES", default=2)  # in total, over all engines of a call
MODEL_RETRY_AFTER_MAX_S = env.float("MODEL_RETRY_AFTER_MAX_S", default=5.0)
# A question older than this is not put to the same engine again: the customer has waited long enough.
MODEL_RETRY_WINDOW_S = env.float("MODEL_RETRY_WINDOW_S", default=12.0)
BREAKER_FAILURES = env.int("BREAKER_FAILURES", default=5)
BREAKER_WINDOW_S = env.float("BREAKER_WINDOW_S", default=30.0)
BREAKER_PROBE_INTERVAL_S = env.float("BREAKER_PROBE_INTERVAL_S", default=10.0)
# What-if figure of reports where no large model with a price is configured; a name that price rules know.
REFERENCE_MODEL = env.str("REFERENCE_MODEL", default="gpt-6-sol")

EMBEDDING_URL = env.str("EMBEDDING_URL", default="")
EMBEDDING_KEY = env.str("EMBEDDING_KEY", default="")
EMBEDDING_MODEL = env.str("EMBEDDING_MODEL", default="")
EMBEDDING_BATCH_TEXTS = env.int("EMBEDDING_BATCH_TEXTS", default=32)
EMBEDDER: dict[str, Any] = (
    {
        "BACKEND": "assistant.llm.engines.openai_embedder.OpenAICompatibleEmbedder",
        "OPTIONS": {
            "base_url": EMBEDDING_URL,
            "api_key": EMBEDDING_KEY,
            "model": EMBEDDING_MODEL,
            "dimensions": 384,
            "tokenizer_dir": str(TOKENIZER_CACHE_DIR),
            "timeout_s": env.float("EMBEDDING_TIMEOUT_S", default=10.0),
            "proxy_url": MODEL_PROXY_URL,
        },
    }
    if EMBEDDING_URL
    else {
        "BACKEND": "assistant.llm.engines.sentence_encoder.SentenceEncoder",
        "OPTIONS": {
            "directory": str(DATA_DIR / "models"),
            "threads": env.int("EMBEDDING_THREADS", default=1),
            "bulk_threads": env.int("EMBEDDING_BULK_THREADS", default=2),
            "backend": env.str("EMBEDDING_BACKEND", default="int8"),
        },
    }
)

READER: dict[str, Any] | None = {"threads": 1} if env.bool("READER", default=True) else None
