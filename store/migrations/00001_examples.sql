-- +goose Up
-- What was learned: examples and what they are indexed by. Times are
-- nanoseconds since 1970; lists are in the form of list.go.

-- One row: counters and marks of the file as a whole.
-- generation: raised by every write that can change a suggestion.
-- unerased: 1 from a forgetting's delete until the files are rewritten.
CREATE TABLE state (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  generation INTEGER NOT NULL,
  unerased   INTEGER NOT NULL
);
INSERT INTO state VALUES (1, 0, 0);

-- Which rules changed, and when; rule '' stands for all of them. Keys are
-- digests, so that the row of a forgotten rule tells nothing.
CREATE TABLE changes (
  rule       TEXT PRIMARY KEY,
  generation INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX changes_generation ON changes (generation);

-- A repository (by its common git folder) or a folder without git.
CREATE TABLE workspaces (
  id       TEXT PRIMARY KEY,
  location TEXT NOT NULL UNIQUE,
  created  INTEGER NOT NULL
) WITHOUT ROWID;

-- What the user said of a folder and all below it; NULL: nothing.
CREATE TABLE folders (
  path    TEXT PRIMARY KEY,
  trusted INTEGER,
  paused  INTEGER
) WITHOUT ROWID;

CREATE TABLE identities (
  n        INTEGER PRIMARY KEY,
  key      TEXT NOT NULL UNIQUE,
  rule_key TEXT NOT NULL,
  language TEXT NOT NULL,
  rule     TEXT NOT NULL,
  template TEXT NOT NULL
);
CREATE INDEX identities_rule ON identities (rule_key);

-- AUTOINCREMENT: a number is never used twice, so that what is new since a
-- number stays new since that number.
CREATE TABLE examples (
  n              INTEGER PRIMARY KEY AUTOINCREMENT,
  id             TEXT NOT NULL UNIQUE,
  digest         TEXT NOT NULL, -- the id is the first part of it
  repair         TEXT NOT NULL,
  support        INTEGER NOT NULL,
  rule_key       TEXT NOT NULL,
  identity       INTEGER NOT NULL REFERENCES identities (n),
  workspace      TEXT NOT NULL,
  time           INTEGER NOT NULL, -- of the repair
  stored         INTEGER NOT NULL, -- of the row: what retention and forgetting go by
  path           TEXT NOT NULL,
  language       TEXT NOT NULL,
  source         TEXT NOT NULL,
  code           TEXT NOT NULL,
  message        TEXT NOT NULL,
  severity       INTEGER NOT NULL,
  span_start     INTEGER NOT NULL,
  span_end       INTEGER NOT NULL,
  flags          INTEGER NOT NULL,
  before         TEXT NOT NULL,
  edits          BLOB NOT NULL,
  shape          BLOB NOT NULL,
  class          TEXT NOT NULL,
  fix_type       TEXT NOT NULL,
  context        TEXT NOT NULL,
  symptoms       BLOB NOT NULL,
  steps          BLOB NOT NULL,
  context_before TEXT NOT NULL,
  context_after  TEXT NOT NULL,
  origin         TEXT NOT NULL,
  tool           TEXT NOT NULL,
  version        TEXT NOT NULL,
  git_commit     TEXT NOT NULL
);
CREATE INDEX examples_rule   ON examples (rule_key, time);
CREATE INDEX examples_repair ON examples (repair);
CREATE INDEX examples_stored ON examples (stored);

-- What patterns there are, for the command line: derived from examples, written
-- by the learner. A forgetting deletes the entry with the first of its examples,
-- retention with the last.
CREATE TABLE patterns (
  id       TEXT PRIMARY KEY,
  rule_key TEXT NOT NULL,
  language TEXT NOT NULL,
  rule     TEXT NOT NULL,
  template TEXT NOT NULL,
  title    TEXT NOT NULL,
  fix_type TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX patterns_rule ON patterns (rule_key);
CREATE TABLE pattern_examples (
  pattern TEXT NOT NULL,
  example TEXT NOT NULL,
  PRIMARY KEY (pattern, example)
) WITHOUT ROWID;
CREATE INDEX pattern_examples_example ON pattern_examples (example);

-- What the user said of a pattern; outlives the pattern. NULL: nothing.
CREATE TABLE tombstones (
  pattern   TEXT PRIMARY KEY,
  forgotten INTEGER,
  never     INTEGER
) WITHOUT ROWID;

PRAGMA user_version = 1;
