// The primary process starts the workers and passes connections to them; each worker is a whole server.
import cluster from 'node:cluster';
import { parseArgs } from 'node:util';

import { buildApp } from './app.js';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string' },
    database: { type: 'string' },
    memcached: { type: 'string' },
    workers: { type: 'string', default: '2' },
    connections: { type: 'string', default: '4' },
  },
});
for (const name of ['port', 'database', 'memcached']) {
  if (!options[name]) throw new Error(`--${name} is missing`);
}

function startWorkers(count) {
  let listening = 0;
  let stopping = false;
  const stop = () => {
    stopping = true;
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM');
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  cluster.on('exit', () => {
    if (stopping) return;
    process.exitCode = 1; // a server that lost a worker is no fair peer
    stop();
  });
  cluster.on('listening', () => {
    listening += 1;
    if (listening === count) console.log(`ready http://127.0.0.1:${options.port}`);
  });
  for (let i = 0; i < count; i += 1) cluster.fork();
}

async function serve() {
  const app = await buildApp({
    database: options.database,
    memcached: options.memcached,
    connections: Number(options.connections),
  });
  let closing;
  const close = () => {
    closing ??= app.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
  await app.listen({ host: '127.0.0.1', port: Number(options.port) });
}

if (cluster.isPrimary) startWorkers(Number(options.workers));
else await serve();
