from tests.knowledge.conftest import find, no_embedder, shop, write

__all__ = ["find", "no_embedder", "shop", "write"]
