"""On PostgreSQL a trigram index, so that a search through every community of a company stays within a key press."""

from django.db import DatabaseError, migrations, transaction

INDEXES = {
    "places_unit_search": "places_unit",
    "places_area_search": "places_publicarea",
}


def make_indexes(apps, schema_editor):
    """Skipped where the extension is not there or not allowed: the search is slower then, and right all the same."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for index, table in INDEXES.items():
                schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {index} ON {table} USING gin (search_text gin_trgm_ops)")
    except DatabaseError:
        return


def drop_indexes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for index in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {index}")


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]

    operations = [migrations.RunPython(make_indexes, drop_indexes)]
