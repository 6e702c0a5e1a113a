"""LiteLLM's redis-semantic cache, at the similarity threshold of its documentation, 0.8."""

import litellm
from litellm.caching.redis_semantic_cache import RedisSemanticCache
from protocol import Task, run

SCOPE = "one-tenant"


class Embedder(litellm.CustomLLM):
    def __init__(self, task: Task) -> None:
        super().__init__()
        self.task = task

    def embedding(self, model: str, input: list[str], model_response: litellm.EmbeddingResponse, **_: object):
        texts = [input] if isinstance(input, str) else input
        model_response.data = [{"embedding": self.task.vector(text), "index": n} for n, text in enumerate(texts)]
        return model_response


def serves(task: Task) -> list[bool]:
    litellm.custom_provider_map = [{"provider": "minilm", "custom_handler": Embedder(task)}]
    cache = RedisSemanticCache(redis_url=task.redis_url, similarity_threshold=0.8, embedding_model="minilm/l6")
    served = []
    for before, now in task.pairs:
        cache.llmcache.clear()
        cache.set_cache(SCOPE, {"answer": "cached"}, messages=[{"role": "user", "content": before}])
        served.append(bool(cache.get_cache(SCOPE, messages=[{"role": "user", "content": now}])))
    return served


if __name__ == "__main__":
    run(serves)
