"""A counter lies within what the acknowledged writes and those under way allow; to a writer their own count."""
from . import Finding


def check(knowledge, operation, name, value):
    least, greatest = knowledge.counted(name, operation)
    if least <= value <= greatest:
        return None
    allowed = f"{least}" if least == greatest else f"{least} to {greatest}"
    writes = sorted((write for register in knowledge.counters[name].open.values() for write in register.writes if write.operation),
                    key=lambda write: write.begin)
    return Finding(f"{name} shows {value}: {allowed} may be seen", [write.operation for write in writes[-4:]])
