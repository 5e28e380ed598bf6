from hub.sources.sheets import best_names, data_rows, find_header

TITLES = [["不动产登记信息", "", ""], ["导出日期：2026-06-30", "", ""]]


def test_the_header_is_the_first_row_that_names_every_column():
    rows = [*TITLES, ["编号", "姓名", "日期"], ["1", "张三", "x"]]
    assert find_header(rows, ["姓名", "编号"]) == (3, ["编号", "姓名", "日期"])


def test_a_column_under_a_group_label_has_its_own_name():
    rows = [*TITLES, ["编号", "权利人信息", "", "日期"], ["", "姓名", "证件号码", ""], ["1", "张三", "23", "x"]]
    assert find_header(rows, ["编号", "证件号码", "姓名"]) == (4, ["编号", "姓名", "证件号码", "日期"])


def test_a_sheet_without_the_columns_has_no_header():
    rows = [*TITLES, ["编号", "姓名", "日期"]]
    assert find_header(rows, ["编号", "证件号码"]) is None
    assert "编号" in best_names(rows, ["编号", "证件号码"])


def test_totals_and_empty_rows_are_no_data():
    rows = [["编号", "面积"], ["1", 5.0], ["", ""], ["合计", 5.0]]
    assert list(data_rows(rows, 1, frozenset({"合计"}))) == [["1", 5.0]]


def test_an_empty_sheet_has_no_header():
    assert find_header([], ["编号"]) is None
