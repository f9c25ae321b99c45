"""Who may do what: tokens carry scopes, and a scope never replaces a signature (P50, P51). Pure."""

from dataclasses import dataclass
from typing import Final

from pcm_registry.errors import AuthRequired, ScopeMissing
from pcm_schemas.name import DEFAULT_NAMESPACE, ConceptName, parse_namespace, require_claimable
from pcm_schemas.token import allows

READ: Final = "read"
ADMIN: Final = "admin"
TOKENS: Final = "tokens"


@dataclass(frozen=True)
class Caller:
    """Who sent a request: the id of a token that is valid now, and its scopes."""

    id: str
    scopes: tuple[str, ...]

    @property
    def is_operator(self) -> bool:
        """Whether it may act for the operators, `library` among their duties (P4)."""
        return ADMIN in self.scopes


def require_allowed(caller: Caller | None, scope: str) -> Caller:
    """Refuse a request without a token that covers the scope; raises AuthRequired, ScopeMissing."""
    if caller is None:
        raise AuthRequired(scope)
    if not allows(caller.scopes, scope):
        raise ScopeMissing(scope)
    return caller


def publish_scope(name: str) -> str:
    """What publishing a name needs."""
    return f"publish:{ConceptName.parse(name)}"


def yank_scope(name: str) -> str:
    """What yanking a release of a name needs."""
    return f"yank:{ConceptName.parse(name)}"


def keyset_scope(namespace: str) -> str:
    """What creating a namespace, or changing its keyset, needs."""
    return f"keyset:{parse_namespace(namespace)}"


def require_may_claim(caller: Caller, namespace: str) -> None:
    """Refuse a reserved namespace; operators may claim `library` (P4). Raises NameReserved."""
    if not (caller.is_operator and namespace == DEFAULT_NAMESPACE):
        require_claimable(namespace)


def require_grantable(caller: Caller, scopes: tuple[str, ...]) -> None:
    """Refuse to make a token that may do more than its maker; raises ScopeMissing."""
    for scope in scopes:
        if not allows(caller.scopes, scope):
            raise ScopeMissing(scope)
