"""The pages of the docs name settings that exist, link to pages and headings that exist, and share one outline."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# Every page but these has the sections of OUTLINE, in this order; others may stand between them.
FREE = {"benchmarks.md", "architecture.md"}
OUTLINE = ["What it does", "Turn it on", "Settings", "Limits", "Troubleshooting"]
GUIDES = [page for page in PAGES if page.parent == ROOT / "docs" and page.name not in FREE]
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SETTING = re.compile(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`")
# Named in the docs, but read by other programs or not from the environment.
NOT_SETTINGS = {"CELERY_TASK_TIME_LIMIT", "BREVITY_DATA", "PIP_EXTRA_INDEX_URL", "DJANGO_SETTINGS_MODULE"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub names them in links."""
    headings = HEADING.findall(CODE_BLOCK.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_link_of_the_docs_leads_to_a_page_and_heading_that_exist(page: Path) -> None:
    broken = []
    for target in LINK.findall(CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(target)

    assert broken == []


# The changelog also names settings of earlier releases.
@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=name)
def test_a_setting_that_the_docs_name_can_be_set(page: Path) -> None:
    known = set(re.findall(r"(?m)^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(encoding="utf-8")))

    assert set(SETTING.findall(page.read_text(encoding="utf-8"))) - known - NOT_SETTINGS == set()


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_a_page_says_what_it_does_how_to_turn_it_on_its_settings_and_limits_and_what_to_do_in_trouble(
    page: Path,
) -> None:
    text = CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))
    sections = [heading for heading in re.findall(r"(?m)^## (.+)$", text) if heading in OUTLINE]

    assert sections == OUTLINE
