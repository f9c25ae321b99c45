"""Bodies of the registry's API (section 8): requests refuse unknown members, responses ignore them (P47)."""

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from pcm_schemas import fields as f
from pcm_schemas import limits
from pcm_schemas.digest import Digest, canonical_bytes, encode
from pcm_schemas.document import found_in, read_json, validated
from pcm_schemas.errors import NotCanonical, PcmError
from pcm_schemas.index import IndexDocument, Reason
from pcm_schemas.keyset import Namespace, Note
from pcm_schemas.record_errors import RequestInvalid, ResponseInvalid
from pcm_schemas.search import SearchDocument
from pcm_schemas.token import require_scope

RESPONSE: Final = 2_097_152  # most bytes of an answer that a client parses
Body = TypeVar("Body", bound=BaseModel)
EnvelopeValue = dict[str, Any]
"""An envelope inside a body: a JSON object in any DSSE form, opened by `Envelope.from_value`."""


def _scope(value: str) -> str:
    try:
        return require_scope(value)
    except PcmError as error:
        raise ValueError(error.message()) from error


Scope = Annotated[str, Field(max_length=128), AfterValidator(_scope)]
Scopes = Annotated[tuple[Scope, ...], Field(min_length=1, max_length=64)]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class NamespaceRequest(f.Document):
    """POST `/namespaces`: a namespace and its first keyset."""

    namespace: Namespace
    keyset: EnvelopeValue


class KeysetView(f.Response):
    """What POST `/namespaces` and `/keysets/{ns}` answer: the keyset that is in force now."""

    digest: f.DigestText
    namespace: Namespace
    version: f.Positive


class ReleaseFile(f.Document):
    """One file of a release before its bytes: the manifest as the string that the package holds, and the envelope."""

    manifest: Annotated[str, Field(max_length=limits.MANIFEST)]
    envelope: EnvelopeValue


class PublishRequest(f.Document):
    """POST `/publish`: the files of one name@version, one a base."""

    files: Annotated[tuple[ReleaseFile, ...], Field(min_length=1, max_length=limits.FILES)]


class MissingBlob(f.Response):
    """A blob that the registry still needs."""

    digest: f.DigestText
    size: f.Positive
    kind: Literal["package", "preview"]


class FieldDetail(f.Response):
    """One entry of `errors`: a JSON pointer and what is wrong there (P53)."""

    path: str
    code: str
    detail: str


class ReleaseRef(f.Response):
    """One file that became visible."""

    name: f.NameText
    version: f.VersionText
    sha256: f.DigestText


class PublishState(f.Response):
    """Where a publish stands: `open` until committed, `visible` once the signed index shows it (P48)."""

    id: Hex32
    state: Literal["open", "committed", "visible"]
    expires: Annotated[f.TimeText | None, f.LEFT_OUT] = None
    missing: tuple[MissingBlob, ...] = ()
    errors: tuple[FieldDetail, ...] = ()
    releases: tuple[ReleaseRef, ...] = ()


class YankRequest(f.Document):
    """POST `…/yank`; the answer is the index entry."""

    reason: Annotated[Reason | None, f.LEFT_OUT] = None


class SignatureRequest(f.Document):
    """POST `…/signatures`: a new envelope for a release's file (P62)."""

    sha256: f.DigestText
    envelope: EnvelopeValue


class NameView(f.Response):
    """GET `/names/{ns}/{name}`: a view for people, not signed."""

    index: IndexDocument
    summary: Annotated[SearchDocument | None, f.LEFT_OUT] = None


class TokenRequest(f.Document):
    """POST `/tokens`."""

    note: Note
    scopes: Scopes
    expires: f.TimeText


class TokenView(f.Response):
    """A token without its secret."""

    id: Annotated[str, Field(max_length=64)]
    note: Note
    scopes: Scopes
    expires: f.TimeText


class TokenCreated(TokenView):
    """The one answer that holds the token itself."""

    token: str


class TokenList(f.Response):
    """GET `/tokens`."""

    tokens: tuple[TokenView, ...]


class ExchangeRequest(f.Document):
    """POST `/oidc/exchange`: the identity token of a pipeline (P52)."""

    token: Annotated[str, Field(max_length=16_384)]


class ExchangeResponse(f.Response):
    """A short-lived token for the names that the publisher configured."""

    token: str
    expires: f.TimeText
    scopes: Scopes


class ReportRequest(f.Document):
    """POST `/reports`."""

    name: f.NameText
    version: Annotated[f.VersionText | None, f.LEFT_OUT] = None
    reason: Annotated[f.Prose, Field(min_length=1, max_length=limits.DESCRIPTION)]


def read_request(model: type[Body], data: bytes) -> Body:
    """Read a request body; raises RequestInvalid with a JSON pointer for each field that is wrong."""
    value = read_json(data, limit=limits.REQUEST, refuse=_refused)
    try:
        return model.model_validate_json(encode(value))
    except NotCanonical as error:
        raise _refused(error.reason) from error
    except ValidationError as error:
        raise RequestInvalid(found_in(error)) from error


def read_response(model: type[Body], data: bytes) -> Body:
    """Read a response body; raises ResponseInvalid."""
    value = read_json(data, limit=RESPONSE, refuse=ResponseInvalid)
    return validated(model, value, refuse=ResponseInvalid)


def publish_id(name: str, version: str, *, packages: list[Digest]) -> str:
    """Return the id of a publish: the same files get the same id, so a repeated request changes nothing (P48)."""
    return Digest.of(canonical_bytes([name, version, sorted(packages)])).hex[:32]


def _refused(reason: str) -> RequestInvalid:
    return RequestInvalid((("", reason),))
