"""Calls to other machines: which of them EGRESS allows, and how all others are refused."""
