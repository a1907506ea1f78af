"""Every list of an owner who has nothing, two pages of the default size, or thousands: any page, any size, any way through it."""
import pytest
from hypothesis import note
from hypothesis import strategies as some

from generated.world import HUGE
from support.contract import Contract
from support.shapes import ids

CONTRACT = Contract()
LISTS = {template: parameter["schema"]["maximum"] for _, template, operation in CONTRACT.operations()   # the last page that has a number
         for parameter in map(CONTRACT.resolve, operation.get("parameters", [])) if parameter["name"] == "page"}
MOST_PAGE, MOST_SIZE = max(LISTS.values()), CONTRACT.spec["components"]["parameters"]["per_page"]["schema"]["maximum"]
EXAMPLES, WALKS = 150, 10

sizes = some.one_of(some.none(), some.sampled_from([1, 2, 19, 20, 21, 39, 40, 41, MOST_SIZE - 1, MOST_SIZE]), some.integers(1, MOST_SIZE))
numbers = some.one_of(some.none(), some.integers(1, 4), some.integers(1, MOST_PAGE), some.sampled_from([
    HUGE // MOST_SIZE, HUGE // MOST_SIZE + 1, MOST_PAGE - 1, MOST_PAGE]))


def test_every_list_of_the_contract_is_here(world):
    for lists in world.lists.values():
        assert {template.partition("?")[0] for template in lists} == set(LISTS)


@pytest.mark.parametrize("owner", ["empty", "full", "huge"])
def test_a_page_is_what_the_list_has_there(api, world, rounds, owner):
    lists, account = world.lists[owner], world.owners[owner].mary

    def check(template, number, size):
        path, want = lists[template]
        number = number and min(number, LISTS[template.partition("?")[0]])
        per_page, page = size or 20, number or 1
        parameters = [f"page={number}"] * bool(number) + [f"per_page={size}"] * bool(size)
        target = path + ("&" if "?" in path else "?") + "&".join(parameters)
        note(target)
        answer = api.get(target, account)
        assert ids(answer) == want[(page - 1) * per_page:page * per_page]
        assert answer.json["page"] == page
        assert (answer.json["next_cursor"] is not None) == (page * per_page < len(want))
        assert ("Link" in answer.headers) == (page * per_page < len(want))

    rounds.of(check, EXAMPLES, template=some.sampled_from(sorted(lists)), number=numbers, size=sizes)


@pytest.mark.parametrize("owner", ["full", "huge"])
def test_cursors_lead_on_from_any_page_with_any_size(api, world, rounds, owner):
    """From some page on a few steps by cursor, each with a size of its own."""
    lists, account = world.lists[owner], world.owners[owner].mary

    def check(template, number, first, steps):
        path, want = lists[template]
        number = min(number, LISTS[template.partition("?")[0]])
        path += "&" if "?" in path else "?"
        answer, at = api.get(f"{path}page={number}&per_page={first}", account), number * first
        for size in steps:
            cursor = answer.json["next_cursor"]
            if cursor is None:
                assert at >= len(want)
                return
            answer = api.get(f"{path}cursor={cursor}&per_page={size}", account)
            note(f"{path}: {size} from {at} on")
            assert ids(answer) == want[at:at + size]
            at += size

    rounds.of(check, EXAMPLES // 3, template=some.sampled_from(sorted(lists)), number=some.integers(1, 40), first=some.integers(1, MOST_SIZE),
              steps=some.lists(some.integers(1, MOST_SIZE), min_size=1, max_size=5))
