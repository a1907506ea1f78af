"""Paging, alike on every list: by number, by cursor, by Link; and walks while others write."""
import threading

import pytest

from support.api import tweet_path, walk
from support.process import eventually
from support.shapes import ids, problem
from support.town import build

NAMES = ["tweets", "favorited tweets", "followers", "followees", "favorites of a tweet", "favorites of a user", "activity", "timeline"]


@pytest.fixture(scope="module")
def town(api):
    town = build(api)
    for path, want in town.lists().values():      # what the people wrote may be seen a moment later by mary
        eventually(lambda: [item["id"] for item in walk(api, path, town.mary, per_page=100)], want)
    return town


@pytest.fixture(params=NAMES)
def case(request, town):
    """(path that takes more parameters, all ids in order)"""
    path, want = town.lists()[request.param]
    return path + ("&" if "?" in path else "?"), want


def test_every_list_is_tested_here(town):
    assert list(town.lists()) == NAMES


def test_a_page_has_20_items_unless_asked_otherwise(api, town, case):
    path, want = case
    first = api.get(path, town.mary)
    assert ids(first) == want[:20]
    assert first.json["page"] == 1 and first.json["next_cursor"]
    assert ids(api.get(f"{path}per_page=1", town.mary)) == want[:1]
    assert ids(api.get(f"{path}per_page=100", town.mary)) == want[:100]


def test_pages_by_number(api, town, case):
    path, want = case
    for number in (1, 2, 3):
        page = api.get(f"{path}page={number}", town.mary)
        assert ids(page) == want[(number - 1) * 20:number * 20]
        assert page.json["page"] == number
    assert ids(api.get(f"{path}page=7&per_page=5", town.mary)) == want[30:35]


def test_past_the_end_pages_are_empty(api, town, case):
    path, _ = case
    for number in (9, 10) if "/timeline" in path else (50, 100):
        page = api.get(f"{path}page={number}", town.mary)
        assert page.status == 200 and page.json == {"items": [], "page": number, "next_cursor": None}
        assert "Link" not in page.headers


