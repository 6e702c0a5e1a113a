"""Every table of the cache: `python -m benchmarks cache`. Needs Postgres, Redis and the public data."""

from benchmarks import (
    cache_languages,
    cache_mechanics,
    cache_pairs,
    cache_regimes,
    cache_replay,
    cache_rivals,
    cache_static,
    cache_swaps,
    cache_trust,
)


def main() -> None:
    cache_rivals.main()
    cache_pairs.main()
    cache_regimes.main()
    cache_mechanics.main()
    cache_replay.main()
    cache_swaps.main()
    cache_languages.main()
    cache_static.main()
    cache_trust.main()


if __name__ == "__main__":
    main()
