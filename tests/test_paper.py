"""Dispatch order, agreement and receipt: what stands on each page, and that nothing else can get there."""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.utils import translation

from billing.printing import RECEIPT_COPIES, agreement, receipt
from core import checks, pdf, press, stationery
from tests.paper import AGREEMENT, DONE, ISSUED, RECEIPT, STROKES, boxes, fonts, line, objects, pages
from workorders import printing
from workorders.printing import COPIES, Signed, dispatch_order

TEMPLATE = "workorders/print/dispatch_order.html"
OWN_FACES = {("paper", "yes")}


def squeezed(text):
    return "".join(str(text).split())


def words(data):
    """Every text a paper's data holds, at any depth, as it is printed."""
    if isinstance(data, str):
        return [squeezed(data)]
    if isinstance(data, Decimal):
        return [f"{data.normalize():f}"]
    if isinstance(data, Signed):
        return [squeezed(data.at)]
    if isinstance(data, dict):
        hidden = {"links", "slip_id", "price", "amount", "total", "received"}
        return [word for name, value in data.items() if name not in hidden for word in words(value)]
    return [word for value in data for word in words(value)] if isinstance(data, list | tuple) else []


@pytest.mark.sop("5.5.1-8")
def test_a_dispatch_order_is_three_pages_each_saying_which_copy_it_is_and_for_whom(tmp_path):
    printed = pages(dispatch_order(ISSUED), tmp_path)
    assert len(printed) == 3
    marks = [*map(squeezed, COPIES), *(f"{ISSUED['number']}-{copy}" for copy in (1, 2, 3))]
    assert [[mark for mark in marks if mark in page] for page in printed] == [
        [squeezed(COPIES[copy]), f"WX-202611-0052-{copy + 1}"] for copy in range(3)
    ]


@pytest.mark.sop("5.5.1-3")
@pytest.mark.parametrize("data", [ISSUED, DONE], ids=["issued", "done"])
def test_every_word_of_the_data_comes_back_from_every_page(data, tmp_path):
    printed = pages(dispatch_order(data), tmp_path)
    assert [[word for word in words(data) if word not in page] for page in printed] == [[], [], []]
    assert ["¥35.00" in page and "人民币叁拾伍元整" in page for page in printed] == [True] * 3


def test_only_our_two_faces_are_used_and_all_are_embedded(tmp_path):
    assert [fonts(paper, tmp_path) for paper in (dispatch_order(DONE), agreement(AGREEMENT), receipt(RECEIPT))] == [
        OWN_FACES
    ] * 3


def test_a_rare_name_prints_in_both_roads_and_an_unknown_sign_becomes_a_geta(tmp_path):
    rare = ISSUED | {"customer": "陈堃祎", "confirmed": "陈堃祎 当面 😀", "issued_by": "喆\u202e旸"}
    for paper in (dispatch_order(rare), dispatch_order(rare | {"fault": "漏水" * 200})):
        page = pages(paper, tmp_path)[0]
        assert [word for word in ("陈堃祎", "陈堃祎当面〓", "喆旸") if word not in page] == []
        assert fonts(paper, tmp_path) == OWN_FACES | {("rare", "yes")}


def test_the_same_slip_gives_the_same_bytes_after_others_in_another_language_and_in_another_process(tmp_path):
    first = dispatch_order(DONE)
    dispatch_order(ISSUED | {"customer": "王丽华"})
    with translation.override("en"):
        assert dispatch_order(DONE) == first
    code = (
        "import django, hashlib; django.setup(); from tests.paper import DONE; from workorders.printing import dispatch_order;"
        "print(hashlib.sha256(dispatch_order(DONE)).hexdigest())"
    )
    other = os.environ | {"PYTHONHASHSEED": "7", "DJANGO_SETTINGS_MODULE": "repairdesk.settings"}
    digest = subprocess.run([sys.executable, "-c", code], env=other, check=True, capture_output=True, text=True).stdout
    assert digest.strip() == hashlib.sha256(first).hexdigest()


def test_slips_of_one_letterhead_share_one_stationery_and_another_letterhead_does_not():
    stationery.stationery.cache_clear()
    for customer in ("李建国", "陈志强", "刘桂英"):
        dispatch_order(ISSUED | {"customer": customer})
    assert stationery.stationery.cache_info().currsize == 1
    dispatch_order(ISSUED | {"company": "别家物业服务有限公司"})
    assert stationery.stationery.cache_info().currsize == 2


