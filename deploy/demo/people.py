"""The people of the demo town: who they are, what they speak, how well known they are."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
NEIGHBOURHOODS = ["Mill Lane", "Chapel Hill", "Old Quay", "Station Road", "Orchard End", "The Terraces"]
CELEBRITY = 0.4  # fame above which people are followed, but follow nobody back
# Letters that Unicode doesn't decompose into a Latin letter and a mark.
PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "ß": "ss", "þ": "th", "Þ": "Th", "ð": "d", "đ": "d", "ı": "i"})


@dataclass(frozen=True)
class Person:
    username: str
    first_name: str
    last_name: str
    description: str
    language: str
    neighbourhood: str
    fame: float      # probability that somebody who doesn't know them follows them
    chattiness: float  # relative number of tweets


def load(name):
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def load_languages():
    """Language code -> its names, bios, topics, slots and replies."""
    return {path.stem: load(path) for path in sorted((HERE / "languages").glob("*.toml"))}


def make_people(random, town, languages, count):
    """The named accounts of the town first, then inhabitants, `count` in all."""
    people = [
        Person(neighbourhood=random.choice(NEIGHBOURHOODS), **account) for account in town["account"]
    ][:count]
    taken = {person.username for person in people}
    codes = list(languages)
    weights = [languages[code]["weight"] for code in codes]
    while len(people) < count:
        code = random.choices(codes, weights)[0]
        people.append(make_inhabitant(random, town, code, languages[code], taken))
    return people


def make_inhabitant(random, town, code, language, taken):
    first_name, first_latin = split_name(random.choice(language["given"]))
    last_name, last_latin = split_name(random.choice(language["family"]))
    username = free_username(random, first_latin.lower(), last_latin.lower(), taken)
    likes = random.sample(language["likes"], 3)
    bio = random.choice(language["bios"])
    for like in likes:
        bio = bio.replace("{like}", like, 1)
    return Person(
        username=username,
        first_name=first_name,
        last_name=last_name,
        description=sentence_case(bio.replace("{emoji}", random.choice(town["emoji"]["daily"]))),
        language=code,
        neighbourhood=random.choice(NEIGHBOURHOODS),
        fame=min(0.3, 0.004 * random.paretovariate(1.1)),
        chattiness=random.lognormvariate(0, 0.9),
    )


def split_name(name):
    """"shown|latin" -> both spellings; without a bar the Latin one is the name without its marks."""
    shown, _, latin = name.partition("|")
    decomposed = unicodedata.normalize("NFD", (latin or shown).translate(PLAIN))
    return unicodedata.normalize("NFC", shown), "".join(c for c in decomposed if c.isascii() and c.isalnum())


def sentence_case(text):
    """Sentences made of parts start with a capital, in the scripts that have them."""
    return re.sub(r"(^|[.!?] )(\w)", lambda match: match[1] + match[2].title(), text)


def free_username(random, first, last, taken):
    styles = [f"{first}_{last}", f"{first}{last[0]}", f"{first[0]}_{last}", first, f"{last}_{first}"]
    random.shuffle(styles)
    styles += [f"{first[:12]}{number}" for number in range(2, 1000)]
    username = next(style for style in styles if 3 <= len(style) <= 15 and style not in taken)
    taken.add(username)
    return username
