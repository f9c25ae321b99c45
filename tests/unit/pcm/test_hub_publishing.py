"""Publishing to the Hub: one commit, a card, the same bytes back; what is refused before and by the Hub (P49, P60)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml
from huggingface_hub import HfApi

from attacks.against import install
from hubs import hub
from pcm.hub_contents import NoConcept
from pcm.hub_publish_errors import HubNameTaken, HubReleaseExists, HubTokenMissing
from pcm.hub_publishing import HubPublisher
from pcm.hub_settings import open_hub
from pcm.key_errors import KeyMissing
from pcm.own_keys import OwnKeys
from pcm.publish import Parcel
from pcm.publish_errors import PreviewAbsent
from pcm_schemas.digest import Digest, canonical_bytes
from pcm_schemas.errors import PcmError
from pcm_schemas.manifest import Manifest
from pcm_schemas.package import pack, read
from pcm_schemas.trust_errors import ChainBroken
from simulator.concepts import bundle, concept, identity, write_base
from simulator.hub import Asked, Hub, Reply
from simulator.hub_concepts import shelf
from simulator.keys import Publisher
from unit.pcm.conftest import Desk

__all__ = ["hub"]
PICTURE = b"RIFF\0\0\0\0WEBP" + bytes(20)


@dataclass
class Stall:
    """Amy's desk: keys, a token in her credentials, and the Hub."""

    desk: Desk
    hub: Hub
    own: OwnKeys

    @property
    def publisher(self) -> HubPublisher:
        environment = self.desk.client().environment
        return HubPublisher(open_hub(environment), self.own, self.desk.now)

    def log_in(self, token: str) -> None:
        path = self.desk.folders.credentials
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'[tokens]\n"{self.hub.url}" = "{token}"\n')
        path.chmod(0o600)

    def files(self, id_: str = "amy/hat") -> Mapping[str, bytes]:
        found = self.hub.repositories[id_]
        return found.commits[found.head].files

    def refused(self, data: bytes, place: str = "amy/hat") -> PcmError:
        """Publish, expect an error, and that the Hub holds what it held."""
        before = {
            name: (dict(r.branches), len(r.commits)) for name, r in self.hub.repositories.items()
        }
        with pytest.raises(PcmError) as caught:
            self.publisher.publish(Parcel(data, {}), place)
        after = {
            name: (dict(r.branches), len(r.commits)) for name, r in self.hub.repositories.items()
        }
        assert after == before
        return caught.value


@pytest.fixture
def stall(desk: Desk, hub: Hub) -> Stall:
    own = OwnKeys(desk.folders, lambda _name: "a passphrase")
    own.new("amy", note=None, now=desk.now)
    made = Stall(desk, hub, own)
    made.log_in(hub.user("amy"))
    return made


def preview(number: int) -> dict[str, object]:
    return {
        "path": f"previews/{number}.webp",
        "sha256": f"sha256:{hashlib.sha256(PICTURE).hexdigest()}",
        "size": len(PICTURE),
        "media_type": "image/webp",
        "width": 64,
        "height": 64,
        "prompt": 'a hat* on a "roof": [red]',
        "seed": 7,
    }


def hat(desk: Desk, version: str = "1.0.0", **changes: object) -> bytes:
    return concept("amy/hat", version, base=desk.base, **changes)


def test_what_is_published_installs_as_the_same_bytes(stall: Stall) -> None:
    data = hat(stall.desk, previews=[preview(0)])
    parcel = Parcel(data, {Digest.of(PICTURE): PICTURE})
    done = stall.publisher.publish(parcel, "amy/hat")
    found = stall.hub.repositories["amy/hat"]
    assert (done.commit, done.path) == (found.head, "concept.safetensors")
    assert [found.commits[c].message for c in found.commits] == ["initial commit", "amy/hat 1.0.0"]
    assert sorted(stall.files()) == [
        ".gitattributes",
        "README.md",
        "concept.safetensors",
        "concept.safetensors.dsse.json",
        "keyset.json",
        "previews/0.webp",
    ]
    assert stall.files()["previews/0.webp"] == PICTURE
    install(stall.desk, done.place)
    assert stall.desk.client().read("amy/hat") == data


