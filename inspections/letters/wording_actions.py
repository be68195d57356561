"""Actions of a district's settings for papers: the wording of each kind, the issuing words (发文字)."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from inspections.letters import kinds, queries
from inspections.letters.models import IssuingWord, Wording
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, Problem
from portal.core.lib import written
from schools.access.scope import Perm, ensure
from schools.directory.models import District

_LONGEST_WORD = 20


@transaction.atomic
def set_wording(*, district: District, kind: str, parts: Sequence[tuple[str, str]], reason: str, by: User) -> Wording:
    """Part by part as (heading, text); new drafts use it.

    Raises Invalid for an unknown blank, or a required one that is printed nowhere.
    """
    ensure(by, Perm.LETTER_ISSUE, district)
    spec = queries.kind_of(kind)
    reason = written.reason(reason, "修改文书文字")
    District.objects.select_for_update(no_key=True).get(pk=district.pk)
    newest = queries.wording(district.pk, spec)
    before = queries.sections(spec, newest)
    if len(parts) != len(before):
        raise Invalid("文书文字没有保存：各部分的数目与这种文书不同。请刷新页面后重新修改。")
    sections = [
        one | {"heading": heading.strip(), "text": written.lines(text).strip()}
        for one, (heading, text) in zip(before, parts, strict=True)
    ]
    if newest and sections == newest.sections:
        return newest
    found = kinds.blanks_of([kinds.section(one) for one in sections])
    known = spec.blanks | set(spec.by_code)
    needed = {one.code for one in spec.fields if one.required} - set(kinds.BLANK.findall(spec.addressed))
    unknown, lost = sorted(found - known), sorted(needed - found)
    do = f"可用的空格：{'、'.join(sorted(known))}"
    problems = [Problem(f"没有叫“{{{code}}}”的空格", "文字", do) for code in unknown]
    problems += [Problem(f"少了空格“{{{code}}}”", spec.by_code[code].label, "请放回文字里") for code in lost]
    if problems:
        raise Invalid("文书文字没有保存，请按下面的提示修改。", problems)
    version = newest.version + 1 if newest else 1
    row = Wording.objects.create(district=district, kind=kind, version=version, sections=sections, reason=reason, by=by)
    changed = [after["heading"] or "正文" for old, after in zip(before, sections, strict=True) if old != after]
    after = {"kind": spec.name, "version": version, "reason": reason, "changed": changed}
    audit.record("letter.set_wording", by=by, obj=row, after=after)
    return row


@transaction.atomic
def set_words(*, district: District, words: Mapping[str, str], by: User) -> Mapping[str, str]:
    """Raises Invalid."""
    ensure(by, Perm.LETTER_ISSUE, district)
    before = queries.words(district.pk)
    wrong = [code for code, word in words.items() if not 0 < len(word.strip()) <= _LONGEST_WORD]
    if wrong:
        problems = [
            Problem(f"须为 1 至 {_LONGEST_WORD} 个字", queries.kind_of(code).name, "请重新填写") for code in wrong
        ]
        raise Invalid("发文字没有保存，请按下面的提示修改。", problems)
    changed = {code: word.strip() for code, word in words.items() if before.get(code) != word.strip()}
    for code, word in changed.items():
        IssuingWord.objects.update_or_create(
            district=district,
            kind=queries.kind_of(code).code,
            defaults={"word": word, "updated_by": by},
            create_defaults={"word": word, "created_by": by, "updated_by": by},
        )
    if changed:
        named = {queries.kind_of(code).name: word for code, word in changed.items()}
        audit.record("letter.set_words", by=by, obj=district, district=district.code, after=named)
    return changed
