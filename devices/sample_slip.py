"""The slip that a technician prints: it shows at a glance what a printer can do."""

from __future__ import annotations

from devices.printer.document import Align, Cut, Feed, Pair, Qr, Rule, Size, Slip, Text
from devices.printer.profile import Profile

QR_TEXT = "https://sunpoint.invalid/sample#0123456789"


def sample_slip(profile: Profile) -> Slip:
    """Return a slip with sizes, columns, rare characters and a QR code."""
    digits = "".join(str(column % 10) for column in range(1, profile.columns + 1))
    return Slip(
        (
            Text("打印测试", size=Size.LARGE, bold=True, align=Align.CENTRE),
            Text(profile.title, align=Align.CENTRE),
            Rule(),
            Text(digits),
            Text("中" * (profile.columns // 2)),
            Pair("型号", profile.name),
            Pair("汉字编码", profile.coding.value),
            Pair("生僻字", "䶮 㛃 𬱖 喆 堃"),
            Text("加粗", bold=True),
            Text("靠右", align=Align.RIGHT),
            Rule(),
            Qr(QR_TEXT),
            Text("能扫出来，就是好的", align=Align.CENTRE),
            Feed(1),
            Cut(),
        )
    )