def test_the_card_says_what_the_hub_reads(stall: Stall) -> None:
    plain = read(hat(stall.desk, previews=[preview(0)], license="CC-BY-4.0", tags=["headgear"]))
    fields = plain.manifest.model_dump(mode="json", exclude_none=True)
    fields["base"]["hub"] = {"id": "owner/base-model", "revision": "4" * 40}
    data = pack(Manifest.parse(canonical_bytes(fields)), plain.tensors)
    stall.publisher.publish(Parcel(data, {Digest.of(PICTURE): PICTURE}), "amy/hat")
    _, head, page = stall.files()["README.md"].decode().split("---\n", 2)
    assert yaml.safe_load(head) == {
        "library_name": "pcm",
        "pipeline_tag": "text-to-image",
        "base_model": ["owner/base-model"],
        "base_model_relation": "adapter",
        "license": "cc-by-4.0",
        "instance_prompt": "hat*",
        "tags": [
            "pcm",
            "perfusion",
            "pcm:amy/hat",
            f"pcm-base:{stall.desk.base.digest.hex[:16]}",
            "headgear",
        ],
        "widget": [{"text": 'a hat* on a "roof": [red]', "output": {"url": "previews/0.webp"}}],
    }
    for part in ("# hat*", "pcm install hf:amy/hat", "![a hat* on a", "Tiny base"):
        assert part in page
    assert "pcm:amy/hat" in (
        HfApi(endpoint=stall.hub.url, token=False).model_info("amy/hat").tags or []
    )


def test_a_licence_that_the_hub_has_no_word_for(stall: Stall) -> None:
    stall.publisher.publish(Parcel(hat(stall.desk, license="GPL-3.0-only"), {}), "amy/hat")
    head = yaml.safe_load(stall.files()["README.md"].decode().split("---\n")[1])
    assert (head["license"], head["license_name"]) == ("other", "GPL-3.0-only")


def test_the_same_release_again_makes_no_commit(stall: Stall) -> None:
    parcel = Parcel(hat(stall.desk), {})
    first = stall.publisher.publish(parcel, "amy/hat")
    assert stall.publisher.publish(parcel, "amy/hat") == first
    assert len(stall.hub.repositories["amy/hat"].commits) == 2


def test_a_newer_version_takes_its_place_and_old_pictures_go(stall: Stall) -> None:
    old = hat(stall.desk, previews=[preview(0)])
    stall.publisher.publish(Parcel(old, {Digest.of(PICTURE): PICTURE}), "amy/hat")
    stall.publisher.publish(Parcel(hat(stall.desk, "1.1.0"), {}), "amy/hat")
    assert "previews/0.webp" not in stall.files()
    assert stall.files()["concept.safetensors"] == hat(stall.desk, "1.1.0")
    assert len(stall.hub.repositories["amy/hat"].commits) == 3


def test_released_bytes_never_change(stall: Stall) -> None:
    stall.publisher.publish(Parcel(hat(stall.desk, "1.1.0"), {}), "amy/hat")
    for other in (hat(stall.desk, "1.1.0", description="Another."), hat(stall.desk, "1.0.0")):
        error = stall.refused(other)
        assert isinstance(error, HubReleaseExists)
        assert error.held == "1.1.0"


def test_another_base_stands_beside_the_first(stall: Stall, tmp_path: Path) -> None:
    other = identity(write_base(tmp_path / "other", seed=8))
    mine, theirs = hat(stall.desk), concept("amy/hat", base=other)
    stall.publisher.publish(Parcel(mine, {}), "amy/hat")
    done = stall.publisher.publish(Parcel(theirs, {}), "amy/hat")
    assert done.path == f"concept.toybox-{other.digest.hex[:8]}.safetensors"
    assert stall.files()["concept.safetensors"] == mine
    head = yaml.safe_load(stall.files()["README.md"].decode().split("---\n")[1])
    assert len([tag for tag in head["tags"] if tag.startswith("pcm-base:")]) == 2
    install(stall.desk, "hf:amy/hat")
    assert stall.desk.client().read("amy/hat") == mine


