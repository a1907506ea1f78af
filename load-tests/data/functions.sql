-- What the data are made of: everything about the i-th user, tweet, connection or favorite is computed from i and
-- the seed, so that any part can be generated alone, in any order, and comes out the same each time. The planner
-- inlines all of these as long as each body is one immutable expression; else rows take ten times as long.
--
-- Popularity is Zipf with exponent 1/2 over a rank: item r of n has weight r^-0.5, its cumulative share is
-- (r/n)^0.5, and so n * u^2 draws one from a uniform u. Of 20 M connections among 1 M users that gives the most
-- popular user 20,000 followers. User 1 is the most popular, the busiest author, and favorites most.

-- Uniform in [0, 1); each use has a salt of its own.
CREATE FUNCTION pg_temp.uniform(i bigint, salt bigint) RETURNS float8 IMMUTABLE LANGUAGE sql AS
$$ SELECT (hashint8extended(i, salt + 1000 * {seed}) & 9007199254740991)::float8 / 9007199254740992 $$;

-- A permutation of 0 .. n-1 that takes neighbours far apart.
CREATE FUNCTION pg_temp.shuffled(i bigint, n bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS
$$ SELECT (i * 2654435761 + {seed}) % n $$;

-- Of `total` edges shared out among n ranks, how many fall to the ranks before r; so r has shared(r+1) - shared(r).
CREATE FUNCTION pg_temp.shared(r bigint, n bigint, total bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS
$$ SELECT round(total * sqrt(r::float8 / n))::bigint $$;

-- The j-th of d distinct ids out of 1 .. n, popular ones more often: rises with j, one draw from each d-th of [0, 1).
CREATE FUNCTION pg_temp.nth_popular(j bigint, d bigint, n bigint, u float8) RETURNS bigint IMMUTABLE LANGUAGE sql AS
$$ SELECT 1 + j + floor((n - d) * power((j + u) / d, 2))::bigint $$;

-- Tweet i of 0 .. tweets-1, in order of time.
CREATE FUNCTION pg_temp.tweet_author(i bigint) RETURNS integer IMMUTABLE LANGUAGE sql AS
$$ SELECT (1 + floor({users} * power(pg_temp.uniform(i, 1), 2)))::integer $$;

CREATE FUNCTION pg_temp.tweet_milliseconds(i bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS
$$ SELECT {tweets_from_ms} + floor((i + pg_temp.uniform(i, 2)) * {tweets_span_ms} / {tweets})::bigint $$;

CREATE FUNCTION pg_temp.tweet_id(i bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS
$$ SELECT (pg_temp.tweet_milliseconds(i) << 22) | ((i % 1024) << 12) | (i / 1024 % 4096) $$;

CREATE FUNCTION pg_temp.at(milliseconds bigint) RETURNS timestamptz IMMUTABLE LANGUAGE sql AS
$$ SELECT to_timestamp((1767225600000 + milliseconds) / 1000.0::float8) $$;  -- from 2026-01-01 UTC

CREATE FUNCTION pg_temp.phrase(u float8) RETURNS text IMMUTABLE LANGUAGE sql AS $$
SELECT (ARRAY['good morning', 'the train is late again', 'coffee first', 'who is going tonight?', 'finally, rain',
    'reading by the window', 'new shoes, old road', 'that goal!!', 'lunch by the river', 'does anyone have a ladder?',
    'Добро утро', 'вали като из ведро', '今日は暑い', '猫が寝ている', '오늘도 화이팅', 'καλημέρα', 'صباح الخير', 'שבת שלום',
    'नमस्ते दोस्तों', 'สวัสดีตอนเช้า', '☀️🌊', '🎉🎉', '👩‍👩‍👧 at the zoo', '🚲 to work', 'ça va bien se passer', 'schöne Grüße',
    'mañana será otro día', 'tack för kaffet', 'see you on the other side', 'nothing beats a quiet library',
    'they said it could not be done', 'one more chapter, then bed'])[1 + floor(32 * u)::int] $$;

CREATE FUNCTION pg_temp.first_name(u float8) RETURNS text IMMUTABLE LANGUAGE sql AS $$
SELECT (ARRAY['Ada', 'Boris', 'Chiara', 'Dimitar', 'Elif', 'Farid', 'Grace', 'Hana', 'Ivo', 'Jun', 'Kofi', 'Lena',
    'Mira', 'Nikos', 'Olga', 'Pavel', 'Quinn', 'Rosa', 'Sven', 'Tara', 'Uma', 'Vera', 'Wen', 'Ximena'])[1 + floor(24 * u)::int] $$;

CREATE FUNCTION pg_temp.last_name(u float8) RETURNS text IMMUTABLE LANGUAGE sql AS $$
SELECT (ARRAY['Adler', 'Borges', 'Castro', 'Dimitrova', 'Eriksen', 'Fontaine', 'García', 'Haddad', 'Ivanov', 'Jensen',
    'Kim', 'Lindqvist', 'Müller', 'Nakamura', 'Okafor', 'Petrov'])[1 + floor(16 * u)::int] $$;
