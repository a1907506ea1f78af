// Favorites: given and taken back, any number of times with the same effect.
import { viewerNamed } from './authentication.js';
import { notFound } from './problems.js';
import { favorite, ofFavoriter, ofTweet } from './schemas.js';
import { keysOfFavorite } from './tweets.js';
import { keysOfUser, referenceOf } from './users.js';

// The row, the tweet's counter and the user's in one statement, and so in one transaction, which keeps user and tweet
// from being deleted meanwhile; the counters lock in that order. Yields the tweet as it is afterwards.
function insertFavorite(sql, userId, author, id) {
  return sql`
    WITH me AS (SELECT id FROM users WHERE id = ${userId} FOR KEY SHARE),
    tweet AS (
      SELECT t.id, t.user_id, t.content, t.created_at, u.username, u.first_name, u.last_name
      FROM users u JOIN tweets t ON t.user_id = u.id WHERE lower(u.username) = ${author} AND t.id = ${id}
      FOR KEY SHARE OF t),
    favorited AS (
      INSERT INTO favorites (user_id, tweet_id, tweet_user_id) SELECT me.id, tweet.id, tweet.user_id FROM me, tweet
      ON CONFLICT DO NOTHING RETURNING user_id, tweet_id, tweet_user_id, created_at),
    counted AS (
      INSERT INTO tweet_counters AS c (user_id, tweet_id, favorites_count) SELECT tweet_user_id, tweet_id, 1 FROM favorited
      ON CONFLICT (user_id, tweet_id) DO UPDATE SET favorites_count = c.favorites_count + 1 RETURNING tweet_id, favorites_count),
    counted_user AS (
      UPDATE user_counters c SET favorites_count = c.favorites_count + 1
      FROM counted WHERE c.user_id = ${userId})
    SELECT t.*, f.created_at AS since, counted.favorites_count, true AS fresh
    FROM tweet t JOIN favorited f ON f.tweet_id = t.id JOIN counted ON counted.tweet_id = t.id
    UNION ALL
    SELECT t.*, f.created_at, c.favorites_count, false
    FROM tweet t JOIN favorites f ON f.user_id = ${userId} AND f.tweet_id = t.id
    JOIN tweet_counters c ON c.user_id = t.user_id AND c.tweet_id = t.id`;
}

// A counter that reaches zero is a row that goes.
function deleteFavorite(sql, userId, author, id) {
  return sql`
    WITH unfavorited AS (
      DELETE FROM favorites f USING users u, tweets t
      WHERE lower(u.username) = ${author} AND t.user_id = u.id AND t.id = ${id} AND f.user_id = ${userId} AND f.tweet_id = t.id
      RETURNING f.user_id, f.tweet_id, f.tweet_user_id),
    locked AS MATERIALIZED (
      SELECT c.user_id, c.tweet_id, c.favorites_count - 1 AS rest
      FROM unfavorited f JOIN tweet_counters c ON c.user_id = f.tweet_user_id AND c.tweet_id = f.tweet_id FOR UPDATE OF c),
    emptied AS (
      DELETE FROM tweet_counters c USING locked
      WHERE c.user_id = locked.user_id AND c.tweet_id = locked.tweet_id AND locked.rest = 0),
    counted AS (
      UPDATE tweet_counters c SET favorites_count = locked.rest FROM locked
      WHERE c.user_id = locked.user_id AND c.tweet_id = locked.tweet_id AND locked.rest > 0)
    UPDATE user_counters c SET favorites_count = c.favorites_count - 1
    FROM locked WHERE c.user_id = ${userId} RETURNING c.user_id`;
}

export function favoriteRoutes(app, { sql, cache, account }) {
  const invalidate = (me, author, id) => cache.invalidate([...keysOfUser(me.name), ...keysOfFavorite(me, author, id)]);

  async function favoriteTweet(request, reply) {
    const me = request.viewer;
    const { username, id } = request.params;
    const author = username.toLowerCase();
    const [row] = await insertFavorite(sql, me.id, author, id);
    if (!row) throw notFound('tweet');
    if (row.fresh) await invalidate(me, author, id);
    reply.code(row.fresh ? 201 : 200).header('location', `/api/users/${username}/tweets/${id}/favorites/${me.name}`);
    const tweet = {
      id,
      content: row.content,
      created_at: row.created_at,
      favorites_count: row.favorites_count,
      user: referenceOf({ ...row, id: row.user_id }),
      viewer: { favorited: true },
    };
    return { user: referenceOf(me), tweet, favorited_at: row.since };
  }

  const response = { 200: favorite, 201: favorite };
  const favorites = '/api/users/:username/tweets/:id/favorites';
  app.post(favorites, { onRequest: account, schema: { params: ofTweet, response } }, favoriteTweet);
  app.put(`${favorites}/:favoriter`, { onRequest: account, schema: { params: ofFavoriter, response } }, (request, reply) => {
    viewerNamed(request, request.params.favoriter, 'favorite with');
    return favoriteTweet(request, reply);
  });
  app.delete(`${favorites}/:favoriter`, { onRequest: account, schema: { params: ofFavoriter } }, async (request, reply) => {
    const me = viewerNamed(request, request.params.favoriter, 'unfavorite with');
    const { username, id } = request.params;
    const done = await deleteFavorite(sql, me.id, username.toLowerCase(), id);
    if (done.length > 0) await invalidate(me, username.toLowerCase(), id);
    reply.code(204);
  });
}
