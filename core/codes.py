"""What is drawn on paper by lines and squares: QR, Code 128, signatures; as PDF operators, 30 times cheaper than boxes.

Places are in points from the page's top left corner; the page's own axes begin at the bottom.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Stroke = Sequence[tuple[float, float]]  # a pen's path, x to the right, y downwards, in any unit

MILLIMETRE = 72 / 25.4
MODULE = 0.33 * MILLIMETRE  # narrowest bar that a desk scanner reads from laser print
QUIET = 10  # modules left white on either side of a bar code

# Bars and spaces of Code 128's 107 symbols (ISO/IEC 15417, table 1), widths in modules.
PATTERNS = [
    "212222",
    "222122",
    "222221",
    "121223",
    "121322",
    "131222",
    "122213",
    "122312",
    "132212",
    "221213",
    "221312",
    "231212",
    "112232",
    "122132",
    "122231",
    "113222",
    "123122",
    "123221",
    "223211",
    "221132",
    "221231",
    "213212",
    "223112",
    "312131",
    "311222",
    "321122",
    "321221",
    "312212",
    "322112",
    "322211",
    "212123",
    "212321",
    "232121",
    "111323",
    "131123",
    "131321",
    "112313",
    "132113",
    "132311",
    "211313",
    "231113",
    "231311",
    "112133",
    "112331",
    "132131",
    "113123",
    "113321",
    "133121",
    "313121",
    "211331",
    "231131",
    "213113",
    "213311",
    "213131",
    "311123",
    "311321",
    "331121",
    "312113",
    "312311",
    "332111",
    "314111",
    "221411",
    "431111",
    "111224",
    "111422",
    "121124",
    "121421",
    "141122",
    "141221",
    "112214",
    "112412",
    "122114",
    "122411",
    "142112",
    "142211",
    "241211",
    "221114",
    "413111",
    "241112",
    "134111",
    "111242",
    "121142",
    "121241",
    "114212",
    "124112",
    "124211",
    "411212",
    "421112",
    "421211",
    "212141",
    "214121",
    "412121",
    "111143",
    "111341",
    "131141",
    "114113",
    "114311",
    "411113",
    "411311",
    "113141",
    "114131",
    "311141",
    "411131",
    "211412",
    "211214",
    "211232",
    "2331112",
]
TO_DIGITS_PLAIN, START_PAIRS, STOP = 100, 105, 106


@dataclass(frozen=True)
class Place:
    """A rectangle on a page of the given height, all in points."""

    x: float
    y: float
    width: float
    height: float
    page_height: float

    @property
    def bottom(self) -> float:
        """The lower edge, counted upwards as PDF does."""
        return self.page_height - self.y - self.height


def check_digit(digits: str) -> int:
    """Luhn's digit: it catches every single wrong digit and every neighbouring swap but 09."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return -total % 10


def copy_digits(slip_id: int, copy: int) -> str:
    """What a scanner types for a copy of a slip: id in 9 digits, copy (1–3; 0 on three-part paper), check digit."""
    if not (0 < slip_id < 10**9 and 0 <= copy <= 3):
        raise ValueError(f"no bar code for slip {slip_id}, copy {copy}")
    digits = f"{slip_id:09d}{copy}"
    return f"{digits}{check_digit(digits)}"


def read_copy_digits(text: str) -> tuple[int, int]:
    """(slip id, copy) of scanned digits; ValueError when they are no such code or were misread."""
    if len(text) != 11 or not (text.isascii() and text.isdigit()) or check_digit(text[:-1]) != int(text[-1]):
        raise ValueError("not the code of a copy")
    return int(text[:9]), int(text[9])


def symbols(digits: str) -> list[int]:
    """Code 128 symbol values of a digit string: pairs (set C), an odd last digit in set B, check symbol, stop."""
    values = [START_PAIRS, *(int(digits[i : i + 2]) for i in range(0, len(digits) - 1, 2))]
    if len(digits) % 2:
        values += [TO_DIGITS_PLAIN, ord(digits[-1]) - 32]
    checksum = (values[0] + sum(weight * value for weight, value in enumerate(values))) % 103
    return [*values, checksum, STOP]


def bars(digits: str, place: Place) -> bytes:
    """A Code 128 of digits, 0.33 mm a module, at the left of the place and as high; ValueError when the place is too narrow."""
    widths = [int(width) for value in symbols(digits) for width in PATTERNS[value]]
    if (sum(widths) + 2 * QUIET) * MODULE > place.width + 0.01:
        raise ValueError(f"{len(digits)} digits do not fit into {place.width / MILLIMETRE:.1f} mm")
    rectangles, x = [], QUIET
    for at, width in enumerate(widths):
        if at % 2 == 0:
            rectangles.append(f"{x} 0 {width} 1 re")
        x += width
    return _filled(rectangles, MODULE, place.height, place.x, place.bottom)


def qr(text: str, place: Place) -> bytes:
    """A QR code (level M) over the whole place, a rectangle a run of dark modules."""
    import segno

    # A fixed mask reads as well as the searched one and takes a quarter of the time.
    matrix = segno.make(text, error="m", micro=False, mask=3).matrix
    rectangles = [
        f"{start} {len(matrix) - row - 1} {length} 1 re"
        for row, modules in enumerate(matrix)
        for start, length in _runs(modules)
    ]
    return _filled(rectangles, place.width / len(matrix), place.height / len(matrix), place.x, place.bottom)


def _runs(modules: Iterable[int]) -> list[tuple[int, int]]:
    """(start, length) of the dark runs of a row."""
    runs: list[tuple[int, int]] = []
    for at, dark in enumerate(modules):
        if not dark:
            continue
        if runs and sum(runs[-1]) == at:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((at, 1))
    return runs


def _filled(rectangles: list[str], x_scale: float, y_scale: float, x: float, y: float) -> bytes:
    """One fill of all rectangles: separate fills would show hairlines between them."""
    matrix = f"q 0 g {x_scale:.5f} 0 0 {y_scale:.5f} {x:.3f} {y:.3f} cm"
    return "\n".join([matrix, *rectangles, "f Q"]).encode()


def signature(strokes: Sequence[Stroke], place: Place) -> bytes:
    """Pen strokes in the middle of the place, as large as it allows without distortion; nothing for an empty signature."""
    points = [point for stroke in strokes for point in stroke]
    if not points:
        return b""
    left, top = min(x for x, _ in points), min(y for _, y in points)
    wide, high = max(x for x, _ in points) - left, max(y for _, y in points) - top
    scale = min(place.width / (wide or 1), place.height / (high or 1))
    x0 = place.x + (place.width - wide * scale) / 2
    y0 = place.bottom + (place.height + high * scale) / 2
    paths = [[(x0 + (x - left) * scale, y0 - (y - top) * scale) for x, y in stroke] for stroke in strokes if stroke]
    lines = [
        " ".join(f"{x:.2f} {y:.2f} {'l' if at else 'm'}" for at, (x, y) in enumerate([path[0], *path]))
        for path in paths
    ]
    return "\n".join(["q 0 G 1 w 1 J 1 j", *lines, "S Q"]).encode()
