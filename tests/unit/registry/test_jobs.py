"""The signing worker: a crash before any upload leaves what was published whole, and the next run finishes (P48)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from golden import trust_samples
from pcm_registry import founding, jobs, namespaces
from pcm_registry.blobs import Storage
from pcm_registry.database import Database
from pcm_registry.role_keys import OnlineKeys
from pcm_registry.services import Services
from pcm_schemas.digest import Digest
from servers import development

UPLOADS = 6  # two targets, their bins, snapshot, timestamp


class PowerCutError(Exception):
    """The process died."""


@dataclass(frozen=True)
class Dying(Storage):
    """A storage in which the process dies before a write; `steps` counts down to it."""

    steps: list[int] = field(default_factory=lambda: [0])

    def put(self, path: str, data: bytes) -> None:
        if self.steps[0] == 0:
            raise PowerCutError(path)
        self.steps[0] -= 1
        super().put(path, data)


@pytest.fixture
def time() -> list[datetime]:
    return [trust_samples.NOW]


@pytest.fixture
def services(tmp_path: Path, time: list[datetime]) -> Iterator[Services]:
    settings = development(tmp_path)
    storage = Storage.in_folder(settings.public)
    founding.ready_for_development(storage, settings, now=time[0])
    database = Database.open(settings.database_url)
    yield Services(settings, database, storage, lambda: time[0], lambda: None)
    database.close()


def keys(services: Services) -> OnlineKeys:
    return OnlineKeys.read(services.settings.online_keys)


def claim(services: Services, namespace: str = "amy") -> None:
    fields = trust_samples.keyset_fields(namespace=namespace)
    with services.database.writing() as connection:
        namespaces.create(connection, trust_samples.keyset(fields), at=services.now)


def stored(services: Services, path: str) -> bytes:
    data = services.storage.get(f"tuf/{path}")
    assert data is not None, path
    return data


def published(services: Services) -> dict[str, str]:
    """Walk from the timestamp to every target, checking each number and hash; answers the targets."""
    meta = json.loads(stored(services, "timestamp.json"))["signed"]["meta"]["snapshot.json"]
    snapshot = stored(services, f"{meta['version']}.snapshot.json")
    assert Digest.of(snapshot).hex == meta["hashes"]["sha256"]
    found = dict[str, str]()
    for name, role in json.loads(snapshot)["signed"]["meta"].items():
        signed = json.loads(stored(services, f"{role['version']}.{name}"))["signed"]
        assert signed["version"] == role["version"]
        for path, info in signed["targets"].items():
            folder, slash, last = path.rpartition("/")
            sha256 = info["hashes"]["sha256"]
            data = stored(services, f"targets/{folder}{slash}{sha256}.{last}")
            assert Digest.of(data).hex == sha256
            found[path] = sha256
    return found


def earliest_end(services: Services) -> str:
    """When the first of the bins expires."""
    version = json.loads(stored(services, "timestamp.json"))["signed"]["meta"]["snapshot.json"][
        "version"
    ]
    roles = json.loads(stored(services, f"{version}.snapshot.json"))["signed"]["meta"]
    bins = [
        stored(services, f"{each['version']}.{name}")
        for name, each in roles.items()
        if name[0] == "b"
    ]
    return min(str(json.loads(each)["signed"]["expires"]) for each in bins)


def test_what_waits_is_published_and_then_nothing_waits(services: Services) -> None:
    claim(services)
    assert jobs.publish_waiting(services, keys(services)) > 0
    assert {*published(services)} == {"keysets/amy.json", *jobs.STANDING}
    assert jobs.publish_waiting(services, keys(services)) == 0


@pytest.mark.parametrize("step", range(UPLOADS))
def test_a_crash_before_any_upload_leaves_the_old_and_the_next_run_ends_it(
    services: Services, step: int
) -> None:
    jobs.publish_waiting(services, keys(services))
    before = published(services)
    claim(services)
    dying = replace(services, storage=Dying(services.storage.store, [step]))
    with pytest.raises(PowerCutError):
        jobs.publish_waiting(dying, keys(services))
    assert published(services) == before
    assert jobs.publish_waiting(services, keys(services)) == UPLOADS
    assert "keysets/amy.json" in published(services)


def test_a_crash_after_the_timestamp_is_finished_without_signing_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(services)

    def die(*_: object, **__: object) -> None:
        raise PowerCutError("before the outbox row is done")

    with monkeypatch.context() as patch:
        patch.setattr(jobs.outbox, "finish", die)
        with pytest.raises(PowerCutError):
            jobs.publish_waiting(services, keys(services))
    assert "keysets/amy.json" in published(services)
    assert jobs.publish_waiting(services, keys(services)) == 0


def test_the_timestamp_is_signed_anew_each_hour_and_bins_before_they_expire(
    services: Services, time: list[datetime]
) -> None:
    jobs.publish_waiting(services, keys(services))
    time[0] += timedelta(minutes=50)
    assert jobs.publish_waiting(services, keys(services)) == 0
    time[0] += timedelta(minutes=11)
    assert jobs.publish_waiting(services, keys(services)) == 1
    time[0] += timedelta(days=1)
    assert jobs.publish_waiting(services, keys(services)) == 2
    time[0] += timedelta(days=20)
    assert jobs.publish_waiting(services, keys(services)) == 16 + 2
    assert earliest_end(services) > (time[0] + timedelta(days=29)).isoformat()
