"""Builders' data: agreed forms, limits, who built what, and who changed it (5.5.2-3, A.8)."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.roles import ES
from places.builders import builder_of
from places.models import Builder, Building, BuiltBy, Community, Component
from tests.accounts import signed_in, somebody
from tests.cast import Cast
from tests.test_steps import errors
from tests.test_ticket_page import plain

AGREED = {
    "name": "宏达建设", "kind": "builder", "contact": "赵工", "phone": "137 0000 0001", "email": "", "agreement": "WBXY-2025-03",
    "form": "letter", "form_urgent": "phone", "arrive_hours": "24", "arrive_hours_urgent": "1", "finish_days": "5",
}  # fmt: skip


def change(client: Client, builder: Builder, step: str = "change_builder", **fields: Any) -> Any:
    sent = {"once": str(uuid.uuid4()), **(AGREED if step == "change_builder" else {}), **fields}
    return client.post(reverse(step, args=[builder.pk]), sent)


@pytest.fixture
def builder(cast: Cast) -> Builder:
    return Builder.objects.get()


@pytest.mark.sop("5.5.2-3")
def test_the_agreed_form_and_limits_are_entered_and_the_history_keeps_who_did(builder: Builder, sign_in) -> None:
    lin = sign_in("lin")
    assert change(lin, builder).headers["Location"] == builder.get_absolute_url()
    builder.refresh_from_db()
    assert (builder.form, builder.arrive_hours, builder.finish_days, builder.phone) == ("letter", 24, 5, "13700000001")
    told = plain(sign_in("zhou").get(builder.get_absolute_url()).content.decode())
    assert "林 一般通知的形式 微信 书面" in told and "林 一般：几小时内到场 48 24" in told


def test_what_an_agreement_needs_is_asked_for(builder: Builder, sign_in) -> None:
    lin = sign_in("lin")
    assert errors(change(lin, builder, form="email", phone="")) == {
        "email": ["约定用邮件通知，填写邮箱"],
        "phone": ["约定用电话或微信通知，填写联系电话"],
    }
    assert errors(change(lin, builder, arrive_hours="0", finish_days="x", email="赵工", name="")) == {
        "name": ["填写单位名称"],
        "email": ["邮箱写成 name@example.com 的样子"],
        "arrive_hours": ["一般：几小时内到场写 1 到 240 的整数"],
        "finish_days": ["一般：几天内完工写 1 到 90 的整数"],
    }


def test_two_supervisors_do_not_write_over_each_other(builder: Builder, sign_in) -> None:
    lin, shen = sign_in("lin"), sign_in("shen")
    shown = lin.get(reverse("change_builder", args=[builder.pk])).context["seen"]
    assert change(shen, builder, contact="钱工", seen=shown).status_code == 302
    stale = change(lin, builder, contact="孙工", seen=shown)
    builder.refresh_from_db()
    assert (stale.status_code, builder.contact) == (409, "钱工")


def test_a_new_builder_is_entered_once(cast: Cast, sign_in) -> None:
    client, sent = sign_in("shen"), {**AGREED, "name": "顺达安装", "once": str(uuid.uuid4())}
    made = client.post(reverse("add_builder"), sent)
    found = Builder.objects.get(name="顺达安装")
    assert (made.headers["Location"], found.community) == (found.get_absolute_url(), cast.community)
    again = client.post(reverse("add_builder"), {**sent, "once": str(uuid.uuid4())})
    assert (again.status_code, "“顺达安装”已经登记。" in again.content.decode()) == (409, True)


def test_who_keeps_two_estates_says_for_which(cast: Cast, sign_in) -> None:
    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    cast.shen.grant(ES, within=other.pk)
    client = signed_in(cast.shen)
    assert errors(client.post(reverse("add_builder"), AGREED)) == {"community": ["选小区"]}
    assert client.post(reverse("add_builder"), {**AGREED, "community": other.pk}).status_code == 302
    assert [row.community.code for row in Builder.objects.filter(name="宏达建设").order_by("pk")] == ["HT", "MD"]
    assert re.findall(r"<td>(海棠苑|牡丹园)</td>", client.get(reverse("builders")).content.decode()) == [
        "海棠苑",
        "牡丹园",
    ]


def test_who_built_what_decides_whom_to_notify(cast: Cast, builder: Builder, sign_in) -> None:
    plumber = Builder.objects.create(community=cast.community, name="顺达安装")
    pipe, third = Component.objects.get(pk="water_pipe"), Building.objects.get(code="3")
    client = sign_in("shen")
    assert change(client, plumber, "add_share", building=third.pk, component=pipe.pk).status_code == 302
    assert builder_of(cast.unit_1201, pipe) == plumber
    assert builder_of(cast.unit_0702, pipe) == builder
    assert errors(change(client, plumber, "add_share")) == {"__all__": ["选楼栋或部位，至少一项"]}
    taken = change(client, builder, "add_share", building=third.pk, component=pipe.pk)
    assert (taken.status_code, "这一项已登记为顺达安装，先删去那一条。" in taken.content.decode()) == (409, True)


def test_a_share_that_is_taken_off_stays_in_the_history(cast: Cast, builder: Builder, sign_in) -> None:
    client = sign_in("shen")
    change(client, builder, "add_share", building="", component="lift")
    share = BuiltBy.objects.get()
    asked = client.get(reverse("drop_share", args=[builder.pk]), {"share": share.pk})
    assert "全小区 电梯" in plain(asked.content.decode())
    assert change(client, builder, "drop_share", share=share.pk).status_code == 302
    assert BuiltBy.objects.count() == 0
    told = plain(client.get(builder.get_absolute_url()).content.decode())
    assert "沈 施工分工 电梯 —" in told and "沈 施工分工 — 电梯" in told
    gone = client.get(reverse("drop_share", args=[builder.pk]), {"share": share.pk})
    assert "这一条分工已经删去。" in gone.content.decode()


@pytest.mark.parametrize(("who", "sees", "keeps"), [("zhou", 200, 403), ("lin", 200, 200), ("shen", 200, 200), ("mei", 200, 403), ("wang", 403, 403)])  # fmt: skip
def test_supervisors_keep_them_and_the_desk_reads_them(
    builder: Builder, sign_in, who: str, sees: int, keeps: int
) -> None:
    client = sign_in(who)
    pages = [client.get(reverse("builders")), client.get(builder.get_absolute_url())]
    assert [page.status_code for page in pages] == [sees, sees]
    steps = ("change_builder", "add_share", "drop_share")
    assert [client.get(reverse(step, args=[builder.pk])).status_code for step in steps] == [keeps] * 3
    assert client.get(reverse("add_builder")).status_code == keeps


def test_another_estate_s_builder_is_absent(builder: Builder) -> None:
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    client = signed_in(somebody("stranger", ES, within=elsewhere.pk))
    assert client.get(builder.get_absolute_url()).status_code == 404
    assert change(client, builder).status_code == 404
    assert builder.name not in client.get(reverse("builders")).content.decode()
    assert "还没有登记施工单位" in client.get(reverse("builders")).content.decode()
