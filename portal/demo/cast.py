"""The demonstration accounts: one per role, and what each can try first."""

from collections.abc import Sequence
from dataclasses import dataclass

# Known to everybody, so only `load_demo` may give it, and only in a demonstration.
PASSWORD = "Longting-2026"  # noqa: S105
ADMIN, NEIGHBOUR_ADMIN = "admin", "shunhe"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as `demo_accounts` prints it; `school` is the position of its school, if it has one."""

    username: str
    role: str
    tip: str
    school: int | None = None


ACCOUNTS: Sequence[Account] = (
    Account(ADMIN, "admin", "看 2026 年度填报进度，运行评估，看全区看板，编制整改报告和验收档案"),
    Account("reviewer", "reviewer", "打开审核队列，对照佐证和校验审核，退回或通过"),
    Account("leader", "leader", "看全区看板、差异系数和未达标学校"),
    Account("inspector", "inspector", "继续今天正在进行的督导，核查申请销号的问题"),
    Account("inspector2", "inspector", "看责任区学校的督导和整改，核查销号"),
    Account("reporter", "reporter", "看已通过的填报和本校资源配置指标，落实整改", 0),
    Account("principal", "principal", "看本校填报、回执和整改", 0),
    Account("reporter2", "reporter", "填报被退回：按退回原因修改后送校长", 9),
    Account("principal2", "principal", "被退回的填报改好后签发提交", 9),
    Account("reporter3", "reporter", "填报已填好并送校长", 10),
    Account("principal3", "principal", "逐项确认一票否决事项，签发提交，领取回执", 10),
    Account("liaison", "liaison", "填报区财政局负责的经费数据"),
    Account("expert", "expert", "查阅评估结果和验收档案，只读"),
    Account("auditor", "auditor", "查看审计记录，核对谁在何时改了什么"),
    Account(NEIGHBOUR_ADMIN, "admin", "顺河回族区管理员：看不到龙亭区的任何数据"),
)
INSPECTORS = ("inspector", "inspector2", "inspector3", "inspector4")
