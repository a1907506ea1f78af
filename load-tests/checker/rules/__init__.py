"""What is promised, a file for each rule.

A rule about what an answer showed is `check(knowledge, operation, name, value)`, one about an operation as a whole
`check(knowledge, operation)`. Both return None, or a Finding.
"""
from dataclasses import dataclass, field


@dataclass
class Finding:
    """`operations` are the others that show why: who wrote it, who saw what before."""
    text: str
    operations: list = field(default_factory=list)


def behind(register, floor, operation, value, why):
    """A Finding where the value is older than what the floor allows, else None."""
    possible = register.possible(floor, operation)
    if value in possible:
        return None
    newer = [write.operation for _, write in register.candidates(floor, operation) if write.operation]
    older = [write.operation for write in register.writes if write.value == value and write.operation and write.operation not in newer]
    shown = ", ".join(sorted(map(str, possible)))
    return Finding(f"{register.name} shows {value}, {why}: {shown} may be seen", older[-1:] + newer[:3])
