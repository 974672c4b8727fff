"""The look: every colour pair of the table, colours in one file, no inline style or script, words and keys of the scripts."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

BASE_DIR = Path(settings.BASE_DIR)
CSS = BASE_DIR / "static/css"
JS = BASE_DIR / "static/js"
TEMPLATES = BASE_DIR / "templates"
SHEETS = sorted(CSS.glob("*.css"))
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if "print" not in path.parts)
MODULES = sorted(JS.glob("*.js"))

# (text or mark, ground, lowest ratio): the table of the screens' sixth chapter
PAIRS = [
    *(("text", ground, 4.5) for ground in ("surface", "canvas", "sunken", "raised")),
    *(("text-2", ground, 4.5) for ground in ("surface", "canvas", "sunken", "chip", "raised")),
    *(("text-3", ground, 4.5) for ground in ("surface", "canvas", "sunken", "raised")),
    *(("accent", ground, 4.5) for ground in ("surface", "canvas", "accent-tint", "raised")),
    ("on-accent", "accent-fill", 4.5),
    ("on-accent", "accent-fill-hover", 4.5),
    *(("line-strong", ground, 3) for ground in ("surface", "canvas")),
    *(("focus", ground, 3) for ground in ("surface", "canvas", "accent-tint")),
    *((name, ground, 4.5) for name in ("late", "soon", "met") for ground in ("surface", f"{name}-tint")),
    *((f"on-{name}", f"{name}-fill", 4.5) for name in ("late", "soon", "met")),
    ("late-fill", "on-late", 4.5),
    *(("text", f"{name}-tint", 4.5) for name in ("late", "soon", "met", "accent")),
    *(("text-2", f"{name}-tint", 4.5) for name in ("accent",)),
    *(("on-paper", f"paper-{n}", 4.5) for n in (1, 2, 3)),
    ("sig-ink", "sig-paper", 4.5),
    ("sig-line", "sig-paper", 3),
    *((f"chart-{n}", "surface", 3) for n in (1, 2, 3)),
    ("surface", "text-2", 4.5),
    ("canvas", "text", 4.5),
]


def block(selector: str) -> dict[str, str]:
    """The custom properties of one rule of tokens.css."""
    found = re.search(re.escape(selector) + r"\s*{(.*?)}", (CSS / "tokens.css").read_text(), re.S)
    assert found
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", found[1]))


LIGHT = block("  :root ")
DARK = {**LIGHT, **block(':root[data-theme="dark"]')}


def luminance(colour: str) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_the_ratio_is_counted_as_the_guideline_counts_it():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_pair_of_colours_can_be_read(tokens):
    ratios = {(mark, ground, bound): contrast(tokens[mark], tokens[ground]) for mark, ground, bound in PAIRS}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < pair[2]} == {}


def test_following_the_computer_gives_the_same_dark_as_choosing_it():
    assert block(':root[data-theme="system"]') == block(':root[data-theme="dark"]')


def test_light_and_dark_name_the_same_colours():
    plain = {name for name, value in LIGHT.items() if value.startswith(("#", "rgb", "0 "))}
    same_paper = {"sig-paper", "sig-ink", "sig-line"}
    assert plain - same_paper == set(block(':root[data-theme="dark"]'))


# where colours, styles and scripts may stand ------------------------------------------------

NAMED = "white|black|red|green|blue|yellow|orange|grey|gray|silver|navy|pink|purple|brown|gold"
COLOUR = re.compile(
    rf"#[0-9a-f]{{3,8}}\b|\b(?:rgb|rgba|hsl|hsla|hwb|lab|lch|oklab|oklch|color)\(|:\s*(?:{NAMED})\s*[;}}]", re.I
)
PAINT = re.compile(r'(?<![\w-])(?:fill|stroke|color|stop-color|bgcolor|flood-color)="(?!none"|currentColor")[^"]*"')
INLINE = re.compile(r"""<style|\sstyle=|\son[a-z]+=["']|href=["']javascript:|\bhx-on|\bjs:""", re.I)


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|{% comment %}.*?{% endcomment %}|{#.*?#}", "", text, flags=re.S)


@pytest.mark.parametrize("sheet", [path for path in SHEETS if path.name != "tokens.css"], ids=lambda path: path.name)
def test_a_sheet_names_no_colour_of_its_own(sheet):
    assert COLOUR.findall(without_comments(sheet.read_text())) == []


@pytest.mark.parametrize("sheet", [path for path in SHEETS if path.name != "tokens.css"], ids=lambda path: path.name)
def test_a_sheet_uses_only_what_the_tokens_define(sheet):
    used = set(re.findall(r"var\(--([\w-]+)", sheet.read_text()))
    assert used - set(LIGHT) == set()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_every_rule_stands_in_a_layer(sheet):
    outside = re.sub(r"@media print\s*{(.*)}", r"\1", without_comments(sheet.read_text()), flags=re.S)
    depth, loose = 0, ""
    for character in re.sub(r"@layer [\w, ]+;", "", outside):
        depth += {"{": 1, "}": -1}.get(character, 0)
        loose += character if depth == 0 and character != "}" else ""
    assert re.sub(r"@layer (?:reset|tokens|base|components|utilities)", "", loose).split() == []


@pytest.mark.parametrize("template", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_has_no_colour_no_inline_style_and_no_inline_script(template):
    text = without_comments(template.read_text())
    assert PAINT.findall(text) == []
    assert INLINE.findall(text) == []
    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", text) == []


@pytest.mark.parametrize("template", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_an_icon_of_a_template_is_in_the_sprite(template):
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (BASE_DIR / "static/icons.svg").read_text()))
    text = template.read_text()
    used = set(re.findall(r'{{ icons }}#([\w-]+)"|"frame/icon\.html" with name="([\w-]+)"', text))
    assert {name for pair in used for name in pair if name} - drawn == set()


def test_the_pages_link_every_sheet_there_is():
    linked = {name for page in PAGES for name in re.findall(r'{% static "css/([\w-]+\.css)" %}', page.read_text())}
    assert {sheet.name for sheet in SHEETS} == linked


# the scripts ------------------------------------------------------------------------------------


def camel(name: str) -> str:
    return re.sub(r"-(\w)", lambda match: match[1].upper(), name)


def test_every_word_of_a_script_is_in_the_page_and_the_other_way_round():
    given = {camel(name) for name in re.findall(r"data-([\w-]+)=", (TEMPLATES / "frame/words.html").read_text())}
    scripts = "\n".join(module.read_text() for module in MODULES)
    calls = re.findall(r"\bword\(([^()]*)", scripts)
    asked = {name for call in calls for name in re.findall(r'"(\w+)"', call)}
    assert asked == given


def test_a_script_speaks_no_language_of_its_own():
    chinese = re.compile(r"[\u4e00-\u9fff]")
    code = {module.name: re.sub(r"//[^\n]*|/\*.*?\*/", "", module.read_text(), flags=re.S) for module in MODULES}
    assert {name for name, text in code.items() if chinese.search(text)} == set()


def test_every_module_is_loaded():
    loaded = {name for page in PAGES for name in re.findall(r'{% static "js/([\w-]+\.js)" %}', page.read_text())}
    for module in MODULES:
        loaded |= set(re.findall(r'(?:from|import) "\./([\w-]+\.js)"', module.read_text()))
    assert {module.name for module in MODULES} == loaded


def test_every_module_is_explained():
    text = (BASE_DIR / "docs/pages.md").read_text()
    assert {module.name for module in MODULES if module.name not in text} == set()


def test_nothing_a_strict_policy_blocks_is_in_a_script():
    blocked = re.compile(r'\beval\(|new Function|setAttribute\("style|\.cssText|document\.write|setTimeout\("')
    assert {module.name for module in MODULES if blocked.search(module.read_text())} == set()


# the style guide and the frame --------------------------------------------------------------------


class Tags(HTMLParser):
    """All tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.all.append((tag, {name: value or "" for name, value in attrs}))

    def values(self, *names: str) -> list[str]:
        return [attrs[name] for _tag, attrs in self.all for name in names if name in attrs]


def styleguide(**frame: object) -> Tags:
    place = {"url": "/", "label": "工作台", "icon": "board", "key": "g b", "late": 2}
    new = {"url": "/new/", "label": "登记报修", "icon": "plus", "key": "n", "also": "F2"}
    frame = {
        "nav": [{"head": "每日", "items": [place, new]}],
        "find_url": "/find/",
        "live": True,
        "pulse_url": "/pulse/",
        "now": timezone.now(),
        "user_id": 7,
        **frame,
    }
    return Tags(render_to_string("styleguide/styleguide_page.html", {"frame": frame}))


def test_each_key_of_the_style_guide_presses_one_thing():
    keys = styleguide().values("data-key", "data-key-also")
    assert [key for key, n in Counter(keys).items() if n > 1] == []
    assert {"g b", "n", "F2", "mod+k", "/", "?", "a"} <= set(keys)


def test_each_id_of_the_style_guide_is_there_once_and_every_reference_meets_one():
    page = styleguide()
    ids = page.values("id")
    assert [name for name, n in Counter(ids).items() if n > 1] == []
    words = [
        word
        for text in page.values("for", "aria-describedby", "aria-labelledby", "aria-controls")
        for word in text.split()
    ]
    assert set(words) - set(ids) == set()


def test_the_demonstration_is_named_on_the_page_only_when_it_is_one():
    assert "演示数据" in styleguide(demo=True).values("aria-label")
    assert "演示数据" not in styleguide(demo=False).values("aria-label")


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_the_page_carries_the_chosen_theme_before_any_script_runs(theme):
    assert styleguide(theme=theme).all[0] == ("html", {**styleguide().all[0][1], "data-theme": theme})


@pytest.mark.parametrize(("code", "name"), [("zh-hans", "zh-Hans"), ("zh-hant", "zh-Hant"), ("en", "en")])
def test_the_page_names_its_language(code, name):
    from django.utils.translation import override

    with override(code):
        assert styleguide().all[0][1]["lang"] == name


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 429, 500, 503])
def test_a_refusal_is_a_page_even_when_nothing_is_known(status):
    html = render_to_string(f"{status}.html")
    page = Tags(html)
    assert [attrs for tag, attrs in page.all if tag == "h1"] == [{}]
    assert re.search(r"<h1>\s*\S+.*?</h1>\s*<p>\s*\S+.*?</p>", html, re.S)


def test_a_field_says_what_is_wrong_where_it_is_wrong():
    from django import forms

    class Report(forms.Form):
        phone = forms.CharField(label="联系电话", help_text="11 位手机号", error_messages={"required": "填写联系电话"})
        way = forms.ChoiceField(label="报修方式", choices=[("a", "电话"), ("b", "上门")], widget=forms.RadioSelect)
        note = forms.CharField(label="说明", required=False)

    form = Report({"way": "a", "note": "<b>"})
    page = Tags(form["phone"].as_field_group() + form["way"].as_field_group() + form["note"].as_field_group())
    phone, way, _other, note = (attrs for tag, attrs in page.all if tag == "input")
    assert (phone["aria-invalid"], phone["aria-describedby"]) == ("true", "id_phone_helptext id_phone_error")
    assert {"id_phone_helptext", "id_phone_error"} <= set(page.values("id"))
    assert (way["type"], note["class"], note["value"]) == ("radio", "input", "<b>")
    summary = render_to_string("frame/errors.html", {"form": form})
    assert "有 1 处需要改" in summary
    assert Tags(summary).values("href")[-1] == "#id_phone"
