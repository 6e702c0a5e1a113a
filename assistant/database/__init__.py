"""Postgres as Django knows it, but that whoever waits for one that hangs is told so soon."""
