-- +goose Up
-- What was learned from history: how far each repository was read, and what its
-- person answered when asked whether to.

-- The commits that were looked at. No text of a repository is in it.
CREATE TABLE history (
  workspace TEXT NOT NULL,
  hash      BLOB NOT NULL, -- of the commit
  time      INTEGER NOT NULL, -- when it was looked at
  PRIMARY KEY (workspace, hash)
) WITHOUT ROWID;

-- That a workspace's person was asked, so that nobody is asked twice.
CREATE TABLE history_offers (
  workspace TEXT PRIMARY KEY,
  answer    TEXT NOT NULL, -- yes, no, none
  time      INTEGER NOT NULL
) WITHOUT ROWID;

-- The examples of a rule in the order that they are learned from: what a person
-- did first, then what was read from history, what breaking code gave, and what
-- was imported, the newest of each first.
DROP INDEX examples_rule;
CREATE INDEX examples_rule ON examples (rule_key, (CASE origin WHEN 'history' THEN 1 WHEN 'self' THEN 2 WHEN 'import' THEN 3 ELSE 0 END), time DESC, n DESC);

PRAGMA user_version = 4;
