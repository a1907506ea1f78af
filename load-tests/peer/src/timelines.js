// The home timeline: the newest tweets of those whom the viewer follows, merged by the database at each read.
import { viewerNamed } from './authentication.js';
import { askedPage, FETCHED, listOf } from './paging.js';
import { list, ofUser, paged, tweet } from './schemas.js';

const LAST_ID = '9223372036854775807';

function timelineBefore(sql, viewer, before) {
  return sql`
    SELECT t.id, t.content, t.created_at, coalesce(c.favorites_count, 0) AS favorites_count,
           json_build_object('id', u.id, 'username', u.username, 'first_name', u.first_name, 'last_name', u.last_name) AS user,
           json_build_object('favorited', f.user_id IS NOT NULL) AS viewer
    FROM (SELECT l.user_id, l.id FROM connections, LATERAL (
            SELECT user_id, id FROM tweets WHERE user_id = followee_id AND id < ${before} ORDER BY id DESC LIMIT ${FETCHED}) l
          WHERE follower_id = ${viewer.id} ORDER BY l.id DESC LIMIT ${FETCHED}) p
    JOIN tweets t ON t.user_id = p.user_id AND t.id = p.id
    JOIN users u ON u.id = t.user_id
    LEFT JOIN tweet_counters c ON c.user_id = t.user_id AND c.tweet_id = t.id
    LEFT JOIN favorites f ON f.user_id = ${viewer.id} AND f.tweet_id = t.id
    ORDER BY t.id DESC`;
}

export function timelineRoutes(app, { sql, account }) {
  app.get(
    '/api/users/:username/timeline',
    { onRequest: account, schema: { params: ofUser, querystring: paged, response: { 200: list(tweet) } } },
    async (request, reply) => {
      const me = viewerNamed(request, request.params.username, 'read the timeline of');
      const asked = askedPage(request);
      const rows = await timelineBefore(sql, me, asked.after?.[0] ?? LAST_ID);
      return listOf(request, reply, asked, rows, (row) => [row.id]);
    },
  );
}
