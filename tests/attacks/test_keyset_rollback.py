"""A11: a pinned client is served an older keyset, in which a revoked key is still good, or another one at its version.

Without the two halves of `require_pinned` it would believe either.
"""

from attacks.forge import believe, pinned, refused, served
from golden import trust_samples as t


def test_an_older_keyset_is_refused() -> None:
    chain = t.chain()
    error = refused(lambda: believe(served(*chain.keysets[:2]), pin=pinned(chain)))
    assert (error.code, error.args[1:]) == ("keyset.rollback", (3, 2))


def test_another_keyset_at_the_same_version_is_refused() -> None:
    one, two, _ = t.chain().keysets
    rival = t.keyset(t.successor_fields(two, created="2026-11-22T09:59:59Z"), t.KEYSET)
    error = refused(lambda: believe(served(one, two, rival), pin=pinned(t.chain())))
    assert error.code == "keyset.chain_broken"
