"""Undocumented features of the openai SDK that `assistant/llm/engines/openai_stream.py` uses."""

from __future__ import annotations

import inspect

import openai

from assistant.llm.engines.openai_stream import ChunkStream


def test_the_sdks_parser_of_events_is_still_where_we_take_it_from() -> None:
    assert inspect.isasyncgenfunction(openai.AsyncStream._iter_events)
    assert inspect.isasyncgenfunction(openai.AsyncStream.__stream__)
    assert issubclass(ChunkStream, openai.AsyncStream)
