"""What a workspace wishes of its assistant: persona, tone, rules and languages, in versions."""
