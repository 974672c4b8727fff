"""manage.py import_places: a real roster, shown row by row first, brought in all or nothing with --apply."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.refusals import Refusal
from people.models import User
from places.models import Community
from places.roster import Answers, Line, Outcome, Plan, Unreadable, apply, plan
from places.roster.template import write_refused, write_template

WORDS = {
    Outcome.NEW: gettext_lazy("新增"),
    Outcome.CHANGED: gettext_lazy("更新"),
    Outcome.SAME: gettext_lazy("不变"),
    Outcome.JOINED: gettext_lazy("并入"),
    Outcome.REFUSED: gettext_lazy("拒绝"),
    Outcome.SKIPPED: gettext_lazy("略过"),
}


class Command(BaseCommand):
    help = "Show what a roster (.xlsx, .csv) would bring into a community, row by row; with --apply bring it in, all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", metavar="FILE", help=_("名册文件，.xlsx 或 .csv"))
        parser.add_argument("--community", metavar="CODE", help=_("小区代码"))
        parser.add_argument("--name", help=_("小区还没有时，按这个名称新建"))
        parser.add_argument("--company", default="", help=_("新建小区的物业公司名称"))
        parser.add_argument("--apply", action="store_true", help=_("写入；有一行不能导入就一行都不写"))
        parser.add_argument("--skip-bad", action="store_true", help=_("略过不能导入的行，其余写入"))
        parser.add_argument(
            "--map", action="append", default=[], metavar=_("列=字段"), help=_("指明某一列是什么，例如 --map 门牌=房号")
        )
        parser.add_argument(
            "--same-builder", action="append", default=[], metavar="A=B", help=_("A 和 B 是同一家施工单位，记为 B")
        )
        parser.add_argument("--new-builder", action="append", default=[], metavar="A", help=_("A 是另一家施工单位"))
        parser.add_argument("--by", metavar=_("用户名"), help=_("谁导入的，记入修改记录"))
        parser.add_argument("--refused", metavar="OUT.xlsx", help=_("把不能导入的行写成表格，便于改正"))
        parser.add_argument("--template", metavar="OUT.xlsx", help=_("写出空白名册供填写"))

    def handle(self, **options: Any) -> None:
        if options["template"]:
            with Path(options["template"]).open("wb") as file:
                write_template(file)
            self.stdout.write(_("空白名册已写到 %(file)s") % {"file": options["template"]})
            return
        if not options["file"] or not options["community"]:
            raise CommandError(_("写明名册文件和 --community 小区代码。"))
        with transaction.atomic():
            self.bring_in(options)
            if not options["apply"]:
                transaction.set_rollback(True)

    def bring_in(self, options: dict[str, Any]) -> None:
        made = self.planned(options)
        self.show(made, all_rows=options["verbosity"] > 0)
        if options["refused"]:
            with Path(options["refused"]).open("wb") as file:
                write_refused(made, file)
        if not options["apply"]:
            self.stdout.write(_("只核对，没有写入。加 --apply 写入。"))
            return
        try:
            done = apply(made, self.who(options["by"]), skip_bad=options["skip_bad"])
        except Refusal as refusal:
            raise CommandError(_("%(sentence)s什么都没有写入。") % {"sentence": refusal.sentence}) from refusal
        self.stdout.write(
            _("已写入：新增 %(new)s 户，更新 %(changed)s 户。") % {"new": done.new, "changed": done.changed}
        )

    def planned(self, options: dict[str, Any]) -> Plan:
        """The plan of the file named; CommandError with the sentence where it cannot be read."""
        path = Path(options["file"])
        answers = Answers(
            dict(self.pairs(options["map"])), dict(self.pairs(options["same_builder"])), set(options["new_builder"])
        )
        try:
            with path.open("rb") as file:
                return plan(file, self.community(options), answers, name=path.name)
        except OSError as missing:
            raise CommandError(_("文件 %(file)s 打不开。") % {"file": path}) from missing
        except Unreadable as unreadable:
            raise CommandError(unreadable.sentence) from unreadable

    def community(self, options: dict[str, Any]) -> Community:
        """The community of that code; made when it is absent and --name is given."""
        found: Community | None = Community.objects.filter(code__iexact=options["community"]).first()
        if found:
            return found
        if not options["name"]:
            known = "、".join(Community.objects.values_list("code", flat=True)) or _("还没有")
            raise CommandError(
                _("没有小区 %(code)s（已有：%(known)s）。新建加 --name 小区名称。")
                % {"code": options["community"], "known": known}
            )
        if not options["community"].isalnum() or not options["community"].isascii() or len(options["community"]) > 6:
            raise CommandError(_("小区代码用 1 到 6 个字母或数字。"))
        return Community.objects.create(
            code=options["community"].upper(), name=options["name"], company=options["company"] or options["name"]
        )

    def who(self, username: str | None) -> User | None:
        if not username:
            return None
        found = User.objects.filter(username__iexact=username).first()
        if not found:
            raise CommandError(_("没有用户 %(name)s。") % {"name": username})
        return found

    def pairs(self, said: Iterable[str]) -> list[tuple[str, str]]:
        """A=B as (A, B)."""
        found = [(left.strip(), right.strip()) for left, _equal, right in (one.partition("=") for one in said)]
        if not all(left and right for left, right in found):
            raise CommandError(_("写成 A=B。"))
        return found

    # What is printed ----------------------------------------------------------------------
    def show(self, made: Plan, *, all_rows: bool) -> None:
        for report in made.sheets:
            self.stdout.write(
                _("工作表“%(title)s”：%(what)s")
                % {
                    "title": report.title,
                    "what": report.left_out
                    or _("表头在第 %(row)s 行") % {"row": report.head.row if report.head else 0},
                }
            )
            for place, name, meaning in report.head.shown() if report.head else ():
                self.stdout.write(f"  {place} {name} → {meaning or _('不导入')}")
            for note in report.notes:
                self.stdout.write(f"  {note}")
        several = sum(bool(report.head) for report in made.sheets) > 1
        for line in made.lines:
            if all_rows or line.outcome == Outcome.REFUSED:
                self.stdout.write(self.row(line, several=several))
        for building, day in made.completions.items():
            self.stdout.write(_("%(building)s栋竣工日期改为 %(day)s") % {"building": building, "day": day})
        counts = made.counts
        self.stdout.write("、".join(f"{word} {counts[outcome]}" for outcome, word in WORDS.items()))
        self.ask(made)

    def row(self, line: Line, *, several: bool) -> str:
        """第 105 行 拒绝 2栋1单元1402：电话“138001”，联系电话少 5 位…"""
        where = f"{line.sheet} " if several else ""
        problems = [f"{one.column}“{one.value}”，{one.reason.rstrip('。')}" for one in line.problems]
        what = "；".join([*problems, *line.changes, *line.notes])
        parts = [_("%(where)s第 %(row)s 行") % {"where": where, "row": line.number}, str(WORDS[line.outcome])]
        if line.dwelling:
            parts.append(line.dwelling.key.label)
        return " ".join(parts) + (f"：{what}" if what else "")

    def ask(self, made: Plan) -> None:
        for name, like in made.questions:
            self.stdout.write(
                _(
                    "“%(name)s”和“%(like)s”是不是同一家？是：--same-builder %(name)s=%(like)s；不是：--new-builder %(name)s"
                )
                % {"name": name, "like": like}
            )
