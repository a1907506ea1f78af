"""A database that accepts and answers nothing any more, for good, while another one takes writes."""
import os
import time

from faults.controlled_proxy import ControlledProxy
from support.api import Api
from support.process import wait_until
from support.server import Server

FOUND_WITHIN = 20   # seconds: on idle processors 7, on busy ones more; a server that does not leave it needs for ever


def test_a_server_leaves_a_database_that_hangs(stack, tmp_path):
    """Both of its addresses are of one primary, so that what was written by the first is there by the second."""
    with ControlledProxy("127.0.0.1", stack.postgres.port, tmp_path) as proxy:
        database = (f"host=127.0.0.1,127.0.0.1 port={proxy.port},{stack.postgres.port} dbname=linnet user=linnet_app "
                    "target_session_attrs=read-write")
        server = Server(os.environ["LINNET_SERVER"], tmp_path / "server.log", ["--database", database, "--memcached", stack.memcached]).start()
        try:
            api = Api(server.url)
            who = api.register()
            proxy.set(stall=True)
            begin = time.monotonic()

            def serves_all():
                posted = api.post(f"{who.path}/tweets", who, json={"content": "here"})
                return posted.status == 201 and server.probe("/readyz") == 200 and api.get(f"{who.path}/tweets", who).status == 200

            wait_until(serves_all, 40, "it serves from the other address")
            assert time.monotonic() - begin < FOUND_WITHIN
            assert api.get(who.path, who).json["tweets_count"] >= 1
            assert server.terminate() < 10
        finally:
            server.kill()
    assert server.finish() == []
