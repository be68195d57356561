"""The people of the journey: work accounts with the first password the bureau hands out and the one they choose."""

from dataclasses import dataclass

PASSWORD = "Wenquan_2026x"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a work account; `place` is the option shown when the role is given."""

    username: str
    name: str
    role: str
    place: str
    password: str = PASSWORD


ADMIN = Person("admin", "管理员", "局管理员", "龙亭区", "Longting-2026")


def choose_password(page, first: str, chosen: str = PASSWORD) -> None:
    """On the page every first sign-in leads to: replace the password the bureau handed out."""
    page.wait_for_url("**/password/")
    page.locator("input[name=old_password]").fill(first)
    page.locator("input[name=new_password1]").fill(chosen)
    page.locator("input[name=new_password2]").fill(chosen)
    page.get_by_role("button", name="保存新密码").click()
    page.get_by_text("密码已修改").wait_for()
