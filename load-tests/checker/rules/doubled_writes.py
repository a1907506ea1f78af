"""An Idempotency-Key makes one tweet, however often it is sent."""
from . import Finding


def check(knowledge, operation, name, value):
    first, earlier = knowledge.identities.setdefault(name, (value, operation))
    if first == value:
        return None
    return Finding(f"{name} has two ids: {first} and {value}", [earlier])
