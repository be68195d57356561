"""The engine's one door: a standard and a district's data in, an explained verdict out."""

import hashlib
from collections import Counter
from dataclasses import replace

from indicators.standard.engine import coefficients, district, numbers, parts, relaxations, scope
from indicators.standard.engine.data import DistrictData, NotApplicable, UnusableData, fingerprint
from indicators.standard.engine.respondents import Respondents
from indicators.standard.engine.result import ENGINE_VERSION, Excluded, Missing, Result
from indicators.standard.engine.spec import Spec
from portal.core.lib.digests import canonical


def evaluate(spec: Spec, data: DistrictData) -> Result:
    """Judge A1–D1, the coefficients and the vetoes of one district (教督〔2017〕6号).

    The order of schools does not matter. Relaxations never touch this verdict: ``Result.relaxed`` is the judgement with
    them (国教督办函〔2019〕30号). Raises UnusableData, in Chinese, for a school given twice, an unknown kind, a figure that is
    no exact number, or a relaxation this standard does not have.
    """
    twice = [code for code, count in Counter(s.code for s in data.schools).items() if count > 1]
    if twice:
        raise UnusableData(f"学校标识码重复：{'、'.join(twice)}，每所学校只能出现一次")
    strict = _judge(spec, data)
    if not data.relaxations:
        return strict
    relaxed = _judge(spec, data, relaxations.granted(spec, data))
    return replace(
        strict, relaxed=replace(relaxed, coefficients=coefficients.favoured(strict.coefficients, relaxed.coefficients))
    )


def _judge(spec: Spec, data: DistrictData, granted: tuple[relaxations.Granted, ...] = ()) -> Result:
    judged: list[parts.JudgedPart] = []
    missing, excluded = [], []
    for school in sorted(data.schools, key=lambda school: school.code):
        try:
            scoped = scope.of_school(spec, school)
            if scoped.excluded:
                excluded.append(Excluded(school.code, school.name, scoped.excluded))
                continue
            own = parts.of_school(*relaxations.of_school(spec, school, granted), scoped)
        except UnusableData as error:
            raise UnusableData(f"{school.name}（{school.code}）：{error}") from error
        judged.extend(own)
        codes = {code for part in own for result in part.indicators for code in result.missing}
        for code in sorted(codes, key=spec.item_order.__getitem__):
            answer = school.given.get(code)
            missing.append(Missing(school.code, code, answer.reason if isinstance(answer, NotApplicable) else ""))
    taking_part = frozenset(s.code for s in data.schools) - {e.school_code for e in excluded}
    return Result(
        spec=spec,
        inputs_sha256=inputs_sha256(spec, data),
        parts=tuple(judged),
        coefficients={stage: coefficients.of_stage(spec, stage, judged) for stage in spec.judged_stages},
        district_indicators=tuple(district.indicators(Respondents(spec, data, taking_part, granted))),
        vetoes=tuple(district.vetoes(spec, data)),
        missing=tuple(missing),
        excluded=tuple(excluded),
        granted=granted,
        growth=district.growth(spec, data.answers),
    )


def inputs_sha256(spec: Spec, data: DistrictData) -> str:
    """Of all the verdict depends on; the order of schools and table rows does not matter."""
    digest = hashlib.sha256()
    digest.update(canonical([spec.content_sha256, ENGINE_VERSION, data.district_code, fingerprint(data.answers)]))
    for school in sorted(data.schools, key=lambda s: s.code):
        register = [school.code, school.name, school.kind, school.area, str(school.sponsor)]
        state = [school.boarding, school.status, school.has_submission]
        digest.update(b"\n" + canonical([*register, *state, fingerprint(school.given)]))
    # Nothing at all is added without grants, so that fingerprints from before stay what they were.
    for grant in sorted(data.relaxations, key=lambda g: (g.code, g.school_code)):
        terms = [grant.code, grant.school_code, numbers.text(grant.alternative), grant.built_year]
        terms += [grant.basis, grant.until.isoformat()] if grant.until else []
        digest.update(b"\n" + canonical({"relaxation": terms}))
    return digest.hexdigest()
