"""What beat starts each second: the sweep of the clocks and their bells."""

from celery import shared_task

from alerts import ringing


@shared_task(ignore_result=True)
def sweep() -> int:
    """Ring what is overdue."""
    return ringing.sweep_safely(by="beat")
