"""Equal ETags of one target mean equal bytes."""
from . import Finding


def check(knowledge, operation):
    if not operation.etag or not operation.digest:
        return None
    key = (operation.actor, operation.target, operation.etag)
    digest, earlier = knowledge.etags.setdefault(key, (operation.digest, operation))
    if digest == operation.digest:
        return None
    return Finding(f"two bodies have the ETag {operation.etag}", [earlier])
