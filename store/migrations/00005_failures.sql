-- +goose Up
-- What failed when it was run: tests and programs. No text that they printed is
-- kept but for the message, with what varies and what looks like a secret taken
-- out, and no value of a variable. Codes, commands and keys are digests.

-- Failures that are the same, by the fingerprint of analysis/trace.
CREATE TABLE failures (
  workspace TEXT NOT NULL,
  print     TEXT NOT NULL,
  language  TEXT NOT NULL,
  type      TEXT NOT NULL,
  message   TEXT NOT NULL,
  frames    BLOB NOT NULL, -- list: function, module, file, path, line, locals
  first     INTEGER NOT NULL,
  last      INTEGER NOT NULL,
  count     INTEGER NOT NULL, -- runs
  flaky     INTEGER NOT NULL, -- when the same code was last found to fail and pass, 0: never
  code      TEXT NOT NULL,    -- in which it was last seen
  vias      BLOB NOT NULL,    -- list: where it was seen then
  PRIMARY KEY (workspace, print)
) WITHOUT ROWID;
CREATE INDEX failures_last ON failures (last);

-- The tests, and programs, that failed so.
CREATE TABLE failure_tests (
  workspace TEXT NOT NULL,
  print     TEXT NOT NULL,
  test      TEXT NOT NULL, -- key
  package   TEXT NOT NULL,
  name      TEXT NOT NULL,
  command   TEXT NOT NULL, -- digest
  same      TEXT NOT NULL, -- the run in which it last failed
  count     INTEGER NOT NULL,
  last      INTEGER NOT NULL,
  PRIMARY KEY (workspace, print, test)
) WITHOUT ROWID;
CREATE INDEX failure_tests_test ON failure_tests (workspace, test);

-- What repaired them: an example, or an edit of another file than the one that
-- failed, of which nothing is learned.
CREATE TABLE failure_repairs (
  workspace TEXT NOT NULL,
  print     TEXT NOT NULL,
  repair    TEXT NOT NULL,
  example   TEXT NOT NULL, -- '': of another file
  path      TEXT NOT NULL,
  title     TEXT NOT NULL,
  diff      TEXT NOT NULL, -- '' where there is an example
  same      TEXT NOT NULL, -- the run that passed
  refuted   INTEGER NOT NULL, -- 1: the same run failed again
  time      INTEGER NOT NULL,
  PRIMARY KEY (workspace, print, repair)
) WITHOUT ROWID;
CREATE INDEX failure_repairs_repair ON failure_repairs (repair);

-- How a test that ever failed ended, in runs of the same code by the same
-- command.
CREATE TABLE test_results (
  workspace TEXT NOT NULL,
  test      TEXT NOT NULL,
  same      TEXT NOT NULL, -- digest of code and command
  failed    INTEGER NOT NULL,
  passed    INTEGER NOT NULL,
  time      INTEGER NOT NULL,
  PRIMARY KEY (workspace, test, same)
) WITHOUT ROWID;
CREATE INDEX test_results_time ON test_results (workspace, time);

-- Which tests passed in such runs: 32 bits of each key and a count.
CREATE TABLE passed (
  workspace TEXT NOT NULL,
  same      TEXT NOT NULL,
  tests     BLOB NOT NULL,
  time      INTEGER NOT NULL,
  PRIMARY KEY (workspace, same)
) WITHOUT ROWID;

-- The code of each workspace when all that ran passed last: digests of lines.
CREATE TABLE passing (
  workspace TEXT PRIMARY KEY,
  code      TEXT NOT NULL,
  files     BLOB NOT NULL,
  time      INTEGER NOT NULL
) WITHOUT ROWID;

PRAGMA user_version = 5;
