-- One tweet of any user, with an id of its own.
\set user random(1, :users)
\set n :n + 1
\set id :first + :n * 64 + :client_id
INSERT INTO tweets (id, created_at, user_id, content)
VALUES (:id, now(), :user, 'Load ' || :id || ': the river is at 160 cm, and rising. 🌊');
