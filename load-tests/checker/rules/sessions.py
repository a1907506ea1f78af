"""The end of a session, a new password and the end of an account hold on every server when they are answered."""
from . import behind


def check(knowledge, operation, name, value):
    register = knowledge.register(name)
    return behind(register, register.common_floor(operation.begin), operation, value, "though its end or change was answered")
