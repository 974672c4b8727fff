"""What beat starts: the drain of the outbox, the removal of leftovers."""

from celery import shared_task
from django.core.management import call_command
from django.db import transaction

from core import clock
from tickets import held
from tickets.models import Event, Pulse


@shared_task(ignore_result=True)
def relay() -> int:
    """Mark what has been passed on. The queue is a hint, `relayed_at` is the truth."""
    now = clock.now()
    with transaction.atomic():
        rows = list(Event.objects.filter(relayed_at=None).order_by("pk").values_list("pk", flat=True)[:1000])
        done = Event.objects.filter(pk__in=rows, relayed_at=None).update(relayed_at=now)
    Pulse.objects.update_or_create(name="relay", defaults={"at": now, "rung": done})
    return done


@shared_task(ignore_result=True)
def tidy() -> int:
    """Remove the photos of refused forms that nobody has come back to, and sessions that are over with what they carried."""
    call_command("clearsessions")
    return held.drop_leftovers(clock.now())
