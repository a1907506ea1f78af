"""Every operation of the contract with every parameter at and beyond its edges, with and without an account."""
import http.client

import pytest
from hypothesis import note
from hypothesis import strategies as some

from generated.requests import request_for
from support.contract import Contract

OPERATIONS = {operation["operationId"]: (method, template, operation) for method, template, operation in Contract().operations()}
SLOW = {"delete_user", "delete_session", "delete_current_session", "change_password"}   # each waits until every server has heard of it
EXAMPLES = 120


@pytest.mark.parametrize("name", OPERATIONS)
def test_any_request_is_answered_as_the_contract_says(api, world, contract, rounds, name):
    method, template, operation = OPERATIONS[name]

    def check(data):
        world.revive()
        request = data.draw(request_for(contract, world, method, template, operation))
        note(f"{method} {request.target[:300]} {request.body} as {request.account}")
        try:
            answer = request.send(api)
        except (http.client.HTTPException, OSError) as error:
            raise AssertionError(f"{method} {request.target[:300]}: no answer: {error!r}") from None
        assert answer.status < 500, answer
        assert answer.status in request.allowed(), f"{method} {request.target[:300]}: {answer}, not one of {sorted(request.allowed())}"
        looked_up(request, answer, name)

    rounds.of(check, EXAMPLES // (4 if name in SLOW else 1), data=some.data())


def looked_up(request, answer, name):
    """Those that are there, in the order asked for, each once."""
    parameter, member = {"get_users": ("usernames", "username"), "get_tweets": ("ids", "id")}.get(name, (None, None))
    if answer.status == 200 and parameter and request.query[parameter].means:
        asked = [one.lower() for one in request.query[parameter].means]
        found = [item[member].lower() for item in answer.json["items"]]
        assert found == [one for one in asked if one in found], answer
        assert set(found) == set(asked) & request.world.known(parameter), answer
