"""Sessions of generated users, for load tests: logging in costs 40 ms of password hashing each."""
import base64
import hashlib
import io

EXPIRES = "2126-01-01 00:00:00+00"


def token(seed, user):
    """The bearer token of a user's session. It follows from the seed: only ever for generated data."""
    secret = hashlib.sha256(f"linnet load test {seed} {user}".encode()).digest()
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")


def users_with_sessions(users, sessions):
    """Their ids, spread evenly over all."""
    return [1 + i * users // sessions for i in range(min(users, sessions))]


def insert(cursor, seed, users, sessions, created_at):
    rows = io.StringIO()
    for number, user in enumerate(users_with_sessions(users, sessions), 1):
        digest = hashlib.blake2b(token(seed, user).encode(), digest_size=32)
        rows.write(f"{number}\t{created_at}\t{EXPIRES}\t{user}\t\\\\x{digest.hexdigest()}\n")
    rows.seek(0)
    cursor.copy_expert("COPY sessions (id, created_at, expires_at, user_id, token_hash) FROM STDIN", rows)
    return cursor.rowcount
