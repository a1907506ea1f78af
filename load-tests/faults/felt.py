"""Whether a fault was felt at all: a trial of one that changes nothing shows nothing."""
import datetime
import re
import time
import urllib.request

EPOCH = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc).timestamp()   # of tweet ids, which begin with milliseconds
BELOW_MILLISECONDS = 22   # bits


def by_what_it_told(trial):
    """The case itself looked, and returned what it found."""
    return bool(trial.told)


def by_errors(trial):
    return bool(trial.check.figures.errors)


def by_silence(trial):
    """No write succeeded for a good part of it."""
    return trial.check.figures.longest_gap("writes")[0] > 0.5 * min(trial.end - trial.begin, 5)


def by_a_wait(trial):
    """Somebody waited for most of it, whether in vain or not."""
    figures, waited = trial.check.figures, 500 * min(trial.end - trial.begin, 5)
    answered = [value for second in range(int(trial.begin), int(trial.end) + 3) for value in figures.by_second.get(second, [])]
    return max([*answered, 1000 * figures.slowest_error]) > waited


def by_delay(trial):
    return (trial.check.figures.p99(trial.begin, trial.end) or 0) > 150


def by_memcached_errors(trial):
    return sum(map(memcached_errors, trial.system.server_urls)) > trial.memcached_errors


def by_ids(trial):
    """Tweets were made most of an hour ahead of this machine's clock."""
    newest = max((int(tweet.id) for tweets in trial.check.town.tweets.values() for tweet in tweets.values()), default=0)
    return (newest >> BELOW_MILLISECONDS) / 1000 > time.time() - EPOCH + 3000


def memcached_errors(url):
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as metrics:
        found = re.findall(r"^linnet_memcached_errors_total(?:{.*})? (\S+)$", metrics.read().decode(), re.MULTILINE)
    return sum(map(float, found))
