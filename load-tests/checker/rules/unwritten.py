"""Nothing shows that nobody wrote: no value out of nowhere, and nothing that was refused."""
from . import Finding


def check(knowledge, operation, name, value):
    register = knowledge.register(name)
    written = [write for write in register.writes if write.value == value]
    if any(not write.refused for write in written) or value in register.late_values(operation):
        return None
    if written:
        return Finding(f"{name} shows {value}, which was refused", [write.operation for write in written if write.operation])
    if register.first and type(value) is int and value < register.writes[0].value:
        return None   # so old that it was forgotten: the other rules say so
    return Finding(f"{name} shows {value}, which nobody wrote, or which has long been gone")
