"""At the end, when all is quiet, each acknowledged write is there."""
from . import behind


def check(knowledge, operation, name, value):
    if not operation.final:
        return None
    register = knowledge.register(name)
    return behind(register, register.common_floor(operation.begin), operation, value, "at the end, though a later write was acknowledged")
