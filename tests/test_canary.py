"""Plant people in files that fail in every way we know, and look for them in whatever is said."""

import os
import subprocess
import sys

import pytest

EMAIL, PHONE, NAME = "canary.person@example.com", "+12125550143", "Canarietta"
HEADER = "Order ID,Email,Phone,First Name,Total,Currency,Date,Status\n"
ROW = f"1,{EMAIL},{PHONE},{NAME},10.00,EUR,2026-05-13,paid\n"
FILES = {
    "good": HEADER + ROW,
    "contact in the amount": HEADER + f"1,{EMAIL},{PHONE},{NAME},{EMAIL},EUR,2026-05-13,paid\n",
    "contact in the date": HEADER + f"1,{EMAIL},{PHONE},{NAME},10.00,EUR,{PHONE},paid\n",
    "contact in the status": HEADER + f"1,{EMAIL},{PHONE},{NAME},10.00,EUR,2026-05-13,{EMAIL}\n",
    "contact in the currency": HEADER + f"1,{EMAIL},{PHONE},{NAME},10.00,{NAME},2026-05-13,paid\n",
    "no header": ROW * 3,
    "ragged": HEADER + ROW + f"2,{EMAIL}\n" + f"3,{EMAIL},{PHONE},{NAME},1,EUR,2026-05-13,paid,{NAME},{EMAIL}\n",
    "open quote": HEADER + ROW + f'2,"{EMAIL},{PHONE}\n',
    "same order twice": HEADER + ROW + ROW.replace("10.00", "11.00"),
    "broken bytes": HEADER + ROW + f"2,{EMAIL},{PHONE},{NAME}\x81,1,EUR,2026-05-13,paid\n",
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_no_person_is_in_anything_that_is_said(tmp_path, content):
    path = tmp_path / "orders.csv"
    path.write_bytes(content.encode("latin-1"))
    out = tmp_path / "out"
    said = ""
    for arguments in (
        ["report", path, "-o", tmp_path / "r.csv"],
        ["report", path, "--log-json"],
        ["export", path, "--to", "meta", "--to", "google", "-o", out],
        ["inspect", path],
    ):
        done = subprocess.run(
            [sys.executable, "-c", "from audience_builder.cli import main; main()", *map(str, arguments)],
            capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80"},
        )  # fmt: skip
        said += done.stdout + done.stderr
    for name in ("manifest.json", "rejects.csv"):
        if (out / name).exists():
            said += (out / name).read_text(encoding="utf-8")
    assert said
    for person in (EMAIL, EMAIL.upper(), PHONE, PHONE[1:], NAME, NAME.lower()):
        assert person not in said
