"""Sessions that nobody logged in for, up to as many as an account may have."""
MAX_SESSIONS = 200


def add_sessions(query, account, number):
    """A day old, the first one the newest."""
    user = int(account.id)
    query("INSERT INTO sessions (id, user_id, token_hash, created_at, expires_at)"
          f" SELECT 10000 * {user} + n, {user}, sha256(int8send(10000 * {user} + n)), now() - interval '1 day' - n * interval '1 s',"
          f" now() + interval '1 day' FROM generate_series(1, {number}) n")
