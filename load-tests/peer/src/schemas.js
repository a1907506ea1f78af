// What requests may hold and what answers do: Fastify compiles a validator and a serializer from each.
const text = { type: 'string' };
const count = { type: 'integer' };
const flag = { type: 'boolean' };

const object = (properties, optional = []) => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

const names = { id: text, username: text, first_name: text, last_name: text };
const viewerOfUser = object({ following: flag, followed_by: flag });
const profile = {
  ...names,
  description: text,
  created_at: text,
  updated_at: text,
  tweets_count: count,
  followers_count: count,
  followees_count: count,
  favorites_count: count,
  viewer: viewerOfUser,
};

export const reference = object(names);
export const user = object(profile, ['viewer']);
export const follower = object({ ...profile, followed_at: text }, ['viewer']);
export const tweet = object(
  { id: text, content: text, created_at: text, favorites_count: count, user: reference, viewer: object({ favorited: flag }) },
  ['viewer'],
);
export const favorite = object({ user: reference, tweet, favorited_at: text });
export const connection = object({ follower: reference, followee: reference, followed_at: text });
export const list = (item) =>
  object({ items: { type: 'array', items: item }, page: count, next_cursor: { type: 'string', nullable: true } });

const username = { type: 'string', maxLength: 15 };
const tweetId = { type: 'string', pattern: '^[1-9][0-9]{0,18}$' };
export const ofUser = object({ username });
export const ofFollower = object({ username, follower: username });
export const ofTweet = object({ username, id: tweetId });
export const ofFavoriter = object({ username, id: tweetId, favoriter: username });
export const paged = { type: 'object', properties: { cursor: text }, additionalProperties: false };
export const newTweet = {
  ...object({ content: { type: 'string', pattern: '^(?=[^]*\\S)[^\\u0000\\p{Cs}]+$' } }),
  additionalProperties: false,
};
export const idempotent = {
  type: 'object',
  properties: { 'idempotency-key': { type: 'string', pattern: '^[!-~]{1,255}$' } },
};
