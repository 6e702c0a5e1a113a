"""RedisVL's SemanticCache at the distance threshold it comes with, 0.1."""

from protocol import Task, run
from redisvl.extensions.cache.llm import SemanticCache
from redisvl.utils.vectorize import CustomVectorizer


def serves(task: Task) -> list[bool]:
    vectorizer = CustomVectorizer(embed=lambda text, **_: task.vector(text))
    cache = SemanticCache(name="rival", redis_url=task.redis_url, vectorizer=vectorizer, overwrite=True)
    served = []
    for before, now in task.pairs:
        cache.clear()
        cache.store(prompt=before, response="cached")
        served.append(bool(cache.check(prompt=now)))
    return served


if __name__ == "__main__":
    run(serves)
