"""Leases of database jobs, tested with webhook deliveries."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from assistant.leases import LeasedJob, LeasedJobQuerySet, LeaseLost
from assistant.webhooks.models import Delivery, Endpoint
from assistant.workspaces.models import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(workspace: Workspace) -> Delivery:
    endpoint = Endpoint.objects.create(workspace=workspace, url="https://shop.test/told")
    return Delivery.objects.create(endpoint=endpoint, type="gap.found", payload={})


def lease_runs_out(job: Delivery) -> None:
    Delivery.objects.filter(pk=job.pk).update(leased_until=timezone.now() - timedelta(seconds=1))


def test_of_two_workers_one_gets_the_job(job: Delivery) -> None:
    other = Delivery.objects.get()

    assert job.claim()
    assert not other.claim()
    assert not Delivery.objects.due().exists()
    assert Delivery.objects.get().attempts == 1


def test_the_job_of_a_worker_that_died_is_another_s_once_its_lease_has_run_out(job: Delivery) -> None:
    job.claim()
    lease_runs_out(job)
    other = Delivery.objects.get()

    assert other.claim()
    assert other.attempts == 2


def test_a_worker_that_was_too_slow_writes_nothing(job: Delivery) -> None:
    job.claim()
    lease_runs_out(job)
    Delivery.objects.get().claim()

    with pytest.raises(LeaseLost):
        job.keep(log=["of the slow one"])
    with pytest.raises(LeaseLost):
        job.release_lease(log=["of the slow one"])
    assert Delivery.objects.get().log == []


def test_who_has_no_lease_writes_nothing(job: Delivery) -> None:
    with pytest.raises(LeaseLost):
        job.release_lease(log=["of nobody"])


def test_progress_holds_the_job_for_as_long_again_and_counts_attempts_anew(job: Delivery) -> None:
    job.claim()
    until = job.leased_until
    job.keep(log=["a step"])

    kept = Delivery.objects.get()
    assert kept.leased_until > until
    assert (kept.attempts, kept.log) == (0, ["a step"])
    assert job.leased_until == kept.leased_until


def test_what_is_let_go_may_be_taken_at_once_or_at_a_later_time(job: Delivery) -> None:
    job.claim()
    job.release_lease()
    assert job.claim()

    job.release_lease(leased_until=timezone.now() + timedelta(minutes=1))
    assert not job.claim()


@pytest.mark.parametrize("model", [each for each in apps.get_models() if issubclass(each, LeasedJob)])
def test_each_kind_of_job_says_what_is_due_and_for_how_long_it_is_leased(model: type[LeasedJob]) -> None:
    jobs = model._default_manager.get_queryset()

    assert isinstance(jobs, LeasedJobQuerySet)
    assert list(jobs.due()) == []
    assert model.lease_s() > 0
