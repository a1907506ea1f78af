"""Accounts that follow many, made in no time."""

FOLLOWED = """
    WITH followed AS (INSERT INTO users (username, password_hash) SELECT 'f' || substr(md5(random()::text), 1, 12), '$argon2id$' FROM generate_series(1, {many}) n
                      RETURNING id),
    counted AS (INSERT INTO user_counters (user_id, followers_count) SELECT id, 1 FROM followed),
    follows AS (INSERT INTO connections (follower_id, followee_id) SELECT {follower}, id FROM followed)
    UPDATE user_counters SET followees_count = followees_count + {many} WHERE user_id = {follower}"""


def follows(query, account, many):
    """Makes the account follow so many new users, by SQL: the servers hear nothing of it."""
    query(FOLLOWED.format(follower=int(account.id), many=many))
