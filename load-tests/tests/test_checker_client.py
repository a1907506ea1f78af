"""The checker's client sends back the position that its account was told last."""
import asyncio

import pytest

from checker.accounts import Account, Session
from checker.check import Check, Options
from checker.client import POSITION


class Teller:
    """A server that notes the position of each request, and answers with the next one of a list (None: without)."""

    def __init__(self, *told):
        self.told, self.heard = list(told), []

    async def serve(self, reader, writer):
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = dict(line.split(": ", 1) for line in lines[1:] if line)
                self.heard.append(headers.get(POSITION))
                position = self.told.pop(0)
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{f'{POSITION}: {position}' if position else 'X: y'}\r\n\r\n{{}}".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def acted(told, actors, **options):
    """The accounts ask one after the other. Returns the positions that the server received, and the operations."""
    teller = Teller(*told)
    async with await asyncio.start_server(teller.serve, "127.0.0.1", 0) as server:
        client, = Check(Options([f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"], clients=1, **options)).clients
        operations = [(await client.act(Account(actor, Session(f"{actor}/1", f"token of {actor}")), "read", "GET", "/"))[0] for actor in actors]
        client.close()
        await asyncio.sleep(0)
    return teller.heard, operations


async def heard(told, actors, **options):
    return (await acted(told, actors, **options))[0]


@pytest.mark.parametrize("told, actors, expected", [
    (["a;1", None, "b 2", "0"], ["ada"] * 4, [None, "a;1", "a;1", "b 2"]),
    (["1", "2", "3", "4"], ["ada", "bob", "ada", "bob"], [None, None, "1", "2"])], ids=["the last one, as it came", "each their own"])
def test_positions_are_sent_back(told, actors, expected):
    assert asyncio.run(heard(told, actors)) == expected


def test_none_is_sent_where_that_is_asked_for():
    assert asyncio.run(heard(["1", "2"], ["ada", "ada"], session_position=False)) == [None, None]


def test_an_answer_from_another_server_unsettles_the_account_for_a_second():
    told, actors = ["a.1", "a.2", "b.3", "a.4", "b.5"], ["ada", "ada", "ada", "ada", "bob"]
    operations = asyncio.run(acted(told, actors, session_position=False))[1]
    assert [operation.away for operation in operations] == [False, False, True, True, False]
    assert [operation.unsettled for operation in operations] == [False, False, True, True, False]
    later = asyncio.run(acted(told, actors))[1]
    assert not any(operation.away or operation.unsettled for operation in later), "with positions every server is as good"
