"""Who was told of a write sees it, on every server."""
from . import behind


def check(knowledge, operation, name, value):
    register = knowledge.register(name)
    floor = register.own_floor(operation)
    if register.writes[floor - register.first].actor != operation.actor:
        return None
    return behind(register, floor, operation, value, "though its reader was told of a later write of their own")
