"""Who was told of a write sees it, on every server."""
from . import behind


def check(knowledge, operation, name, value):
    register = knowledge.register(name)
    return behind(register, register.own_floor(operation), operation, value, "though its reader was told of a later write of their own")
