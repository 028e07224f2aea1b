"""What an import found wrong, how often, where first, and what was done about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from .columns import MOST_DEATHS

EXAMPLES = 5
"""So many first places of each trouble are named."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done with rows of one trouble; `left_out` rows are counted, not kept."""

    left_out: bool
    en: str
    zh: str


RULES: Mapping[str, Rule] = {
    "ragged-row": Rule(
        left_out=True,
        en="another number of cells than the heading: left out",
        zh="列数与表头不符：未计入",
    ),
    "blank-row": Rule(left_out=True, en="nothing in it: left out", zh="空行：未计入"),
    "missing-time": Rule(left_out=True, en="no time: left out", zh="缺少时间：未计入"),
    "unreadable-time": Rule(
        left_out=True,
        en="a time in none of the forms that the mapping names: left out",
        zh="时间不符合映射文件所列的任何格式：未计入",
    ),
    "impossible-time": Rule(
        left_out=True,
        en="a day or hour that does not exist: left out",
        zh="不存在的日期或时刻：未计入",
    ),
    "time-before-1970": Rule(
        left_out=True, en="before 1970: left out", zh="早于 1970 年：未计入"
    ),
    "time-in-future": Rule(
        left_out=True,
        en="later than the import itself: left out",
        zh="晚于导入时刻：未计入",
    ),
    "missing-kind": Rule(
        left_out=True, en="no kind: left out", zh="缺少事件类别：未计入"
    ),
    "exact-duplicate": Rule(
        left_out=True,
        en="the same event as an earlier row, word for word: left out",
        zh="与前面某行完全相同：未计入",
    ),
    "duplicate-id": Rule(
        left_out=True,
        en="an id that an earlier row has, with other facts: the first row counts",
        zh="编号与前面某行重复而内容不同：以首行为准",
    ),
    "long-cell": Rule(
        left_out=True,
        en="a cell of more than 1,000 letters: left out",
        zh="单元格超过 1000 个字符：未计入",
    ),
    "time-in-gap": Rule(
        left_out=False,
        en="a time that the clocks skipped: moved on to the end of the gap",
        zh="处于夏令时跳过的时段：顺延到跳过时段之后",
    ),
    "time-twice": Rule(
        left_out=False,
        en="a time that the clocks showed twice: the earlier is taken",
        zh="处于夏令时重复的时段：取较早的一次",
    ),
    "missing-id": Rule(
        left_out=False,
        en="no id: one is made from the row's facts",
        zh="缺少编号：由该行内容生成",
    ),
    "unknown-kind": Rule(
        left_out=False,
        en="a kind that the mapping does not know: kept as written",
        zh="映射文件中没有的类别：按原文保留",
    ),
    "line-break": Rule(
        left_out=False,
        en="a cell of several lines (a quotation mark out of place?): kept as one row",
        zh="单元格内有换行（引号可能错位）：按一行保留",
    ),
    "missing-place": Rule(
        left_out=False,
        en="neither area nor coordinates: kept without area",
        zh="既无区域也无坐标：保留，不归入任何区域",
    ),
    "unknown-area": Rule(
        left_out=False,
        en="an area that is not on the list, and no coordinates: kept without area",
        zh="区域不在名单中且无坐标：保留，不归入任何区域",
    ),
    "outside-areas": Rule(
        left_out=False,
        en="coordinates outside all areas: kept without area",
        zh="坐标在所有区域之外：保留，不归入任何区域",
    ),
    "impossible-place": Rule(
        left_out=False,
        en="coordinates that cannot be read or are nowhere: kept without them",
        zh="坐标无法识别或不存在：保留，去掉坐标",
    ),
    "negative-deaths": Rule(
        left_out=False, en="negative deaths: taken as none", zh="死亡人数为负：按零计"
    ),
    "unreadable-deaths": Rule(
        left_out=False,
        en=f"deaths that are no whole number up to {MOST_DEATHS}: taken as none",
        zh=f"死亡人数不是不超过 {MOST_DEATHS} 的整数：按零计",
    ),
    "unknown-initiator": Rule(
        left_out=False,
        en="who initiated it is not known: taken as a resident",
        zh="发起人不明：按居民报警计",
    ),
    "repeats-itself": Rule(
        left_out=False,
        en="said to repeat itself: taken as an event of its own",
        zh="标注为自身的重复：按独立事件计",
    ),
    "repeats-in-a-ring": Rule(
        left_out=False,
        en="repeats an event that repeats it: the first of them counts",
        zh="互相标注为重复：以其中首行为准",
    ),
    "repeats": Rule(
        left_out=False,
        en="repeats another event: kept, not counted again",
        zh="重复报告：保留，不重复计数",
    ),
    "police-initiated": Rule(
        left_out=False,
        en="initiated by the police: kept, counted apart",
        zh="警方主动发起：保留，单独计数",
    ),
}


@dataclass(frozen=True, slots=True)
class Where:
    """A row of the source (the heading is row 1), its column and what stood there."""

    row: int
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of trouble in a source."""

    code: str
    count: int
    first: tuple[Where, ...]
    months: Mapping[str, int]
    """How many in each month; rows without a time are in none."""

    @property
    def rule(self) -> Rule:
        return RULES[self.code]

    def line(self, language: str = "en") -> str:
        """Say it in one line, with the first row and column."""
        chinese = language.startswith("zh")
        at = self.first[0]
        shown = f" ({at.value!r})" if at.value else ""
        rows = "1 row" if self.count == 1 else f"{self.count} rows"
        column = f", column {at.column}" if at.column else ""
        column_zh = f"，{at.column} 列" if at.column else ""
        if chinese:
            return (
                f"{self.count} 行：{self.rule.zh}"
                f"（首例：第 {at.row} 行{column_zh}{shown}）"
            )
        return f"{rows}: {self.rule.en} (first: row {at.row}{column}{shown})"


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What was read, what was kept, and every trouble; nothing is dropped unsaid.

    `rows_read == rows_kept + rows left out`, and each row left out is counted under
    exactly one trouble whose rule says so.
    """

    source: str
    sha256: str
    encoding: str
    rows_read: int
    rows_kept: int
    troubles: tuple[Trouble, ...]

    @property
    def rows_left_out(self) -> int:
        return sum(t.count for t in self.troubles if t.rule.left_out)

    def counts(self) -> dict[str, int]:
        """Return how many rows each trouble has."""
        return {trouble.code: trouble.count for trouble in self.troubles}

    def of_month(self, month: str) -> dict[str, int]:
        """Return the troubles of one month."""
        return {t.code: n for t in self.troubles if (n := t.months.get(month, 0))}

    def trouble(self, code: str) -> Trouble | None:
        """Find one trouble by its code."""
        return next((t for t in self.troubles if t.code == code), None)

    def lines(self, language: str = "en") -> tuple[str, ...]:
        """Say all of it, one line each, what was left out first."""
        chinese = language.startswith("zh")
        head = (
            f"{self.source}（{self.encoding}）："
            f"读入 {self.rows_read} 行，保留 {self.rows_kept} 行"
            if chinese
            else f"{self.source} ({self.encoding}): "
            f"{self.rows_read} rows read, {self.rows_kept} kept"
        )
        ordered = sorted(self.troubles, key=lambda t: not t.rule.left_out)
        return (head, *(trouble.line(language) for trouble in ordered))
