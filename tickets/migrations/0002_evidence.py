"""Events are append-only and a deadline's moments are written once: kept by the database itself."""

from django.db import migrations

from tickets.guards import make_triggers, drop_triggers


def forwards(apps, schema_editor):
    make_triggers(schema_editor.connection)


def backwards(apps, schema_editor):
    drop_triggers(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
