"""load-tests/overload: what it makes of the figures. Nothing is measured here."""
import pytest

from overloading import cores, slow, verdicts


def run(**changed):
    return {"accepted": 1000, "asked_s": 10, "accepted_us": {"50": 1000, "99": 20_000}, "statuses": {"200": 1000}, "socket_errors": {},
            "unfinished": 0, "without_retry_after": 0, "times": 1, "memory": 100,
            "capacity": 100, **changed}


def short(steps=None, before=None, after=None):
    """What falls short, of a measurement that went well but for what is given."""
    found = verdicts.of_steps(before or run(), steps or [run(), run(times=2), run(times=5)], after or run())
    return {verdict["what"] for verdict in found if not verdict["holds"]}


def test_all_holds():
    assert short() == set()
    assert short([run(memory=50), run(times=2), run(times=5, memory=120)]) == set()
    assert short([run(capacity=50), run(times=2, capacity=60), run(times=5, capacity=55)]) == set()   # 1.82, of at most 2 times the capacity
    assert short([run(capacity=50), run(times=2, capacity=60), run(times=5, capacity=56)]) == {"goodput at 5x"}


@pytest.mark.parametrize("changed, what", [
    ({"accepted": 899}, "goodput at 5x"),
    ({"capacity": 112}, "goodput at 5x"),
    ({"accepted_us": {"99": 5_000_001}}, "p99 of accepted requests"),
    ({"accepted": 0, "accepted_us": {"99": None}}, "p99 of accepted requests"),
    ({"memory": 121}, "memory"),
    ({"without_retry_after": 1}, "refusals say when to come again"),
    ({"statuses": {"200": 1000, "503": 9, "500": 1}}, "nothing but answers and 503"),
    ({"socket_errors": {"Connection reset by peer": 1}}, "nothing but answers and 503"),
    ({"unfinished": 1}, "nothing but answers and 503"),
])
def test_each_can_fall_short(changed, what):
    assert what in short([run(), run(times=2), run(times=5, **changed)])


def test_afterwards_all_is_as_before():
    assert short(after=run(accepted_us={"99": 61_000})) == {"p99 5 s later"}
    assert short(after=run(accepted_us={"99": 49_000}), before=run(accepted_us={"99": 1000})) == set()
    assert short(after=run(statuses={"500": 1})) == {"p99 5 s later"}


def test_slow_connections_may_double_a_p99_and_must_be_there():
    def holds(before=20_000, others=(10, 10), held=1800, **during):
        """`others`: p99 of the other rounds, in ms."""
        rounds = [{"before": run(accepted_us={"99": before}), "during": run(**during), "held": held}]
        rounds += [{"before": run(accepted_us={"99": before}), "during": run(accepted_us={"99": 1000 * p99}), "held": 2000} for p99 in others]
        return [verdict["holds"] for verdict in verdicts.of_slow(rounds, 2000)]

    assert holds(accepted_us={"99": 40_000}, others=(1, 90)) == [True, True, True]
    assert holds(accepted_us={"99": 40_001}, others=(1, 90)) == [False, True, True]
    assert holds(200, accepted_us={"99": 1000}, others=(0, 2)) == [True, True, True]
    assert holds(200, accepted_us={"99": 1001}, others=(0, 2)) == [False, True, True]
    assert holds(unfinished=1) == [True, False, True]
    assert holds(accepted=0) == [True, False, True]
    assert holds(held=1799) == [True, True, False]


def test_connections_are_summed_over_loops():
    assert slow.connections_in("# TYPE linnet_http_connections gauge\nlinnet_http_connections{loop=\"0\"} 3\nlinnet_http_connections{loop=\"1\"} 4\n") == 7


@pytest.mark.parametrize("there, server, client", [({0, 1}, [0], [1]), ({2, 5, 7}, [2], [5, 7]), ({3}, [3], [3])])
def test_server_and_client_have_cores_of_their_own_where_there_are_two(monkeypatch, there, server, client):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: there)
    assert cores.divide() == (server, client)
