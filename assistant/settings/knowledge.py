"""Articles, imports and search."""

from assistant.settings.environment import env

IMPORT_FILE_MAX_BYTES = env.int("IMPORT_FILE_MAX_BYTES", default=10_000_000)
IMPORT_FILE_TIMEOUT_S = env.float("IMPORT_FILE_TIMEOUT_S", default=60.0)  # PDF and DOCX, in a child process
IMPORT_MEMORY_BYTES = env.int(
    "IMPORT_MEMORY_BYTES", default=1_500_000_000
)  # OCR takes more than a gigabyte of addresses
IMPORT_OCR_MAX_PAGES = env.int("IMPORT_OCR_MAX_PAGES", default=20)  # scanned, of a PDF; the others are left out
IMPORT_OCR_MAX_PIXELS = env.int(
    "IMPORT_OCR_MAX_PIXELS", default=40_000_000
)  # of a picture; A4 at 600 dpi has 35 million
IMPORT_PDF_MAX_PAGES = env.int("IMPORT_PDF_MAX_PAGES", default=500)
ARTICLE_MAX_CHARS = env.int("ARTICLE_MAX_CHARS", default=500_000)
IMPORT_UPLOAD_MAX_BYTES = env.int("IMPORT_UPLOAD_MAX_BYTES", default=25_000_000)  # all files of one upload
IMPORT_UNPACKED_MAX_BYTES = env.int("IMPORT_UNPACKED_MAX_BYTES", default=100_000_000)  # of an archive or a DOCX
IMPORT_MAX_FILES = env.int("IMPORT_MAX_FILES", default=2_000)  # in an archive, or pages of a sitemap
IMPORT_ALLOWED_HOSTS = env.list("IMPORT_ALLOWED_HOSTS", default=[])  # whose pages may be imported; *.example.com too
IMPORT_MAX_SITEMAPS = env.int("IMPORT_MAX_SITEMAPS", default=20)  # listed in one sitemap
IMPORT_MAX_REDIRECTS = env.int("IMPORT_MAX_REDIRECTS", default=3)
IMPORT_PAGE_TIMEOUT_S = env.float("IMPORT_PAGE_TIMEOUT_S", default=20.0)
IMPORT_MAX_ATTEMPTS = env.int("IMPORT_MAX_ATTEMPTS", default=3)  # for a file that crashes its worker
IMPORT_SLICE_S = env.float("IMPORT_SLICE_S", default=60.0)  # per turn; with one file within the task's limit
IMPORT_LEASE_S = env.float("IMPORT_LEASE_S", default=180.0)  # then the worker counts as dead
IMPORT_TRIED_KEPT_S = env.int("IMPORT_TRIED_KEPT_S", default=24 * 3600)  # of a dry run's file
# Up to this size vector search compares every chunk of the workspace exactly; above it an HNSW index is built.
SEARCH_EXACT_MAX_CHUNKS = env.int("SEARCH_EXACT_MAX_CHUNKS", default=20_000)
# Within the hour of the task: time to build one index, and to wait for other transactions.
SEARCH_INDEX_BUILD_LIMIT_S = env.float("SEARCH_INDEX_BUILD_LIMIT_S", default=3_000.0)
SEARCH_INDEX_WAIT_LIMIT_S = env.float("SEARCH_INDEX_WAIT_LIMIT_S", default=600.0)
REHEARSAL_QUESTIONS = env.int("REHEARSAL_QUESTIONS", default=30)  # asked before an article is published
# Minimum number of labelled questions to learn a workspace's search weights, which are used only if better.
SEARCH_LABELS_MIN = env.int("SEARCH_LABELS_MIN", default=50)
# Erased with a contact: functions of the contact, called in the transaction before its rows are deleted.
ERASED_WITH_A_CONTACT = ["conversations.helpdesk.erasure.forget"]
# Exported with a conversation, by name: functions of the conversation.
EXPORTED_WITH_A_CONVERSATION = {"test_cases": "conversations.test_sets.from_conversations.cases_of"}
LIKED_ANSWERS = (
    "conversations.reporting.answered_questions.liked_answers"  # (workspace, most) -> questions with citations
)
PAST_QUESTIONS = (
    "conversations.reporting.answered_questions.past_questions"  # (article, most) -> questions that cited it
)
