"""The generated town: the same for the same seed, within the API's limits, heavy-tailed, in many scripts."""

import random
import re
import unicodedata
from collections import Counter

from graph import make_favorites, make_follows
from people import load, load_languages, make_people
from tweets import make_tweets

USERNAME = re.compile(r"[A-Za-z0-9_]{1,15}")


def make_town(seed, count=300, size=3900):
    dice = random.Random(seed)
    town, languages = load("town.toml"), load_languages()
    people = make_people(dice, town, languages, count)
    follows = make_follows(dice, people)
    tweets = make_tweets(dice, town, languages, people, follows, size)
    return people, follows, tweets, make_favorites(dice, people, follows, tweets)


def test_a_seed_makes_the_same_town_again():
    assert make_town(7) == make_town(7)
    assert make_town(7) != make_town(8)


def test_people_can_register():
    people, *_ = make_town(1)
    assert len({person.username.lower() for person in people}) == len(people) == 300
    for person in people:
        assert USERNAME.fullmatch(person.username)
        assert len(person.first_name) <= 50 and len(person.last_name) <= 50 and len(person.description) <= 160


def test_tweets_are_short_finished_and_new_for_their_author():
    _, _, tweets, _ = make_town(1)
    assert 3000 <= len(tweets) <= 5000
    assert len({(tweet.author, tweet.content) for tweet in tweets}) == len(tweets)
    for tweet in tweets:
        assert 0 < len(tweet.content) <= 140
        assert tweet.content == unicodedata.normalize("NFC", tweet.content)
        assert "{" not in tweet.content, tweet


def test_many_scripts_are_written():
    _, _, tweets, _ = make_town(1)
    scripts = Counter(unicodedata.name(letter).split()[0] for tweet in tweets for letter in tweet.content if letter.isalpha())
    for script in ("LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "DEVANAGARI", "BENGALI", "TAMIL", "THAI", "CJK", "HIRAGANA", "HANGUL"):
        assert scripts[script] > 100, script


def test_the_graph_and_the_favorites_have_heavy_tails():
    people, follows, tweets, favorites = make_town(1)
    followers = sorted(Counter(name for followed in follows.values() for name in followed).values())
    assert followers[-1] > 0.85 * len(people)
    assert followers[len(followers) // 2] < 0.15 * len(people)
    assert all(name not in followed and len(set(followed)) == len(followed) for name, followed in follows.items())

    assert len(set(favorites)) == len(favorites)
    assert all(tweets[index].author != fan for fan, index in favorites)
    counts = Counter(index for _, index in favorites)
    favorite, most = counts.most_common(1)[0]
    assert tweets[favorite].viral and most > 0.8 * len(people)
    assert len(counts) < 0.7 * len(tweets)


def test_a_hamlet_works_as_well():
    for count in (1, 2, 12):
        people, follows, tweets, _ = make_town(1, count, count * 13)
        assert len(people) == len(follows) == count and tweets
