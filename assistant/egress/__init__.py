"""Calls to other machines: which are allowed under EGRESS, and how all others are refused."""
