// A worker's whole server: backends, hooks and routes.
import etag from '@fastify/etag';
import Fastify from 'fastify';

import { authentication } from './authentication.js';
import { Cache } from './cache.js';
import { connectionRoutes } from './connections.js';
import { connect } from './database.js';
import { favoriteRoutes } from './favorites.js';
import { idGenerator } from './ids.js';
import { answerProblem, notFound } from './problems.js';
import { timelineRoutes } from './timelines.js';
import { tweetRoutes } from './tweets.js';
import { userRoutes } from './users.js';

export async function buildApp({ database, memcached, connections }) {
  const sql = connect(database, connections);
  const cache = new Cache(memcached);
  const nextId = await idGenerator(sql);

  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
  app.decorateRequest('viewer', null);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    reply.header('cache-control', request.headers.authorization ? 'private, no-cache' : 'no-cache');
    reply.header('vary', 'Authorization');
    done();
  });
  app.addHook('onClose', async () => {
    await sql.end({ timeout: 5 });
    cache.close();
  });
  app.setErrorHandler(answerProblem);
  app.setNotFoundHandler(() => {
    throw notFound('resource');
  });
  await app.register(etag);

  const services = { sql, cache, nextId, ...authentication(sql) };
  app.get('/readyz', async () => {
    await sql`SELECT 1`;
    return { status: 'ready' };
  });
  userRoutes(app, services);
  connectionRoutes(app, services);
  tweetRoutes(app, services);
  favoriteRoutes(app, services);
  timelineRoutes(app, services);
  return app;
}
