"""Known facts about each provider: its base URL, whether it needs a key, and a hint for staff."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    label: str
    base_url: str
    needs_key: bool
    context_tokens: int
    hint: str


PRESETS: dict[str, Preset] = {
    "openai": Preset(
        "OpenAI", "https://api.openai.com/v1", True, 128_000, "Create a key at platform.openai.com under API keys."
    ),
    "azure": Preset(
        "Azure OpenAI",
        "https://YOUR-RESOURCE.openai.azure.com/openai/v1/",
        True,
        128_000,
        "Put the name of your resource into the base URL. The model is the name of your deployment. An older resource "
        "needs the address of the deployment with ?api-version= at its end.",
    ),
    "anthropic": Preset(
        "Anthropic",
        "https://api.anthropic.com/v1/",
        True,
        200_000,
        "This is Anthropic's endpoint for OpenAI clients. It reports no cached tokens and ignores some fields.",
    ),
    "gemini": Preset(
        "Google Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai/",
        True,
        1_000_000,
        "This is Gemini's endpoint for OpenAI clients. Create a key in Google AI Studio.",
    ),
    "mistral": Preset(
        "Mistral", "https://api.mistral.ai/v1", True, 128_000, "Create a key at console.mistral.ai under API keys."
    ),
    "groq": Preset("Groq", "https://api.groq.com/openai/v1", True, 131_072, "Create a key at console.groq.com."),
    "openrouter": Preset(
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        True,
        128_000,
        "Write the model with its maker in front, as in mistralai/mistral-small.",
    ),
    "ollama": Preset(
        "Ollama",
        "http://localhost:11434/v1",
        False,
        4_096,
        "Ollama reads only as much as OLLAMA_CONTEXT_LENGTH allows and cuts the rest without saying so: enter the same "
        "number as context.",
    ),
    "vllm": Preset(
        "vLLM", "http://localhost:8000/v1", False, 32_768, "Enter the context that you gave as --max-model-len."
    ),
    "llama_cpp": Preset(
        "llama.cpp server", "http://localhost:8080/v1", False, 8_192, "Enter the context that you gave as --ctx-size."
    ),
    "lm_studio": Preset(
        "LM Studio", "http://localhost:1234/v1", False, 4_096, "Start the server on LM Studio's Developer page first."
    ),
    "custom": Preset("Other server with the OpenAI API", "", False, 8_192, "The base URL often ends in /v1."),
}
