"""Build an HNSW index per workspace above a measured size; smaller workspaces are searched exactly.

The index is partial, on one workspace's rows, so neighbours in other workspaces cannot crowd out results. It is built
concurrently, which takes minutes, in a connection with its own timeouts; until then search is exact and only slower.
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
SHRUNK_SHARE = 0.8  # an index is dropped only well below the size at which it is built

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
    """Return all indexes of this module, and whether each is valid: a killed build leaves an invalid one."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, (Chunk._meta.db_table, PREFIX.replace("_", r"\_") + "%"))
        return dict(cursor.fetchall())


def under_way() -> set[str]:
    """Return the indexes that some session is building, even if its worker died: invalid, but not leftovers."""
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY, (Chunk._meta.db_table,))
        return {name for (name,) in cursor.fetchall()}


def keep_in_step() -> None:
    """Build the missing indexes of large workspaces, and drop those of small or erased ones or of killed builds.

    Do not call it inside a transaction. An unfinished build is retried by the next run.
    """
    sizes = IndexState.objects.values_list("workspace_id").annotate(Sum("chunks"))
    chunks = {name_for(workspace_id): (workspace_id, size or 0) for workspace_id, size in sizes}
    busy, existing = under_way(), indexes()
    for name, is_whole in existing.items():
        if name in busy:
            continue
        size = chunks[name][1] if name in chunks else 0
        if not is_whole or size < SHRUNK_SHARE * settings.SEARCH_EXACT_MAX_CHUNKS:
            drop(name)
            existing = existing | {name: False}
    for name, (workspace_id, size) in chunks.items():
        if is_wanted(size) and not existing.get(name) and name not in busy:
            try:
                build(workspace_id)
            except OperationalError as error:
                log.warning("Workspace %s uses exact search until its index is built: %s", workspace_id, error)


def build(workspace_id: UUID) -> None:
    log.info("Building a vector index for workspace %s", workspace_id)
    # DDL statements take no parameters.
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
    """Run a DDL statement.

    Raises:
        OperationalError: it, or the transactions it has to wait for, took too long.
    """
    limit_s, wait_s = settings.SEARCH_INDEX_BUILD_LIMIT_S, settings.SEARCH_INDEX_WAIT_LIMIT_S
    with dedicated_connection.connect(statement_timeout_s=limit_s, lock_timeout_s=wait_s) as session:
        session.execute(statement)
