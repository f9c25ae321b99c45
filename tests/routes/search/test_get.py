"""GET `/api/v1/search` and `/api/v1/events`: pages that inserts do not shift; no answer to a wrong question (P37, P55, J1)."""

import httpx2
import pytest

from pcm_schemas.journal import EventPage, Head, follow
from pcm_schemas.search import SearchPage
from publishers import Publisher, code_of, package

NAMES = ("kettle", "teapot", "tom-cat")


@pytest.fixture
def filled(amy: Publisher, anyone: httpx2.Client) -> httpx2.Client:
    for name in NAMES:
        tags = ["kitchen"] if name != "tom-cat" else ["animal"]
        amy.publish_visibly(package(name=f"amy/{name}", tags=tags, description=f"My 100% {name}."))
    return anyone


def found(client: httpx2.Client, question: str) -> list[str]:
    page = SearchPage.parse(client.get(f"/api/v1/search?{question}").content)
    return [item.name.removeprefix("amy/") for item in page.items]


def test_words_and_filters_narrow_what_is_found(filled: httpx2.Client) -> None:
    assert found(filled, "sort=name") == [*NAMES]
    assert found(filled, "q=TEAPOT") == ["teapot"]
    assert found(filled, "q=my+kettle") == ["kettle"]
    assert found(filled, "q=100%25&tag=animal") == ["tom-cat"]
    assert found(filled, "q=100_") == []
    assert found(filled, "architecture=toybox&supercategory=cat&sort=name") == [*NAMES]
    assert found(filled, "architecture=sdxl") == []


@pytest.mark.parametrize("sort", ["name", "updated"])
def test_pages_hold_everything_once_though_names_come_between(
    filled: httpx2.Client, amy: Publisher, sort: str
) -> None:
    first = filled.get(f"/api/v1/search?limit=2&sort={sort}")
    amy.publish_visibly(package(name="amy/aardvark"))
    link = first.headers["Link"].partition(">")[0].removeprefix("<")
    rest = SearchPage.parse(filled.get(link).content)
    names = [*SearchPage.parse(first.content).items, *rest.items]
    assert sorted(item.name for item in names) == [f"amy/{name}" for name in NAMES]
    assert rest.next is None


@pytest.mark.parametrize(
    "question", ["limit=0", "limit=101", "sort=best", "cursor=x", "cursor=W10%3D", f"q={'a' * 300}"]
)
def test_a_wrong_question_is_refused(anyone: httpx2.Client, question: str) -> None:
    assert code_of(anyone.get(f"/api/v1/search?{question}")) == (400, "request.invalid")


def test_the_journal_is_read_in_pages_that_follow_one_another(filled: httpx2.Client) -> None:
    head, whole = Head.at_start(), EventPage.parse(filled.get("/api/v1/events").content)
    while head.seq < whole.head.seq:
        answer = filled.get(f"/api/v1/events?after={head.seq}&limit=3")
        head = follow(head, EventPage.parse(answer.content).events)
    assert head == whole.head
    assert code_of(filled.get("/api/v1/events?limit=1001")) == (400, "request.invalid")
