"""The package of a dossier: asked for twice, run twice, killed, overtaken, damaged: one whole package or none."""

import hashlib
import zipfile
from datetime import timedelta
from pathlib import Path

import bagit
import pytest
from django.utils import timezone

from inspections.dossiers import actions, packing, verification, work
from inspections.dossiers.models import Dossier
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, NotAllowed, NotFound, Refused
from portal.core.files import store
from portal.core.files.models import Document
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.jobs.runner import LostLease
from portal.core.notices.models import Notice
from tests.inspections.dossiers.conftest import PLAN, Place, run


def leftovers(settings: object) -> list[Path]:
    return list(Path(settings.FILES_ROOT).glob("incoming-*"))


def package_of(dossier: Dossier) -> Path:
    return store.path_of(dossier.package.sha256)


def test_the_package_is_a_valid_bag_after_unpacking(ready: Dossier, tmp_path: Path) -> None:
    with zipfile.ZipFile(package_of(ready)) as archive:
        archive.extractall(tmp_path)
    (folder,) = [path for path in tmp_path.iterdir() if path.name.startswith("龙亭区")]
    bag = bagit.Bag(str(folder))
    bag.validate()
    assert set(bag.algorithms) == {"sha256", "sha512"}
    assert bag.info["Payload-Oxum"].endswith(f".{len(bag.payload_entries())}")
    assert bag.info["External-Description"] == "龙亭区义务教育优质均衡发展验收档案"


def test_every_piece_of_the_catalogue_is_in_the_package_once(ready: Dossier) -> None:
    with zipfile.ZipFile(package_of(ready)) as archive:
        names = archive.namelist()
        contents = [archive.read(name) for name in names]
    assert len(names) == len(set(names))
    assert sum(content == PLAN for content in contents) == 1
    held = {name.split("/data/", 1)[1] for name in names if "/data/" in name}
    assert held == {*ready.built["files"], "00 总目录/总目录.xlsx", "00 总目录/总目录.pdf", "00 总目录/总目录.json"}


def test_asking_ten_times_is_one_dossier_and_one_package(place: Place) -> None:
    made = {actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin).pk for _ in range(5)}
    run(Dossier.objects.get())
    made |= {actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin).pk for _ in range(5)}
    assert len(made) == Dossier.objects.count() == Job.objects.count() == 1
    assert Document.objects.filter(media_type="application/zip").count() == 2, "one whole, one without personal data"


def test_changed_data_make_the_next_version(place: Place, ready: Dossier) -> None:
    place.finding.problem = "三间教室未联网"
    place.finding.save()
    second = actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin)
    assert (ready.version, second.version) == (1, 2)
    assert ready.data_sha256 != second.data_sha256


def test_the_same_frozen_catalogue_gives_the_same_bytes(place: Place, ready: Dossier) -> None:
    first = ready.package.sha256
    Dossier.objects.update(state="building", package=None)
    Job.objects.update(state="queued", lease_until=None)
    package_of(ready).unlink()
    assert run(Dossier.objects.get()).package.sha256 == first


def test_a_job_delivered_again_after_its_worker_died_finds_its_package(place: Place) -> None:
    dossier = actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin)
    results = []
    for _ in range(3):
        results.append(work.run(runner.claim(dossier.job_id)))
        # The worker dies before it can say that it is done.
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert len({str(result) for result in results}) == 1
    assert Document.objects.filter(media_type="application/zip").count() == 2, "one whole, one without personal data"
    assert Notice.objects.filter(user=place.cast.admin).count() == 1


def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_one_finishes(
    place: Place, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin)
    with monkeypatch.context() as broken:
        broken.setattr(
            "inspections.dossiers.packing.BagWriter.close", lambda self: (_ for _ in ()).throw(SystemExit(9))
        )
        # A killed process runs no clean-up of its own.
        broken.setattr("pathlib.Path.unlink", lambda *args, **kwargs: None)
        with pytest.raises(SystemExit):
            work.run(runner.claim(dossier.job_id))
    assert len(leftovers(settings)) == 1
    assert not Document.objects.filter(media_type="application/zip").exists()
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert run(dossier).state == Dossier.State.READY
    assert leftovers(settings) == []


