"""Every operation of the contract by the binary that is deployed, under valgrind's memcheck.

clang builds what the sanitizers watch. g++ builds what is deployed, and g++ 12 makes mistakes of its own in coroutines: it destroys a
temporary twice, or too early (CONTRIBUTING.md)."""
from concurrent.futures import ThreadPoolExecutor

from costs.conftest import FLAGS
from support.api import PASSWORD, Api, tweet_path
from support.contract import Contract

AT_ONCE = 4


def test_every_operation_leaves_memory_in_order(stack, tmp_path):
    log = tmp_path / "memcheck"
    server = stack.start_server(*FLAGS, "--request-timeout-ms", "60000", under=[
        "valgrind", "--tool=memcheck", "--quiet", "--error-exitcode=99", "--soname-synonyms=somalloc=libjemalloc*", f"--log-file={log}"])
    contract = Contract()
    api = Api(server.url, contract)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(3):   # what is cold, warm and hot takes paths of its own
            list(pool.map(lambda _: everything(api), range(AT_ONCE)))
    assert {(method, template) for method, template, _ in contract.met} >= {(method, template) for method, template, _ in contract.operations()}
    assert server.finish() == []
    assert log.read_text() == ""


def everything(api):
    ada, ben = api.register(description="of the first order"), api.register()
    tweets = [api.tweet(ada, f"number {n}") for n in range(3)]
    for _ in range(2):
        answer = api.post(f"{ada.path}/tweets", ada, json={"content": "once"}, headers={"Idempotency-Key": f"key-{ada.id}"})
        assert answer.status == 201
    favorites, followers = f"{tweet_path(tweets[0])}/favorites", f"{ada.path}/followers"
    for list_path in (favorites, followers):
        assert api.post(list_path, ben).status == 201
        assert api.put(f"{list_path}/{ben.username}", ben).status == 200
        assert api.get(f"{list_path}/{ben.username}", ada).status == 200
    assert api.patch(ada.path, ada, json={"first_name": "Ada"}).status == 200
    read_all(api, ada, ben, tweets)
    refused(api, ada, ben)
    for path in (f"{favorites}/{ben.username}", f"{followers}/{ben.username}"):
        assert api.delete(path, ben).status == 204
    assert api.delete(tweet_path(tweets[0]), ada).status == 204
    ending = api.post("/api/sessions", json={"username": ada.username, "password": PASSWORD}).json["id"]
    assert api.delete(f"/api/sessions/{ending}", ada).status == 204
    assert api.put(f"{ada.path}/password", ada, json={"current_password": PASSWORD, "new_password": PASSWORD[::-1]}).status == 204
    assert api.delete("/api/sessions/current", ada).status == 204
    assert api.delete(ben.path, ben).status == 204


def read_all(api, ada, ben, tweets):
    lists = [f"{ada.path}/tweets", f"{ada.path}/tweets?favorited=true", f"{ada.path}/followers", f"{ben.path}/followees", f"{ben.path}/favorites",
             f"{ben.path}/activity", f"{ben.path}/timeline", f"{tweet_path(tweets[0])}/favorites", "/api/sessions"]
    for path in [ada.path, tweet_path(tweets[1]), f"/api/users?usernames={ada.username},{ben.username},nobody",
                 "/api/tweets?ids=" + ",".join(t["id"] for t in tweets), *lists, *(f"{path}{'&' if '?' in path else '?'}page=2&per_page=1" for path in lists),
                 "/healthz", "/readyz", "/metrics"]:
        for _ in range(3):
            answer = api.get(path, ben)
            assert answer.status == 200, f"{path}: {answer}"
        if "ETag" in answer.headers:
            assert api.get(path, ben, headers={"If-None-Match": answer.headers["ETag"]}).status == 304


def refused(api, ada, ben):
    assert api.get("/api/users/nobody_at_all").status == 404
    assert api.get(f"{ada.path}/tweets?page=0").status == 400
    assert api.get(ada.path, "no token of ours").status == 401
    assert api.patch(ada.path, ben, json={"first_name": "Eve"}).status == 403
    assert api.post("/api/users", json={"username": ada.username, "password": PASSWORD}).status == 409
    assert api.patch(ada.path, ada, json={"first_name": "late"}, headers={"If-Match": '"0"'}).status == 412
    assert api.post(f"{ada.path}/tweets", ada, json={"content": ""}).status == 422
    assert api.post("/api/sessions", json={"username": ada.username, "password": "another one"}).status == 401
