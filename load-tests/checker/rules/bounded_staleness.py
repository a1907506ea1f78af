"""What was acknowledged, or seen by anybody, is seen by all after the bound."""
from . import behind


def check(knowledge, operation, name, value):
    register = knowledge.register(name)
    floor = register.common_floor(operation.begin - knowledge.staleness)
    return behind(register, floor, operation, value, f"though a later write took effect more than {knowledge.staleness:g} s before")
