"""Above a measured size a workspace's vectors get an HNSW index of their own; below it search stays exact.

The index is partial, on one workspace's rows, so no neighbour can crowd its chunks out. It is built beside the
running shop, which takes minutes, in a connection with time limits of its own; until it is there, search is exact
and only slower.
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import Sum
from psycopg import sql

from assistant.postgres import dedicated_connection
from knowledge.models import Chunk, IndexState

log = logging.getLogger(__name__)
PREFIX = "chunk_hnsw_"
SHRUNK_SHARE = 0.8  # an index is given up only well below the size at which it was made

_NAMES = """
SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = to_regclass(%s) AND c.relname LIKE %s
"""

_UNDER_WAY = """
SELECT c.relname FROM pg_stat_progress_create_index p JOIN pg_class c ON c.oid = p.index_relid
WHERE p.relid = to_regclass(%s)
"""


def name_for(workspace_id: UUID) -> str:
    return f"{PREFIX}{workspace_id.hex}"


def is_wanted(chunks: int) -> bool:
    return chunks > settings.SEARCH_EXACT_MAX_CHUNKS


def is_built(workspace_id: UUID) -> bool:
    return indexes().get(name_for(workspace_id), False)


def indexes() -> dict[str, bool]:
    """Every index of this module, and whether it is whole: a build that was killed leaves a useless one."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, (Chunk._meta.db_table, PREFIX.replace("_", r"\_") + "%"))
        return dict(cursor.fetchall())


def under_way() -> set[str]:
    """Those that some session builds just now, also one whose worker died: they are not whole yet, and no leftovers."""
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY, (Chunk._meta.db_table,))
        return {name for (name,) in cursor.fetchall()}


def keep_in_step() -> None:
    """Build what large workspaces lack and drop what shrunken or erased ones, or a killed build, left.

    Not within a transaction. A build that does not come to its end is tried again by the next run.
    """
    sizes = IndexState.objects.values_list("workspace_id").annotate(Sum("chunks"))
    chunks = {name_for(workspace_id): (workspace_id, size or 0) for workspace_id, size in sizes}
    busy, there = under_way(), indexes()
    for name, is_whole in there.items():
        if name in busy:
            continue
        size = chunks[name][1] if name in chunks else 0
        if not is_whole or size < SHRUNK_SHARE * settings.SEARCH_EXACT_MAX_CHUNKS:
            drop(name)
            there = there | {name: False}
    for name, (workspace_id, size) in chunks.items():
        if is_wanted(size) and not there.get(name) and name not in busy:
            try:
                build(workspace_id)
            except OperationalError as error:
                log.warning("workspace %s is searched exactly until its index is built: %s", workspace_id, error)


def build(workspace_id: UUID) -> None:
    log.info("indexing the vectors of workspace %s, which is large", workspace_id)
    # No parameters are allowed in a statement that defines something.
    statement = sql.SQL(
        "CREATE INDEX CONCURRENTLY {name} ON {table} USING hnsw (embedding halfvec_cosine_ops) "
        "WITH (m = 16, ef_construction = 128) WHERE workspace_id = {workspace}"
    ).format(
        name=sql.Identifier(name_for(workspace_id)),
        table=sql.Identifier(Chunk._meta.db_table),
        workspace=sql.Literal(str(workspace_id)),
    )
    _define(statement)


def drop(name: str) -> None:
    _define(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(name)))


def _define(statement: sql.Composed) -> None:
    """Raises OperationalError where it takes too long, or transactions that it must wait for do."""
    limit_s, wait_s = settings.SEARCH_INDEX_BUILD_LIMIT_S, settings.SEARCH_INDEX_WAIT_LIMIT_S
    with dedicated_connection.connect(statement_timeout_s=limit_s, lock_timeout_s=wait_s) as session:
        session.execute(statement)
