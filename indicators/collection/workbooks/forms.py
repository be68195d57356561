"""What to do with an uploaded workbook in addition to storing its figures."""

from typing import TypedDict

from django import forms

NEXT = [
    ("save", "只保存数据，由各校核对后提交（通常选这个）"),
    ("submit", "保存并代为提交，等待审核"),
    ("approve", "保存、提交并审核通过（用于纸质材料已核对完毕的情形）"),
]


class Steps(TypedDict):
    """How far an import goes, as its arguments."""

    submit: bool
    approve: bool


class NextForm(forms.Form):
    """How far the import goes."""

    after = forms.ChoiceField(label="导入之后", choices=NEXT, initial="save", widget=forms.RadioSelect)

    @property
    def chosen(self) -> str:
        """An unknown one only saves."""
        return self.cleaned_data["after"] if self.is_valid() else "save"

    @property
    def steps(self) -> Steps:
        """As arguments of the import."""
        return {"submit": self.chosen in ("submit", "approve"), "approve": self.chosen == "approve"}

    @property
    def words(self) -> str:
        return dict(NEXT)[self.chosen]
