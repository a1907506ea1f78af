// Tweets: one, a user's newest, and new ones.
import { blake2b } from '@noble/hashes/blake2';

import { viewerNamed } from './authentication.js';
import { askedPage, FETCHED, listOf } from './paging.js';
import { invalid, invalidToken, notFound } from './problems.js';
import { idempotent, list, newTweet, ofTweet, ofUser, paged, tweet } from './schemas.js';
import { keysOfUser, profileNamed, referenceOf } from './users.js';

const MAX_CODE_POINTS = 140;
const LAST_ID = '9223372036854775807';

const tweetKey = (name, id) => `tweet:${name}:${id}`;
const pageKey = (name) => `tweets:${name}`;
const favoriteKey = (viewerId, id) => `favorite:${viewerId}:${id}`;
const favoritedKey = (viewerId, name) => `favorited:${viewerId}:${name}`;

// What the caches hold of a tweet that the viewer favorited, or took back.
export const keysOfFavorite = (viewer, author, id) => [
  tweetKey(author, id),
  pageKey(author),
  favoriteKey(viewer.id, id),
  favoritedKey(viewer.id, author),
];

function tweetsBefore(sql, author, before) {
  return sql`
    SELECT t.id, t.content, t.created_at, coalesce(c.favorites_count, 0) AS favorites_count
    FROM tweets t LEFT JOIN tweet_counters c ON c.user_id = t.user_id AND c.tweet_id = t.id
    WHERE t.user_id = ${author} AND t.id < ${before} ORDER BY t.id DESC LIMIT ${FETCHED}`;
}

// {author, rows} of the page after `after`; the first page is cached.
async function tweetsOf(services, name, after) {
  const load = async () => {
    const profile = await profileNamed(services, name);
    if (!profile) return undefined;
    return { author: referenceOf(profile), rows: await tweetsBefore(services.sql, profile.id, after?.[0] ?? LAST_ID) };
  };
  return after ? load() : services.cache.fetch(pageKey(name), load);
}

// The ids that the viewer favorited among those of one author's page. It is one entry for each viewer and author, good
// for as long as it tells of the same ids.
async function favoritedAmong({ sql, cache }, viewer, name, ids) {
  const of = ids.join();
  const load = async () => {
    const rows = await sql`SELECT tweet_id FROM favorites WHERE user_id = ${viewer.id} AND tweet_id = ANY(${ids}::bigint[])`;
    return { of, favorited: rows.map((row) => row.tweet_id) };
  };
  const key = favoritedKey(viewer.id, name);
  let known = await cache.fetch(key, load);
  if (known.of !== of) {
    await cache.invalidate([key]);
    known = await cache.fetch(key, load);
  }
  return known.favorited;
}

async function tweetOf({ sql, cache }, name, id) {
  return cache.fetch(tweetKey(name, id), async () => {
    const [row] = await sql`
      SELECT t.id, t.content, t.created_at, coalesce(c.favorites_count, 0) AS favorites_count,
             json_build_object('id', u.id, 'username', u.username, 'first_name', u.first_name, 'last_name', u.last_name) AS user
      FROM users u JOIN tweets t ON t.user_id = u.id
      LEFT JOIN tweet_counters c ON c.user_id = t.user_id AND c.tweet_id = t.id
      WHERE lower(u.username) = ${name} AND t.id = ${id}`;
    return row;
  });
}

async function isFavorited({ sql, cache }, viewer, id) {
  return cache.fetch(favoriteKey(viewer.id, id), async () => {
    const rows = await sql`SELECT FROM favorites WHERE user_id = ${viewer.id} AND tweet_id = ${id}`;
    return rows.length > 0;
  });
}

// The tweet and its author's counter in one statement, and so in one transaction, which keeps the author from being
// deleted meanwhile. True if it was done.
async function insertTweet(sql, author, { id, createdAt }, content) {
  const done = await sql`
    WITH author AS (SELECT id FROM users WHERE id = ${author} FOR KEY SHARE),
    posted AS (
      INSERT INTO tweets (id, user_id, content, created_at) SELECT ${id}, id, ${content}, ${createdAt} FROM author
      RETURNING user_id)
    UPDATE user_counters c SET tweets_count = c.tweets_count + 1 FROM posted WHERE c.user_id = posted.user_id RETURNING c.user_id`;
  return done.length > 0;
}

