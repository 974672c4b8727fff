"""What is drawn on paper by lines and squares: QR, Code 128, signatures; as PDF operators, 30 times cheaper than boxes.

Places are in points from the page's top left corner; the page's own axes begin at the bottom.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Stroke = Sequence[tuple[float, float]]  # a pen's path, x to the right, y downwards, in any unit

MILLIMETRE = 72 / 25.4
MODULE = 0.33 * MILLIMETRE  # narrowest bar that a desk scanner reads from laser print
QUIET = 10  # modules left white on either side of a bar code

# Bars and spaces of Code 128's symbols 0 to 105 (ISO/IEC 15417, table 1): widths in modules, six a symbol, 18 symbols a line.
WIDTHS = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122123221"
    "223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321"
    "112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131"
    "311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114"
    "122411142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141"
    "214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214211232"
)
PATTERNS = [*(WIDTHS[start : start + 6] for start in range(0, len(WIDTHS), 6)), "2331112"]
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
