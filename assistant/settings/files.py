"""Static files, and files that customers and staff upload."""

from pathlib import Path

from assistant.settings.environment import DATA_DIR, env

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = Path(env.str("MEDIA_DIR", default=str(DATA_DIR / "media")))
# Larger uploads are written to disk while they arrive, so that many at once fit into memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = env.int("UPLOAD_IN_MEMORY_MAX_BYTES", default=65_536)
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700  # customers' files: only for our own user
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=10_000_000)
ATTACHMENT_MAX_PIXELS = env.int("ATTACHMENT_MAX_PIXELS", default=16_000_000)  # most phones take photos of 12 million
ATTACHMENT_MAX_SIDE_PIXELS = env.int("ATTACHMENT_MAX_SIDE_PIXELS", default=16_384)
IMAGE_MEMORY_BYTES = env.int("IMAGE_MEMORY_BYTES", default=1_000_000_000)  # to re-encode one, in a child process
IMAGE_TIMEOUT_S = env.float("IMAGE_TIMEOUT_S", default=20.0)
IMAGE_QUEUE_MAX = env.int("IMAGE_QUEUE_MAX", default=20)  # per process, processed one at a time
IMAGE_WAIT_S = env.float("IMAGE_WAIT_S", default=20.0)
ATTACHMENTS_PER_MESSAGE = env.int("ATTACHMENTS_PER_MESSAGE", default=10)
ATTACHMENTS_PER_VISITOR_BYTES = env.int("ATTACHMENTS_PER_VISITOR_BYTES", default=100_000_000)
VISION_IMAGE_MAX_PX = env.int("VISION_IMAGE_MAX_PX", default=1_024)  # of the longer side, for a model that sees
VISION_JPEG_QUALITY = env.int("VISION_JPEG_QUALITY", default=80)
VISION_MAX_TOKENS = env.int("VISION_MAX_TOKENS", default=4_000)  # of all pictures of a reply, as estimated
VISION_ANSWER_MAX_TOKENS = env.int("VISION_ANSWER_MAX_TOKENS", default=300)  # of the description of a picture
VISION_TIMEOUT_S = env.float("VISION_TIMEOUT_S", default=25.0)  # to have a picture described
LOGO_MAX_BYTES = env.int("LOGO_MAX_BYTES", default=1_000_000)
ATTACHMENT_UNSENT_KEPT_S = env.int("ATTACHMENT_UNSENT_KEPT_S", default=24 * 3600)
ARTICLE_FILE_MAX_BYTES = env.int("ARTICLE_FILE_MAX_BYTES", default=10_000_000)
ARTICLE_FILES_MAX = env.int("ARTICLE_FILES_MAX", default=50)  # per article

# What customers attach is read in a child process, one file after the other.
OCR_ENGINE = env.str("OCR_ENGINE", default="rapidocr")  # rapidocr, tesseract (where it is installed) or off
FILE_READERS = env.int("FILE_READERS", default=1)  # child processes at a time, of one web process
FILE_QUEUE_MAX = env.int("FILE_QUEUE_MAX", default=50)  # files that wait in one web process
FILE_CONTACT_MAX = env.int("FILE_CONTACT_MAX", default=2)  # of one contact, waiting or being read in one web process
FILE_READ_MEMORY_BYTES = env.int("FILE_READ_MEMORY_BYTES", default=1_500_000_000)  # address space of the child process
FILE_READ_TIMEOUT_S = env.float("FILE_READ_TIMEOUT_S", default=60.0)  # of the clock, and of the processor
FILE_LEASE_S = env.float("FILE_LEASE_S", default=15.0)  # then a process that does not renew it no longer reads the file
FILE_PAGE_TIMEOUT_S = env.float("FILE_PAGE_TIMEOUT_S", default=5.0)  # of the processor; a file: 5 times as long
FILE_READ_WAIT_S = env.float("FILE_READ_WAIT_S", default=30.0)  # that a reply waits for all its files
FILE_UNPACKED_MAX_BYTES = env.int("FILE_UNPACKED_MAX_BYTES", default=50_000_000)  # of a DOCX
FILE_MAX_PAGES = env.int("FILE_MAX_PAGES", default=30)  # of a PDF
FILE_OCR_MAX_PAGES = env.int("FILE_OCR_MAX_PAGES", default=5)  # of a scanned PDF; the others are left out
FILE_TEXT_MAX_CHARS = env.int("FILE_TEXT_MAX_CHARS", default=20_000)  # kept of one file
FILE_PROMPT_MAX_TOKENS = env.int("FILE_PROMPT_MAX_TOKENS", default=1_500)  # of all files of a message, for a model
FILE_SEARCH_MAX_CHARS = env.int("FILE_SEARCH_MAX_CHARS", default=300)  # of all files of a message, to search with
FILE_MIN_CONFIDENCE = env.float("FILE_MIN_CONFIDENCE", default=0.7)  # of OCR, 0 to 1, from which its text is used
FILE_MIN_CHARS = env.int("FILE_MIN_CHARS", default=2)  # with which a file has text at all
