"""Text that people type: normalised, without control characters, and searchable by number, name and pinyin."""

import re
import unicodedata
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from pypinyin import Style, pinyin

INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
TELEPHONE = re.compile(r"(?:1[0-9]{10}|0[0-9]{9,11}|[0-9]{7,8}|400[0-9]{7})")


def cleaned(text: str, *, lines: bool = False) -> str:
    """NFC, invisible and direction marks stripped; ValidationError on a control character (newline allowed with lines=True)."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", text)).replace("\r\n", "\n").replace("\r", "\n")
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs", "Cn"} and not (lines and character == "\n"):
            raise ValidationError(_("含有不能显示的字符。删去后重新输入。"), code="control")
    return text.strip()


def plain_figures(text: str) -> str:
    """Full-width figures and signs as plain ones, １，２５０．５ → 1,250.5; nothing else is read into a figure (no ①, ½ or ٣)."""
    return "".join(chr(ord(one) - 0xFEE0) if "！" <= one <= "～" else one for one in text.replace("\u3000", " "))


def digits(text: str) -> str:
    """Only the digits, full-width ones turned into plain ones."""
    return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text))


def telephone(text: str) -> str:
    """A telephone number as digits; ValidationError with what is wrong and the remedy."""
    if re.search("[*＊•]", text):  # its digits alone would pass for a short number
        raise ValidationError(_("联系电话遮住了几位，输入完整号码。"), code="telephone")
    number = digits(re.sub(r"^\s*\+?86[\s-]?(?=1\d{2})", "", unicodedata.normalize("NFKC", text)))
    if TELEPHONE.fullmatch(number):
        return number
    if number.startswith("1") and len(number) != 11:
        size = 11 - len(number)
        raise ValidationError(
            (
                _("联系电话少 %(n)s 位，应为 11 位手机号或带区号的固话。")
                if size > 0
                else _("联系电话多 %(n)s 位，应为 11 位手机号或带区号的固话。")
            )
            % {"n": abs(size)},
            code="telephone",
        )
    raise ValidationError(_("联系电话不对，应为 11 位手机号或带区号的固话。"), code="telephone")


def masked_telephone(number: str) -> str:
    """138****1201: the first three and the last four."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 8 else "****" + number[-2:]


def squeezed(text: str) -> str:
    """For search: NFKC, lower case, without blanks and dashes (3-2-1201 and ３栋２单元１２０１ keep their digits)."""
    return re.sub(r"[\s\-_./]", "", unicodedata.normalize("NFKC", text)).lower()


def name_keys(name: str) -> str:
    """Pinyin and initials of a Chinese name, every reading of the first character: 单志强 → danzhiqiang dzq shanzhiqiang szq."""
    if not name:
        return ""
    first = pinyin(name[0], style=Style.NORMAL, heteronym=True, errors="default")[0]
    rest = [syllables[0] for syllables in pinyin(name[1:], style=Style.NORMAL, errors="default")] if name[1:] else []
    keys = []
    for head in dict.fromkeys(first):
        keys += [head + "".join(rest), "".join(part[0] for part in [head, *rest] if part)]
    return " ".join(dict.fromkeys(key.lower() for key in keys))


def word_keys(word: str) -> str:
    """Pinyin and initials of a usual word, read as a whole: 空调 → kongtiao kt (by its first character alone it would be kongdiao)."""
    syllables = [part[0].lower() for part in pinyin(word, style=Style.NORMAL, errors="default")]
    return " ".join(dict.fromkeys(["".join(syllables), "".join(part[0] for part in syllables if part)]))


def listed(words: Iterable[object]) -> str:
    """甲、乙、丙 as the reader's language parts a list."""
    return _("、").join(map(str, words))


def in_brackets(words: object) -> str:
    """（甲） after what it explains; empty for nothing."""
    return f"{_('（')}{words}{_('）')}" if words else ""
