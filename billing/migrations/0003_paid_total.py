"""Tickets of before learn what was paid on them."""

from decimal import Decimal

from django.db import migrations
from django.db.models import Sum


def tell(apps, schema_editor):
    payments = apps.get_model("billing", "Payment")
    tickets = apps.get_model("tickets", "Ticket")
    for row in payments.objects.order_by().values("ticket").annotate(sum=Sum("amount")):
        tickets.objects.filter(pk=row["ticket"]).update(paid_total=row["sum"] or Decimal("0.00"))


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_initial"), ("tickets", "0003_paid_total")]
    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
