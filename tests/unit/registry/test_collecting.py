"""What was uploaded and never committed goes after a day, and nothing else, whoever commits meanwhile (P48)."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from golden import trust_samples
from pcm_registry import founding, namespaces, publishing
from pcm_registry.blobs import Storage
from pcm_registry.collecting import AFTER, collect_lapsed
from pcm_registry.database import Database
from pcm_registry.errors import ReleaseUnknown
from pcm_registry.jobs import COLLECTING, Worker
from pcm_registry.role_keys import OnlineKeys
from pcm_registry.services import Services
from pcm_schemas.api import PublishRequest, read_request
from pcm_schemas.digest import Digest, encode
from publishers import file_of, package
from servers import development

HOUR = timedelta(hours=1)


@pytest.fixture
def time() -> list[datetime]:
    return [trust_samples.NOW]


@pytest.fixture
def services(tmp_path: Path, time: list[datetime]) -> Iterator[Services]:
    settings = development(tmp_path)
    storage = Storage.in_folder(settings.public)
    founding.ready_for_development(storage, settings, now=time[0])
    database = Database.open(settings.database_url)
    with database.writing() as connection:
        namespaces.create(connection, trust_samples.keyset(), at=trust_samples.PUBLISHED)
    yield Services(settings, database, storage, lambda: time[0], lambda: None)
    database.close()


def opened(services: Services, *packages: bytes) -> str:
    """Open a publish and put what it misses; returns its id."""
    body = encode({"files": [file_of(data) for data in packages]})
    state, _ = publishing.open_(services, read_request(PublishRequest, body))
    missing = {each.digest for each in state.missing}
    for data in packages:
        if Digest.of(data) in missing:
            publishing.put_blob(services, state.id, Digest.of(data), data)
    return state.id


def test_what_was_never_committed_goes_after_a_day(
    services: Services, time: list[datetime]
) -> None:
    data = package()
    id_ = opened(services, data)
    time[0] += AFTER - HOUR
    assert collect_lapsed(services) == ()
    assert services.storage.has_blob(Digest.of(data))
    time[0] += HOUR
    assert Digest.of(data) in collect_lapsed(services)
    assert not services.storage.has_blob(Digest.of(data))
    assert collect_lapsed(services) == ()
    with pytest.raises(ReleaseUnknown):
        publishing.state_of(services, id_)


def test_what_was_dropped_goes_as_well_and_may_be_opened_again(
    services: Services, time: list[datetime]
) -> None:
    data = package()
    id_ = opened(services, data)
    publishing.drop(services, id_)
    with pytest.raises(ReleaseUnknown):
        publishing.commit(services, id_)
    assert opened(services, data) == id_
    publishing.drop(services, id_)
    time[0] += AFTER
    assert Digest.of(data) in collect_lapsed(services)
    publishing.commit(services, opened(services, data))


def test_what_is_public_or_wanted_again_stays(services: Services, time: list[datetime]) -> None:
    public, again, other = (package(number=n, version=f"1.{n}.0") for n in range(3))
    publishing.commit(services, opened(services, public))
    lost = opened(services, again)
    time[0] += AFTER
    assert opened(services, again) == lost
    opened(services, other)
    assert collect_lapsed(services) == ()
    publishing.commit(services, lost)
    time[0] += AFTER
    assert Digest.of(other) in collect_lapsed(services)
    assert services.storage.get_blob(Digest.of(again)) == again
    assert services.storage.get_blob(Digest.of(public)) == public


def test_a_commit_at_the_same_time_keeps_its_bytes(
    services: Services, time: list[datetime]
) -> None:
    """Each was given up a day ago and is published now, while another thread collects without a pause."""
    packages = [package(number=n, version=f"1.{n}.0") for n in range(12)]
    for data in packages:
        opened(services, data)
    time[0] += AFTER
    stop, removed = threading.Event(), set[Digest]()

    def collect() -> None:
        while not stop.is_set():
            removed.update(collect_lapsed(services))

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        for data in packages:
            publishing.commit(services, opened(services, data))
    finally:
        stop.set()
        thread.join()
    assert all(services.storage.get_blob(Digest.of(data)) == data for data in packages)


def test_the_worker_collects_once_an_hour(services: Services, time: list[datetime]) -> None:
    keys = OnlineKeys.read(services.settings.online_keys)
    worker = Worker(services, keys, threading.Event())
    worker.collect()
    opened(services, package())
    time[0] += AFTER
    worker._collected = time[0] - COLLECTING + HOUR / 2
    worker.collect()
    assert services.storage.has_blob(Digest.of(package()))
    time[0] += HOUR / 2
    worker.collect()
    assert not services.storage.has_blob(Digest.of(package()))
