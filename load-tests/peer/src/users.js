// Profiles, and how the viewer stands to them.
import { notFound } from './problems.js';
import { ofUser, user } from './schemas.js';

const profileKey = (name) => `user:${name}`;
const relationKey = (viewerId, name) => `relation:${viewerId}:${name}`;

export const referenceOf = ({ id, username, first_name, last_name }) => ({ id: String(id), username, first_name, last_name });

// The columns of a profile, of users u and user_counters c.
export const profileColumns = (sql) => sql`
  u.id, u.username, u.first_name, u.last_name, u.description, u.created_at, u.updated_at,
  c.tweets_count, c.followers_count, c.followees_count, c.favorites_count`;

// `name` is a username in lower case; undefined when there is none.
export async function profileNamed({ sql, cache }, name) {
  return cache.fetch(profileKey(name), async () => {
    const [found] = await sql`
      SELECT ${profileColumns(sql)} FROM users u JOIN user_counters c ON c.user_id = u.id
      WHERE lower(u.username) = ${name}`;
    return found;
  });
}

async function relationTo({ sql, cache }, viewer, name) {
  return cache.fetch(relationKey(viewer.id, name), async () => {
    const [found] = await sql`
      SELECT EXISTS (SELECT FROM connections WHERE follower_id = ${viewer.id} AND followee_id = u.id) AS following,
             EXISTS (SELECT FROM connections WHERE follower_id = u.id AND followee_id = ${viewer.id}) AS followed_by
      FROM users u WHERE lower(u.username) = ${name}`;
    return found;
  });
}

// What the caches hold of a user whose counters changed, and of two who are connected anew.
export const keysOfUser = (name) => [profileKey(name)];
export const keysOfConnection = (one, other) => [
  profileKey(one.name),
  profileKey(other.name),
  relationKey(one.id, other.name),
  relationKey(other.id, one.name),
];

export function userRoutes(app, services) {
  app.get(
    '/api/users/:username',
    { onRequest: services.reader, schema: { params: ofUser, response: { 200: user } } },
    async (request) => {
      const name = request.params.username.toLowerCase();
      const [profile, viewer] = await Promise.all([
        profileNamed(services, name),
        request.viewer ? relationTo(services, request.viewer, name) : undefined,
      ]);
      if (!profile) throw notFound('user');
      return { ...profile, viewer };
    },
  );
}
