"""The configuration files of the embedded server."""

from collections.abc import Collection
from pathlib import Path

from altaigis.store.sockets import PORT

# for a small server with two cores that does other things too
SETTINGS = """\
# Written by altaigis at each start. Change settings with ALTER SYSTEM: those are kept.
cluster_name = {cluster_name}
listen_addresses = ''
port = {port}
unix_socket_directories = {socket_dir}
unix_socket_permissions = 0700
hba_file = {hba_file}
ident_file = {ident_file}
max_connections = 60
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
random_page_cost = 1.1
jit = off
max_wal_size = 1GB
# nobody follows this server, so loads of new tables need not be logged twice
wal_level = minimal
max_wal_senders = 0
max_logical_replication_workers = 0
fsync = {durable}
full_page_writes = {durable}
synchronous_commit = {durable}
timezone = UTC
log_timezone = UTC
lc_messages = C
# a file a day of the week: the log ends where it began
logging_collector = on
log_directory = {log_dir}
log_filename = 'postgresql-%u.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] '
log_checkpoints = off
"""

HBA = """\
# Written by altaigis at each start. The operating system vouches for users, pg_ident.conf says who may come.
local all all peer map=altaigis
"""


def configuration_files(
    home: Path,
    log_dir: Path,
    socket_dir: Path,
    cluster_name: str,
    *,
    users: Collection[str],
    role: str,
    durable: bool,
) -> dict[str, str]:
    """Name and text of each file in ``home``; these ``users`` of the system may come in, all as ``role``."""
    settings = SETTINGS.format(
        cluster_name=_literal(cluster_name),
        port=PORT,
        # a list of folders: quoted once as its only member, once as a value
        socket_dir=_literal('"' + str(socket_dir).replace('"', '""') + '"'),
        hba_file=_literal(home / "pg_hba.conf"),
        ident_file=_literal(home / "pg_ident.conf"),
        log_dir=_literal(log_dir),
        durable="on" if durable else "off",
    )
    ident = "".join(f'altaigis "{user}" {role}\n' for user in sorted(users))
    return {"postgresql.conf": settings, "pg_hba.conf": HBA, "pg_ident.conf": ident}


def _literal(value: str | Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"
