"""What was refused with a 4xx had no effect: not even before the client was told."""
from . import Finding


def check(knowledge, operation):
    for name, value in operation.writes:
        for write in knowledge.register(name).writes:
            if write.operation is operation and write.refused and write.certain <= operation.end:
                return Finding(f"{name} showed {value}, and then the write was refused with {operation.status}")
    return None
