"""Load the demonstration district through the actions, year by year, all of it or nothing."""

import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from indicators.standard.engine import Answer
from portal.core.errors import Conflict, Invalid, Refused
from portal.core.lib.commands import BaseCommand
from portal.core.notices import actions as notices
from portal.demo import findings, generator, names, papers, planning, rounds, supervision, town
from portal.demo.figures import YEARS
from portal.demo.town import Agenda, Clock, Town, turned_back
from schools.directory.models import School

SEED = 2026
# From this year on the gaps of an evaluation are put into the ledger.
_LEDGER_SINCE = 2024
_LAST_READ = -6
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded, and the last answers of every school by its code."""

    town: Town
    current: rounds.Year


def is_empty() -> bool:
    return not School.objects.filter(district__code=names.DISTRICT).exists()


def load(*, schools: int = names.USUAL, seed: int = SEED, say: Say = lambda text: None) -> Loaded:
    """In one transaction: interrupted, nothing of it stays.

    Same seed and size give the same schools and figures; dates count back from today.
    Raises Invalid for too few schools, Conflict when the district has schools already.
    """
    if not names.FEWEST <= schools <= 9999:
        raise Invalid(f"演示区县需要 {names.FEWEST} 至 9999 所学校，请修改 --schools。")
    if not is_empty():
        raise Conflict(
            f"{names.DISTRICT_NAME}已有学校，没有载入任何演示数据。演示数据只能载入空的数据库；要重新生成演示，请运行 make demo-reset。"
        )
    with turned_back() as clock, transaction.atomic():
        clock.set((YEARS[0] - YEARS[-1]) * 365 + rounds.OPENED - 5)
        say(f"正在建立{names.DISTRICT_NAME}的 {schools} 所学校和账号")
        place = town.build(schools, seed)
        ledger = findings.Ledger(place, clock)
        answers: Mapping[str, Mapping[str, Answer]] = {}
        for number in YEARS[:-1]:
            say(f"正在生成 {number} 年度：填报、审核、评估")
            year = rounds.open_year(place, clock, number, answers)
            evaluation, answers = rounds.play_through(year), year.answers
            if number >= _LEDGER_SINCE:
                ledger.close_fixed(evaluation, year.base)
                ledger.raise_gaps(evaluation, year.base)
                ledger.close_some(year.base)
        say(f"正在生成 {YEARS[-1]} 年度和本学期的督导、整改")
        return Loaded(place, _current_year(ledger, clock, answers))


def _current_year(ledger: findings.Ledger, clock: Clock, before: Mapping[str, Mapping[str, Answer]]) -> rounds.Year:
    agenda, place = Agenda(), ledger.town
    ledger.plan(agenda, generator.school_answers(place.spec, place.sketches, place.seed, YEARS[-1]))
    agenda.at(-59, 560, partial(supervision.change_checklist, place))
    agenda.at(planning.DUTIES_GIVEN, 600, partial(planning.give_out_duties, place))
    agenda.follow(planning.report_on_duties(place, clock))
    agenda.at(-20, 600, partial(planning.fill_registers, place, clock))
    agenda.follow(planning.report_months(place, clock))
    agenda.follow(planning.report_nothing_new(place, clock))
    supervision.Supervision(ledger).plan(agenda)
    agenda.at(-18, 630, partial(findings.register_findings, place, clock))
    agenda.follow(papers.write_letters(place, clock))
    agenda.follow(papers.ask_everybody(place, clock))
    agenda.at(-45, 560, partial(papers.show_publicly, place))
    agenda.follow(papers.hear_complaints(place, clock))
    agenda.carry_out(clock, before=rounds.OPENED)
    year = rounds.open_year(place, clock, YEARS[-1], before)
    rounds.plan_current_year(agenda, year)
    agenda.follow(rounds.work_at_the_bureau(year))
    agenda.follow(findings.escalate(place))
    agenda.at(-5, 600, partial(findings.answer_escalations, place))
    agenda.follow(planning.relax(place, clock))
    agenda.follow(papers.write_reports(place))
    agenda.at(-9, 570, partial(planning.try_measures, place))
    agenda.follow(planning.look_ahead(place))
    for person in place.people.values():
        agenda.at(_LAST_READ, 480, partial(notices.mark_all_read, by=person))
    agenda.carry_out(clock)
    return year


class Command(BaseCommand):
    """`manage.py load_demo`: 龙亭区 with four years, visits, findings and people."""

    help = "载入演示区县（龙亭区）：学校、账号、四个年度的填报和评估、督导和整改。只能用于空的数据库。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schools", type=int, default=names.USUAL, metavar="N", help=f"学校数，默认 {names.USUAL}")
        parser.add_argument("--seed", type=int, default=SEED, metavar="S", help="随机种子：相同的种子得到相同的数据")
        parser.add_argument("--if-empty", action="store_true", help="已有学校时什么也不做，正常结束")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and not is_empty():
            self.stdout.write("演示区县已有数据，没有重新载入。")
            return
        began = time.monotonic()
        try:
            load(schools=options["schools"], seed=options["seed"], say=self.stdout.write)
        except Refused as refusal:
            raise CommandError("\n".join(refusal.lines)) from refusal
        seconds = time.monotonic() - began
        self.stdout.write(f"演示数据已载入，用时 {seconds:.0f} 秒。账号和密码见 manage.py demo_accounts。")
