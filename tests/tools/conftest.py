from tests.assistant.conftest import upstream

__all__ = ["upstream"]
