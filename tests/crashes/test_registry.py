"""A registry killed at each step of publishing: what it acknowledged is there, what it served is whole, and it goes on (P48)."""

import json
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

import httpx2
import pytest

from crashes.doomed import Doomed, launched
from crashes.installing import client, install, require_sound, with_registry
from crashes.serving import free_port, serve
from crashes.stock import OWNERS
from pcm_registry import founding
from pcm_registry.blobs import Storage
from pcm_registry.database import Database
from pcm_registry.services import Services, utc_clock
from pcm_schemas.digest import Digest
from pcm_schemas.journal import Event, Head, follow
from pcm_schemas.project import Registry
from publishers import Publisher, file_of
from servers import development, token
from simulator.concepts import concept
from unit.pcm.conftest import Desk

pytestmark = pytest.mark.slow
OWNER = OWNERS[0]
RANDOM_ROUNDS = 30
STEPS = {"begun", "written", "committed"} | {
    f"{when} {what}"
    for when in ("before", "after")
    for what in ("blob", "target", "bin", "snapshot", "timestamp")
}


@dataclass
class Site:
    """A registry's folder and port, and what it acknowledged: versions whose commit was answered."""

    folder: Path
    desk: Desk
    user: Publisher
    port: int
    acknowledged: dict[str, bytes] = field(default_factory=dict)

    @contextmanager
    def serving(self) -> Iterator[Doomed]:
        """A registry in a child of its own."""
        with launched(serve, self.folder, self.port) as child:
            child.until("serving")
            child.until(
                "committed"
            )  # the signing worker's first look, which ends what a crash left
            yield child

    def publish(self, version: str) -> None:
        """Publish and note the acknowledgement; a registry that dies meanwhile answers nothing."""
        data = concept("amy/cup", version, base=self.desk.base)
        opened = self.user.open(file_of(data, OWNER.sign(data))).raise_for_status().json()
        if opened["state"] == "open":
            self.user.put(opened["id"], data).raise_for_status()
        self.user.commit(opened["id"]).raise_for_status()
        self.acknowledged[version] = data
        self.user.wait(opened["id"])

    def attempt(self, version: str) -> None:
        """Publish to a registry that may die."""
        try:
            self.publish(version)
        except httpx2.TransportError:
            return

    def require_survived(self, version: str) -> None:
        """Restarted, it has all that it acknowledged, and the same publish ends; clients see nothing amiss."""
        require_whole(self.folder)
        acknowledged = [*self.acknowledged]
        with self.serving():
            self.publish(version)
            listed = self.user.http.get("/api/v1/names/amy/cup").json()["index"]["releases"]
            found = [entry["version"] for entry in listed]
            assert len(found) == len(set(found))
            assert {*acknowledged, version} <= {*found}
            install(self.desk, [f"amy/cup=={version}"])
            assert client(self.desk).read("cup") == self.acknowledged[version]
            require_sound(self.desk)
        require_whole(self.folder)


@pytest.fixture
def site(tmp_path: Path, desk: Desk) -> Iterator[Site]:
    """A registry in which amy has a first cup."""
    folder, port = tmp_path / "registry", free_port()
    secret, root = founded(folder)
    url = f"http://127.0.0.1:{port}"
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx2.Client(base_url=url, headers=headers, timeout=20) as http:
        shop = with_registry(desk, Registry(url=url, root=root))
        made = Site(folder, shop, Publisher(http), port)
        with made.serving():
            made.user.claim(OWNER.keysets[0]).raise_for_status()
            made.publish("1.0.0")
        yield made


def founded(folder: Path) -> tuple[str, Digest]:
    """Make a development registry and a token, before any process serves it."""
    settings = development(folder)
    storage = Storage.in_folder(settings.public)
    found = founding.ready_for_development(storage, settings, now=utc_clock())
    database = Database.open(settings.database_url)
    try:
        secret = token(Services(settings, database, storage, utc_clock, lambda: None))
    finally:
        database.close()
    return secret, found.root


def require_whole(folder: Path) -> None:
    """From the timestamp to every target, from the first event to the last, and each blob under its digest."""
    walked(folder / "public" / "tuf")
    for path in (folder / "public" / "blobs").glob("*/*"):
        if "#" not in path.name:  # what the storage was writing when it died
            assert Digest.of(path.read_bytes()).hex == path.name
    with sqlite3.connect(folder / "registry.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for (digest,) in connection.execute("SELECT digest FROM blobs").fetchall():
            hex_ = str(digest).removeprefix("sha256:")
            assert (folder / "public" / "blobs" / hex_[:2] / hex_).is_file()
        rows = connection.execute("SELECT at, data, hash, prev, seq, type FROM events ORDER BY seq")
        names = [column[0] for column in rows.description]
        events = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    connection.close()
    follow(Head.at_start(), [_event(each) for each in events])


def _event(row: dict[str, object]) -> Event:
    return Event.model_validate({**row, "data": json.loads(str(row["data"]))})


def walked(tuf: Path) -> None:
    """Check each number and hash below the timestamp."""
    meta = signed(tuf / "timestamp.json")["meta"]["snapshot.json"]
    snapshot = tuf / f"{meta['version']}.snapshot.json"
    assert Digest.of(snapshot.read_bytes()).hex == meta["hashes"]["sha256"]
    for name, role in signed(snapshot)["meta"].items():
        found = signed(tuf / f"{role['version']}.{name}")
        assert found["version"] == role["version"]
        for path, info in found["targets"].items():
            place = Path(path)
            sha256 = info["hashes"]["sha256"]
            data = (tuf / "targets" / place.parent / f"{sha256}.{place.name}").read_bytes()
            assert Digest.of(data).hex == sha256


def signed(path: Path) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    value: dict[str, dict[str, dict[str, dict[str, str]]]] = json.loads(path.read_bytes())["signed"]
    return value


def moments_of_a_publish(site: Site) -> list[str]:
    """What a registry passes while it publishes one release."""
    with site.serving() as child:
        child.arm(None)
        site.publish("1.0.1")
        child.process.kill()
        return child.ended()


def test_a_registry_killed_at_each_step(site: Site) -> None:
    hit = Counter[str]()
    for at, step in enumerate(moments_of_a_publish(site)):
        version = f"1.1.{at}"
        with site.serving() as child:
            child.arm(at)
            site.attempt(version)
            child.process.join(10)
            assert child.was_killed, step
        site.require_survived(version)
        hit[step] += 1
    assert hit.keys() == STEPS


def test_a_registry_killed_at_any_time(site: Site) -> None:
    chance = random.Random(48)
    for number in range(RANDOM_ROUNDS):
        version = f"1.2.{number}"
        with site.serving() as child:
            timer = Timer(chance.uniform(0, 0.3), child.process.kill)
            timer.start()
            site.attempt(version)
            timer.join()
        site.require_survived(version)
