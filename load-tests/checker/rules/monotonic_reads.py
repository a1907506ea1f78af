"""Who has seen a write never again sees what was before it, on any server."""
from . import behind


def check(knowledge, operation, name, value):
    register = knowledge.register(name)
    index, earlier = register.seen.get(operation.actor, (None, None))
    if index is None:
        return None
    finding = behind(register, register.seen_floor(operation), operation, value, "though its reader has seen a later write")
    if finding:
        finding.operations.append(earlier)
    return finding
