"""Plans don't depend on the town: where lists are short on average, a long one is still read by its order."""
import pytest

from plans.explain import Session
from plans.queries import LIMIT, by_id, by_time
from plans.test_every_statement import indexes, plans_of
from plans.town import BIG, VIRAL

PAGES = ["user_tweets_page", "favorited_tweets_page", "activity_page", "followers_page", "followees_page", "user_favorites_page",
         "tweet_favorites_page"]
BY_TIME = {"followers_page", "followees_page", "user_favorites_page", "tweet_favorites_page"}
COLD = 10   # buffers that a first page of 20 touches at most


@pytest.fixture(scope="module", params=["sparse", "skewed"])
def other(request, town, statements):
    session = Session(town.conninfo("linnet_app", request.param), statements)
    yield session
    session.close()


def test_plans_are_those_of_the_dense_town(session, other, statements):
    assert indexes(plans_of(other, statements)) == indexes(plans_of(session, statements))


@pytest.mark.parametrize("database", ["linnet", "sparse", "skewed"])
def test_pages_are_read_in_order_without_statistics(town, session, statements, database):
    """As before the first ANALYZE, which a server need not wait for."""
    pages = {name: statements[name] for name in [*PAGES, "timeline_page"]}
    bare = Session(town.conninfo("postgres", database), pages)
    try:
        for name, value in bare.run("SELECT split_part(s, '=', 1), split_part(s, '=', 2) FROM pg_db_role_setting, unnest(setconfig) s"
                                    " WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"):
            bare.run("SELECT set_config(%s, %s, false)", name, value)
        bare.run("BEGIN")
        bare.run("DELETE FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)")
        bare.run("UPDATE pg_class SET reltuples = -1, relpages = 0, relallvisible = 0 WHERE relnamespace = 'public'::regnamespace")
        assert indexes(plans_of(bare, pages)) == indexes(plans_of(session, pages))
    finally:
        bare.close()


@pytest.fixture(scope="module")
def skewed(town, statements):
    session = Session(town.conninfo("linnet_app", "skewed"), statements)
    yield session
    session.close()


@pytest.mark.parametrize("page", PAGES)
def test_the_worst_page_is_bounded(skewed, page):
    """The hundredth of a hundred, of a list of 20,000 in a town whose lists are short."""
    (owner,), = skewed.run(f"SELECT {VIRAL if page == 'tweet_favorites_page' else BIG}")
    arguments_of = by_time if page in BY_TIME else by_id
    first, last = arguments_of([owner]), arguments_of([owner], 99 * 100)
    last[-2] = [101]   # the limit
    worst, cold = skewed.measure(page, last), skewed.measure(page, first)
    assert (worst.rows, cold.rows) == (101, LIMIT)
    assert cold.buffers <= COLD, cold.text
    assert worst.buffers <= 50 * cold.buffers, worst.text
