"""The columns of the open data, in words."""

from typing import Final

from gengfu.kernel import Said

DICTIONARY: Final = (
    ("period", "text", Said("Month, in the city's time zone", "月份（按本市时区）")),
    (
        "issue",
        "int",
        Said(
            "Issue of that month; 2 and above are corrections",
            "该月的版次；2 及以上为更正版",
        ),
    ),
    ("area", "text", Said("Id of the area", "区域编号")),
    ("name", "text", Said("Name of the area", "区域名称")),
    ("name_zh", "text", Said("Chinese name of the area", "区域中文名称")),
    ("kind", "text", Said("Kind of area", "区域类型")),
    ("parent", "text", Said("Id of the area above it", "上级区域编号")),
    (
        "people",
        "int",
        Said(
            "People present, rounded; empty where nobody counted them",
            "在住人口（取整）；无人口统计时为空",
        ),
    ),
    (
        "score",
        "int",
        Said(
            "Safety score, 0 to 100; empty where there is none",
            "安全得分，0 至 100；无得分时为空",
        ),
    ),
    ("score_low", "int", Said("Lower end of its interval", "得分区间下限")),
    ("score_high", "int", Said("Upper end of its interval", "得分区间上限")),
    ("band", "text", Said("Band of the area", "所属等级")),
    (
        "rank_low",
        "int",
        Said("Best rank that is likely; 1 is the safest", "可能的最好名次；1 为最安全"),
    ),
    ("rank_high", "int", Said("Worst rank that is likely", "可能的最差名次")),
    ("rank_of", "int", Said("Number of ranked areas", "参与比较的区域数")),
    ("domain", "text", Said("Part of the index", "指数的组成部分")),
    (
        "events",
        "text",
        Said(
            'Events of the month: a number, "<5" for 1 to 4, or "withheld" where '
            "showing it would give another small number away",
            "当月事件数：数字；“<5”表示 1 至 4；“withheld”表示若公布会推出其他小数字",
        ),
    ),
    (
        "expected",
        "float",
        Said(
            "Events expected for so many people in this month",
            "按人口和月份预期的事件数",
        ),
    ),
    (
        "per_10k",
        "float",
        Said(
            "Events per 10,000 people; empty where hidden", "每万人事件数；隐去时为空"
        ),
    ),
    (
        "ratio",
        "float",
        Said(
            "What happened over what was expected, shrunk by how little is known",
            "实际与预期之比，数据越少越向总体收缩",
        ),
    ),
    ("ratio_low", "float", Said("Lower end of its interval", "比值区间下限")),
    ("ratio_high", "float", Said("Upper end of its interval", "比值区间上限")),
    (
        "deaths_12m",
        "text",
        Said(
            "Deaths of twelve months by these events, rounded or “<5”",
            "十二个月内因此类事件死亡人数，取整或为“<5”",
        ),
    ),
    ("quality", "text", Said("Codes of what to know about the data", "数据质量代码")),
)
"""(column, type, words) of places, one row for each place and part."""

COMPOUNDS: Final = (
    *(one for one in DICTIONARY if one[0] in {"period", "issue"}),
    ("compound", "text", Said("Id of the residential compound", "住宅小区编号")),
    ("name", "text", Said("Name of the compound", "小区名称")),
    ("name_zh", "text", Said("Chinese name of the compound", "小区中文名称")),
    ("area", "text", Said("Id of the area it lies in", "所在区域编号")),
    ("households", "int", Said("Households", "户数")),
    ("kind", "text", Said("Kind of event", "事件种类")),
    (
        "events",
        "text",
        Said(
            "Events of the twelve months before, rounded, or “<5”",
            "近十二个月事件数，取整或为“<5”",
        ),
    ),
    (
        "per_1k",
        "float",
        Said(
            "Events per 1,000 households, drawn towards the area; empty where hidden",
            "每千户事件数（向所在区域靠拢）；隐去时为空",
        ),
    ),
    ("per_1k_low", "float", Said("Lower end of its interval", "该数区间下限")),
    ("per_1k_high", "float", Said("Upper end of its interval", "该数区间上限")),
)
"""(column, type, words) of compounds, one row for each compound and kind."""