def test_a_walk_by_cursor_ends_and_has_every_item(api, town, case):
    path, want = case
    for per_page in (1, 7, 20, 45, 100):
        walked, cursor, number = [], None, 0
        while number == 0 or cursor:
            page = api.get(f"{path}per_page={per_page}" + (f"&cursor={cursor}" if cursor else ""), town.mary)
            walked, cursor, number = walked + ids(page), page.json["next_cursor"], number + 1
            assert page.json["page"] == number
        assert walked == want
        assert number == -(-len(want) // per_page), "an empty page at the end of the walk"


def test_link_leads_to_the_next_page_and_is_there_only_then(api, town, case):
    path, want = case
    target, walked = f"{path}per_page=20", []
    while target:
        page = api.get(target, town.mary)
        walked += ids(page)
        assert ("Link" in page.headers) == (page.json["next_cursor"] is not None)
        target = page.headers["Link"][1:].split(">")[0] if "Link" in page.headers else None
        assert target is None or page.json["next_cursor"] in target
    assert walked == want


@pytest.mark.parametrize("query", [
    "page=0", "page=-1", "page=x", "page=1.5", "page=", "page=%2B1", "page=101", "page=1000001", "page=99999999999999999999", "page=1&page=1",
    "per_page=0", "per_page=101", "per_page=x", "per_page=", "per_page=-5", "per_page=5&per_page=5",
    "cursor=", "cursor=x", "cursor=" + "A" * 40, "cursor=" + "A" * 5000, "cursor=%FF%00", "cursor=1&page=1",
])
def test_bad_pages_and_cursors(api, town, case, query):
    refused = api.get(case[0] + query, town.mary)
    assert refused.status == 400 and problem(refused, "malformed-request"), refused


def test_a_page_and_a_cursor_together_are_refused(api, town, case):
    cursor = api.get(case[0], town.mary).json["next_cursor"]
    assert api.get(f"{case[0]}cursor={cursor}", town.mary).status == 200
    assert api.get(f"{case[0]}cursor={cursor}&page=2", town.mary).status == 400
    assert api.get(f"{case[0]}cursor={cursor}&cursor={cursor}", town.mary).status == 400


def test_tampered_cursors_are_refused(api, town, case):
    cursor = api.get(case[0], town.mary).json["next_cursor"]
    for at in range(len(cursor)):
        changed = cursor[:at] + ("A" if cursor[at] != "A" else "Q") + cursor[at + 1:]
        assert api.get(f"{case[0]}cursor={changed}", town.mary).status == 400, (at, changed)
    for changed in (cursor[:-1], cursor + "A", cursor + cursor, cursor[::-1]):
        assert api.get(f"{case[0]}cursor={changed}", town.mary).status == 400, changed


def test_cursors_of_other_lists_are_refused(api, town):
    lists = {name: path + ("&" if "?" in path else "?") for name, (path, _) in town.lists().items()}
    lists["tweets of another"] = f"{town.people[0].path}/tweets?"
    lists["favorites of another tweet"] = f"{tweet_path(town.tweets[0])}/favorites?"
    lists["followers of another"] = f"{town.people[0].path}/followers?"
    for name, path in town.lists().items():
        cursor = api.get(path[0], town.mary).json["next_cursor"]
        for other, other_path in lists.items():
            status = api.get(f"{other_path}cursor={cursor}", town.mary).status
            assert status == (200 if other == name else 400), (name, other)


def test_unknown_parameters_are_ignored(api, town, case):
    path, want = case
    assert ids(api.get(f"{path}utm_source=x&Page=3", town.mary)) == want[:20]


def test_sessions_are_a_list_like_the_others(api, alice):
    for _ in range(24):
        api.login(alice)
    walked = [item["id"] for item in walk(api, "/api/sessions", alice, per_page=10)]
    assert len(walked) == len(set(walked)) == 25
    assert ids(api.get("/api/sessions", alice)) == walked[:20]
    assert ids(api.get("/api/sessions?page=2", alice)) == walked[20:]
    assert api.get("/api/sessions?page=1&cursor=x", alice).status == api.get("/api/sessions?page=0", alice).status == 400


class Writers:
    """Threads that write until the end of a with block; an error in one of them fails the test."""

    def __init__(self, *steps):
        self.steps, self.errors, self.done, self.rounds = steps, [], threading.Event(), 0

    def run(self, step):
        try:
            while not self.done.is_set():
                step()
                self.rounds += 1
        except BaseException as error:
            self.errors.append(error)

    def __enter__(self):
        self.threads = [threading.Thread(target=self.run, args=(step,)) for step in self.steps]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        for thread in self.threads:
            thread.join()
        assert not self.errors, self.errors
        assert self.rounds > 0, "nothing was written during the walk"


def test_walks_under_concurrent_writes_have_every_item_once(api):
    town = build(api, 30)
    mary, newest = town.mary, tweet_path(town.newest)
    newcomers = [api.register() for _ in range(3)]

    def mary_writes():
        api.favorite(mary, api.tweet(mary, "more of mary"))

    def newcomer_comes_and_goes(person):
        def step():
            api.follow(person, mary)
            api.follow(mary, person)
            api.favorite(mary, api.tweet(person, "more"))
            api.post(f"{newest}/favorites", person)
            api.delete(f"{newest}/favorites/{person.username}", person)
            api.delete(f"{mary.path}/followers/{person.username}", person)
            api.delete(f"{person.path}/followers/{mary.username}", mary)
        return step

    for path, want in town.lists().values():
        eventually(lambda: [item["id"] for item in walk(api, path, mary, per_page=100)], want)
    with Writers(mary_writes, *map(newcomer_comes_and_goes, newcomers)):
        for name, (path, before) in town.lists().items():
            walked = [item["id"] for item in walk(api, path, mary, per_page=2)]
            assert len(walked) == len(set(walked)), f"{name}: an item came twice"
            kept = set(before)
            assert [item for item in walked if item in kept] == before, f"{name}: items are missing or out of order"
