from __future__ import annotations

import json
import tarfile
import zipfile

import pytest

from hub.domain.divisions import DivisionListBroken
from hub.sources.divisions import read_published

ROWS = {
    "provinces": [("23", "黑龙江省")],
    "cities": [("2305", "双鸭山市")],
    "areas": [("230502", "尖山区")],
    "streets": [("230502001", "二马路街道")],
    "villages": [("230502001001", "甲社区居委会"), ("230502001002", "乙社区居委会")],
}


def package(directory, ending="csv", without=()):
    dist = directory / "package" / "dist"
    dist.mkdir(parents=True)
    for table, rows in ROWS.items():
        if table in without:
            continue
        if ending == "csv":
            text = "code,name\n" + "".join(f'{code},"{name}"\n' for code, name in rows)
        else:
            text = json.dumps([{"code": code, "name": name} for code, name in rows])
        (dist / f"{table}.{ending}").write_text(text, encoding="utf-8")
    return directory / "package"


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_the_published_list_is_read_from_the_unpacked_package(tmp_path, ending):
    found = list(read_published(package(tmp_path, ending)))
    assert [division.code for division in found] == [code for rows in ROWS.values() for code, _ in rows]


def test_the_published_list_is_read_from_one_of_its_files(tmp_path):
    assert len(list(read_published(package(tmp_path) / "dist" / "villages.csv"))) == 6


def test_the_published_list_is_read_from_the_package_as_downloaded(tmp_path):
    unpacked = package(tmp_path)
    with tarfile.open(tmp_path / "list.tgz", "w:gz") as tar:
        tar.add(unpacked, "package")
    assert len(list(read_published(tmp_path / "list.tgz"))) == 6


def test_the_published_list_is_read_from_a_zip(tmp_path):
    unpacked = package(tmp_path)
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        for file in unpacked.rglob("*.csv"):
            archive.write(file, file.relative_to(tmp_path))
    assert len(list(read_published(tmp_path / "list.zip"))) == 6


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(DivisionListBroken, match=r"neither streets\.csv nor streets\.json"):
        list(read_published(package(tmp_path, without=("streets",))))


def test_a_division_without_the_one_above_it_is_refused(tmp_path):
    unpacked = package(tmp_path)
    (unpacked / "dist" / "streets.csv").write_text("code,name\n230503001,某街道\n", encoding="utf-8")
    with pytest.raises(DivisionListBroken, match="230503001 has no division above it"):
        list(read_published(unpacked))


def test_a_division_that_stands_twice_is_refused(tmp_path):
    unpacked = package(tmp_path)
    (unpacked / "dist" / "provinces.csv").write_text("code,name\n23,甲\n23,乙\n", encoding="utf-8")
    with pytest.raises(DivisionListBroken, match="23 stands in the list twice"):
        list(read_published(unpacked))


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "list.tgz").write_bytes(b"not an archive")
    with pytest.raises(DivisionListBroken, match="neither a directory"):
        list(read_published(tmp_path / "list.tgz"))


def test_a_truncated_archive_is_refused(tmp_path):
    unpacked = package(tmp_path)
    with tarfile.open(tmp_path / "list.tgz", "w:gz") as tar:
        tar.add(unpacked, "package")
    whole = (tmp_path / "list.tgz").read_bytes()
    (tmp_path / "list.tgz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DivisionListBroken):
        list(read_published(tmp_path / "list.tgz"))


def test_a_path_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(DivisionListBroken, match="cannot be read"):
        list(read_published(tmp_path / "nothing.tgz"))
