"""What the tests over tables share: running one, and what a refusal looks like."""
import json
import socket

from support.raw import Broken, Connection

REFUSAL_IN = 8    # seconds; a refusal must not wait for a timeout of the server's, the shortest of which is 10 s


def each(cases, check):
    """Calls check(*case) for every case of the table, and fails with one line for each case that failed.

    The first part of a case is its name. An assertion without a text of its own is shown as `not as expected`.
    """
    faults = []
    for case in cases:
        try:
            check(*case)
        except (AssertionError, Broken, OSError, LookupError, ValueError) as fault:
            what = str(fault) or "not as expected"
            faults.append(f"{case[0]!r:.120}: {type(fault).__name__}: {what:.400}")
    assert not faults, f"{len(faults)} inputs went wrong:\n" + "\n".join(faults[:40])


def is_problem(response, statuses):
    """Asserts that it is an RFC 9457 problem with one of these statuses, whole and with a request id."""
    assert response.status in statuses, f"{response}, not {sorted(statuses)}"
    assert response.headers["content-type"] == "application/problem+json", dict(response.headers)
    problem = json.loads(response.body.decode("utf-8"))
    assert set(problem) - {"errors"} == {"type", "title", "status", "detail", "instance", "request_id"}, problem
    assert problem["status"] == response.status and problem["request_id"] == response.headers["x-request-id"], problem
    assert ("errors" in problem) == (response.status == 422), problem
    return response


def refused(url, data, statuses=(400,)):
    """Sends the bytes on a new connection: one problem must come back, then the end of the connection."""
    with Connection(url, timeout=REFUSAL_IN) as connection:
        connection.send(data)
        try:
            response = connection.read_response()
        except socket.timeout:
            raise AssertionError(f"no answer within {REFUSAL_IN} s") from None
        assert response is not None, "closed without an answer"
        is_problem(response, statuses)
        assert response.headers.get("connection", "").lower() == "close", dict(response.headers)
        assert connection.closed_by_peer(), f"still open, or more came: {connection.pending[:200]!r}"
        return response


def answers(url, data, count=None, methods=None):
    """Sends the bytes, ends the sending side and reads every response until the server closes."""
    with Connection(url, timeout=REFUSAL_IN) as connection:
        connection.send(data)
        connection.finish_sending()
        responses = []
        while True:
            method = methods[len(responses)] if methods and len(responses) < len(methods) else "GET"
            response = connection.read_response(method)
            if response is None:
                break
            responses.append(response)
        assert count is None or len(responses) == count, f"{len(responses)} responses, not {count}: {responses}"
        return responses
