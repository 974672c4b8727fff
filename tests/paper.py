"""Specimen papers, and how the tests read what was printed: with poppler, as a printer would."""

import re
import subprocess
from decimal import Decimal
from pathlib import Path

import pypdf
from pypdf.generic import StreamObject

from billing.printing import AgreementData, ReceiptData
from workorders.printing import DispatchData, PriceLine, Signed

STROKES = [[(0.0, 0.0), (10.0, 30.0), (40.0, 5.0)], [(20.0, 12.0), (90.0, 18.0)]]


def line(item: str, unit: str, quantity: str, price: str) -> PriceLine:
    return PriceLine(
        item=item,
        unit=unit,
        quantity=Decimal(quantity),
        price=Decimal(price),
        amount=(Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01")),
    )


ISSUED = DispatchData(
    company="云栖物业服务有限公司",
    community="云栖花园（二期）",
    number="WX-202611-0052",
    slip_id=123456,
    links=(
        "https://desk.example.cn/c/1Xk29dQ7m",
        "https://desk.example.cn/c/2Xk29dQ7m",
        "https://desk.example.cn/c/3Xk29dQ7m",
    ),
    ticket_number="BX-202611-0086",
    issued_at="2026-11-23 09:40",
    issued_by="周敏",
    room="3-2-1201",
    customer="李建国",
    telephone="138 0000 1201",
    fault="水龙头：关不紧，一直滴水",
    trade="水工",
    technician="王强",
    appointment="11-23 14:00–15:00",
    prices=[line("更换陶瓷阀芯", "只", "1", "20.00"), line("阀芯 35 mm", "只", "1.5", "10.00")],
    total=Decimal("35.00"),
    confirmed="李建国 电话 11-23 09:36",
    printed_at="2026-11-23 09:41",
    printed_by="周敏",
    print_count=1,
)
DONE: DispatchData = {
    **ISSUED,
    "agreement_number": "XY-202611-0004",
    "deposit_receipt": "SJ-202611-0030",
    "collected": "王强 11-23 13:50",
    "arrived_at": "11-23 14:05",
    "finished_at": "11-23 14:40",
    "parts": [
        {
            "source": "公司",
            "name": "陶瓷阀芯",
            "spec": "35 mm",
            "model": "SL-35",
            "quantity": Decimal("1.000"),
            "unit": "套",
            "price": Decimal("15.00"),
            "amount": Decimal("15.00"),
        },
        {
            "source": "客户",
            "name": "花洒",
            "quantity": Decimal(2),
            "name_ok": True,
            "quantity_ok": True,
            "look_ok": False,
        },
    ],
    "parts_final": True,
    "inspection_remark": "螺纹有裂纹",
    "verified": "√ 11-23 14:38",
    "work_done": "更换阀芯并试水",
    "opinion": "合格",
    "opinion_text": "已不滴水",
    "received": Decimal("35.00"),
    "method": "微信",
    "received_by": "王强",
    "customer_signature": Signed(STROKES, "2026-11-23 14:42"),
    "technician_signature": Signed(STROKES, "2026-11-23 14:39"),
    "returned": ("王强→周敏 11-23 15:10", "王强→周敏 11-23 15:11", "沈刚→周敏 12-05 09:00"),
    "callback_at": "11-24 10:05",
    "callback_way": "电话",
    "callback_result": "满意",
    "callback_opinion": "师傅态度好",
    "callback_by": "林芳",
}
RECEIPT = ReceiptData(
    company="云栖物业服务有限公司",
    community="云栖花园（二期）",
    number="SJ-202611-0031",
    received_on="2026年11月23日",
    payer="李建国",
    room="3-2-1201",
    reason="WX-202611-0052 有偿维修费",
    amount=Decimal("1010.50"),
    method="微信",
    reference="尾号 8841",
    nature="维修费",
    received_by="王强",
    issued_by="周敏",
    printed_at="2026-11-23 15:40",
    printed_by="周敏",
    print_count=1,
)
AGREEMENT = AgreementData(
    company="云栖物业服务有限公司",
    number="XY-202611-0004",
    customer="李建国",
    room="3-2-1201",
    telephone="138 0000 1201",
    clerk="周敏",
    work="主卫防水重做 4.5 ㎡",
    materials="乙方提供，防水涂料 20 kg",
    lines=[line("卫生间防水", "㎡", "4.5", "120.00"), line("防水涂料", "桶", "1", "260.00")],
    total=Decimal("800.00"),
    starts_on="2026年11月26日",
    ends_on="2026年11月28日",
    guarantee_months=12,
    printed_at="2026-11-24 09:40",
    printed_by="周敏",
    print_count=1,
)


def tool(name: str, paper: bytes, folder: Path, *options: str, to: str | None = None) -> str:
    """The output of a poppler tool on the paper, or what it wrote to `to`."""
    place = folder / "paper.pdf"
    place.write_bytes(paper)
    target = to or ("-" if name == "pdftotext" else None)
    command = [name, *options, str(place), *([target] if target else [])]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def pages(paper: bytes, folder: Path) -> list[str]:
    """The words of each page in the order of writing, without blanks."""
    return [re.sub(r"\s", "", page) for page in tool("pdftotext", paper, folder, "-raw").split("\f")[:-1]]


def fonts(paper: bytes, folder: Path) -> set[tuple[str, str]]:
    """(name without its subset's prefix, embedded) of every font."""
    rows = [row.split() for row in tool("pdffonts", paper, folder).splitlines()[2:]]
    return {(row[0].partition("+")[2] or row[0], row[-5]) for row in rows}


def boxes(paper: bytes, folder: Path) -> list[tuple[str, float, float]]:
    """(word, x, y) of the first page, in points."""
    found = tool("pdftotext", paper, folder, "-bbox", "-l", "1")
    return [(word, float(x), float(y)) for x, y, word in re.findall(r'xMin="(.+?)" yMin="(.+?)" .*?>(.*?)<', found)]


def objects(paper: bytes, folder: Path) -> bytes:
    """Everything the file holds, unpacked: streams, embedded files, strings."""
    place = folder / "paper.pdf"
    place.write_bytes(paper)
    reader = pypdf.PdfReader(place)
    found = [reader.get_object(number) for number in sorted({*reader.xref[0], *reader.xref_objStm})]
    return b"\n".join(item.get_data() if isinstance(item, StreamObject) else repr(item).encode() for item in found)