def test_words_laid_over_the_stationery_stand_where_the_plain_layout_puts_them(tmp_path):
    context, copies = printing._context(DONE), printing.copies_of(DONE)
    overlaid = boxes(pdf.three_copies(TEMPLATE, context, copies), tmp_path)
    plain = boxes(pdf.three_copies(TEMPLATE, context | {"grows": True}, copies), tmp_path)
    assert len(overlaid) == len(plain)
    strays = [w for w, x, y in plain if not any(w == v and abs(x - p) + abs(y - q) < 0.2 for v, p, q in overlaid)]
    assert strays == []


def test_a_text_a_little_too_long_is_set_smaller_on_the_same_page(tmp_path):
    data = ISSUED | {"fault": "厨房下水管接口渗漏，" * 20, "community": "云栖花园二期东区高层公寓"}
    printed = pages(dispatch_order(data), tmp_path)
    assert len(printed) == 3
    assert [data["fault"] in page and data["community"] in page for page in printed] == [True] * 3


def test_a_text_far_too_long_is_laid_out_afresh_and_nothing_is_lost(tmp_path):
    data = DONE | {"fault": "管道渗漏，请尽快处理；" * 60, "work_done": "拆开检查后更换；" * 60}
    printed = pages(dispatch_order(data), tmp_path)
    assert len(printed) == 6
    assert [f"第{page}页/共2页" in text for text, page in zip(printed, (1, 2) * 3, strict=True)] == [True] * 6
    for copy in range(3):
        whole = "".join(printed[2 * copy : 2 * copy + 2])
        assert [word for word in words(data) if word not in whole] == []
        assert [squeezed(COPIES[copy]) in page for page in printed[2 * copy : 2 * copy + 2]] == [True, True]


@pytest.mark.sop("5.5.1-6")
def test_more_than_eight_lines_go_to_a_continuation_sheet_with_the_sum_carried(tmp_path):
    prices = [line(f"项目{n}", "项", "1", f"{n}.00") for n in range(1, 12)]
    printed = pages(dispatch_order(ISSUED | {"prices": prices, "total": Decimal("66.00")}), tmp_path)
    assert len(printed) == 6
    assert [("续页" in page, "承前页36.00" in page, "项目11项111.0011.00" in page) for page in printed] == [
        (False, False, False),
        (True, True, True),
    ] * 3


def test_blank_lines_are_struck_once_nothing_may_be_added(tmp_path):
    assert [page.count("以下空白") for page in pages(dispatch_order(ISSUED), tmp_path)] == [1, 1, 1]
    assert [page.count("以下空白") for page in pages(dispatch_order(DONE), tmp_path)] == [2, 2, 2]


def test_a_reprint_a_second_edition_and_a_void_say_so_on_every_copy(tmp_path):
    marks = ("补打第2次", "第2版", "作废", "第2次打印")
    first = pages(dispatch_order(ISSUED), tmp_path)
    later = pages(dispatch_order(ISSUED | {"print_count": 2, "edition": 2, "voided": True}), tmp_path)
    assert [[mark in page for mark in marks] for page in first] == [[False] * 4] * 3
    assert [[mark in page for mark in marks] for page in later] == [[True] * 4] * 3


def test_a_struck_price_line_stays_legible_and_the_sum_leaves_it_out(tmp_path):
    struck = line("旧项目", "项", "1", "99.00") | {"struck": True}
    printed = pages(dispatch_order(ISSUED | {"prices": [struck, *ISSUED["prices"]]}), tmp_path)
    assert [("旧项目" in page, "99.00" in page) for page in printed] == [(True, True)] * 3


def test_a_choice_without_a_box_is_refused_rather_than_lost():
    with pytest.raises(ValueError, match="no box for '很好'"):
        dispatch_order({**DONE, "opinion": "很好"})


@pytest.mark.sop("5.5.1-7")
def test_a_signature_is_drawn_on_every_copy_inside_its_block(tmp_path):
    unsigned, signed = (
        dispatch_order(ISSUED),
        dispatch_order({**ISSUED, "customer_signature": Signed(STROKES, "14:42")}),
    )
    # One stream, shared by the three pages.
    assert [objects(paper, tmp_path).count(b"1 w 1 J 1 j") for paper in (unsigned, signed)] == [0, 1]
    blank = press.lay_out(pdf.page_of(TEMPLATE, printing._context(ISSUED)), "paper", "dispatch_order")
    (spot,) = stationery.spots_of(blank)["drawing:customer"]
    millimetres = (round(spot.place.width * 25.4 / 72, 1), round(spot.place.height * 25.4 / 72, 1))
    assert millimetres == (45.0, 13.0)


