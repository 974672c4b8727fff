"""The dispatch order in three copies against a naive WeasyPrint render of the same three pages (paper.md §11)."""

import io
import re
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from bench import Figure

PARTS = (
    ("三角阀", "DN15 铜", "JF-15A", "只", "28.50"),
    ("高压编织软管", "4分 60cm", "RG-60", "根", "15.00"),
    ("陶瓷阀芯", "Φ35mm", "FX-35", "只", "22.00"),
    ("密封生料带", "20m", "PT-20", "卷", "3.50"),
    ("地漏防臭芯", "Φ50 硅胶", "DL-50", "只", "18.00"),
    ("膨胀螺栓", "M8×80", "PZ-8", "只", "1.20"),
)
FAULTS = (
    "洗菜盆下水管接口渗漏，橱柜底板泡水变形",
    "淋浴混水阀关不严，夜间持续滴水",
    "客厅吊灯开关失灵，伴有焦糊气味",
    "阳台地漏返水并有异味，疑似堵塞",
)
NAMES = ["李建国", "王丽华", "陈志强", "刘桂英", "杨国平", "赵秀兰", "黄晓东", "周文杰"]
LINK = "https://desk.example.cn/c/{}aXk29dQ7mBv4"


def slip(n: int):
    """One slip, another for each n: a render must not profit from the one before."""
    from workorders.printing import DispatchData, PartLine, PriceLine

    parts: list[PartLine] = [
        {
            "source": "公司",
            "name": name,
            "spec": spec,
            "model": model,
            "quantity": (quantity := Decimal(1 + (n + at) % 4)),
            "unit": unit,
            "price": Decimal(price),
            "amount": quantity * Decimal(price),
        }
        for at, (name, spec, model, unit, price) in enumerate(PARTS)
    ]
    labour = Decimal(30 + n % 50)
    prices: list[PriceLine] = [
        {"item": f"更换{part['name']}", "unit": "项", "quantity": Decimal(1), "price": labour, "amount": labour}
        for part in parts
    ]
    number, day = f"WX-202611-{n + 1:04d}", f"11-{1 + n % 28:02d}"
    return DispatchData(
        company="云栖物业服务有限公司",
        community="云栖花园（二期）",
        number=number,
        slip_id=n + 1,
        links=(LINK.format(f"{n}1"), LINK.format(f"{n}2"), LINK.format(f"{n}3")),
        ticket_number=f"BX-202611-{n + 311:04d}",
        issued_at=f"2026-{day} 09:26",
        issued_by="周敏",
        room=f"{1 + n % 19}-{1 + n % 3}-{1 + n % 32:02d}01",
        customer=NAMES[n % 8],
        telephone=f"138 0000 {1000 + n:04d}",
        fault=FAULTS[n % 4],
        trade="水工",
        technician="王强",
        appointment=f"{day} 10:30–11:30",
        prices=prices,
        total=labour * len(parts),
        confirmed=f"{NAMES[n % 8]} 电话 {day} 09:21",
        parts=parts,
        printed_at=f"2026-{day} 09:26",
        printed_by="周敏",
        print_count=1,
    )


def ours(n: int) -> bytes:
    """The product's own way."""
    from workorders.printing import dispatch_order

    return dispatch_order(slip(n))


def naive(n: int) -> bytes:
    """The same words and rules as anyone would print them first: style in the page, nothing kept, three copies laid out."""
    from django.contrib.staticfiles import finders
    from weasyprint import HTML
    from weasyprint.text.fonts import FontConfiguration

    from core import pdf, press
    from workorders import printing

    data = slip(n)
    html = pdf.page_of("workorders/print/dispatch_order.html", printing._context(data))
    head, body = re.split(r"(?<=<body>)", html.replace("</body>\n</html>", ""))
    # Fixed boxes stand on every page; here each copy has its own.
    css = press.FACES + "".join(
        Path(str(finders.find(f"print/{name}.css"))).read_text() for name in ("paper", "dispatch_order")
    )
    css = (
        css.replace("position: fixed", "position: absolute")
        + ".sheet{position:relative;break-before:page;height:235mm} .qr svg,.bars svg{width:100%;height:100%}"
    )
    sheets = [f'<div class="sheet">{_named(body, copy)}</div>' for copy in printing.copies_of(data)]
    page = head.replace("</head>", f"<style>{css}</style></head>") + "".join(sheets) + "</body></html>"
    return bytes(HTML(string=page, url_fetcher=press._fetcher()).write_pdf(font_config=FontConfiguration()))


def _named(body: str, copy) -> str:
    """A copy's own label, number and codes in its sheet, the codes as pictures in the page."""
    import segno

    from core import codes

    image = io.BytesIO()
    segno.make(copy.link, error="m", micro=False).save(image, kind="svg", xmldecl=False, omitsize=True, border=0)
    widths = "".join(codes.PATTERNS[value] for value in codes.symbols(copy.digits))
    edges = [10 + sum(map(int, widths[:at])) for at in range(len(widths))]
    lines = "".join(
        f"M{x} 0h{width}v9h-{width}z" for at, (x, width) in enumerate(zip(edges, widths, strict=True)) if at % 2 == 0
    )
    bars = f'<svg viewBox="0 0 132 9" preserveAspectRatio="none"><path d="{lines}"/></svg>'
    body = body.replace('data-copy="label">', f">{copy.label}").replace('data-copy="number">', f">{copy.number}")
    return body.replace('data-code="qr">', f">{image.getvalue().decode()}").replace('data-code="bars">', f">{bars}")


def taken(make: Callable[[int], bytes], n: int) -> float:
    """Processor milliseconds of one render: others on the machine do not count."""
    start = time.process_time()
    make(n)
    return (time.process_time() - start) * 1000


def run(full: bool = False) -> list[Figure]:
    """Both ways in turn on the same slip, another slip each round; medians after two rounds of warming up."""
    for n in (900, 901):
        taken(ours, n), taken(naive, n)
    rounds = [(taken(ours, n), taken(naive, n)) for n in range(30 if full else 10)]
    mine, plain = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(own / other for own, other in rounds)
    return [
        Figure("slip", "three copies warm, cpu median", mine, "ms", None, True),
        Figure("slip", "naive render, cpu median", plain, "ms", None, True),
        Figure("slip", "three copies ÷ naive render", ratio, "×", 0.5, ratio <= 0.5),
    ]
