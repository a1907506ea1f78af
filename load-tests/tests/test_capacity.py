"""load-tests/capacity: its arithmetic, and that docs/capacity.md says what was measured."""
import json

import pytest

from conftest import LOAD_TESTS
from estimate import arithmetic, document

DOCS = LOAD_TESTS.parent / "docs"

MEASURED = {
    "rows": {
        "users": {"rows": 10, "heap": 200, "indexes": {"pkey": 20, "username": 30}},
        "tweets": {"rows": 1000, "heap": 100, "indexes": {"pkey": 40, "id": 30}},
        "tweet_counters": {"rows": 400, "heap": 60, "indexes": {"pkey": 40}},
        "favorites": {"rows": 2000, "heap": 50, "indexes": {"pkey": 60, "of_tweet": 50, "of_user": 70}},
    },
    "wal": {"post_tweet": {"alone": 500, "batched": 400, "images": 10_000}, "favorite_tweet": {"alone": 900, "batched": 800, "images": 30_000}},
    "memcached": {"tweet by id": {"items": 1, "bytes": 200}, "profile by id": {"items": 1, "bytes": 300}},
}


def test_storage_is_rows_times_bytes():
    assert arithmetic.storage(MEASURED) == [
        ("users", 10_000_000, 2_000_000_000, 500_000_000),
        ("tweets", 10_000_000_000, 1_000_000_000_000, 700_000_000_000),
        ("tweet_counters", 4_000_000_000, 240_000_000_000, 160_000_000_000),
        ("favorites", 20_000_000_000, 1_000_000_000_000, 3_600_000_000_000)]
    assert arithmetic.total_storage(MEASURED) == 6_702_500_000_000
    assert arithmetic.shards(MEASURED) == 4


def test_a_day_adds_tweets_their_counters_and_favorites():
    assert arithmetic.growth_a_day(MEASURED) == pytest.approx(10_000_000 * (170 + 0.4 * 100) + 20_000_000 * 230)


def test_wal_lies_between_batches_and_first_touches():
    assert arithmetic.wal_a_day(MEASURED) == (10_000_000 * 400 + 20_000_000 * 800, 10_000_000 * 10_500 + 20_000_000 * 30_900)


def test_the_notes_rates_follow_from_their_days():
    assert round(arithmetic.a_second(100_000_000)) == 1157
    assert [round(requests) for _, requests, _ in arithmetic.loads()] == [1157, 4630, 5324, 21296]


def test_zipf():
    assert arithmetic.harmonic(10) == pytest.approx(sum(1 / k for k in range(1, 11)), rel=1e-3)
    assert arithmetic.zipf_share(20, 100) == pytest.approx(sum(1 / k for k in range(1, 21)) / sum(1 / k for k in range(1, 101)), rel=1e-3)
    assert arithmetic.zipf_share(100, 100) == 1


def test_the_hot_set():
    assert arithmetic.cache_lines(MEASURED) == [("tweet by id", 60_000_000, 12_000_000_000), ("profile by id", 2_000_000, 600_000_000)]
    assert arithmetic.cache_nodes(MEASURED) == 2


@pytest.mark.parametrize("needed, rate, machines", [(100, 20_000, 2), (20_000, 20_000, 2), (20_001, 20_000, 3), (21_296, 5_000, 9)])
def test_machines_leave_headroom_and_a_spare(needed, rate, machines):
    assert arithmetic.machines(needed, rate) == machines


@pytest.mark.parametrize("count, text", [(0, "0 B"), (520, "520 B"), (1500, "1.5 KB"), (16_000_000_000, "16 GB"), (240e9, "240 GB"),
                                         (999.6e9, "1 TB"), (4.72e12, "4.7 TB")])
def test_sizes_are_short_and_of_a_thousand(count, text):
    assert document.size(count) == text


def test_the_page_says_what_was_measured():
    page = (DOCS / "capacity.md").read_text()
    assert document.rewritten(page, json.loads((DOCS / "capacity.json").read_text())) == page
    assert all(f"<!-- {name} -->" in page for name in document.TABLES)
