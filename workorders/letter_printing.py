"""Notice to a builder (domain.md A.8) and municipal referral (A.9) on paper: what they need, and their PDF. Times come as words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from core import pdf

SHEET = "letter"
CONSEQUENCE = (
    "逾期未到场或未修复的，我方将依照《房屋建筑工程质量保修办法》第十二条另行委托他人维修，"
    "由此发生的费用由贵单位承担；造成损失的，由贵单位赔偿。"
)
BODIES = {
    "water": "自来水公司", "power": "供电公司", "gas": "燃气公司", "heat": "供热公司", "sewer": "排水管理单位",
    "road": "路政管理单位", "lamp": "路灯管理单位", "telecom": "通信运营单位", "refuse": "环卫管理单位",
}  # fmt: skip


class Repair(TypedDict):
    """One repair a notice is about; `pictures`: names of its photos."""

    number: str
    where: str
    part: str
    fault: str
    warranty: str  # 给排水 · 2 年
    ends_on: str  # 2027年6月30日
    survey: str
    customer: str  # 李先生 138****1201, or empty
    appointment: str
    pictures: list[str]


class Line(TypedDict):
    """A reminder or a follow-up: when, by whom, what."""

    at: str
    by: str
    words: str
    next: NotRequired[str]


class NoticeData(TypedDict):
    """Everything on the notice. What is absent prints as a ruled blank to be filled in by hand."""

    company: str
    community: str
    telephone: str  # the service centre's own
    number: str
    nth: int
    builder: str
    contact: str
    reach: str  # telephone and e-mail
    agreement: str
    form: str
    urgency: str
    sent_at: str
    sent_by: str
    day: str  # 2026年11月23日
    arrive_by: str
    finish_by: str
    words: str
    repairs: Sequence[Repair]
    received_by: str
    received_at: str
    reply: str
    reminders: Sequence[Line]
    printed_at: str
    printed_by: str
    print_count: int


class ReferralData(TypedDict):
    """Everything on the referral letter."""

    company: str
    community: str
    telephone: str
    number: str
    ticket_number: str
    body: str  # a key of BODIES
    hotline: str
    where: str
    fault: str
    homes: str
    reported_at: str
    judged_by: str
    judged_at: str
    basis: str
    how: str
    sent_at: str
    sent_by: str
    day: str  # 2026年11月23日
    accepted_by: str
    reference: str
    promised_at: str
    measures: str
    follow_ups: Sequence[Line]
    next_at: str
    restored_at: str
    confirmed_by: str
    told_at: str
    printed_at: str
    printed_by: str
    print_count: int


def notice(data: NoticeData, pictures: Mapping[str, bytes]) -> bytes:
    """The notice as a PDF: one repair as facts, several as a table; from the second on with its consequence; photos below."""
    shown = [(place, name) for place, repair in enumerate(data["repairs"], 1) for name in repair["pictures"] if name in pictures]  # fmt: skip
    context = {
        **_common(data),
        "notice": data,
        "single": data["repairs"][0] if len(data["repairs"]) == 1 else None,
        "consequence": CONSEQUENCE if data["nth"] > 1 else "",
        "pictures": shown,
        "blank_reminders": range(max(0, 2 - len(data["reminders"]))),
    }
    html = pdf.page_of("workorders/print/notice.html", context)
    return pdf.from_html(html, "paper", SHEET, pictures=pictures)


def message(data: Mapping[str, Any]) -> str:
    """The same notice as words to be sent by chat or e-mail, or read out on the telephone."""
    head = (
        f"【{data['community']}维修通知 {data['number']} 第{data['nth']}次】{data['builder']} {data['contact']}".strip()
    )
    about = []
    for place, repair in enumerate(data["repairs"], 1):
        count = f"{place}. " if len(data["repairs"]) > 1 else ""
        ends = f"（质保至{repair['ends_on']}）" if repair["ends_on"] else ""
        about.append(f"{count}{repair['where']} {repair['part']}：{repair['fault']}{ends}{_called(repair)}")
    limits = f"请于 {data['arrive_by']} 前到场，{data['finish_by']} 前完工，到场前联系我方，凭维保单施工。"
    closing = [data["words"], CONSEQUENCE if data["nth"] > 1 else "", f"{data['company']} {data['telephone']}".strip()]
    return "\n".join(filter(None, [head, *about, limits, *closing]))


def _called(repair: Repair) -> str:
    return f"，住户 {repair['customer']}" if repair["customer"] else ""


def referral(data: ReferralData) -> bytes:
    """The referral letter as a PDF, one page while its follow-ups are few."""
    context = {
        **_common(data),
        "referral": data,
        "body": BODIES[data["body"]],
        "blank_follow_ups": range(max(0, 3 - len(data["follow_ups"]))),
    }
    html = pdf.page_of("workorders/print/referral.html", context)
    return pdf.from_html(html, "paper", SHEET)


def _common(data: NoticeData | ReferralData) -> dict[str, Any]:
    """What both letters say of their printing."""
    return {
        "reprint": f"补打 第{data['print_count']}次" if data["print_count"] > 1 else "",
        "printed": f"打印时间 {data['printed_at']}　打印人 {data['printed_by']}　第{data['print_count']}次打印",
    }