def test_threads_share_one_press_and_print_what_they_would_have_printed_alone():
    slips = [ISSUED | {"customer": f"客户{n}", "room": f"{n}-1-0101"} for n in range(8)]
    alone = [dispatch_order(data) for data in slips]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(dispatch_order, slips)) == alone


@pytest.mark.sop("5.2.2-1c")
def test_a_receipt_says_its_sum_in_figures_and_capitals_on_each_of_three_copies(tmp_path):
    (page,) = pages(receipt(RECEIPT), tmp_path)
    said = {word for word in words(RECEIPT) if word} | {
        "¥1,010.50",
        "人民币壹仟零壹拾元零伍角整",
        "本收据盖章有效，非税务发票",
    }
    assert {word for word in said if page.count(word) % 3 or not page.count(word)} == set()
    assert [page.count(squeezed(copy)) for copy in RECEIPT_COPIES] == [1, 1, 1]
    assert ("作废" in page, "红字" in page, "补打" in page) == (False, False, False)


def test_a_void_receipt_is_stamped_and_a_contra_receipt_is_negative_and_names_the_other(tmp_path):
    (void,) = pages(receipt(RECEIPT | {"voided": True, "payer_signature": Signed(STROKES, "")}), tmp_path)
    assert void.count("作废") == 3
    (contra,) = pages(receipt(RECEIPT | {"amount": Decimal("-85.00"), "contra_of": "SJ-202611-0030"}), tmp_path)
    said = ("红字收款收据", "−¥85.00", "人民币负捌拾伍元整", "（冲SJ-202611-0030）")
    assert [contra.count(word) for word in said] == [3, 3, 3, 3]


@pytest.mark.parametrize(
    "wrong", [{"amount": Decimal("0.00")}, {"amount": Decimal("-1.00")}, {"contra_of": "SJ-202611-0030"}]
)
def test_no_receipt_for_nothing_nor_a_negative_one_that_takes_nothing_back(wrong):
    with pytest.raises(ValueError, match="no receipt over"):
        receipt(RECEIPT | wrong)


@pytest.mark.sop("5.2.2-1c")
def test_an_agreement_has_both_parties_its_clauses_and_the_total_of_its_lines(tmp_path):
    (page,) = pages(agreement(AGREEMENT), tmp_path)
    said = [
        "甲方（客户）",
        "乙方（公司）",
        "增项",
        "退款",
        "违约",
        "12个月",
        "开工前全额预付",
        "¥800.00",
        "人民币捌佰元整",
        "540.00",
        "260.00",
    ]
    assert [word for word in [*said, *words(AGREEMENT)] if word not in page] == []
    assert "补1" not in page
    (supplement,) = pages(agreement(AGREEMENT | {"supplement": 1}), tmp_path)
    assert "协议号：XY-202611-0004补1" in supplement


def test_an_agreement_with_the_longest_texts_is_still_one_page(tmp_path):
    lines = [line(f"防水工程第{n}项", "㎡", "1", "100.00") for n in range(8)]
    data = AGREEMENT | {"work": "拆除重做防水层，" * 37, "materials": "乙方提供涂料；" * 28, "lines": lines}
    (page,) = pages(agreement(data), tmp_path)
    assert [word for word in words(data) if word not in page] == []


def test_an_agreement_whose_total_is_not_the_sum_of_its_lines_is_refused():
    with pytest.raises(ValueError, match="not the sum"):
        agreement(AGREEMENT | {"total": Decimal("800.01")})


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch):
    assert checks.printing_libraries() == []
    monkeypatch.setattr(checks, "LIBRARIES", (("libabsent-1.so", "libabsent-1"),))
    monkeypatch.setattr(checks, "SUBSETTER", ("libabsent-2.so", "libabsent-2"))
    found = checks.printing_libraries()
    assert [(type(check).__name__, check.hint) for check in found] == [
        ("Error", "apt-get install libabsent-1"),
        ("Warning", "apt-get install libabsent-2"),
    ]
