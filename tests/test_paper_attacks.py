"""Nothing a person types makes the printer fetch an address, open a file or hide a word (trust.md §2d)."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from billing.printing import receipt
from core import pdf, press
from tests.paper import ISSUED, RECEIPT, objects, pages
from workorders.printing import dispatch_order

SECRET = "kept-beside-the-database-5f3a"
PAYLOADS = {
    "picture": '<img src="{url}">',
    "style sheet": '<link rel="stylesheet" href="{url}">',
    "import": '<style>@import url("{url}");</style>',
    "background": "<div style=\"background-image: url('{url}'); height: 9px\">.</div>",
    "font": "<style>@font-face {{ font-family: x; src: url('{url}') }}</style><p style=\"font-family: x\">.</p>",
    "list mark": "<ul style=\"list-style-image: url('{url}')\"><li>.</ul>",
    "content": "<style>p::before {{ content: url('{url}') }}</style><p>.</p>",
    "object": '<object data="{url}" type="image/png"></object>',
    "embed": '<embed src="{url}" type="image/png">',
    "drawing": '<svg viewBox="0 0 9 9"><image href="{url}" width="9" height="9"/><use href="{url}#a"/></svg>',
    "attachment": '<link rel="attachment" href="{url}"><a rel="attachment" href="{url}">.</a>',
}


@pytest.fixture(scope="module")
def listener():
    """A web server that remembers what it was asked for, and would give the secret away."""
    asked = []

    class Remembering(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(SECRET.encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Remembering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/steal", asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_construct_makes_the_press_fetch_an_address_or_open_a_file(payload, listener, tmp_path, caplog):
    address, asked = listener
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    for url in (address, secret.as_uri(), str(secret), "asset:../settings.py", "data:text/plain," + "x" * 9):
        html = f"<!doctype html><title>x</title><body>还在{PAYLOADS[payload].format(url=url)}"
        with caplog.at_level(logging.WARNING, "core.press"):
            printed = pdf.from_html(html, "paper")
        assert SECRET.encode() not in objects(printed, tmp_path)
        assert b"EmbeddedFile" not in objects(printed, tmp_path)
        assert "还在" in pages(printed, tmp_path)[0]
    assert asked == []
    assert [record.message for record in caplog.records if record.name == "core.press"][:1] == ["pdf.url_refused"]
    assert SECRET not in caplog.text.replace(secret.name, "")


def test_markup_in_a_name_is_printed_as_it_was_typed(listener, tmp_path):
    address, asked = listener
    name = f'<img src="{address}">&amp;'
    for printed in (
        dispatch_order(ISSUED | {"fault": name, "number": 'WX"><b>1'}),
        receipt(RECEIPT | {"reason": name}),
    ):
        assert f'<imgsrc="{address}">&amp;' in pages(printed, tmp_path)[0]
    assert asked == []


def test_text_that_looks_like_the_forms_own_marks_stays_text(tmp_path):
    typed = '</td><td data-field="total">9.99</td> data-grows {{ 7|add:7 }}'
    printed = pages(dispatch_order(ISSUED | {"fault": typed}), tmp_path)
    assert len(printed) == 3
    assert [("".join(typed.split()) in page, "¥35.00" in page) for page in printed] == [(True, True)] * 3


def test_control_and_direction_marks_do_not_reach_the_paper(tmp_path):
    printed = pages(
        dispatch_order(ISSUED | {"customer": "李\x00建\u202e国\x1b\ud800", "fault": "上\u2028行\ufeff"}), tmp_path
    )
    assert ["李建国" in page and "上行" in page for page in printed] == [True] * 3


def test_the_press_serves_the_two_faces_and_pictures_of_static_print_only():
    assert [press.asset(name).suffix for name in ("asset:paper.ttf", "asset:rare.otf")] == [".ttf", ".otf"]
    for name in (
        "asset:print/../css/base.css",
        "asset:print/paper.css",
        "asset:print/absent.png",
        "file:///etc/passwd",
        "",
        "paper.ttf",
    ):
        with pytest.raises(PermissionError):
            press.asset(name)
