"""What a Hub answers, route by route: reading, writing, and the codes that its library tells errors by (P58, P59)."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

from simulator.hub import Asked, Hub, Reply
from simulator.hub_repository import Commit, Repository, entry, is_large, sha1, sha256

Route = Callable[[Hub, Asked, re.Match[str]], Reply]
ID = r"(?P<id>[^/]+/[^/]+)"
MODEL = rf"/api/models/{ID}"
CREATED = "2026-11-22T12:00:00.000Z"


class Refused(Exception):
    """An answer that ends a route early."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def answer(hub: Hub, asked: Asked) -> Reply:
    """The reply of the first route that fits; a token that nobody has is refused first."""
    if "authorization" in asked.headers and hub.who(asked) is None:
        return error(401, "", "Invalid credentials in Authorization header")
    method = "GET" if asked.method == "HEAD" else asked.method
    for verb, pattern, route in ROUTES:
        if verb == method and (match := re.fullmatch(pattern, asked.path)):
            try:
                return route(hub, asked, match)
            except Refused as refused:
                return refused.reply
    return error(404, "", "Not Found")


def info(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    found = visible(hub, asked, match["id"])
    commit = revision(found, match["rev"] or "main")
    return as_json(
        {
            "_id": "0" * 24,
            "id": found.id,
            "modelId": found.id,
            "sha": commit.oid,
            "private": found.private,
            "gated": "manual" if found.gated else False,
            "disabled": False,
            "tags": [*card_tags(commit), *found.tags],
            "downloads": 0,
            "likes": 0,
            "createdAt": CREATED,
            "lastModified": CREATED,
            "siblings": [{"rfilename": path} for path in sorted(commit.files)],
        }
    )


def tree(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    commit = revision(visible(hub, asked, match["id"]), match["rev"])
    below = f"{match['path']}/" if match["path"] else ""
    return as_json([entry(p, d) for p, d in sorted(commit.files.items()) if p.startswith(below)])


def paths_info(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    commit = revision(visible(hub, asked, match["id"]), match["rev"])
    wanted = parse_qs(asked.body.decode()).get("paths", [])
    return as_json([entry(p, d) for p, d in sorted(commit.files.items()) if p in wanted])


def refs(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    found = visible(hub, asked, match["id"]).branches
    listed = [{"name": n, "ref": f"refs/heads/{n}", "targetCommit": c} for n, c in found.items()]
    return as_json({"branches": listed, "tags": [], "converts": []})


def models(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    query = {name: values[0] for name, values in parse_qs(asked.query).items()}
    found = [r for r in hub.repositories.values() if not r.private]
    found = [r for r in found if r.id.startswith(query.get("author", ""))]
    found = [r for r in found if query.get("search", "") in r.id]
    return as_json([{"id": r.id, "modelId": r.id, "private": False, "tags": []} for r in found])


def resolve(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    """A file: git's own are sent, large ones are elsewhere, with their digest and size told at once."""
    found = visible(hub, asked, match["id"])
    who = hub.who(asked)
    if found.gated and (who is None or not who.owns(found.id)):
        raise Refused(error(401 if who is None else 403, "GatedRepo", "Access is restricted"))
    commit = revision(found, match["rev"])
    told = {"X-Repo-Commit": commit.oid}
    data = commit.files.get(match["path"])
    if data is None:
        return error(404, "EntryNotFound", "Entry not found", **told)
    if not is_large(match["path"]):
        return Reply(200, data, {**told, "ETag": f'"{sha1(data)}"'})
    oid = sha256(data)
    hub.large[oid] = data
    linked = {"X-Linked-Etag": f'"{oid}"', "X-Linked-Size": str(len(data))}
    return Reply(302, b"", {**told, **linked, "Location": f"{hub.storage}/large/{oid}"})


def large(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    data = hub.large.get(match["oid"])
    return (
        error(404, "", "gone") if data is None else Reply(200, data, {"ETag": f'"{match["oid"]}"'})
    )


def whoami(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    if (who := hub.who(asked)) is None:
        return error(401, "", "Invalid username or password.")
    orgs = [{"type": "org", "name": name} for name in who.orgs]
    role = "write" if who.writes else "read"
    token = {"accessToken": {"displayName": "test", "role": role}}
    return as_json({"type": "user", "name": who.name, "orgs": orgs, "auth": token})


def create(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    """A new repository; that it is there already is a conflict that tells its address."""
    told = json.loads(asked.body)
    who = hub.who(asked)
    if who is None:
        return error(401, "", "Invalid username or password.")
    id_ = f"{told.get('organization') or who.name}/{told['name']}"
    place = {"url": f"{hub.url}/{id_}", "id": id_}
    if id_ in hub.repositories:
        return as_json({**place, "error": "You already created this model repo"}, status=409)
    if not (who.owns(id_) and who.writes):
        return error(403, "", "You don't have the rights to create a model under this namespace")
    hub.repository(id_).private = told.get("visibility") == "private"
    return as_json(place)


def delete(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    told = json.loads(asked.body)
    del hub.repositories[writable(hub, asked, f"{told['organization']}/{told['name']}").id]
    return as_json({})


def validate(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    """The card must begin with front matter that is YAML."""
    import yaml

    content = json.loads(asked.body)["content"]
    try:
        yaml.safe_load(content.split("---")[1])
    except (IndexError, yaml.YAMLError) as broken:
        return as_json({"errors": [{"message": str(broken)}], "warnings": []}, status=400)
    return as_json({"errors": [], "warnings": []})


def preupload(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    found = writable(hub, asked, match["id"])
    held = revision(found, match["rev"]).files
    listed = [
        {
            "path": each["path"],
            "uploadMode": "lfs" if is_large(each["path"]) else "regular",
            "shouldIgnore": False,
            "oid": identity(each["path"], held),
        }
        for each in json.loads(asked.body)["files"]
    ]
    return as_json({"files": listed})


def identity(path: str, held: Mapping[str, bytes]) -> str | None:
    """What the library compares its own file with, to leave out what did not change."""
    if path not in held:
        return None
    return sha256(held[path]) if is_large(path) else sha1(held[path])


def batch(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    """Where to put large files; those that are there need nothing."""
    writable(hub, asked, match["id"])
    told = json.loads(asked.body)
    wanted = [(each["oid"], each["size"]) for each in told["objects"]]
    upload = {oid: {"upload": {"href": f"{hub.storage}/large/{oid}"}} for oid, _ in wanted}
    return as_json(
        {
            "transfer": "basic",
            "objects": [
                {"oid": oid, "size": size, **({} if oid in hub.large else {"actions": upload[oid]})}
                for oid, size in wanted
            ],
        }
    )


def put_large(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    if hashlib.sha256(asked.body).hexdigest() != match["oid"]:
        return error(400, "", "other bytes than announced")
    hub.large[match["oid"]] = asked.body
    return Reply(200)


def commit(hub: Hub, asked: Asked, match: re.Match[str]) -> Reply:
    """Lines of JSON: a header, then files and what is gone; on a head that has moved, nothing."""
    found = writable(hub, asked, match["id"])
    lines = [json.loads(line) for line in asked.body.splitlines()]
    told = lines[0]["value"]
    if told.get("parentCommit", found.head) != found.head:
        return error(412, "", "A commit has happened since. Please refresh and try again.")
    files = {
        line["value"]["path"]: content(hub, line)
        for line in lines
        if line["key"] in ("file", "lfsFile")
    }
    gone = [line["value"]["path"] for line in lines if line["key"].startswith("deleted")]
    branch = match["rev"]
    oid = found.commit(files, gone=gone, message=told["summary"], branch=branch)
    place = f"{hub.url}/{found.id}/commit/{oid}"
    return as_json({"success": True, "commitOid": oid, "commitUrl": place, "hookOutput": ""})


def content(hub: Hub, line: dict[str, dict[str, str]]) -> bytes:
    if line["key"] == "file":
        return base64.b64decode(line["value"]["content"])
    if line["value"]["oid"] not in hub.large:
        raise Refused(error(400, "", "the large file was not uploaded"))
    return hub.large[line["value"]["oid"]]


def card_tags(commit: Commit) -> list[str]:
    """The tags of the front matter."""
    import yaml

    parts = commit.files.get("README.md", b"").decode().split("---")
    read = yaml.safe_load(parts[1]) if len(parts) > 2 and not parts[0] else {}
    return [str(tag) for tag in (read or {}).get("tags", [])]


def visible(hub: Hub, asked: Asked, id_: str) -> Repository:
    """A repository that this request may know of; a private one is missing for everybody else."""
    found, who = hub.repositories.get(id_), hub.who(asked)
    if found is None or (found.private and (who is None or not who.owns(id_))):
        raise Refused(error(401 if who is None else 404, "RepoNotFound", "Repository not found"))
    return found


def writable(hub: Hub, asked: Asked, id_: str) -> Repository:
    """A repository that this request may write."""
    found, who = visible(hub, asked, id_), hub.who(asked)
    if who is None:
        raise Refused(error(401, "", "Invalid username or password."))
    if not (who.owns(id_) and who.writes):
        raise Refused(error(403, "", "Forbidden: you must have the right to write"))
    return found


def revision(found: Repository, name: str) -> Commit:
    if (commit := found.at(name)) is None:
        raise Refused(error(404, "RevisionNotFound", f"Invalid rev id: {name}"))
    return commit


def as_json(value: object, *, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def error(status: int, code: str, message: str, **headers: str) -> Reply:
    told = {"X-Error-Message": message, **({"X-Error-Code": code} if code else {}), **headers}
    body = json.dumps({"error": message}).encode()
    return Reply(status, body, {"Content-Type": "application/json", **told})


ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("GET", "/api/whoami-v2", whoami),
    ("GET", "/api/models", models),
    ("GET", rf"{MODEL}(?:/revision/(?P<rev>.+))?", info),
    ("GET", rf"{MODEL}/tree/(?P<rev>[^/]+)(?:/(?P<path>.+))?", tree),
    ("POST", rf"{MODEL}/paths-info/(?P<rev>[^/]+)", paths_info),
    ("GET", rf"{MODEL}/refs", refs),
    ("POST", "/api/repos/create", create),
    ("DELETE", "/api/repos/delete", delete),
    ("POST", "/api/validate-yaml", validate),
    ("POST", rf"{MODEL}/preupload/(?P<rev>[^/]+)", preupload),
    ("POST", rf"{MODEL}/commit/(?P<rev>[^/]+)", commit),
    ("POST", rf"/{ID}\.git/info/lfs/objects/batch", batch),
    ("PUT", "/large/(?P<oid>[0-9a-f]{64})", put_large),
    ("GET", "/large/(?P<oid>[0-9a-f]{64})", large),
    ("GET", rf"/{ID}/resolve/(?P<rev>[^/]+)/(?P<path>.+)", resolve),
)
