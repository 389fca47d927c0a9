-- +goose Up
-- What became of suggestions.

CREATE TABLE outcomes (
  n          INTEGER PRIMARY KEY,
  pattern    TEXT NOT NULL,
  example    TEXT NOT NULL,
  suggestion TEXT NOT NULL,
  rule_key   TEXT NOT NULL,
  workspace  TEXT NOT NULL,
  verdict    TEXT NOT NULL,
  time       INTEGER NOT NULL
);
CREATE INDEX outcomes_pattern ON outcomes (pattern, time);
CREATE INDEX outcomes_rule    ON outcomes (rule_key, time);
CREATE INDEX outcomes_example ON outcomes (example);

-- One row for each decision to show or withhold.
CREATE TABLE exposures (
  n          INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  suggestion TEXT NOT NULL,
  diagnostic TEXT NOT NULL,
  identity   TEXT NOT NULL, -- an identity's key
  workspace  TEXT NOT NULL,
  path       TEXT NOT NULL,
  candidates TEXT NOT NULL, -- JSON: [{pattern, score}], best first
  policy     TEXT NOT NULL,
  chance     REAL NOT NULL,
  status     TEXT NOT NULL,
  verdict    TEXT NOT NULL,
  time       INTEGER NOT NULL
);
CREATE INDEX exposures_diagnostic ON exposures (diagnostic, time);
CREATE INDEX exposures_time ON exposures (time);

-- Places where a pattern was undone. A place is a digest of its text.
CREATE TABLE undone (
  pattern   TEXT NOT NULL,
  place     TEXT NOT NULL,
  workspace TEXT NOT NULL,
  time      INTEGER NOT NULL,
  PRIMARY KEY (pattern, place)
) WITHOUT ROWID;

-- How often a pattern was seen and ignored in a file.
CREATE TABLE ignored (
  pattern   TEXT NOT NULL,
  workspace TEXT NOT NULL,
  path      TEXT NOT NULL,
  count     INTEGER NOT NULL,
  time      INTEGER NOT NULL, -- of the last one
  PRIMARY KEY (pattern, workspace, path)
) WITHOUT ROWID;

PRAGMA user_version = 2;
