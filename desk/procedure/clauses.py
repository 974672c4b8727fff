"""The procedure, clause by clause: what it asks, where the code does it, which clocks or cases show it (sop.md)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.money import AGREEMENT_FROM, ZERO
from tickets.states import Nature


@dataclass(frozen=True)
class Clause:
    """One clause: `asks` in words, `code` as "path names", the clocks that keep it, the repairs it applied to, its figures by code."""

    number: str
    asks: str | Promise
    code: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    urgent: bool = False
    cases: Q | None = None
    figures: tuple[str, ...] = ()


CLAUSES = [
    Clause(
        "1",
        _("客服中心的客户报修与公共设施维修：户内与公共两类，同一本登记表"),
        ("tickets/models/ticket.py Place",),
        cases=Q(),
    ),
    Clause(
        "2-1",
        _("不合格服务及时纠正，降低返修率：返修与原维修相连并计数"),
        ("callbacks/actions.py",),
        cases=Q(rework_of__isnull=False),
    ),
    Clause(
        "2-2",
        _("报修信息及时、准确地传递：前台写的，工程部原样、当时收到"),
        ("tickets/registering.py register", "tickets/actions.py notify_engineering"),
    ),
    Clause(
        "3.1",
        _("前台是报修第一责任人：登记、通知、报价、派发和收回单据、消单、跟进、回访、收费、受理投诉、统计"),
        ("people/roles.py", "callbacks/complaining.py record_complaint"),
    ),
    Clause(
        "3.2",
        _("客户服务部主管：每日掌握完成情况、质量、收费与回访；协调中间环节与投诉处理"),
        ("people/roles.py", "callbacks/complaining.py own, answer, close, not_content"),
        kinds=("complaint",),
    ),
    Clause(
        "3.3", _("工程维护部：现场查看，鉴别维修责任与范围并反馈；监督施工单位的整改"), ("tickets/actions.py survey",)
    ),
    Clause(
        "3.4",
        _("工程维护部主管：每日掌握完成情况与质量，指导监管各班组，现场签字"),
        (
            "desk/engineering.py engineering",
            "desk/queries.py quality",
            "workorders/turns.py to_countersign",
            "billing/actions.py countersign_slip",
        ),
    ),
    Clause("4", _("作业流程图：由程序里的步骤画出"), ()),
    Clause(
        "5.1.1",
        _("登记报修不缺项、详细认真：缺一项就不能登记，指明哪一项"),
        ("tickets/forms/register.py", "tickets/registering.py _check_report"),
    ),
    Clause(
        "5.1.2", _("报修处理及时有效：任何一步都有责任人和时限，不会没人管"), ("tickets/sla.py rest",), kinds=("step",)
    ),
    Clause(
        "5.2.1-1",
        _("无偿：质保期内的公共区域设施与遗留问题"),
        ("places/warranty.py", "tickets/registering.py judge_at_the_desk"),
        cases=Q(nature=Nature.WARRANTY_PUBLIC),
    ),
    Clause(
        "5.2.1-2",
        _("无偿：质保期内、非客户装修或损坏造成的户内部位"),
        ("places/warranty.py",),
        cases=Q(nature=Nature.WARRANTY_HOME),
    ),
    Clause(
        "5.2.2-1a",
        _("零星维修可由维修人完工后收取，交到前台以前由他负责"),
        ("billing/till.py receive, hand_over_cash",),
        kinds=("cash",),
    ),
    Clause(
        "5.2.2-1b",
        _("完工后业主到前台缴纳"),
        ("billing/till.py receive",),
        cases=Q(nature=Nature.PAID_HOME, completed_at__isnull=False),
    ),
    Clause(
        "5.2.2-1c",
        _("满 ¥500.00：先签协议、预收全款，凭收据开派工单"),
        ("tickets/conditions.py is_paid_up",),
        cases=Q(accepted_total__gte=AGREEMENT_FROM),
    ),
    Clause(
        "5.2.2-2",
        _("有偿公共区域：费用由谁承担，写明"),
        ("workorders/issuing.py Cost, issue_facility_slip",),
        cases=Q(nature=Nature.PAID_PUBLIC),
    ),
    Clause("5.3.1", _("上门报修"), ("tickets/models/ticket.py Channel",), cases=Q(channel="walk_in")),
    Clause("5.3.2", _("电话报修"), ("tickets/models/ticket.py Channel",), cases=Q(channel="phone")),
    Clause(
        "5.3.3",
        _("入伙验房报修：一户多项，一次登记"),
        (
            "tickets/inspections/registering.py register",
            "tickets/inspections/following.py batch_notify, survey_as_seen, reinspect",
        ),
        cases=Q(channel="inspection"),
    ),
    Clause(
        "5.4.1",
        _("5 分钟内通知工程维护部；按约定时间到场，急需的 30 分钟内到场"),
        ("tickets/sla.py notify_due, arrive_due",),
        kinds=("notify", "arrive"),
    ),
    Clause("5.4.2-1", _("急修不过夜，随报随修"), ("tickets/sla.py night_due",), kinds=("finish",), urgent=True),
    Clause("5.4.2-2", _("急修 30 分钟内到现场"), ("tickets/sla.py arrive_due",), kinds=("arrive",), urgent=True),
    Clause(
        "5.4.2-3",
        _("零修、急修及时，急修质量合格"),
        ("reports/formulas.py routine, urgent, urgent_quality", "reports/outcomes.py TABLE"),
        kinds=("notify", "arrive", "finish"),
        figures=("routine", "urgent", "urgent_quality"),
    ),
    Clause(
        "5.5.1-1",
        _("报修记录表：日期、报修人、房号、电话、部位、内容"),
        ("tickets/models/ticket.py Ticket",),
        cases=Q(),
    ),
    Clause(
        "5.5.1-2",
        _("初步判定工种；技工现场核实工程量及配件用量，反馈客服"),
        ("tickets/actions.py survey",),
        cases=Q(surveys__isnull=False),
    ),
    Clause(
        "5.5.1-3",
        _("讲明收费项目及数额，得到认可后填写维修派工单"),
        ("billing/quoting.py offer_quote, accept_quote", "billing/actions.py issue_slip"),
        cases=Q(accepted_total__gt=ZERO),
    ),
    Clause(
        "5.5.1-4", _("工程部及时领单，按预约时间到场"), ("workorders/actions.py collect, arrive",), kinds=("collect",)
    ),
    Clause(
        "5.5.1-5",
        _("客户提供的材料：检查名称、数量、外观并记录"),
        ("workorders/conditions.py has_inspected_customer_parts",),
    ),
    Clause(
        "5.5.1-6",
        _("公司提供的材料：名称、规格、型号、数量、单价，请客户当面验证"),
        ("workorders/conditions.py has_five_items, has_verified_parts",),
    ),
    Clause(
        "5.5.1-7",
        _("客户填写验收意见并签字"),
        ("workorders/acceptance.py accept",),
        cases=Q(completed_at__isnull=False, nature=Nature.PAID_HOME),
    ),
    Clause(
        "5.5.1-8",
        _("三联：客服留存两联，工程留存一联，次月 5 日前返回客服"),
        ("workorders/custody.py",),
        kinds=("desk_copies", "copy_return"),
    ),
    Clause(
        "5.5.1-9",
        _("回访并签字；不合格的由责任部门纠正，再回访；登记、存档"),
        ("callbacks/actions.py", "workorders/actions.py close"),
        kinds=("callback", "correction"),
    ),
    Clause(
        "5.5.2-1", _("户内质保：登记"), ("tickets/registering.py register",), cases=Q(nature_guess=Nature.WARRANTY_HOME)
    ),
    Clause(
        "5.5.2-2",
        _("判定是否在质保范围内；工程部勘查鉴别责任并反馈"),
        ("places/warranty.py", "tickets/actions.py survey"),
        cases=Q(nature=Nature.WARRANTY_HOME),
    ),
    Clause(
        "5.5.2-3",
        _("确定原施工单位，按紧急程度和协议约定的形式通知"),
        ("workorders/notices.py send_notice", "places/builders.py builder_of, limits"),
        kinds=("builder_reply",),
    ),
    Clause(
        "5.5.2-4",
        _("出具维保单，与客户预约，原施工单位领单并到场"),
        (
            "workorders/issuing.py issue_warranty_slip",
            "workorders/notices.py agree_time",
            "workorders/actions.py collect",
        ),
        cases=Q(slips__kind="warranty"),
    ),
    Clause(
        "5.5.2-5",
        _("工程部主管及客户验收，双方签字"),
        ("workorders/acceptance.py accept, countersign, last_signature",),
        cases=Q(slips__kind="warranty", slips__accepted_at__isnull=False),
    ),
    Clause(
        "5.5.2-6",
        _("返回、回访、存档"),
        ("workorders/custody.py take_in", "callbacks/actions.py record_answer", "workorders/actions.py close"),
        cases=Q(nature=Nature.WARRANTY_HOME, closed_at__isnull=False),
    ),
    Clause("5.5.3-1", _("公共区域：登记"), ("tickets/registering.py register",), cases=~Q(place="home")),
    Clause(
        "5.5.3-2",
        _("工程部现场判别工种和性质（质保内外、物业或市政）并反馈"),
        ("tickets/actions.py survey, rejudge",),
        cases=~Q(place="home") & Q(surveys__isnull=False),
    ),
    Clause(
        "5.5.3-3",
        _("公共设施设备安装/维修单：材料五项，技工签字，工程主管现场查看并签字"),
        ("workorders/issuing.py issue_facility_slip", "workorders/acceptance.py countersign"),
        cases=Q(slips__kind="facility"),
    ),
    Clause(
        "5.5.3-4",
        _("质保内：原施工单位维修，工程主管单独验收（推定）"),
        ("workorders/models/slip.py signatories", "workorders/issuing.py issue_warranty_slip"),
        cases=Q(nature=Nature.WARRANTY_PUBLIC, slips__kind="warranty"),
    ),
    Clause(
        "5.5.3-5",
        _("市政：转报市政单位，跟进到恢复（推定）"),
        ("workorders/referrals.py refer, follow_up, confirm_restored, take_back",),
        kinds=("referral",),
    ),
    Clause(
        "5.5.3-6",
        _("有报修人的回访，存档（推定）"),
        ("callbacks/actions.py record_answer", "workorders/actions.py close"),
        cases=~Q(place="home") & Q(has_caller=True, completed_at__isnull=False),
    ),
]
