"""The handover inspection (SOP 5.3.3, domain A.1): a sheet of lines, one signature, one repair a line, what follows of them."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import SHANGHAI
from core.refusals import Forbidden, Refusal
from papers.models import Series
from people.models import User
from people.roles import FD
from places.models import Builder, Unit, WarrantyTerm
from tests.accounts import somebody
from tests.cast import STROKES, Cast, the_cast
from tests.sheets import DEFECTS, drafted, on_sheet, registered, sheet, written
from tests.test_photos import picture, sent
from tickets import actions as tickets
from tickets import inspections, photos
from tickets.inspections import BadLines, Finding, Look, Overtaken
from tickets.inspections.lines import problems_of, summary
from tickets.inspections.parts import Parts
from tickets.inspections.rooms import spot_of
from tickets.models import Deadline, Event, Inspection, InspectionLine, Ticket, photos_storage

NOON = dt.datetime(2026, 11, 24, 10, 40, 0, 250_000, tzinfo=SHANGHAI)
WHOLE = NOON.replace(microsecond=0)
MINUTE = dt.timedelta(minutes=1)
pytestmark = pytest.mark.sop("5.3.3")


@pytest.fixture
def noon() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def unit(cast: Cast) -> Unit:
    return cast.unit_1201


def sentence(refused: pytest.ExceptionInfo[Any]) -> str:
    return str(refused.value.sentence)


# The sheet as a draft ---------------------------------------------------------


def test_lines_are_saved_one_by_one_in_their_order_and_understood_as_they_are_written(cast: Cast):
    inspection = inspections.open_draft(cast.unit_1201, by=cast.zhou)
    for line in reversed(sheet(8)):
        inspections.save_line(inspection, by=cast.zhou, line=line)
    found = [(line.room, line.spot, line.component_id, line.fault) for line in on_sheet(inspection)]
    parts = ["paint", "entry_door", "hardware", "socket", "bath_seepage", "blockage", "lamp", "wood_floor"]
    spots = ["living", "living", "bedroom", "bedroom", "bathroom", "bathroom", "bathroom", "kitchen"]
    assert found == [(d[0], spot, part, d[2]) for d, spot, part in zip(DEFECTS, spots, parts, strict=True)]
    assert (inspection.state, inspection.number, Ticket.objects.count()) == ("draft", None, 0)


def test_a_draft_begins_with_the_owner_of_the_dwelling(cast: Cast):
    inspection = inspections.open_draft(cast.unit_1201, by=cast.wang)
    assert (inspection.reporter_name, inspection.relation, inspection.phone) == ("李建国", "owner", "13800001201")
    assert inspection.opened_by == cast.wang


def test_two_people_share_the_one_draft_of_a_dwelling(cast: Cast):
    first = inspections.open_draft(cast.unit_1201, by=cast.zhou)
    assert inspections.open_draft(cast.unit_1201, by=cast.wang) == first
    inspections.save_line(first, by=cast.zhou, line=written(fault="门框划伤", position=1.0))
    inspections.save_line(first, by=cast.wang, line=written(fault="门缝过大", position=1.0))
    assert [(line.fault, line.edited_by) for line in on_sheet(first)] == [
        ("门框划伤", cast.zhou),
        ("门缝过大", cast.wang),
    ]


def test_a_line_that_a_colleague_changed_is_not_written_over_unseen(cast: Cast, noon):
    inspection = inspections.open_draft(cast.unit_1201, by=cast.zhou)
    mine = written(fault="门框划伤", position=1.0)
    inspections.save_line(inspection, by=cast.zhou, line=mine)
    theirs = written(fault="门框划伤 3 处", key=mine.key, seen=1, position=1.0)
    inspections.save_line(inspection, by=cast.wang, line=theirs)
    again = written(fault="门框划伤 2 处", key=mine.key, seen=1, position=1.0)
    with pytest.raises(Overtaken, match="王 10:40 改过这一行") as refused:
        inspections.save_line(inspection, by=cast.zhou, line=again)
    assert (refused.value.line.fault, refused.value.line.version) == ("门框划伤 3 处", 2)
    assert [line.fault for line in on_sheet(inspection)] == ["门框划伤 3 处"]


def test_a_line_sent_twice_is_one_line(cast: Cast):
    inspection, line = inspections.open_draft(cast.unit_1201, by=cast.zhou), written(position=1.0)
    saved = [inspections.save_line(inspection, by=cast.zhou, line=line) for _ in range(2)]
    assert [(row.pk, row.version) for row in saved if row] == [(saved[0].pk, 1)] * 2  # type: ignore[union-attr]
    assert inspection.lines.count() == 1


def test_a_line_with_nothing_but_the_proposed_room_is_no_line(cast: Cast):
    inspection = inspections.open_draft(cast.unit_1201, by=cast.zhou)
    assert inspections.save_line(inspection, by=cast.zhou, line=written("客厅", "", "")) is None
    assert inspection.lines.count() == 0


def test_a_removed_line_comes_back_whole(cast: Cast):
    inspection = drafted(cast, 3)
    second = on_sheet(inspection)[1]
    inspections.remove_line(inspection, by=cast.zhou, key=second.key)
    assert [line.fault for line in on_sheet(inspection)] == [DEFECTS[0][2], DEFECTS[2][2]]
    inspections.remove_line(inspection, by=cast.zhou, key=second.key, back=True)
    assert [line.fault for line in on_sheet(inspection)] == [defect[2] for defect in DEFECTS[:3]]


def test_the_sixty_first_line_is_refused(cast: Cast):
    inspection = drafted(cast, 60)
    with pytest.raises(Refusal, match="一次验房最多 60 项"):
        inspections.save_line(inspection, by=cast.zhou, line=written(position=61.0))
    assert len(on_sheet(inspection)) == 60


def test_a_bad_line_is_named_cell_by_cell_and_kept(cast: Cast):
    lines = [written("", "", "镜前灯不亮"), written("厨房", "飞碟", "有"), written("客厅", "门", "x" * 181)]
    inspection, parts = drafted(cast, lines), Parts()
    found = [[(one.cell, one.sentence) for one in problems_of(line, parts)] for line in on_sheet(inspection)]
    assert found == [
        [("room", "选部位"), ("component", "选部件")],
        [("component", "没有部件“飞碟”，换个说法或从列表选"), ("fault", "问题至少 2 个字")],
        [("component", "“门”有几种部件：阀门、角阀、入户门、室内门"), ("fault", "问题最多 180 个字，现有 181 个")],
    ]
    assert summary(on_sheet(inspection), parts) == "3 项，1 项缺部位，3 项缺部件，2 项问题要改"
    assert [line.component_text for line in on_sheet(inspection)] == ["", "飞碟", "门"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [("墙面涂料", "paint"), ("入户门门框", "entry_door"), ("床头插座", "socket"), ("马桶", "toilet"), ("socket", "socket"), ("主卧窗户", "window"), ("强电箱", "breaker"),
     ("厨房水槽", "basin"), ("卫生间墙砖", "tile"), ("油烟机", "appliance"), ("ktkq", ""), ("kongtiao", "cooling")],
)  # fmt: skip
def test_a_part_is_understood_by_name_synonym_and_pinyin(cast: Cast, typed: str, code: str):
    found, why = Parts().written(typed)
    assert ((found.pk if found else ""), bool(why)) == (code, not code)


@pytest.mark.parametrize(
    ("room", "spot"),
    [
        ("主卧", "bedroom"),
        ("南阳台", "balcony"),
        ("客卫", "bathroom"),
        ("客餐厅", "living"),
        ("地下室", "other"),
        ("", ""),
    ],
)
def test_a_room_is_a_place_of_the_register(room: str, spot: str):
    assert spot_of(room) == spot


@pytest.mark.parametrize("who", ["night", "mei", "fin", "admin"])
def test_who_does_not_inspect_opens_no_draft(cast: Cast, who: str):
    with pytest.raises(Forbidden, match="这一步由前台接待、客服主管、维修技工、工程主管办理"):
        inspections.open_draft(cast.unit_1201, by=cast.people[who])
    assert Inspection.objects.count() == 0


def test_pictures_of_a_line_become_photos_of_its_repair_and_those_of_a_removed_line_go(
    cast: Cast, django_capture_on_commit_callbacks
):
    inspection = drafted(cast, 2)
    kept, gone = on_sheet(inspection)
    shot = photos.read(sent(picture()))
    for line in (kept, gone):
        inspections.add_line_photos(inspection, by=cast.wang, key=line.key, pictures=[shot])
    names = [str(line.photos.get().file) for line in (kept, gone)]
    inspections.remove_line(inspection, by=cast.zhou, key=gone.key)
    with django_capture_on_commit_callbacks(execute=True):
        inspections.register(inspection, by=cast.zhou, strokes=STROKES)
    photo = Ticket.objects.get().photos.get()
    assert (str(photo.file), photo.sha256, photo.by) == (names[0], shot.sha256, cast.wang)
    assert [Path(photos_storage().path(name)).exists() for name in names] == [True, False]


# Registered -------------------------------------------------------------------


def test_forty_lines_become_forty_repairs_in_line_order_under_one_number(cast: Cast, noon):
    inspection = registered(cast, 40)
    rows = list(Ticket.objects.order_by("number"))
    assert inspection.number == "HT-YF-202611-0001"
    assert [row.number for row in rows] == [f"HT-BX-202611-{n:04d}" for n in range(1, 41)]
    assert [row.fault for row in rows] == [f"{DEFECTS[n % 8][0]}：{DEFECTS[n % 8][2]}" for n in range(40)]
    assert [(line.number, line.ticket.number) for line in on_sheet(inspection) if line.ticket] == [
        (n, f"HT-BX-202611-{n:04d}") for n in range(1, 41)
    ]
    assert {
        (row.inspection, row.channel, row.reported_at, row.saved_at, row.taken_by, row.unit, row.place) for row in rows
    } == {(inspection, "inspection", WHOLE, NOON, cast.zhou, cast.unit_1201, "home")}
    assert {(row.reporter_name, row.phone, row.relation) for row in rows} == {("李建国", "13800001201", "owner")}
    assert {row.callers.get().name for row in rows} == {"李建国"}
    assert {(row.history.count(), row.history.get().history_user) for row in rows} == {(1, cast.zhou)}
    assert dict(Series.objects.values_list("kind", "last")) == {"BX": 40, "YF": 1}


def test_each_repair_has_trade_warranty_and_the_first_event_of_its_chain(cast: Cast, noon):
    registered(cast, 8)
    rows = list(Ticket.objects.order_by("number"))
    assert [(row.component_id, row.trade_id, row.nature_guess, row.warranty_state) for row in rows] == [
        ("paint", "painter", "warranty_home", "in"),
        ("entry_door", "doorwin", "warranty_home", "in"),
        ("hardware", "doorwin", "paid_home", "out"),
        ("socket", "electric", "paid_home", "out"),
        ("bath_seepage", "waterproof", "warranty_home", "in"),
        ("blockage", "drain", "paid_home", "out"),
        ("lamp", "electric", "paid_home", "out"),
        ("wood_floor", "carpenter", "warranty_home", "in"),
    ]
    events = [(event.seq, event.action, event.actor, event.at) for row in rows for event in row.events.all()]
    assert events == [(1, "register", cast.zhou, WHOLE)] * 8


def test_the_sheet_says_the_same_as_a_single_registration_would(cast: Cast, noon):
    """The bulk way and the one way must not drift apart: every column but those of the sitting is equal."""
    one = cast.report(unit=cast.unit_1201, spot="living", component="entry_door", fault="客厅：门框划伤 2 处", channel="inspection", window=None, urgency="prompt")  # fmt: skip
    registered(cast, [written(urgency="prompt")])
    other = Ticket.objects.exclude(pk=one.pk).get()
    own = {"id", "number", "inspection", "search_text"}
    columns = [field.attname for field in Ticket._meta.concrete_fields if field.name not in own]
    assert {name: getattr(other, name) for name in columns} == {name: getattr(one, name) for name in columns}
    assert other.search_text.split()[1:] == one.search_text.split()[1:]
    assert [(d.kind, d.started_at, d.due_at) for d in other.deadlines.all()] == [(d.kind, d.started_at, d.due_at) for d in one.deadlines.all()]  # fmt: skip


def test_urgent_lines_get_urgent_clocks_and_routine_ones_promise_no_visit(cast: Cast, noon):
    registered(cast, [written(urgency=degree, position=n) for n, degree in enumerate(("routine", "prompt", "urgent"))])
    found = [{d.kind: d.due_at for d in row.deadlines.all()} for row in Ticket.objects.order_by("number")]
    midnight = dt.datetime(2026, 11, 25, tzinfo=SHANGHAI)
    assert found == [
        {"notify": WHOLE + 5 * MINUTE},
        {"notify": WHOLE + 5 * MINUTE, "arrive": WHOLE + 30 * MINUTE},
        {"notify": WHOLE + 5 * MINUTE, "arrive": WHOLE + 30 * MINUTE, "finish": midnight},
    ]


def test_all_or_nothing_a_bad_line_is_named_and_no_number_is_used(cast: Cast):
    inspection = drafted(cast, [*sheet(6), written("卫生间", "", "镜前灯不亮", position=7.0)])
    with pytest.raises(BadLines) as refused:
        inspections.register(inspection, by=cast.zhou, strokes=STROKES)
    assert refused.value.sentences == ["第 7 项：选部件"]
    assert (Ticket.objects.count(), Event.objects.count(), Series.objects.count()) == (0, 0, 0)
    inspection.refresh_from_db()
    assert (inspection.state, len(on_sheet(inspection))) == ("draft", 7)


def test_nothing_is_registered_without_a_signature_or_the_note_that_it_is_on_paper(cast: Cast):
    inspection = drafted(cast, 2)
    with pytest.raises(Refusal, match="客户签字后再登记"):
        inspections.register(inspection, by=cast.zhou)
    inspections.register(inspection, by=cast.zhou, on_paper=True)
    assert (inspection.state, inspection.on_paper, Ticket.objects.count()) == ("registered", True, 2)


def test_an_empty_sheet_is_not_registered(cast: Cast):
    inspection = inspections.open_draft(cast.unit_1201, by=cast.zhou)
    with pytest.raises(Refusal, match="一项问题都没有"):
        inspections.register(inspection, by=cast.zhou, strokes=STROKES)


def test_a_resident_signs_for_the_lines_he_saw_and_for_no_others(cast: Cast):
    inspection = drafted(cast, 2)
    shown = {line.key: line.version for line in on_sheet(inspection)}
    inspections.save_line(inspection, by=cast.wang, line=written(position=9.0))
    with pytest.raises(Refusal, match="同事刚改过这份验房"):
        inspections.register(inspection, by=cast.zhou, strokes=STROKES, shown=shown)
    assert Ticket.objects.count() == 0


def test_a_handover_day_told_at_the_sitting_starts_the_warranty_where_none_was_known(cast: Cast, noon):
    Unit.objects.filter(pk=cast.unit_1201.pk).update(handed_over_on=None)
    unit = Unit.objects.get(pk=cast.unit_1201.pk)
    inspection = drafted(cast, [written()], unit=unit)
    inspections.save_head(inspection, by=cast.zhou, handed_over_on=NOON.date())
    inspections.register(inspection, by=cast.zhou, strokes=STROKES)
    unit.refresh_from_db()
    assert (unit.handed_over_on, unit.history.order_by("-history_id")[0].history_user) == (NOON.date(), cast.zhou)
    assert Ticket.objects.get().nature_guess == "warranty_home"


def test_without_a_handover_day_the_nature_is_undetermined_and_never_guessed_paid(cast: Cast):
    Unit.objects.filter(pk=cast.unit_1201.pk).update(handed_over_on=None)
    registered(cast, [written()], unit=Unit.objects.get(pk=cast.unit_1201.pk))
    assert Ticket.objects.get().nature_guess == "undetermined"


def test_what_is_registered_is_not_written_on_again(cast: Cast):
    inspection = registered(cast, 2)
    with pytest.raises(Refusal, match="这份验房已登记，不能再改"):
        inspections.save_line(inspection, by=cast.zhou, line=written())
    with pytest.raises(Refusal, match="现为“整改中”，不能登记验房"):
        inspections.register(inspection, by=cast.zhou, strokes=STROKES)
    with pytest.raises(Refusal, match="登记为 YF-"):
        inspections.not_registered_yet(cast.unit_1201, [line.key for line in on_sheet(inspection)])
    assert Ticket.objects.count() == 2


def test_a_second_inspection_of_the_dwelling_is_a_sheet_of_its_own(cast: Cast, noon):
    assert [registered(cast, n).number for n in (2, 1)] == ["HT-YF-202611-0001", "HT-YF-202611-0002"]


def test_a_draft_given_up_leaves_room_for_another(cast: Cast):
    wrong = drafted(cast, 2)
    inspections.discard(wrong, by=cast.zhou)
    assert inspections.open_draft(cast.unit_1201, by=cast.zhou) != wrong
    assert (wrong.state, Ticket.objects.count()) == ("discarded", 0)


def test_forty_lines_take_no_more_statements_than_four(cast: Cast):
    def statements(n: int) -> int:
        inspection = drafted(cast, n)
        with CaptureQueriesContext(connection) as caught:
            inspections.register(inspection, by=cast.zhou, strokes=STROKES)
        return len([each for each in caught if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))])

    few, many = statements(4), statements(40)
    # A row of many columns is written in batches of the engine's own size.
    assert (few <= 36, many - few <= 4) == (True, True), (few, many)


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_two_who_register_the_same_sheet_at_once_register_it_once():
    cast = the_cast()
    inspection = drafted(cast, 5)
    start, outcomes = threading.Barrier(2), []

    def press(user: User) -> None:
        mine = Inspection.objects.get(pk=inspection.pk)
        start.wait()
        try:
            inspections.register(mine, by=user, strokes=STROKES)
            outcomes.append("registered")
        except Refusal as refusal:
            outcomes.append(refusal.sentence)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[user]) for user in (cast.zhou, cast.wang)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["registered", "现为“整改中”，不能登记验房。刷新后再看下一步。"]
    assert (Ticket.objects.count(), Inspection.objects.get().number is None) == (5, False)


# One notice for all -----------------------------------------------------------


@pytest.mark.sop("5.4.1")
def test_one_notice_meets_the_five_minutes_of_every_line_but_the_urgent_ones(cast: Cast, noon):
    inspection = registered(
        cast, [*sheet(3), written(fault="水管爆裂", component_text="水管", urgency="urgent", position=9.0)]
    )
    noon.shift(200)
    assert inspections.batch_notify(inspection, by=cast.zhou, to=cast.shen) == 3
    told_at = NOON + dt.timedelta(seconds=200)
    rows = list(Ticket.objects.order_by("number"))
    assert [(row.state, row.technician, row.notified_at) for row in rows] == [
        *[("notified", cast.shen, told_at)] * 3,
        ("reported", None, None),
    ]
    met = {d.ticket_id: d.met_at for d in Deadline.objects.filter(kind="notify")}
    assert [met[row.pk] for row in rows] == [told_at] * 3 + [None]
    assert [list(row.events.values_list("seq", "action")) for row in rows[:3]] == [
        [(1, "register"), (2, "batch_notify")]
    ] * 3
    assert {row.history.count() for row in rows[:3]} == {2}
    inspection.refresh_from_db()
    assert (inspection.notified_by, inspection.notified_at) == (cast.zhou, told_at)


@pytest.mark.sop("5.1.2")
def test_a_line_that_is_told_rests_no_longer_than_a_day_without_a_judgement(cast: Cast, noon):
    inspection = registered(cast, [written(), written(urgency="prompt", position=1.0)])
    inspections.batch_notify(inspection, by=cast.zhou, to=cast.wang.team)
    running = [{d.kind: d.due_at for d in row.deadlines.open()} for row in Ticket.objects.order_by("number")]
    assert running == [{"step": NOON + dt.timedelta(days=1)}, {"arrive": WHOLE + 30 * MINUTE}]


def test_engineering_cannot_be_told_through_somebody_off_duty_or_twice(cast: Cast):
    inspection = registered(cast, 2)
    cast.wang.duties.all().delete()
    with pytest.raises(Refusal, match="王强现在不当班"):
        inspections.batch_notify(inspection, by=cast.zhou, to=User.objects.get(username="wang"))
    inspections.batch_notify(inspection, by=cast.wang, to=cast.shen)
    with pytest.raises(Refusal, match="没有等着批量通知的项目"):
        inspections.batch_notify(inspection, by=cast.zhou, to=cast.shen)


def test_a_single_line_told_by_itself_rests_like_the_others(cast: Cast):
    registered(cast, [written()])
    ticket = Ticket.objects.get()
    tickets.notify_engineering(ticket, by=cast.zhou, to=cast.wang.team)
    assert [row.kind for row in ticket.deadlines.open()] == ["step"]


# Judged as seen ---------------------------------------------------------------


@pytest.mark.sop("5.5.2-2")
def test_all_lines_are_judged_as_they_were_seen_without_a_visit(cast: Cast, noon):
    inspection = registered(cast, 4, by=cast.wang)
    inspections.batch_notify(inspection, by=cast.wang, to=cast.shen)
    noon.shift(MINUTE)
    third = on_sheet(inspection)[2]
    found = inspections.survey_as_seen(
        inspection, by=cast.wang, findings={third.pk: Finding("warranty_home", "开发商答应负责")}
    )
    rows = list(Ticket.objects.order_by("number"))
    assert (found, [row.state for row in rows]) == (4, ["surveyed"] * 4)
    assert [row.nature for row in rows] == ["warranty_home", "warranty_home", "warranty_home", "paid_home"]
    assert [row.surveys.get().reason for row in rows] == ["", "", "开发商答应负责", ""]
    assert {(row.on_site_at, row.surveys.get().by) for row in rows} == {(NOON, cast.wang)}
    assert [d.kind for row in rows for d in row.deadlines.open()] == ["step"] * 4


def test_a_judgement_that_differs_wants_a_reason_and_names_its_line(cast: Cast):
    inspection = registered(cast, 3)
    second = on_sheet(inspection)[1]
    with pytest.raises(Refusal, match="第 2 项与登记时的判断不同，写明原因"):
        inspections.survey_as_seen(inspection, by=cast.shen, findings={second.pk: Finding("paid_home")})
    assert set(Ticket.objects.values_list("state", flat=True)) == {"reported"}


def test_the_desk_records_the_survey_as_told_and_names_the_technician(cast: Cast):
    inspection = registered(cast, 2)
    with pytest.raises(Refusal, match="写明是哪位技工办的"):
        inspections.survey_as_seen(inspection, by=cast.zhou)
    inspections.survey_as_seen(inspection, by=cast.zhou, on_behalf_of=cast.wang)
    event = Ticket.objects.all()[0].events.last()
    assert event is not None
    assert (event.action, event.actor, event.on_behalf_of) == ("survey_as_seen", cast.zhou, cast.wang)


def test_a_survey_before_the_notice_meets_the_five_minutes_too(cast: Cast, noon):
    inspection = registered(cast, 2)
    inspections.survey_as_seen(inspection, by=cast.shen)
    assert set(Deadline.objects.filter(kind="notify").values_list("met_at", flat=True)) == {NOON}


def test_one_line_may_be_judged_by_itself_from_reported_or_notified(cast: Cast, noon):
    registered(cast, [written(urgency="prompt")])
    ticket = Ticket.objects.get()
    tickets.survey(ticket, by=cast.shen, nature="warranty_home", work="补漆")
    assert (ticket.state, ticket.on_site_at) == ("surveyed", NOON)
    assert [row.kind for row in ticket.deadlines.open()] == ["step"]


def test_any_other_repair_still_needs_the_visit_first(cast: Cast):
    for ticket in (cast.report(), cast.notified()):
        with pytest.raises(Refusal, match="先到场，再填核实结果"):
            tickets.survey(ticket, by=cast.shen, nature="paid_home", work="更换阀芯")


# The builder's part -----------------------------------------------------------


@pytest.mark.sop("5.5.2-3")
def test_the_warranty_lines_are_grouped_by_builder_in_the_order_of_the_sheet(cast: Cast):
    inspection = registered(cast, 8)
    (group,) = inspections.lines_by_builder(inspection)
    assert (str(group.builder), [row.component_id for row in group.tickets]) == (
        "宏达建设",
        ["paint", "entry_door", "bath_seepage", "wood_floor"],
    )


def test_an_agreement_of_the_estate_counts_for_every_line(cast: Cast):
    builder = Builder.objects.get(name="宏达建设")
    WarrantyTerm.objects.create(
        community=cast.community, builder=builder, component_id="socket", term="years", length=3
    )
    registered(cast, [written("主卧", "插座", "床头插座无电")])
    assert Ticket.objects.get().nature_guess == "warranty_home"


# Looked at again --------------------------------------------------------------


def repaired(cast: Cast, ticket: Ticket) -> None:
    """Taken to completion as far as this sheet is concerned."""
    Ticket.objects.filter(pk=ticket.pk).update(completed_at=ticket.reported_at)


def test_lines_pass_one_by_one_and_the_last_ends_the_inspection(cast: Cast, noon):
    inspection = registered(cast, 2)
    first, second = on_sheet(inspection)
    for line in (first, second):
        repaired(cast, line.ticket)  # type: ignore[arg-type]
    inspections.reinspect_line(inspection, by=cast.zhou, line=first, passed=True)
    inspections.reinspect_line(inspection, by=cast.wang, line=second, passed=False, words="仍有划痕")
    assert (inspection.state, first.passed, second.passed) == ("registered", True, False)
    noon.shift(MINUTE)
    inspections.reinspect_line(inspection, by=cast.wang, line=second, passed=True)
    assert inspection.state == "done"
    looks = [(look.passed, look.words, look.by, look.at) for look in second.reinspections.all()]
    assert looks == [(False, "仍有划痕", cast.wang, NOON), (True, "", cast.wang, NOON + MINUTE)]
    events = [event for event in second.ticket.events.all() if event.action == "reinspect_line"]  # type: ignore[union-attr]
    assert [(event.facts["passed"], event.actor) for event in events] == [(False, cast.wang), (True, cast.wang)]


def test_what_is_not_repaired_cannot_pass_and_what_fails_says_why(cast: Cast):
    inspection = registered(cast, 2)
    first, second = on_sheet(inspection)
    with pytest.raises(Refusal, match="第 1 项还没有修好验收"):
        inspections.reinspect_line(inspection, by=cast.zhou, line=first, passed=True)
    with pytest.raises(Refusal, match="第 2 项不通过，写明还差什么"):
        inspections.reinspect(inspection, by=cast.zhou, looks=[Look(second, passed=False)])
    assert InspectionLine.objects.filter(passed=None).count() == 2


def test_a_cancelled_repair_holds_no_inspection_open(cast: Cast):
    inspection = registered(cast, 2)
    first, second = on_sheet(inspection)
    assert first.ticket and second.ticket
    tickets.cancel(first.ticket, by=cast.zhou, reason="nothing")
    repaired(cast, second.ticket)
    inspections.reinspect_line(inspection, by=cast.zhou, line=second, passed=True)
    assert inspection.state == "done"


def test_an_inspection_elsewhere_is_nobody_s_here(cast: Cast):
    stranger = somebody("elsewhere", FD, within=cast.community.pk + 1)
    inspection = registered(cast, 1)
    with pytest.raises(Forbidden):
        inspections.batch_notify(inspection, by=stranger, to=cast.shen)
    assert Inspection.objects.visible_to(stranger).count() == 0


def test_the_chains_of_events_are_whole_after_all_of_it(cast: Cast):
    from tickets.evidence import broken_links

    inspection = registered(cast, 3)
    inspections.batch_notify(inspection, by=cast.zhou, to=cast.shen)
    inspections.survey_as_seen(inspection, by=cast.shen)
    assert list(broken_links()) == []
    own = list(Event.objects.filter(stream=inspection.stream).order_by("seq").values_list("action", flat=True))
    assert own == ["inspection_register", "inspection_batch_notify", "inspection_survey_as_seen"]


def test_a_key_is_unique_to_its_line(cast: Cast):
    assert len({line.key for line in sheet(60)}) == 60
    assert all(isinstance(line.key, uuid.UUID) for line in sheet(1))
