// Who asks: a bearer token is looked up by its hash, once in a while for each token.
import { blake2b } from '@noble/hashes/blake2';
import { LRUCache } from 'lru-cache';

import { forbidden, invalidToken, unauthenticated } from './problems.js';

const REMEMBERED_MS = 10_000; // a logout takes that long here
const REMEMBERED_TOKENS = 200_000;

// Two hooks for routes: `reader` lets those without a token read, `account` doesn't. Both set request.viewer.
export function authentication(sql) {
  const sessions = new LRUCache({ max: REMEMBERED_TOKENS, ttl: REMEMBERED_MS, ttlResolution: 100 });

  async function lookUp(token) {
    const hash = Buffer.from(blake2b(token, { dkLen: 32 }));
    const [session] = await sql`
      SELECT u.id, u.username, u.first_name, u.last_name, lower(u.username) AS name
      FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE s.token_hash = ${hash} AND s.expires_at > now()`;
    if (!session) throw invalidToken();
    sessions.set(token, session);
    return session;
  }

  // Calls done() and returns nothing: with a promise as well, Fastify would go on twice.
  function authenticate(request, header, done) {
    if (header.slice(0, 7).toLowerCase() !== 'bearer ') {
      done(invalidToken());
      return;
    }
    const token = header.slice(7).trim();
    const remembered = sessions.get(token);
    if (remembered) {
      request.viewer = remembered;
      done();
      return;
    }
    lookUp(token).then((session) => {
      request.viewer = session;
      done();
    }, done);
  }

  const hook = (withoutToken) => (request, reply, done) => {
    const header = request.headers.authorization;
    if (header === undefined) done(withoutToken());
    else authenticate(request, header, done);
  };
  return { reader: hook(() => undefined), account: hook(unauthenticated) };
}

// The viewer, who must be the one that the URL names.
export function viewerNamed(request, username, verb) {
  if (username.toLowerCase() !== request.viewer.name) throw forbidden(`You may only ${verb} your own account.`);
  return request.viewer;
}
