"""Warranty: the counting rules of the trade, worked examples and properties (domain B.2, SOP 5.2.1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from places.models import Component, PublicArea, WarrantyTerm
from places.warranty import Facts, Promise, Verdict, judge, last_day, months_on, season_end, verdict

DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2060, 12, 31))
TERMS = st.one_of(
    st.builds(Promise, st.just("years"), st.integers(1, 50), st.sampled_from(["40", "98", "seed"])),
    st.builds(Promise, st.just("months"), st.integers(1, 60), st.sampled_from(["40", "98", "seed"])),
)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def part(term: str = "years", length: int = 2, basis: str = "40", place: str = "home", **more: Any) -> Component:
    return Component(
        code="part", name="给水管", term=term, length=length, basis=basis, place=place, category="给排水", **more
    )


def home(handed_over_on: str | None = None, completed_on: str | None = None, heating: str = "") -> Facts:
    return Facts(day(handed_over_on) if handed_over_on else None, day(completed_on) if completed_on else None, heating)


def short(found: Verdict) -> tuple[str, str | None, int | None, bool]:
    return found.state, str(found.ends_on) if found.ends_on else None, found.days_left, found.last_day_today


# Counting -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "term", "length", "last"),
    [
        ("2024-11-23", "years", 2, "2026-11-23"),
        ("2024-02-29", "years", 2, "2026-02-28"),
        ("2024-02-29", "years", 4, "2028-02-29"),
        ("2026-08-31", "months", 6, "2027-02-28"),
        ("2026-12-31", "months", 2, "2027-02-28"),
        ("2025-06-18", "years", 50, "2075-06-18"),
    ],
)
def test_the_last_day_is_the_same_date_on_or_the_month_s_last_day(start, term, length, last):
    assert last_day(day(start), Promise(term, length, "40")) == day(last)


@pytest.mark.parametrize(
    ("start", "count", "season", "last"),
    [
        ("2024-11-15", 2, "11-15/03-15", "2026-03-15"),
        ("2024-11-16", 2, "11-15/03-15", "2027-03-15"),
        ("2025-01-10", 2, "11-15/03-15", "2027-03-15"),
        ("2025-05-01", 2, "06-01/09-30", "2026-09-30"),
        ("2025-07-01", 2, "06-01/09-30", "2027-09-30"),
        ("2022-10-01", 2, "11-01/02-29", "2024-02-29"),
        ("2023-10-01", 2, "11-01/02-29", "2025-02-28"),
    ],
)
def test_a_term_of_seasons_ends_with_the_last_day_of_the_nth_that_begins_on_or_after_the_start(
    start, count, season, last
):
    assert season_end(day(start), count, season) == day(last)


@given(DAYS, st.integers(1, 600))
def test_months_on_keep_the_date_or_take_the_month_s_last_day(start, months):
    last = months_on(start, months)
    assert (last.year * 12 + last.month) - (start.year * 12 + start.month) == months
    assert last.day == start.day or (last.day < start.day and (last + dt.timedelta(days=1)).day == 1)


@given(DAYS, DAYS, st.integers(1, 600))
def test_who_starts_later_never_ends_earlier(one, other, months):
    assert (months_on(min(one, other), months), months_on(max(one, other), months)) == tuple(
        sorted((months_on(one, months), months_on(other, months)))
    )


# The verdict ----------------------------------------------------------------------------


@pytest.mark.sop("5.2.1-2")
@pytest.mark.parametrize(
    ("on", "state", "days_left", "last_day_today"),
    [
        ("2024-11-23", "in", 730, False),
        ("2026-11-22", "in", 1, False),
        ("2026-11-23", "in", 0, True),
        ("2026-11-24", "out", None, False),
    ],
)
def test_the_day_of_the_report_decides_and_the_last_day_is_within(on, state, days_left, last_day_today):
    found = judge(part(), home("2024-11-23"), day(on))
    assert short(found) == (state, "2026-11-23", days_left, last_day_today)


def test_the_reason_gives_part_term_dates_and_days():
    said = [
        judge(part(), home("2025-06-18"), day("2026-05-12")).reason,
        judge(part(), home("2025-06-18"), day("2027-06-18")).reason,
        judge(part(), home("2025-06-18"), day("2027-06-19")).reason,
    ]
    assert said == [
        "质保内，给水管 2 年：2025年6月18日 至 2027年6月18日，还有 402 天；人为损坏除外",
        "质保内，今日届满，给水管 2 年：2025年6月18日 至 2027年6月18日；人为损坏除外",
        "质保已过，给水管 2 年：2025年6月18日 至 2027年6月18日，按有偿登记",
    ]


@pytest.mark.sop("5.5.2-2")
def test_an_unknown_handover_day_is_never_guessed_as_paid():
    found = judge(part(), home(None, "2024-01-01"), day("2026-05-12"))
    assert (short(found), found.reason) == (("undetermined", None, None, False), "交付日不明，待定")


def test_an_unknown_completion_day_leaves_a_public_part_undetermined():
    found = judge(part(place="public"), Facts(None, None, home=False), day("2026-05-12"))
    assert (found.state, found.reason) == ("undetermined", "竣工验收日不明，待定")


def test_an_unknown_season_leaves_heating_undetermined():
    found = judge(part("heating"), home("2025-06-18"), day("2026-05-12"))
    assert (found.state, found.reason, found.starts_on) == (
        "undetermined",
        "采暖期或供冷期未设，待定",
        day("2025-06-18"),
    )


def test_two_heating_seasons_run_to_the_end_of_the_second():
    found = judge(part("heating"), home("2025-06-18", heating="11-15/03-15"), day("2026-05-12"))
    assert (short(found), found.term) == (("in", "2027-03-15", 307, False), "2 个采暖期")


def test_what_has_no_term_has_no_warranty():
    bought = judge(part("none", 0, ""), home("2025-06-18"), day("2025-07-01"))
    street = judge(part("none", 0, "", "municipal"), home("2025-06-18"), day("2025-07-01"))
    assert [(found.state, found.reason) for found in (bought, street)] == [
        ("none", "给水管没有质保期，按有偿登记"),
        ("none", "给水管由市政单位负责，转报"),
    ]


# The latest of all ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("basis", "handed_over", "completed", "last"),
    [
        ("40", "2024-06-01", "2024-01-01", "2026-06-01"),
        ("40", "2024-01-01", "2024-06-01", "2026-06-01"),
        ("98", "2024-01-01", "2024-06-01", "2026-01-01"),
        ("seed", "2024-01-01", "2024-06-01", "2026-01-01"),
    ],
)
def test_completion_counts_for_the_terms_of_article_40_alone(basis, handed_over, completed, last):
    assert judge(part(basis=basis), home(handed_over, completed), day("2024-07-01")).ends_on == day(last)


def test_an_agreement_that_gives_more_decides_and_is_named():
    found = judge(part(), home("2024-06-01"), day("2027-01-01"), [Promise("years", 3, "seed", "WBXY-2025-03")])
    assert (short(found), found.term, found.rule, found.warning) == (
        ("in", "2027-06-01", 151, False),
        "3 年",
        "WBXY-2025-03",
        "",
    )


def test_an_agreement_that_gives_less_is_warned_of_and_ignored():
    found = judge(part(), home("2024-06-01"), day("2026-01-01"), [Promise("years", 1, "seed", "WBXY-2025-03")])
    assert (short(found), found.rule, found.warning) == (
        ("in", "2026-06-01", 151, False),
        "建设工程质量管理条例第四十条",
        "维保协议 WBXY-2025-03 约定给水管 1 年，短于应有的 2 年，不采用",
    )


@given(DAYS, DAYS, DAYS, TERMS, st.lists(TERMS, max_size=3))
def test_agreements_never_shorten_and_the_last_day_is_the_latest_of_all(handed_over, completed, on, seeded, agreed):
    component = part(seeded.term, seeded.length, seeded.basis)
    facts = Facts(handed_over, completed)
    agreed = [promise._replace(basis="seed") for promise in agreed]
    ends = [last_day(handed_over, promise) for promise in [seeded, *agreed]]
    if seeded.basis == "40":
        ends.append(last_day(completed, seeded))
    found = judge(component, facts, on, agreed)
    assert found.ends_on == max(ends)
    assert found.state == ("in" if on <= max(ends) else "out")
    assert found.days_left == ((max(ends) - on).days if on <= max(ends) else None)
    assert bool(found.warning) == bool(agreed and max(last_day(handed_over, one) for one in agreed) < max(ends))


@given(DAYS, DAYS, DAYS, TERMS)
def test_who_is_out_once_is_never_in_again(handed_over, on, later, seeded):
    states = [judge(part(*seeded[:3]), Facts(handed_over, None), moment).state for moment in sorted((on, later))]
    assert states in (["in", "in"], ["in", "out"], ["out", "out"])


# Parts with a second term ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "state", "condition", "last"),
    [
        ("2025-07-30", "in", "", "2025-08-01"),
        ("2025-08-02", "in", "管道破损", "2027-06-01"),
        ("2027-06-02", "out", "", "2025-08-01"),
    ],
)
def test_a_public_drain_stays_in_warranty_for_broken_pipes_when_blockage_is_over(on, state, condition, last):
    drain = part(
        "months", 2, "98", "public", other_when="管道破损", other_term="years", other_length=2, other_basis="40"
    )
    found = judge(drain, Facts(None, day("2025-06-01"), home=False), day(on))
    assert (found.state, found.condition, found.ends_on) == (state, condition, day(last))


# On real places -------------------------------------------------------------------------


def component(code: str) -> Component:
    return Component.objects.get(pk=code)


@pytest.mark.sop("5.2.1-2")
def test_18_months_after_handover_pipes_are_in_and_the_tap_is_out(cast):
    on = months_after(cast.unit_1201.handed_over_on, 18)
    states = {
        code: verdict(cast.unit_1201, component(code), on).state for code in ("water_pipe", "wiring", "tap", "socket")
    }
    assert states == {"water_pipe": "in", "wiring": "in", "tap": "out", "socket": "out"}


def test_after_four_years_only_seepage_and_structure_are_left(cast):
    on = months_after(cast.unit_0702.handed_over_on, 48)
    left = [
        code
        for code in Component.objects.filter(place="home").values_list("code", flat=True)
        if verdict(cast.unit_0702, component(code), on).state == "in"
    ]
    assert left == ["bath_seepage", "wall_seepage", "roof_seepage", "structure"]


@pytest.mark.sop("5.2.1-1")
def test_public_parts_run_from_the_building_s_completion_also_where_they_stand_in_a_flat(cast):
    completed = cast.unit_1201.entrance.building.completed_on
    for place in (cast.unit_1201, cast.hall):
        found = verdict(place, component("riser"), months_on(completed, 24))
        assert (found.state, found.starts_on, found.last_day_today, found.category) == ("in", completed, True, "给排水")
        assert verdict(place, component("riser"), months_on(completed, 24) + dt.timedelta(days=1)).state == "out"


def test_an_area_of_its_own_phase_has_its_own_completion_day(cast):
    road = PublicArea.objects.create(community=cast.community, name="东门道路")
    assert verdict(road, component("paving"), day("2026-05-12")).state == "undetermined"
    road.completed_on = day("2025-06-18")
    assert short(verdict(road, component("paving"), day("2026-05-12"))) == ("in", "2027-06-18", 402, False)


def test_an_agreement_counts_for_its_own_builder_and_for_all(cast, django_assert_num_queries):
    pipe, unit = component("water_pipe"), cast.unit_1201
    start = unit.handed_over_on
    other = cast.community.builders.create(name="中筑第三工程公司")
    WarrantyTerm.objects.create(community=cast.community, builder=other, component=pipe, term="years", length=9)
    assert verdict(unit, pipe, start).ends_on == months_on(start, 24)
    WarrantyTerm.objects.create(
        community=cast.community, builder=unit.builder, component=pipe, term="years", length=3, agreement="WBXY-2025-03"
    )
    with django_assert_num_queries(1):
        found = verdict(unit, pipe, start)
    assert (found.ends_on, found.rule) == (months_on(start, 36), "WBXY-2025-03")
    WarrantyTerm.objects.create(community=cast.community, component=pipe, term="years", length=4)
    assert verdict(unit, pipe, start).ends_on == months_on(start, 48)


def months_after(start: dt.date | None, months: int) -> dt.date:
    assert start is not None
    return months_on(start, months)
