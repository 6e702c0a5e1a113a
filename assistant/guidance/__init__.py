"""Guidance: a workspace's instructions for its assistant (persona, tone, rules, languages), in versions."""