def test_a_bundle_is_published_too(stall: Stall) -> None:
    stall.publisher.publish(Parcel(bundle("amy/set", ["amy/hat"]), {}), "amy/set")
    head = yaml.safe_load(stall.files("amy/set")["README.md"].decode().split("---\n")[1])
    assert head["tags"][:3] == ["pcm", "bundle", "pcm:amy/set"]
    assert "instance_prompt" not in head


def test_a_repository_of_something_else_is_left_alone(stall: Stall) -> None:
    shelf(stall.hub, "amy/cup", concept("amy/cup", base=stall.desk.base), by=Publisher("amy"))
    stall.hub.repository("amy/style", {"my_lora.safetensors": b""})
    assert isinstance(stall.refused(hat(stall.desk), "amy/cup"), HubNameTaken)
    assert isinstance(stall.refused(hat(stall.desk), "amy/style"), NoConcept)


def test_another_owners_keyset_is_not_replaced(stall: Stall) -> None:
    shelf(stall.hub, "amy/hat", hat(stall.desk, "0.1.0"), by=Publisher("amy", extra="eve"))
    assert isinstance(stall.refused(hat(stall.desk)), ChainBroken)


def test_nothing_is_asked_without_a_token_a_key_or_a_picture(stall: Stall) -> None:
    other = concept("bob/hat", base=stall.desk.base)
    assert isinstance(stall.refused(other), KeyMissing)
    assert isinstance(stall.refused(hat(stall.desk, previews=[preview(0)])), PreviewAbsent)
    stall.desk.folders.credentials.unlink()
    assert isinstance(stall.refused(hat(stall.desk)), HubTokenMissing)
    assert stall.hub.asked == []


@pytest.mark.parametrize(
    ("place", "token", "code"),
    [
        ("bob/hat", "hf_amyWrite", "auth.scope"),
        ("amy/hat", "hf_amyRead", "auth.scope"),
        ("amy/hat", "hf_stolen", "auth.invalid"),
    ],
)
def test_a_token_that_may_not(stall: Stall, place: str, token: str, code: str) -> None:
    stall.hub.user("amy", writes=False)
    stall.hub.repository(place)
    stall.log_in(token)
    assert stall.refused(hat(stall.desk), place).code == code


def test_a_repository_that_may_not_be_made(stall: Stall) -> None:
    assert stall.refused(hat(stall.desk), "bob/hat").code == "auth.scope"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "rate.limited"),
        (412, "publish.incomplete"),
        (401, "auth.invalid"),
        (400, "request.invalid"),
    ],
)
def test_a_commit_that_the_hub_does_not_take(stall: Stall, status: int, code: str) -> None:
    stall.hub.repository("amy/hat")
    stall.hub.spoil("/commit/", Reply(status))
    assert stall.refused(hat(stall.desk)).code == code


def test_somebody_else_committed_in_the_meantime(stall: Stall) -> None:
    """The commit stands on the one that was looked at, or nowhere."""
    held = stall.hub.repository("amy/hat")

    def late(asked: Asked) -> Reply | None:
        if "/commit/" in asked.path:
            held.commit({"other": b"other"})
        return None

    stall.hub.faults.append(late)
    with pytest.raises(PcmError) as caught:
        stall.publisher.publish(Parcel(hat(stall.desk), {}), "amy/hat")
    assert caught.value.code == "publish.incomplete"
    assert "concept.safetensors" not in stall.files()


def test_a_hub_that_is_not_there(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    path = stall.desk.folders.credentials
    path.write_text('[tokens]\n"http://127.0.0.1:9" = "hf_amyWrite"\n')
    moved = replace(stall, hub=Hub(url="http://127.0.0.1:9"))
    assert moved.refused(hat(stall.desk)).code == "network.unreachable"
