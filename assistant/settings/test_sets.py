"""Test sets and their runs."""

from assistant.settings.environment import env

TEST_SETS_MAX = env.int("TEST_SETS_MAX", default=100)  # of a workspace
TEST_SET_MAX_CASES = env.int("TEST_SET_MAX_CASES", default=2_000)
TEST_CASE_MAX_CHARS = env.int("TEST_CASE_MAX_CHARS", default=4_000)  # of each text in it
TEST_CASE_HISTORY_MAX = env.int("TEST_CASE_HISTORY_MAX", default=20)  # messages before it
TEST_FILE_MAX_BYTES = env.int("TEST_FILE_MAX_BYTES", default=5_000_000)
TEST_RUNS_KEPT = env.int("TEST_RUNS_KEPT", default=20)  # of a set, the newest
TEST_RUN_SLICE_S = env.float("TEST_RUN_SLICE_S", default=30.0)  # a turn; with one reply it fits the task's limit
TEST_RUN_LEASE_S = env.float("TEST_RUN_LEASE_S", default=180.0)  # then the worker counts as dead
TEST_RUN_MAX_ATTEMPTS = env.int("TEST_RUN_MAX_ATTEMPTS", default=3)  # for a case that crashes its worker
# (workspace id) -> the test sets that the pages of an article and of the workspace offer to run before it is changed
TESTS_BEFORE_A_CHANGE = "conversations.test_sets.offers.before_a_change"
