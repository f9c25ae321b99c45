"""Every error code of pcm with its exit status, HTTP status and standing advice: the table of P75 as data.

Codes are stable and texts are not. `pcm_schemas.errors` builds on this table; a code that is not here cannot be used.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Exit(IntEnum):
    """Exit status of a command (P75)."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    RESOLUTION = 3
    TRUST = 4
    NETWORK = 5
    NOT_FOUND = 6
    CONFLICT = 7
    BAD_INPUT = 8
    INTERRUPTED = 130


DECIDING_ORDER: Final = (
    Exit.TRUST,
    Exit.BAD_INPUT,
    Exit.RESOLUTION,
    Exit.CONFLICT,
    Exit.NOT_FOUND,
    Exit.NETWORK,
)
"""Of several failures the first in this order decides the exit status (P75)."""


@dataclass(frozen=True)
class ErrorCode:
    """One code: `status` is None where the error never crosses HTTP; `why` is the title of P53, `hint` what to do."""

    code: str
    exit: Exit
    status: int | None
    why: str
    hint: str


@dataclass(frozen=True)
class _Row:
    """Codes that share an exit status, an explanation and a hint; `codes` may give an HTTP status after a colon."""

    exit: Exit
    status: int | None
    codes: str
    why: str
    hint: str

    def entries(self) -> Iterator[ErrorCode]:
        group = ""
        for word in self.codes.split():
            tail, _, status = word.partition(":")
            group = tail.partition(".")[0] or group
            code = group + tail if tail.startswith(".") else tail
            yield ErrorCode(
                code, self.exit, int(status) if status else self.status, self.why, self.hint
            )


_RESOLVE = "resolve.no_version .conflict .no_base .trigger_clash"
_KEYSET = "keyset.malformed .unsigned .duplicate_key .weak_key .chain_broken .rollback .unpinned"
_TUF = "tuf.root_unknown .root_invalid .dev_root .signature .rollback .mismatch .missing"
_AUTH = "auth.required:401 auth.invalid:401 auth.scope:403 oidc.invalid:400 oidc.no_match:403"
_NETWORK = "network.unreachable .timeout .too_large .offline rate.limited:429 server.error:500"
_PACKAGE = (
    "package.too_large:413 .truncated .header_length .header_encoding .header_json .metadata .tensors"
    " .shape .offsets .header_form .not_finite .degenerate"
)
_ENGINE = "prompt.unknown_trigger gate.range engine.dependent engine.unsupported engine.widths engine.slots engine.attached"
_LEARN = "learn.pictures .supercategory .trigger .covariance .diverged .memory"

