// memcached in front of the database: JSON values by key, deleted by the writes that change them, and gone after
// their TTL in any case. While it is away everything is a miss.
import memjs from 'memjs';

const TTL_SECONDS = 30;

export class Cache {
  #client;
  #loads = new Map();

  constructor(address) {
    this.#client = memjs.Client.create(address, {
      timeout: 0.2,
      retries: 0,
      failoverTime: 1,
      logger: { log() {} },
    });
  }

  // The value of the key, or what load() yields, which is then kept unless it is undefined. Those who miss the same
  // key at the same time share one load().
  async fetch(key, load) {
    const kept = await this.#get(key);
    if (kept !== undefined) return kept;
    const shared = this.#loads.get(key);
    if (shared) return shared;
    const loading = this.#load(key, load);
    this.#loads.set(key, loading);
    try {
      return await loading;
    } finally {
      if (this.#loads.get(key) === loading) this.#loads.delete(key);
    }
  }

  // After the commit and before the answer, so that the client that wrote reads what it wrote.
  async invalidate(keys) {
    for (const key of keys) this.#loads.delete(key);
    await Promise.all(keys.map((key) => this.#client.delete(key).catch(() => {})));
  }

  close() {
    this.#client.close();
  }

  async #get(key) {
    try {
      const { value } = await this.#client.get(key);
      return value === null ? undefined : JSON.parse(value);
    } catch {
      return undefined;
    }
  }

  async #load(key, load) {
    const value = await load();
    if (value !== undefined) this.#client.set(key, JSON.stringify(value), { expires: TTL_SECONDS }).catch(() => {});
    return value;
  }
}
