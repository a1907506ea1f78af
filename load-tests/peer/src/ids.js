// Time-ordered tweet ids as Linnet's: 41 bits of milliseconds since 2026, 10 of node, 12 of sequence.
const EPOCH = Date.UTC(2026, 0, 1);

// Takes a node number for this process; returns a function that yields {id, createdAt}.
export async function idGenerator(sql) {
  const [{ node }] = await sql`SELECT nextval('server_nodes')::int AS node`;
  let time = 0;
  let sequence = 0;
  return function nextId() {
    const now = Date.now() - EPOCH;
    if (now > time) {
      time = now;
      sequence = 0;
    } else if (sequence < 4095) {
      sequence += 1;
    } else {
      time += 1;
      sequence = 0;
    }
    const id = ((BigInt(time) << 22n) | BigInt((node << 12) | sequence)).toString();
    return { id, createdAt: new Date(EPOCH + time).toISOString().replace('Z', '000Z') };
  };
}
