"""The file of receipts: what was delivered stays delivered, and what is old or too much goes."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from core.storage.receipts import DeliveryStage, Receipt, ReceiptFile

TRACKED, DELIVERED = DeliveryStage.TRACKED, DeliveryStage.DELIVERED


def test_receipt_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "receipts"
    assert ReceiptFile(path).read() == []
    ReceiptFile(path).write(Receipt("a", TRACKED, 1.5), 10, 0.0)
    assert ReceiptFile(path).read() == [Receipt("a", TRACKED, 1.5)]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_delivered_request_stays_delivered_when_its_counting_is_written_later(tmp_path: Path) -> None:
    file = ReceiptFile(tmp_path / "receipts")
    for stage in (TRACKED, DELIVERED, TRACKED):
        file.write(Receipt("a", stage, 1.0), 10, 0.0)
    assert file.read() == [Receipt("a", DELIVERED, 1.0)]


def test_receipts_whose_ids_name_a_user_go_and_no_byte_of_them_stays(tmp_path: Path) -> None:
    user, file = "482100000000000417", ReceiptFile(tmp_path / "receipts")
    assert file.forget(user) == 0 and not file.path.exists()
    for number in range(40):
        file.write(Receipt(f"{user if number % 2 else 'other'}-{number}", TRACKED, float(number)), 1_000, 0.0)
    assert (file.forget(user), file.forget(user)) == (20, 0)
    assert len(file.read()) == 20 and user.encode() not in file.path.read_bytes()


def test_old_receipts_go_and_so_do_those_beyond_the_number_that_is_kept(tmp_path: Path) -> None:
    file = ReceiptFile(tmp_path / "receipts")
    for moment in range(6):
        file.write(Receipt(f"r{moment}", TRACKED, float(moment)), 3, 0.0)
    assert [each.request_id for each in file.read()] == ["r3", "r4", "r5"]
    file.write(Receipt("new", TRACKED, 9.0), 10, 5.0)
    assert [each.request_id for each in file.read()] == ["r5", "new"]


@pytest.mark.parametrize("content", [b"1732000000.000 D old .\n", b"\xff" * 4096])
def test_other_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "receipts"
    path.write_bytes(content)
    with pytest.raises(OSError, match="not a database"):
        ReceiptFile(path).write(Receipt("a", TRACKED, 1.0), 10, 0.0)
    assert path.read_bytes() == content


def test_folder_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        ReceiptFile(tmp_path).read()