// The same, if nobody used the key before. Waits for whoever is just using it.
async function insertTweetOnce(sql, author, { id, createdAt }, content, { key, hash, response }) {
  const done = await sql`
    WITH author AS (SELECT id FROM users WHERE id = ${author} FOR KEY SHARE),
    claimed AS (
      INSERT INTO idempotency_keys (user_id, key, request_hash, response) SELECT id, ${key}, ${hash}, ${response} FROM author
      ON CONFLICT DO NOTHING RETURNING user_id),
    posted AS (
      INSERT INTO tweets (id, user_id, content, created_at)
      SELECT ${id}, user_id, ${content}, ${createdAt} FROM claimed RETURNING user_id)
    UPDATE user_counters c SET tweets_count = c.tweets_count + 1 FROM posted WHERE c.user_id = posted.user_id RETURNING c.user_id`;
  return done.length > 0;
}

// The first answer to the key, if it was given to the same request. Without one the account is gone.
async function firstAnswer(sql, author, { key, hash }) {
  const [known] = await sql`SELECT request_hash, response FROM idempotency_keys WHERE user_id = ${author} AND key = ${key}`;
  if (!known) throw invalidToken();
  if (!hash.equals(known.request_hash)) throw invalid('The Idempotency-Key was used for another request.');
  return JSON.parse(known.response);
}

function normalized(content) {
  const text = content.normalize('NFC');
  const length = [...text].length;
  if (length > MAX_CODE_POINTS) throw invalid(`must have 1 to ${MAX_CODE_POINTS} characters, not ${length}`);
  return text;
}

export function tweetRoutes(app, services) {
  const { sql, cache, nextId, reader, account } = services;

  app.get(
    '/api/users/:username/tweets',
    { onRequest: reader, schema: { params: ofUser, querystring: paged, response: { 200: list(tweet) } } },
    async (request, reply) => {
      const asked = askedPage(request);
      const name = request.params.username.toLowerCase();
      const found = await tweetsOf(services, name, asked.after);
      if (!found) throw notFound('user');
      const answer = listOf(request, reply, asked, found.rows, (row) => [row.id]);
      const ids = answer.items.map((item) => item.id);
      const favorited = request.viewer && (await favoritedAmong(services, request.viewer, name, ids));
      answer.items = answer.items.map((item) => ({
        ...item,
        user: found.author,
        viewer: favorited ? { favorited: favorited.includes(item.id) } : undefined,
      }));
      return answer;
    },
  );

  app.get(
    '/api/users/:username/tweets/:id',
    { onRequest: reader, schema: { params: ofTweet, response: { 200: tweet } } },
    async (request) => {
      const { username, id } = request.params;
      const [found, favorited] = await Promise.all([
        tweetOf(services, username.toLowerCase(), id),
        request.viewer && isFavorited(services, request.viewer, id),
      ]);
      if (!found) throw notFound('tweet');
      return { ...found, viewer: request.viewer ? { favorited } : undefined };
    },
  );

  app.post(
    '/api/users/:username/tweets',
    { onRequest: account, schema: { params: ofUser, headers: idempotent, body: newTweet, response: { 201: tweet } } },
    async (request, reply) => {
      const { username } = request.params;
      const me = viewerNamed(request, username, 'post as');
      const content = normalized(request.body.content);
      const stamp = nextId();
      let answer = {
        id: stamp.id,
        content,
        created_at: stamp.createdAt,
        favorites_count: 0,
        user: referenceOf(me),
        viewer: { favorited: false },
      };
      const key = request.headers['idempotency-key'];
      if (key === undefined) {
        const done = await insertTweet(sql, me.id, stamp, content);
        if (!done) throw invalidToken();
      } else {
        const once = { key, hash: Buffer.from(blake2b(content, { dkLen: 32 })), response: JSON.stringify(answer) };
        const done = await insertTweetOnce(sql, me.id, stamp, content, once);
        if (!done) answer = await firstAnswer(sql, me.id, once);
      }
      await cache.invalidate([...keysOfUser(me.name), pageKey(me.name)]);
      reply.code(201).header('location', `/api/users/${username}/tweets/${answer.id}`);
      return answer;
    },
  );
}
