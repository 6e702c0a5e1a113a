"""Every table of the cache: `python -m benchmarks cache`. Needs Postgres, Redis and the public data."""

from benchmarks import cache_mechanics, cache_pairs, cache_regimes, cache_replay, cache_rivals


def main() -> None:
    cache_rivals.main()
    cache_pairs.main()
    cache_regimes.main()
    cache_mechanics.main()
    cache_replay.main()


if __name__ == "__main__":
    main()
