"""Make, continue or remove the demonstration estate."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock
from desk.demo.estate import CODE, make_estate
from desk.demo.programme import plan, scenes
from desk.demo.removal import remove_estate
from desk.demo.stage import Stage, live, live_behind
from places.models import Community
from tickets.models import Ticket

FIRST, REST = 36, 300


class Command(BaseCommand):
    help = "Make the demonstration estate (--first), its month of earlier work (--rest), or remove it all (--remove)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--first", action="store_true", help="estate and this month's repairs, unless there is a community already"
        )
        parser.add_argument("--rest", action="store_true", help="the month before, behind the running desk")
        parser.add_argument(
            "--remove", action="store_true", help="remove the demonstration estate and everything that hangs on it"
        )
        parser.add_argument("--count", type=int, default=0, help="how many repairs instead of the usual number")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            self.stdout.write(remove_estate())
        if options["first"]:
            self.first(options["count"] or FIRST)
        if options["rest"]:
            self.rest(options["count"] or REST)

    def first(self, count: int) -> None:
        if Community.objects.exists():
            self.stdout.write("已有小区，不再生成演示数据。")
            return
        community = make_estate()
        now = clock.now()
        first = max(clock.today().replace(day=1), clock.today() - dt.timedelta(days=6))
        stage = Stage.of(community, 1)
        live(plan(stage, first, now, count, today=count // 2) + scenes(stage, now), now)
        self.stdout.write(f"演示小区已就绪：{Ticket.objects.count()} 件报修。")

    def rest(self, count: int) -> None:
        """Last month's work; every paper it numbers belongs to that month's series."""
        community = Community.objects.filter(code=CODE, demo=True).first()
        if community is None:
            raise CommandError("没有演示小区。先运行 manage.py demo --first")
        last = clock.today().replace(day=1) - dt.timedelta(days=1)
        if Ticket.objects.filter(community=community, reported_at__lt=clock.start_of(last.replace(day=15))).exists():
            return
        until = clock.start_of(last.replace(day=25)) + dt.timedelta(hours=20)
        steps = live_behind(plan(Stage.of(community, 2), last.replace(day=1), until, count), clock.now())
        self.stdout.write(f"上月 {count} 件报修已补齐，共 {steps} 步。")
