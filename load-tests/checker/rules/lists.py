"""Lists have each item once, the newest first."""
from . import Finding


def check(knowledge, operation):
    ids = [identity for _, identity in operation.listed]
    if len(set(ids)) < len(ids):
        twice = next(identity for identity in ids if ids.count(identity) > 1)
        return Finding(f"the list has {twice} more than once")
    for (key, identity), (next_key, next_identity) in zip(operation.listed, operation.listed[1:]):
        if (key, int(identity)) <= (next_key, int(next_identity)):
            return Finding(f"the list has {identity} ({key}) before {next_identity} ({next_key})")
    return None
