"""Activity and the home timeline."""
from support.api import tweet_path, walk
from support.process import eventually
from support.shapes import ids, tweet


def page_of(*items):
    return {"items": list(items), "page": 1, "next_cursor": None}


def test_activity_is_what_a_user_wrote_or_favorited_once_each(api, alice, bob):
    first = api.tweet(alice, "of alice, favorited by bob last")
    second = api.tweet(bob, "of bob, favorited by himself")
    api.tweet(alice, "of alice, ignored by bob")
    fourth = api.tweet(alice, "of alice, favorited by bob first")
    fifth = api.tweet(bob, "of bob")
    for posted in (fourth, second, first):
        api.favorite(bob, posted)
    assert api.get(f"{bob.path}/activity", bob).json == page_of(
        tweet(fifth, False), tweet(fourth, True, favorites_count=1), tweet(second, True, favorites_count=1),
        tweet(first, True, favorites_count=1))


def test_pages_of_activity_neither_repeat_nor_miss_own_tweets_that_one_favorited(api, alice, bob):
    made = [api.tweet(author, "one of some") for author in (bob, alice, bob, bob, alice, bob)]
    for posted in made:
        api.favorite(bob, posted)
    expected = [posted["id"] for posted in reversed(made)]
    assert [id for page in range(1, 7) for id in ids(api.get(f"{bob.path}/activity?per_page=1&page={page}", bob))] == expected
    assert ids(api.get(f"{bob.path}/activity?per_page=4&page=2", bob)) == expected[4:]


def test_activity_follows_undoing_and_deleting(api, alice, bob):
    of_alice, of_bob = api.tweet(alice), api.tweet(bob)
    api.favorite(bob, of_alice)
    assert ids(api.get(f"{bob.path}/activity", bob)) == [of_bob["id"], of_alice["id"]]
    api.delete(tweet_path(of_bob), bob)
    assert ids(api.get(f"{bob.path}/activity", bob)) == [of_alice["id"]]
    api.delete(f"{tweet_path(of_alice)}/favorites/{bob.username}", bob)
    assert api.get(f"{bob.path}/activity", bob).json == page_of()


def test_the_timeline_has_the_tweets_of_those_you_follow(api, alice, bob, carol):
    before = api.tweet(alice, "before the follow")
    api.follow(carol, alice)
    api.follow(carol, bob)
    of_bob = api.tweet(bob, "of bob")
    api.tweet(carol, "my own is not in it")
    after = api.tweet(alice, "after the follow")
    api.favorite(carol, of_bob)
    eventually(lambda: api.get(f"{carol.path}/timeline", carol).json,
               page_of(tweet(after, False), tweet(of_bob, True, favorites_count=1), tweet(before, False)))


def test_unfollowing_takes_effect_at_once(api, alice, bob, carol):
    api.follow(carol, alice)
    api.follow(carol, bob)
    api.tweet(alice)
    of_bob = api.tweet(bob)
    eventually(lambda: len(ids(api.get(f"{carol.path}/timeline", carol))), 2)
    api.delete(f"{alice.path}/followers/{carol.username}", carol)
    assert ids(api.get(f"{carol.path}/timeline", carol)) == [of_bob["id"]]
    api.delete(f"{bob.path}/followers/{carol.username}", carol)
    assert api.get(f"{carol.path}/timeline", carol).json == page_of()


def test_deleted_tweets_leave_the_timeline(api, alice, carol):
    api.follow(carol, alice)
    goes, stays = api.tweet(alice, "goes"), api.tweet(alice, "stays")
    eventually(lambda: ids(api.get(f"{carol.path}/timeline", carol)), [stays["id"], goes["id"]])
    api.delete(tweet_path(goes), alice)
    eventually(lambda: ids(api.get(f"{carol.path}/timeline", carol)), [stays["id"]])


def test_the_timeline_is_merged_in_order_over_many_authors(api, carol):
    authors = [api.register() for _ in range(12)]
    for author in authors:
        api.follow(carol, author)
    posted = [api.tweet(authors[n * 7 % 12], f"number {n}")["id"] for n in range(60)]
    eventually(lambda: [item["id"] for item in walk(api, f"{carol.path}/timeline", carol, per_page=7)], posted[::-1])


def test_the_timeline_is_yours_alone(api, alice, bob):
    assert api.get(f"{alice.path}/timeline", bob).status == 403
    assert api.get("/api/users/nobody_at_all/timeline", bob).status == 403
    assert api.get(f"{alice.path}/timeline").status == 401
    assert api.get(f"/api/users/{alice.username.upper()}/timeline", alice).status == 200


def test_a_home_timeline_has_ten_pages_with_a_number(api, alice):
    path = f"{alice.path}/timeline"
    assert api.get(f"{path}?page=10&per_page=100", alice).status == 200
    refused = api.get(f"{path}?page=11", alice)
    assert refused.status == 400 and "next_cursor" in refused.json["detail"]
