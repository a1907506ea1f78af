"""What the town says: the scripted posts of each chapter, and around them chatter and replies.

Chatter is spun from the templates of the speaker's language. No author says the same twice,
so that a tweet can be recognised by its author and its words."""

import re
import unicodedata
from dataclasses import dataclass

from people import CELEBRITY, sentence_case

SLOT = re.compile(r"\{(\w+)\}")
MAX_LENGTH = 140
HOURS = [5, 6, 7, 8, 9]  # one form of the plural in every language here
MINUTES = [11, 12, 15, 17, 20, 25, 30, 40]


@dataclass(frozen=True)
class Tweet:
    author: str
    content: str
    scripted: bool = False
    viral: bool = False


class Voice:
    """Speaks for one town: fills templates, remembers what was said."""

    def __init__(self, random, town, languages, people, follows):
        self.random = random
        self.emoji = town["emoji"]
        self.languages = languages
        self.language_of = {person.username: person.language for person in people}
        famous = {person.username for person in people if person.fame > CELEBRITY}
        self.friends = {username: [f"@{other}" for other in followed if other not in famous]
                        for username, followed in follows.items()}
        self.said = set()   # (author, content)
        self.heard = set()  # the words alone, whoever said them

    def chatter(self, author, topic):
        # Most speak English now and then: it is what the whole town shares.
        language = self.pick_language(author, 0.25)

        def make():
            about = topic if self.random.random() < 0.65 else self.random.choice(["daily", "food", "weather"])
            return self.fill(language["topics"][about], author, about, language)

        return self.say(author, make)

    def reply(self, author, to, topic):
        shared = self.language_of[author] == self.language_of[to]
        language = self.pick_language(author, 0.0 if shared else 0.7)
        return self.say(author, lambda: f"@{to} " + self.fill(language["replies"], author, topic, language))

    def pick_language(self, author, share_of_english):
        english = self.random.random() < share_of_english
        return self.languages["en" if english else self.language_of[author]]

    def say(self, author, make):
        """What `make` gives, once it is short enough, new for the author and better new to all;
        None when nothing new comes."""
        for attempt in range(30):
            content = unicodedata.normalize("NFC", make())
            words = re.sub(r"[^\w\s]", "", content).strip()
            if len(content) > MAX_LENGTH or (author, content) in self.said or (words in self.heard and attempt < 20):
                continue
            self.said.add((author, content))
            self.heard.add(words)
            return Tweet(author, content)
        return None

    def fill(self, templates, author, topic, language):
        slots = dict(language["slots"], n=HOURS, nn=MINUTES, emoji=self.emoji[topic])
        slots["friend"] = self.friends[author] or ["@" + author]
        used = {}

        def value(match):
            name = match[1]
            choices = [choice for choice in slots[name] if choice not in used.get(name, ())] or slots[name]
            choice = self.random.choice(choices)
            used.setdefault(name, []).append(choice)
            return str(choice)

        return sentence_case(SLOT.sub(value, self.random.choice(templates)))


def make_tweets(random, town, languages, people, follows, count):
    """About `count` tweets in the order in which they are to be posted."""
    voice = Voice(random, town, languages, people, follows)
    usernames = [person.username for person in people]
    known = set(usernames)
    weights = [person.chattiness for person in people]
    tweets = []
    for chapter in town["chapter"]:
        viral = chapter.get("viral")
        topic = chapter["topic"]
        posts = [
            Tweet(author, content, scripted=True, viral=bool(viral) and content.startswith(viral))
            for author, content in chapter["posts"] if author in known
        ]
        size = count // len(town["chapter"])
        gap = max(1, size // (len(posts) or 1))
        for position in range(size):
            if position % gap == 0 and posts:
                tweets.append(posts.pop(0))
                continue
            author = random.choices(usernames, weights)[0]
            target = random.choice(tweets[-40:]) if tweets and random.random() < 0.4 else None
            if target is None or target.author == author:
                tweet = voice.chatter(author, topic)
            else:
                tweet = voice.reply(author, target.author, topic)
            if tweet is not None:
                tweets.append(tweet)
    return tweets