def test_a_worker_that_lost_its_lease_publishes_nothing(
    place: Place, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin)
    slow = runner.claim(dossier.job_id)
    pack = packing.pack

    def overtaken(*args: object, **more: object) -> object:
        packed = pack(*args, **more)
        Job.objects.update(attempt=slow.attempt + 1)
        return packed

    monkeypatch.setattr("inspections.dossiers.packing.pack", overtaken)
    with pytest.raises(LostLease):
        work.run(slow)
    dossier.refresh_from_db()
    assert dossier.package is None
    assert leftovers(settings) == []


@pytest.mark.parametrize(("damage", "words"), [("gone", "找不到了"), ("changed", "与上传时不一致")])
def test_a_file_that_vanished_or_changed_fails_the_job_naming_file_and_school(
    place: Place, settings: object, damage: str, words: str
) -> None:
    dossier = actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin)
    path = store.path_of(place.roster.sha256)
    path.unlink() if damage == "gone" else path.write_bytes(b"something else")
    assert runner.run_one(dossier.job_id)
    job = Job.objects.get()
    assert job.state == "failed"
    assert all(part in job.error for part in ("甲小学", "4102020001", "教师学历名册.pdf", words))
    assert leftovers(settings) == []
    assert not Document.objects.filter(media_type="application/zip").exists()


def test_a_dossier_whose_job_failed_is_made_again_when_the_file_is_back(place: Place) -> None:
    dossier = actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin)
    path = store.path_of(place.roster.sha256)
    content = path.read_bytes()
    path.unlink()
    runner.run_one(dossier.job_id)
    path.write_bytes(content)
    actions.build_again(dossier_id=dossier.pk, by=place.cast.admin)
    runner.run_one(dossier.job_id)
    dossier.refresh_from_db()
    assert dossier.state == Dossier.State.READY
    with pytest.raises(Conflict):
        actions.build_again(dossier_id=dossier.pk, by=place.cast.admin)


def test_a_full_disk_fails_the_job_in_chinese_and_leaves_nothing(
    place: Place, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin)

    def full(*args: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inspections.dossiers.packing.BagWriter.add", full)
    runner.run_one(dossier.job_id)
    assert "存储空间不足" in Job.objects.get().error
    assert leftovers(settings) == []


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("reviewer", NotAllowed),
        ("leader", NotAllowed),
        ("expert", NotAllowed),
        ("foreign_admin", NotFound),
        ("reporter_a", NotFound),
        ("expired_expert", NotFound),
    ],
)
def test_only_the_districts_admin_builds(place: Place, who: str, error: type[Refused]) -> None:
    with pytest.raises(error):
        actions.build(evaluation_id=place.evaluation.pk, by=getattr(place.cast, who))
    assert not Dossier.objects.exists()


def test_building_and_finishing_leave_audit_rows_with_the_packages_digest(ready: Dossier) -> None:
    built = AuditEvent.objects.get(action="dossier.build")
    published = AuditEvent.objects.get(action="dossier.publish")
    assert (built.district_code, published.after["sha256"]) == ("410202", ready.package.sha256)


def test_the_check_finds_damage_in_the_store_and_keeps_it(place: Place, ready: Dossier) -> None:
    path = package_of(ready)
    content = bytearray(path.read_bytes())
    content[content.index(PLAN[:30]) + 3] ^= 1
    path.write_bytes(content)
    job = actions.check(dossier_id=ready.pk, by=place.cast.admin)
    assert work.check(runner.claim(job.pk))["problems"] == 1
    ready.refresh_from_db()
    assert "内容被改动" in ready.problems[0]
    assert "房产测绘图" in ready.problems[0]


def test_a_whole_package_passes_the_check_and_can_be_checked_again(place: Place, ready: Dossier) -> None:
    jobs = []
    for _ in range(2):
        jobs.append(actions.check(dossier_id=ready.pk, by=place.cast.admin))
        runner.run_one(jobs[-1].pk)
        ready.refresh_from_db()
        assert ready.problems == []
    assert jobs[0] != jobs[1]


def test_a_package_that_vanished_is_reported(place: Place, ready: Dossier) -> None:
    package_of(ready).unlink()
    runner.run_one(actions.check(dossier_id=ready.pk, by=place.cast.admin).pk)
    ready.refresh_from_db()
    assert "找不到" in ready.problems[0]


def test_the_digest_of_the_row_is_the_digest_of_the_bytes(ready: Dossier) -> None:
    content = package_of(ready).read_bytes()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (ready.package.sha256, ready.package.size)
    assert verification.check(package_of(ready)).holds
