"""The codes on paper, read back from a picture of the printed page; and the digits a scanner types."""

import pytest
import segno
from PIL import Image

from core import codes, pdf, press, stationery
from tests.paper import ISSUED, tool
from workorders import printing
from workorders.printing import dispatch_order

DPI = 400


@pytest.fixture(scope="module")
def spots():
    """Where the dispatch order keeps room for its codes."""
    html = pdf.page_of("workorders/print/dispatch_order.html", printing._context(ISSUED))
    return stationery.spots_of(press.lay_out(html, "paper", "dispatch_order"))


@pytest.fixture(scope="module")
def printed(spots, tmp_path_factory):
    """What stands in a spot of a copy's page, printed and seen in black and white."""
    folder, paper = tmp_path_factory.mktemp("printed"), dispatch_order(ISSUED)

    def seen(name, copy):
        place = spots[name][0].place
        edges = (round(side * DPI / 72) for side in (place.x, place.y, place.width, place.height))
        window = [
            word for option, side in zip(("-x", "-y", "-W", "-H"), edges, strict=True) for word in (option, str(side))
        ]
        page = ("-f", str(copy), "-l", str(copy), "-gray", "-png", "-r", str(DPI), *window)
        tool("pdftoppm", paper, folder, *page, to=str(folder / "page"))
        return Image.open(folder / f"page-{copy}.png").convert("L").point(lambda value: 255 if value > 128 else 0)

    return seen


def runs(row):
    """Lengths of the equal stretches of a row of pixels, between its white margins."""
    lengths: list[int] = []
    last = None
    for value in row:
        if value == last:
            lengths[-1] += 1
        else:
            lengths.append(1)
            last = value
    return lengths[1:-1]


def scanned(image):
    """The digits of a Code 128 in the picture: bars and spaces measured, matched against the standard's table, checked."""
    row = [image.getpixel((x, image.height // 2)) for x in range(image.width)]
    lengths = runs(row)
    module = sum(lengths) / (11 * (len(lengths) - 7) / 6 + 13)
    widths = "".join(str(round(length / module)) for length in lengths)
    values = [codes.PATTERNS.index(widths[at : at + 6]) for at in range(0, len(widths) - 7, 6)]
    assert codes.PATTERNS.index(widths[-7:]) == codes.STOP
    start, *data, check = values
    assert (start + sum(at * value for at, value in enumerate(data, 1))) % 103 == check
    assert start == codes.START_PAIRS
    text, pairs = "", True
    for value in data:
        if value == codes.TO_DIGITS_PLAIN and pairs:
            pairs = False
        else:
            text += f"{value:02d}" if pairs else chr(value + 32)
    return text


@pytest.mark.sop("5.5.1-8")
@pytest.mark.parametrize("copy", [1, 2, 3])
def test_the_bar_code_of_each_copy_scans_to_its_slip_and_copy(copy, printed):
    image = printed("code:bars", copy)
    assert codes.read_copy_digits(scanned(image)) == (123456, copy)


@pytest.mark.parametrize("copy", [1, 2, 3])
def test_the_qr_of_each_copy_holds_its_own_link_and_is_large_enough(copy, printed, spots):
    image = printed("code:qr", copy)
    matrix = segno.make(ISSUED["links"][copy - 1], error="m", micro=False, mask=3).matrix
    size, module = len(matrix), image.width / len(matrix)
    seen = [
        [image.getpixel((int((x + 0.5) * module), int((y + 0.5) * module))) == 0 for x in range(size)]
        for y in range(size)
    ]
    assert seen == [[bool(dark) for dark in row] for row in matrix]
    assert spots["code:qr"][0].place.width / codes.MILLIMETRE >= 15


def test_the_table_of_code_128_is_whole():
    assert len(codes.PATTERNS) == len(set(codes.PATTERNS)) == 107
    assert {sum(map(int, pattern)) for pattern in codes.PATTERNS[:-1]} == {11}


def test_digits_of_a_copy_are_read_back():
    copies = [(slip, copy) for slip in (1, 52, 123456, 999_999_999) for copy in range(4)]
    assert [codes.read_copy_digits(codes.copy_digits(*copy)) for copy in copies] == copies


def test_one_wrong_digit_and_two_swapped_ones_are_noticed():
    digits = codes.copy_digits(481_236_957, 2)
    wrong = [
        digits[:at] + other + digits[at + 1 :] for at in range(11) for other in "0123456789" if other != digits[at]
    ]
    swapped = [digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :] for at in range(10)]
    for text in [*wrong, *swapped, "", "abc", digits + "0", "１" * 11]:
        with pytest.raises(ValueError, match="not the code of a copy"):
            codes.read_copy_digits(text)


@pytest.mark.parametrize(("slip", "copy"), [(0, 1), (-1, 1), (10**9, 1), (1, 4), (1, -1)])
def test_what_fits_no_bar_code_is_refused(slip, copy):
    with pytest.raises(ValueError, match="no bar code"):
        codes.copy_digits(slip, copy)


def test_a_bar_code_wider_than_its_place_is_refused():
    with pytest.raises(ValueError, match="do not fit"):
        codes.bars("1" * 11, codes.Place(0, 0, 40 * codes.MILLIMETRE, 20, 842))


def test_a_signature_keeps_its_shape_and_stays_in_its_place():
    place = codes.Place(100, 200, 127.5, 39.7, 842)
    drawn = codes.signature([[(0, 0), (1000, 100)], [(500, 50)]], place).decode()
    numbers = [[word for word in row.split() if word not in "ml"] for row in drawn.splitlines()[1:-1]]
    points = [(float(row[at]), float(row[at + 1])) for row in numbers for at in range(0, len(row), 2)]
    assert [min(x for x, _ in points), max(x for x, _ in points)] == [100.0, 227.5]
    height = max(y for _, y in points) - min(y for _, y in points)
    assert abs(height - 12.75) < 0.02
    assert all(place.bottom <= y <= place.bottom + place.height for _, y in points)
    assert codes.signature([], place) == b""
