"""Whether a concept fits a pipeline: architecture, widths, and the tier of its measured base (P13)."""

from functools import cached_property

from pcm_engine.bases.identity import is_changed, measure
from pcm_engine.bases.profile import Profile
from pcm_engine.errors import ChangedBase, NearBase, WrongBase, WrongWidths
from pcm_schemas.base_model import BaseClaim, BaseIdentity, Tier, compare
from pcm_schemas.digest import Digest
from pcm_schemas.manifest import Manifest
from pcm_schemas.sketch import Sketch


class Fitting:
    """One pipeline's measured base, computed when first asked for, and the worst tier that may load."""

    def __init__(self, profile: Profile, accept: Tier) -> None:
        self._profile = profile
        self._accepted = frozenset({Tier.EXACT, Tier.SAME, accept}) - {Tier.OTHER}

    @cached_property
    def identity(self) -> BaseIdentity:
        """What this pipeline's base measures as."""
        return measure(self._profile)

    def tier(self, manifest: Manifest) -> Tier:
        """How close the base of a manifest is to this one (P13)."""
        return compare(claim_of(manifest), self.identity)

    def require(self, manifest: Manifest, also: Tier = Tier.EXACT) -> None:
        """Raise WrongBase, WrongWidths or NearBase, the cheap checks first; `also` is one more tier that may load."""
        if manifest.base.architecture != self._profile.architecture:
            raise WrongBase(manifest.name, manifest.base.label, self._name)
        self._require_widths(manifest)
        tier = self.tier(manifest)
        if tier in self._accepted | {also}:
            return
        raise self._error(tier)(manifest.name, manifest.base.label, self._name)

    def _error(self, tier: Tier) -> type[WrongBase]:
        """What to say of a base that may not load, which may be the right one with something added to its weights."""
        if tier is Tier.NEAR:
            return NearBase
        return ChangedBase if is_changed(self._profile) else WrongBase

    def _require_widths(self, manifest: Manifest) -> None:
        layout, profile = manifest.tensors, self._profile
        for tensor, found, needed in (
            ("direction", (layout.text,), (profile.text,)),
            ("embedding", layout.embedding, profile.embedding),
            ("values", _flat(layout.layers), profile.widths),
        ):
            if found != needed:
                raise WrongWidths(tensor=tensor, found=found, needed=needed)

    @property
    def _name(self) -> str:
        return f"a {self._profile.architecture} base with another digest"


def claim_of(manifest: Manifest) -> BaseClaim:
    """What a manifest says of its base."""
    base = manifest.base
    sketch = Sketch(kv=base.sketch.kv, text=base.sketch.text)
    return BaseClaim(base.architecture, base.prediction_type, Digest(base.digest), sketch)


def _flat(runs: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """Layer widths from their runs."""
    return tuple(width for width, count in runs for _ in range(count))
