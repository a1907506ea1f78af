// The pool of connections. postgres.js prepares each statement once per connection and sends the next before the
// last is answered.
import postgres from 'postgres';

// "2026-01-31 09:30:00.123456+00", as PostgreSQL writes it in UTC, to RFC 3339 with microseconds.
function toRfc3339(text) {
  const micros = text.slice(20, -3).padEnd(6, '0');
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${micros}Z`;
}

// libpq's "key=value key='value'" as options of postgres.js.
function parseConninfo(conninfo) {
  const words = {};
  for (const [, key, quoted, plain] of conninfo.matchAll(/(\w+)\s*=\s*(?:'((?:\\.|[^'\\])*)'|(\S+))/g)) {
    words[key] = plain ?? quoted.replace(/\\(.)/g, '$1');
  }
  return { host: words.host, port: Number(words.port ?? 5432), database: words.dbname, username: words.user, password: words.password };
}

// `database` is a URL or libpq's keywords. Times come back as RFC 3339, 64-bit numbers as strings.
export function connect(database, connections) {
  const options = {
    max: connections,
    connection: { application_name: 'linnet-peer', TimeZone: 'UTC' },
    types: { date: { to: 1184, from: [1184], serialize: String, parse: toRfc3339 } },
  };
  if (/^postgres(ql)?:/.test(database)) return postgres(database, options);
  return postgres({ ...parseConninfo(database), ...options });
}
