// Who follows whom.
import { viewerNamed } from './authentication.js';
import { askedPage, FETCHED, listOf } from './paging.js';
import { invalid, notFound } from './problems.js';
import { connection, follower, list, ofFollower, ofUser, paged } from './schemas.js';
import { keysOfConnection, profileColumns, profileNamed, referenceOf } from './users.js';

function followersPage(sql, owner, viewer, after) {
  const [beforeAt, beforeId] = after ?? ['infinity', '2147483647'];
  const relation = viewer
    ? sql`, json_build_object(
        'following', EXISTS (SELECT FROM connections f WHERE f.follower_id = ${viewer.id} AND f.followee_id = u.id),
        'followed_by', EXISTS (SELECT FROM connections b WHERE b.follower_id = u.id AND b.followee_id = ${viewer.id})
      ) AS viewer`
    : sql``;
  return sql`
    SELECT ${profileColumns(sql)}, p.created_at AS followed_at ${relation}
    FROM (SELECT follower_id, created_at FROM connections
          WHERE followee_id = ${owner} AND (created_at, follower_id) < (${beforeAt}, ${beforeId})
          ORDER BY created_at DESC, follower_id DESC LIMIT ${FETCHED}) p
    JOIN users u ON u.id = p.follower_id JOIN user_counters c ON c.user_id = u.id
    ORDER BY p.created_at DESC, p.follower_id DESC`;
}

// The row and both counters in one statement, and so in one transaction, which keeps both users from being deleted
// meanwhile; the counters lock in order of their users. No row when one of them is gone.
function insertConnection(sql, followerId, followeeId) {
  return sql`
    WITH live AS (SELECT id FROM users WHERE id IN (${followerId}, ${followeeId}) ORDER BY id FOR KEY SHARE),
    followed AS (
      INSERT INTO connections (follower_id, followee_id)
      SELECT ${followerId}, ${followeeId} WHERE (SELECT count(*) FROM live) = 2
      ON CONFLICT DO NOTHING RETURNING follower_id, followee_id, created_at),
    locked AS MATERIALIZED (
      SELECT c.user_id, f.follower_id FROM followed f JOIN user_counters c ON c.user_id IN (f.follower_id, f.followee_id)
      ORDER BY c.user_id FOR UPDATE OF c),
    counted AS (
      UPDATE user_counters c SET
        followees_count = c.followees_count + (c.user_id = locked.follower_id)::int,
        followers_count = c.followers_count + (c.user_id <> locked.follower_id)::int
      FROM locked WHERE c.user_id = locked.user_id)
    SELECT created_at, true AS fresh FROM followed
    UNION ALL
    SELECT created_at, false FROM connections WHERE follower_id = ${followerId} AND followee_id = ${followeeId}`;
}

export function connectionRoutes(app, services) {
  const { sql, cache, reader, account } = services;

  app.get(
    '/api/users/:username/followers',
    { onRequest: reader, schema: { params: ofUser, querystring: paged, response: { 200: list(follower) } } },
    async (request, reply) => {
      const asked = askedPage(request);
      const owner = await profileNamed(services, request.params.username.toLowerCase());
      if (!owner) throw notFound('user');
      const rows = await followersPage(sql, owner.id, request.viewer, asked.after);
      return listOf(request, reply, asked, rows, (row) => [row.followed_at, row.id]);
    },
  );

  async function follow(request, reply) {
    const me = request.viewer;
    const name = request.params.username.toLowerCase();
    const followee = await profileNamed(services, name);
    if (!followee) throw notFound('user');
    if (followee.id === me.id) throw invalid("You can't follow yourself.");
    const [connected] = await insertConnection(sql, me.id, followee.id);
    if (!connected) throw notFound('user');
    const { created_at: since, fresh } = connected;
    if (fresh) await cache.invalidate(keysOfConnection(me, { id: followee.id, name }));
    reply.code(fresh ? 201 : 200).header('location', `/api/users/${request.params.username}/followers/${me.name}`);
    return { follower: referenceOf(me), followee: referenceOf(followee), followed_at: since };
  }

  const response = { 200: connection, 201: connection };
  app.post('/api/users/:username/followers', { onRequest: account, schema: { params: ofUser, response } }, follow);
  app.put(
    '/api/users/:username/followers/:follower',
    { onRequest: account, schema: { params: ofFollower, response } },
    (request, reply) => {
      viewerNamed(request, request.params.follower, 'follow with');
      return follow(request, reply);
    },
  );
}
