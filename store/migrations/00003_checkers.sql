-- +goose Up
-- What the checkers of a process did and hold: a row for each process that
-- checked anything. No text of a workspace is in it.
CREATE TABLE checkers (
  pid     INTEGER NOT NULL,
  started INTEGER NOT NULL,
  seen    INTEGER NOT NULL, -- when the row was written last
  ended   INTEGER NOT NULL, -- 1: the process closed its checkers
  runs    INTEGER NOT NULL,
  checked INTEGER NOT NULL,
  refuted INTEGER NOT NULL,
  unknown BLOB NOT NULL,    -- list: cause, count
  memory  INTEGER NOT NULL, -- bytes
  peak    INTEGER NOT NULL,
  most    INTEGER NOT NULL, -- bytes that one of them may hold
  PRIMARY KEY (pid, started)
) WITHOUT ROWID;

PRAGMA user_version = 3;
