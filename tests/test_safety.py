"""Safety scripts: shown before anything else, ticked line by line with the time, kept as evidence (domain B.3)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine

from core.clock import SHANGHAI
from core.refusals import Forbidden, Refusal
from places.models import Component
from places.safety import WHO, scripts, scripts_of
from tests.cast import Cast
from tests.test_registration import PAGE, call, rail, registered
from tests.test_steps import errors, send
from tests.test_ticket_page import page, plain, sentences
from tickets import recording
from tickets.models import Ticket

NOON = dt.datetime(2026, 11, 24, 10, 42, 42, tzinfo=SHANGHAI)
CASES = ["gas", "lift", "burst", "shock", "power", "cordon", "crack"]


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def titles(part: str, *, pressing: bool) -> list[str]:
    return [script.code for script in scripts_of(part, pressing=pressing)]


# The scripts ------------------------------------------------------------------


def test_there_is_a_script_for_each_case_of_the_trade_and_every_line_says_who() -> None:
    assert list(scripts()) == CASES
    for script in scripts().values():
        assert len(script.lines) >= 3
        assert [line.n for line in script.lines] == list(range(1, len(script.lines) + 1))
        assert {line.who for line in script.lines} <= set(WHO)


def test_scripts_name_parts_of_the_catalogue_only(cast: Cast) -> None:
    named = {part for script in scripts().values() for part in script.parts | script.always}
    assert sorted(named - set(Component.objects.values_list("pk", flat=True))) == []


@pytest.mark.parametrize(
    ("part", "calm", "pressing"),
    [
        ("gas", ["gas"], ["gas"]),
        ("lift_trapped", ["lift"], ["lift"]),
        ("valve", [], ["burst"]),
        ("wiring", [], ["shock", "power"]),
        ("public_power", ["power"], ["power", "shock"]),
        ("manhole", ["cordon"], ["cordon"]),
        ("structure", ["crack"], ["crack"]),
        ("paint", [], []),
    ],
)
def test_what_is_always_dangerous_shows_its_script_and_the_rest_only_when_pressing(part, calm, pressing) -> None:
    assert (titles(part, pressing=False), titles(part, pressing=True)) == (calm, pressing)


def test_gas_is_never_repaired_by_own_people_and_the_caller_is_told_first() -> None:
    lines = scripts()["gas"].lines
    assert [line.who for line in lines[:2]] == ["caller", "caller"]
    assert any("不动手修" in line.words for line in lines)


# At registration ----------------------------------------------------------------


def test_the_list_of_the_part_comes_with_the_cards(cast: Cast, sign_in, clock) -> None:
    body = rail(sign_in("zhou"), cast, component="gas").content.decode()
    panel = body[body.index('id="safety"') : body.index('id="area-field"')]
    assert (panel.count('type="checkbox"'), "燃气泄漏" in panel, "data-when" in panel) == (5, True, False)
    pressing = rail(sign_in("zhou"), cast, component="valve").content.decode()
    assert 'data-when="urgency=prompt|urgent"' in pressing[pressing.index('id="safety"') :]
    none = rail(sign_in("zhou"), cast, component="paint").content.decode()
    assert re.search(r'<section[^>]*id="safety"[^>]* hidden', none)


def ticked(cast: Cast, client: Any, **given: Any) -> Ticket:
    return registered(call(client, cast, **given))


def test_lines_travel_with_the_form_each_with_its_own_time(cast: Cast, sign_in, clock) -> None:
    times = "burst.1=2026-11-24T02:41:10.250Z burst.2=2026-11-24T02:42:00Z"
    ticket = ticked(cast, sign_in("zhou"), safety=["burst.1", "burst.2"], safety_times=times)
    event = ticket.events.get(action="run_safety_script")
    assert (event.actor, event.at, event.facts["case"]) == (cast.zhou, NOON, "burst")
    done = recording.done_of([event])["burst"]
    assert {n: tick.at for n, tick in done.items()} == {
        1: dt.datetime(2026, 11, 24, 10, 41, 10, 250000, tzinfo=SHANGHAI),
        2: dt.datetime(2026, 11, 24, 10, 42, tzinfo=SHANGHAI),
    }


def test_nothing_has_to_be_ticked_to_register(cast: Cast, sign_in, clock) -> None:
    assert not ticked(cast, sign_in("zhou")).events.filter(action="run_safety_script").exists()


@pytest.mark.parametrize("time", ["", "burst.1=soon", "burst.1=2026-11-24T02:42:00", "burst.1=2027-01-01T00:00:00Z", "burst.1=2026-11-23T00:00:00Z"])  # fmt: skip
def test_a_time_that_cannot_be_is_the_time_of_saving(time, cast: Cast, sign_in, clock) -> None:
    ticket = ticked(cast, sign_in("zhou"), safety=["burst.1"], safety_times=time)
    assert recording.done_of(ticket.events.all())["burst"][1].at == NOON


def test_lines_that_do_not_exist_are_left_out(cast: Cast, sign_in, clock) -> None:
    ticket = ticked(cast, sign_in("zhou"), safety=["burst.99", "fire.1", "burst.0", "burst", "gas.2"])
    assert list(recording.done_of(ticket.events.all())) == ["gas"]


def test_a_refused_form_keeps_ticks_and_times(cast: Cast, sign_in, clock) -> None:
    times = "burst.1=2026-11-24T02:41:10.250Z"
    answer = call(sign_in("zhou"), cast, fault="漏", safety=["burst.1"], safety_times=times)
    assert (answer.status_code, list(errors(answer))) == (422, ["fault"])
    body = answer.content.decode()
    assert re.search(r'value="burst\.1"[^>]* checked', body)
    assert f'name="safety_times" value="{times}"' in body


# Afterwards ------------------------------------------------------------------------


def test_the_list_goes_on_on_the_ticket_page(cast: Cast, sign_in, clock) -> None:
    ticket, client = cast.report(component="gas", urgency="urgent"), sign_in("zhou")
    recording.run_safety_script(ticket, by=cast.zhou, case="gas", lines={1: NOON, 2: NOON})
    clock.shift(90)
    assert send(client, "run_safety_script", ticket, lines=["gas.3", "gas.1"]).status_code == 302
    html = page(client, ticket)
    card = plain(html[html.index('id="safety"') : html.index('id="log"')])
    assert "燃气泄漏 3/5" in card and card.count("10:42:42 周") == 2 and card.count("10:44:12 周") == 1
    assert sentences(cast, ticket)[-2:] == [
        "周 做安全步骤：燃气泄漏（第 1、2 步）",
        "周 做安全步骤：燃气泄漏（第 3 步）",
    ]


def test_a_line_done_keeps_its_first_time(cast: Cast, clock) -> None:
    ticket = cast.report(component="gas", urgency="urgent")
    recording.run_safety_script(ticket, by=cast.zhou, case="gas", lines={1: NOON})
    clock.shift(60)
    with pytest.raises(Refusal, match="勾选做过的步骤"):
        recording.run_safety_script(ticket, by=cast.zhou, case="gas", lines={1: NOON + dt.timedelta(minutes=1)})
    assert recording.done_of(ticket.events.all())["gas"][1].at == NOON


def test_an_unknown_case_or_line_is_refused(cast: Cast, clock) -> None:
    ticket = cast.report()
    for case, n in (("fire", 1), ("gas", 9)):
        with pytest.raises(Refusal, match="没有这张安全清单"):
            recording.run_safety_script(ticket, by=cast.zhou, case=case, lines={n: NOON})


def test_the_technician_ticks_on_his_own_job_only(cast: Cast, clock) -> None:
    ticket = cast.notified(component="gas", urgency="urgent")
    recording.run_safety_script(ticket, by=cast.wang, case="gas", lines={4: NOON})
    with pytest.raises(Forbidden):
        recording.run_safety_script(ticket, by=cast.xu, case="gas", lines={5: NOON})


def test_the_form_asks_for_a_tick(cast: Cast, sign_in) -> None:
    answer = send(sign_in("zhou"), "run_safety_script", cast.report(component="gas", urgency="urgent"))
    assert (answer.status_code, errors(answer)) == (422, {"lines": ["勾选做过的步骤"]})


def test_the_list_is_at_hand_before_a_part_is_chosen_only_where_there_is_one(cast: Cast, sign_in) -> None:
    body = sign_in("zhou").get(PAGE).content.decode()
    assert re.search(r'<section[^>]*id="safety"[^>]* hidden', body)
