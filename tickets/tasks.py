"""What beat starts: the sweep of the clocks each second, and the drain of the outbox."""

from celery import shared_task
from django.db import transaction

from core import clock
from tickets import sla
from tickets.models import Event, Pulse


@shared_task(ignore_result=True)
def sweep() -> int:
    """Ring what is overdue."""
    return sla.sweep_safely()


@shared_task(ignore_result=True)
def relay() -> int:
    """Mark what has been passed on. The queue is a hint, `relayed_at` is the truth."""
    now = clock.now()
    with transaction.atomic():
        rows = list(Event.objects.filter(relayed_at=None).order_by("pk").values_list("pk", flat=True)[:1000])
        done = Event.objects.filter(pk__in=rows, relayed_at=None).update(relayed_at=now)
    Pulse.objects.update_or_create(name="relay", defaults={"at": now, "rung": done})
    return done
