"""A server that can't serve says 503 with Retry-After, or is gone, for which a proxy says it; all other errors are wrong."""
from . import Finding


def check(knowledge, operation):
    for attempt in operation.attempts:
        if attempt.status == 503 and not (attempt.retry_after or "").isdigit():
            return Finding("503 without Retry-After")
        if attempt.answered and attempt.status not in operation.expected:
            return Finding(f"status {attempt.status}, expected {' or '.join(map(str, operation.expected))}")
    if operation.fault:
        return Finding(f"the answer can't be understood: {operation.fault}")
    return None