_ROWS: Final = (
    _Row(
        Exit.UNEXPECTED,
        500,
        "internal",
        "pcm met something it did not expect",
        "report it with the request id",
    ),
    _Row(
        Exit.USAGE,
        None,
        "usage",
        "the command was not understood",
        "see the right form with --help",
    ),
    _Row(
        Exit.USAGE,
        None,
        "extra.missing",
        "an optional part is not installed",
        "install the extra that it names",
    ),
    _Row(
        Exit.RESOLUTION,
        None,
        _RESOLVE,
        "no set of releases satisfies every requirement",
        "see what exists with `pcm info`; tell concepts apart with `as`",
    ),
    _Row(
        Exit.RESOLUTION,
        None,
        "base.near",
        "the base is close, not the same",
        "allow it with `--accept-base near`",
    ),
    _Row(
        Exit.RESOLUTION,
        None,
        "base.mismatch",
        "a concept works on the base it was learned on",
        "see the published bases with `pcm info`",
    ),
    _Row(
        Exit.RESOLUTION,
        None,
        "lock.stale lock.missing",
        "pcm.lock does not answer pcm.toml",
        "run `pcm lock`",
    ),
    _Row(
        Exit.TRUST,
        400,
        "digest.mismatch index.mismatch lock.mismatch store.corrupt",
        "the bytes are not what was promised",
        "nothing was kept; fetch again, and tell the operators if it stays",
    ),
    _Row(
        Exit.TRUST,
        422,
        "signature.missing .malformed .type .threshold",
        "the publisher's signature does not hold",
        "compare the keys that signed with `pcm trust show`",
    ),
    _Row(
        Exit.TRUST,
        422,
        "statement.malformed .type .subject .mismatch .manifest",
        "the signed statement does not describe this release",
        "fetch the release again from its publisher",
    ),
    _Row(
        Exit.TRUST,
        422,
        "key.expired key.revoked release.revoked:451",
        "the key or the release was withdrawn",
        "take the newest good version",
    ),
    _Row(
        Exit.TRUST,
        422,
        _KEYSET,
        "the namespace's keyset cannot be believed",
        "compare fingerprints with the owner, then `pcm trust accept`",
    ),
    _Row(
        Exit.TRUST,
        None,
        _TUF,
        "the registry's signed metadata does not hold",
        "try another mirror; tell the operators if it stays",
    ),
    _Row(
        Exit.TRUST,
        None,
        "tuf.expired",
        "the registry's metadata is out of date",
        "check the clock, try later, or use what is held with `--offline`",
    ),
    _Row(
        Exit.TRUST,
        None,
        "index.rewritten journal.broken",
        "published history was changed",
        "keep both copies and tell the operators",
    ),
    _Row(
        Exit.TRUST,
        None,
        "url.insecure url.redirect",
        "the address is not one to be trusted",
        "check the URL",
    ),
    _Row(
        Exit.TRUST,
        None,
        _AUTH,
        "the registry did not let you in",
        "make and set a token with the scope needed",
    ),
    _Row(
        Exit.NETWORK,
        None,
        _NETWORK,
        "the network did not deliver",
        "try again, or use what is held with `--offline`",
    ),
    _Row(
        Exit.NOT_FOUND,
        404,
        "name.not_found release.not_found blob.not_found hub.not_found",
        "the source that was asked does not have it",
        "search for nearest names with `pcm search`",
    ),
    _Row(
        Exit.CONFLICT,
        409,
        "release.exists name.taken name.similar keyset.stale publish.incomplete",
        "it would collide with what is published",
        "take the next free version or another name",
    ),
    _Row(
        Exit.BAD_INPUT,
        422,
        "name.invalid name.reserved version.invalid requirement.invalid request.invalid",
        "it does not follow the grammar",
        "write it in the form shown",
    ),
    _Row(
        Exit.BAD_INPUT,
        422,
        "manifest.invalid .unknown .version .not_canonical",
        "the manifest breaks the format",
        "mend the field named, or upgrade pcm",
    ),
    _Row(
        Exit.BAD_INPUT,
        422,
        _PACKAGE,
        "the package file breaks the format",
        "download it again or pack the concept anew",
    ),
    _Row(
        Exit.BAD_INPUT,
        422,
        "preview.path preview.mismatch",
        "a preview is not what the manifest may name",
        "mend the preview and pack again",
    ),
    _Row(
        Exit.BAD_INPUT,
        422,
        "project.invalid project.incomplete lock.invalid",
        "pcm.toml or pcm.lock cannot be used",
        "mend the line named, or add the lines shown",
    ),
    _Row(
        Exit.UNEXPECTED,
        None,
        "store.full store.locked",
        "the store cannot be written now",
        "free some space, or wait for the process that holds the lock",
    ),
    _Row(
        Exit.BAD_INPUT,
        None,
        _ENGINE,
        "the pipeline cannot do that with these concepts",
        "see what is loaded and the allowed range",
    ),
    _Row(
        Exit.BAD_INPUT,
        None,
        _LEARN,
        "a concept cannot be learned from this",
        "mend the input named",
    ),
)

CODES: Final[dict[str, ErrorCode]] = {entry.code: entry for row in _ROWS for entry in row.entries()}
"""All codes of P75 by their name."""
