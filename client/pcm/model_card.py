"""Write the card of a concept's repository on the Hub: front matter and a page (P60). Values in, text out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pcm_schemas.digest import Digest
from pcm_schemas.manifest import Manifest
from pcm_schemas.manifest_parts import Preview

BASE_TAG: Final = 16
"""Hex digits of a base's digest in a tag."""
OTHER: Final = "other"
LICENSES: Final = (
    "afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear bsl-1.0 cc cc-by-2.0"
    " cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0"
    " cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc0-1.0"
    " creativeml-openrail-m ecl-2.0 epl-1.0 epl-2.0 eupl-1.1 eupl-1.2 gpl-2.0 gpl-3.0 isc lgpl-2.1 lgpl-3.0 mit"
    " mpl-2.0 ms-pl ncsa odbl ofl-1.1 openrail osl-3.0 pddl postgresql unlicense wtfpl zlib"
)
"""Licences that the Hub has a word for; every other one is `other`, with its own name beside it."""
LINE_ENDS: Final = str.maketrans({c: f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029\ufeff"})
Field = str | Sequence[str] | Sequence[Mapping[str, object]]


def card(published: Manifest, others: Sequence[Manifest], *, place: str, fingerprint: str) -> str:
    """The card of a release; `others` are the packages that the repository holds beside it."""
    fields = front_matter(published, others)
    head = "\n".join(f"{name}: {written(value)}" for name, value in fields.items())
    body = "\n\n".join(page(published, place=place, fingerprint=fingerprint))
    return f"---\n{head}\n---\n\n{body}\n"


def front_matter(published: Manifest, others: Sequence[Manifest]) -> dict[str, Field]:
    """What the Hub reads: where it belongs, on which base it stands, how it is called, its pictures (P60)."""
    every = (published, *others)
    hubs = [
        each.base.hub.id for each in every if each.base is not None and each.base.hub is not None
    ]
    fields: dict[str, Field] = {"library_name": "pcm", "pipeline_tag": "text-to-image"}
    if hubs:
        fields |= {"base_model": [*dict.fromkeys(hubs)], "base_model_relation": "adapter"}
    fields |= license_of(published.license)
    if published.trigger is not None:
        fields["instance_prompt"] = f"{published.trigger}*"
    fields["tags"] = tags_of(published, every)
    if published.previews:
        fields["widget"] = [widget(each) for each in published.previews]
    return fields


def license_of(license_: str) -> dict[str, Field]:
    """The Hub's word for a licence, else `other` and the name."""
    word = license_.lower()
    if word in LICENSES.split() or word == OTHER:
        return {"license": word}
    return {"license": OTHER, "license_name": license_}


def tags_of(published: Manifest, every: Sequence[Manifest]) -> list[str]:
    """What finds it: by kind, by its full name, by each base that it is there for."""
    bases = [Digest(each.base.digest).hex[:BASE_TAG] for each in every if each.base is not None]
    own = ("pcm", published.kind, f"pcm:{published.name}", *(f"pcm-base:{hex_}" for hex_ in bases))
    return [*dict.fromkeys((*own, *published.tags))]


def widget(preview: Preview) -> Mapping[str, object]:
    """A picture with its prompt, as the Hub shows it."""
    return {"text": preview.prompt, "output": {"url": preview.path}}


def written(value: Field) -> str:
    """Spell a value in YAML's flow form, of which JSON is a part."""
    return json.dumps(value, ensure_ascii=False).translate(LINE_ENDS)


def page(manifest: Manifest, *, place: str, fingerprint: str) -> Iterator[str]:
    """What people read, paragraph by paragraph."""
    called = manifest.name if manifest.trigger is None else f"{manifest.trigger}*"
    namespace = manifest.name.partition("/")[0]
    yield f"# {called}"
    yield manifest.description or f"The concept `{manifest.name}`."
    yield f"`{manifest.name}` {manifest.version}, a package of pcm for {base_of(manifest)}."
    yield from (f"![{alt(each.prompt)}]({each.path})" for each in manifest.previews)
    yield "## Use"
    yield "\n".join(f"    {line}" for line in lines_to_type(manifest, place))
    yield "## Check"
    yield (
        f"Signed by `{namespace}`; the fingerprint of its keyset is `{fingerprint}`. pcm verifies the signature at "
        f"every installation, and shows this fingerprint at the first: compare it with what {namespace} told you."
    )


def base_of(manifest: Manifest) -> str:
    """The base in words; a bundle fits every one."""
    if manifest.base is None:
        return "every base that its concepts are for"
    return f"{manifest.base.label} (`{manifest.base.digest}`)"


def lines_to_type(manifest: Manifest, place: str) -> Iterator[str]:
    """What to type to have it, and to see it."""
    yield f"pcm install {place}"
    if manifest.trigger is not None:
        yield f'pcm generate "a photo of {manifest.trigger}*"'


def alt(prompt: str) -> str:
    """A prompt as the description of a picture: brackets would end it."""
    return prompt.replace("[", "(").replace("]", ")").replace("\\", "/")
