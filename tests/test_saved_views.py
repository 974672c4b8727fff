"""Views of the board under names of one's own: kept, walked, renamed, ordered, dropped and brought back."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from desk import saved
from desk.filters import Filters
from people.models import SavedView
from tests.cast import Cast

HX = {"HX-Request": "true"}


def tabs(html: str) -> list[tuple[str, str, bool]]:
    """Words, address and whether it is the present one, of every tab that [ and ] walk."""
    bar = re.findall(r"data-views>(.*?)</div>", html, re.S)[0]
    found = re.findall(r'<a href="([^"]+)"( aria-current="true")?>(.*?)</a>', bar)
    return [(label, unescape(url), bool(current)) for url, current, label in found]


def board(client: Client, query: str = "") -> str:
    return client.get(f"/board/{query}").content.decode()


def keep(client: Client, query: str, name: str) -> Any:
    return client.post(f"{reverse('views')}?{query}", {"name": name})


def act(client: Client, view: SavedView, act: str, query: str = "", **fields: str) -> Any:
    return client.post(f"{reverse('views')}?{query}", {"view": view.pk, "act": act, **fields}, headers=HX)


def names(cast: Cast, who: str = "zhou") -> list[str]:
    return list(cast.people[who].saved_views.values_list("name", flat=True))


@pytest.fixture
def three(cast: Cast) -> list[SavedView]:
    return [
        saved.keep(cast.zhou, name, Filters.of(query))
        for name, query in (("甲", "scope=mine"), ("乙", "building=1"), ("丙", "kind=paid_home"))
    ]


def test_the_present_filters_are_kept_under_a_name_and_stand_as_a_tab_with_their_number(cast: Cast, sign_in):
    cast.report(channel="walk_in")
    cast.report()
    client = sign_in("zhou")
    assert ">存为视图<" in board(client, "?channel=walk_in")
    answer = keep(client, "channel=walk_in&page=9&evil=1", "上门的")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/board/?channel=walk_in")
    html = board(client, "?channel=walk_in")
    assert "已存为视图“上门的”" in html
    assert tabs(html) == [
        ("全部 2", "/board/", False),
        ("我登记的 2", "/board/?scope=mine", False),
        ("快到时限 0", "/board/?scope=soon", False),
        ("公共区域 0", "/board/?scope=public", False),
        ("上门的 1", "/board/?channel=walk_in", True),
    ]
    assert (">存为视图<" in html, ">整理视图<" in html) == (False, True)


def test_only_known_filters_are_kept(cast: Cast, sign_in):
    keep(sign_in("zhou"), "team=1&next=//evil.cn&scope=nonsense&q=138", "水电班")
    assert list(SavedView.objects.values_list("user", "name", "query")) == [(cast.zhou.pk, "水电班", "team=1")]


def test_other_filters_stand_while_one_of_everybody_s_tabs_is_chosen_and_count_in_its_number(cast: Cast, sign_in):
    cast.report(channel="walk_in")
    cast.report()
    assert tabs(board(sign_in("zhou"), "?channel=walk_in"))[:2] == [
        ("全部 1", "/board/?channel=walk_in", True),
        ("我登记的 1", "/board/?scope=mine&channel=walk_in", False),
    ]


def test_a_view_is_one_s_own(cast: Cast, sign_in, three):
    html = board(sign_in("qian"))
    assert ([label for label, _url, _now in tabs(html)][4:], "整理视图" in html) == ([], False)
    assert act(sign_in("qian"), three[0], "drop").status_code == 404
    assert names(cast) == ["甲", "乙", "丙"]


def test_a_name_is_asked_for_and_given_once(cast: Cast, sign_in, three):
    client = sign_in("zhou")
    for name, sentence in (
        ("", "填写名称"),
        ("甲", "已有“甲”，换个名称"),
        ("长" * 21, "名称最多 20 个字，现有 21 个"),
    ):
        answer = keep(client, "team=1", name)
        assert (answer.status_code, list(answer.context["form"].errors["name"])) == (422, [sentence])
    assert keep(client, "", "空的").status_code == 409
    assert names(cast) == ["甲", "乙", "丙"]
    assert keep(sign_in("qian"), "team=1", "甲").status_code == 302
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedView.objects.create(user=cast.zhou, name="甲", query="", position=9)


def test_a_person_has_at_most_twelve(cast: Cast, sign_in):
    for number in range(12):
        saved.keep(cast.zhou, f"第 {number}", Filters(building=str(number + 1)))
    client = sign_in("zhou")
    assert "最多存 12 个视图。先删一个。" in client.get(f"{reverse('views')}?team=1").content.decode()
    answer = keep(client, "team=1", "第十三")
    assert (answer.status_code, "最多存 12 个视图。先删一个。" in answer.content.decode()) == (409, True)
    assert len(names(cast)) == 12


def test_a_view_is_renamed_in_the_dialog_and_the_tabs_beneath_follow(cast: Cast, sign_in, three):
    answer = act(sign_in("zhou"), three[1], "rename", name="一栋")
    html = answer.content.decode()
    assert (answer.status_code, answer.headers["X-Dialog"], names(cast)) == (200, "keep", ["甲", "一栋", "丙"])
    assert 'id="board-views" hx-swap-oob="true"' in html
    assert [label for label, _url, _now in tabs(html)][4:] == ["甲 0", "一栋 0", "丙 0"]


def test_a_name_that_another_view_has_is_refused_beside_its_field_with_what_was_typed(cast: Cast, sign_in, three):
    answer = act(sign_in("zhou"), three[1], "rename", name="甲")
    html = answer.content.decode()
    assert (answer.status_code, names(cast)) == (422, ["甲", "乙", "丙"])
    field = re.findall(rf'<input class="input" id="name-{three[1].pk}"[^>]*>', html)[0]
    assert ('value="甲"' in field, 'aria-invalid="true"' in field) == (True, True)
    assert "已有“甲”，换个名称" in html


@pytest.mark.parametrize(
    ("which", "press", "order"),
    [
        (0, "down", ["乙", "甲", "丙"]),
        (2, "up", ["甲", "丙", "乙"]),
        (0, "up", ["甲", "乙", "丙"]),
        (2, "down", ["甲", "乙", "丙"]),
    ],
)
def test_views_are_put_in_order(cast: Cast, sign_in, three, which, press, order):
    assert act(sign_in("zhou"), three[which], press).status_code == 200
    assert names(cast) == order


def test_a_dropped_view_comes_back_where_it_stood_once(cast: Cast, sign_in, three):
    client = sign_in("zhou")
    answer = act(client, three[1], "drop")
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert (toast["text"], toast["label"], names(cast)) == ("已删除视图“乙”", "撤销", ["甲", "丙"])
    assert sign_in("qian").post(toast["url"]).status_code == 409
    assert client.post(toast["url"]).headers["Location"] == "/board/"
    assert client.post(toast["url"]).status_code == 409
    assert [(view.name, view.query) for view in cast.zhou.saved_views.all()] == [
        ("甲", "scope=mine"), ("乙", "building=1"), ("丙", "kind=paid_home"),
    ]  # fmt: skip


@pytest.mark.parametrize("note", ["", "x", "a:b:c"])
def test_a_forged_note_brings_nothing_back(cast: Cast, sign_in, note):
    assert sign_in("zhou").post(reverse("view_back"), query_params={"note": note}).status_code == 409
    assert names(cast) == []


def test_without_a_script_the_list_is_a_page_and_a_change_is_followed_by_a_redirect(cast: Cast, sign_in, three):
    client = sign_in("zhou")
    page = client.get(f"{reverse('views')}?building=1").content.decode()
    assert ("<h1>我的视图</h1>" in page, "现在的筛选已存为“乙”。" in page) == (True, True)
    answer = client.post(f"{reverse('views')}?building=1", {"view": three[0].pk, "act": "down"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/board/views/?building=1")
    assert names(cast) == ["乙", "甲", "丙"]


def test_a_view_of_a_nature_shows_the_repairs_of_that_nature(cast: Cast, sign_in):
    cast.report(fault="家里的水龙头")
    cast.report(place="public", unit=None, area=cast.hall, fault="大堂的灯")
    client = sign_in("zhou")
    public = board(client, "?kind=paid_public")
    assert ("大堂的灯" in public, "家里的水龙头" in public) == (True, False)
    assert "家里的水龙头" in board(client, "?kind=nonsense")


def test_a_chosen_team_or_building_stays_chosen_where_it_has_no_open_repair(cast: Cast, sign_in):
    html = board(sign_in("zhou"), f"?team={cast.wang.team_id}&building=7")
    chosen = re.findall(r'<option value="[^"]+" selected>(.*?)</option>', html)
    assert chosen == [str(cast.wang.team), "7栋"]
