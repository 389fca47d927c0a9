PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA application_id = 1684694648;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
CREATE TABLE state (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  generation INTEGER NOT NULL,
  unerased   INTEGER NOT NULL
);
CREATE TABLE changes (
  rule       TEXT PRIMARY KEY,
  generation INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX changes_generation ON changes (generation);
CREATE TABLE workspaces (
  id       TEXT PRIMARY KEY,
  location TEXT NOT NULL UNIQUE,
  created  INTEGER NOT NULL
) WITHOUT ROWID;
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
CREATE INDEX examples_repair ON examples (repair);
CREATE INDEX examples_stored ON examples (stored);
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
CREATE TABLE tombstones (
  pattern   TEXT PRIMARY KEY,
  forgotten INTEGER,
  never     INTEGER
) WITHOUT ROWID;
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
CREATE TABLE undone (
  pattern   TEXT NOT NULL,
  place     TEXT NOT NULL,
  workspace TEXT NOT NULL,
  time      INTEGER NOT NULL,
  PRIMARY KEY (pattern, place)
) WITHOUT ROWID;
CREATE TABLE ignored (
  pattern   TEXT NOT NULL,
  workspace TEXT NOT NULL,
  path      TEXT NOT NULL,
  count     INTEGER NOT NULL,
  time      INTEGER NOT NULL, -- of the last one
  PRIMARY KEY (pattern, workspace, path)
) WITHOUT ROWID;
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
CREATE TABLE history (
  workspace TEXT NOT NULL,
  hash      BLOB NOT NULL, -- of the commit
  time      INTEGER NOT NULL, -- when it was looked at
  PRIMARY KEY (workspace, hash)
) WITHOUT ROWID;
CREATE TABLE history_offers (
  workspace TEXT PRIMARY KEY,
  answer    TEXT NOT NULL, -- yes, no, none
  time      INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX examples_rule ON examples (rule_key, (CASE origin WHEN 'history' THEN 1 WHEN 'self' THEN 2 WHEN 'import' THEN 3 ELSE 0 END), time DESC, n DESC);
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
CREATE TABLE passed (
  workspace TEXT NOT NULL,
  same      TEXT NOT NULL,
  tests     BLOB NOT NULL,
  time      INTEGER NOT NULL,
  PRIMARY KEY (workspace, same)
) WITHOUT ROWID;
CREATE TABLE passing (
  workspace TEXT PRIMARY KEY,
  code      TEXT NOT NULL,
  files     BLOB NOT NULL,
  time      INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO changes (rule, generation) VALUES ('70b79d89628c1199ba142502', 1);
INSERT INTO examples (n, id, digest, repair, support, rule_key, identity, workspace, time, stored, path, language, source, code, message, severity, span_start, span_end, flags, before, edits, shape, class, fix_type, context, symptoms, steps, context_before, context_after, origin, tool, version, git_commit) VALUES (1, 'e_hxbcplxvwt32vetx', '3dc227aef5b4f7aa9277f4cd280cc596', 'r_1', 1, '70b79d89628c1199ba142502', 1, 'w', 1700000000000000005, 1700000001000000000, 'a/b.go', 'go', 'compiler', 'MissingReturn', 'missing return', 1, 12, 13, 4, 'func f() int {
}
', X'021E1E140972657475726E20300A', X'040C72657475726E0E6B6579776F726402300E6C69746572616C', 'repair', 'add_return', 'function > block', X'021A756E7573656420726573756C74', X'021E6669785F6170706C69636174696F6E1072657475726E2030', '}', 'return 0', 'typed', 'dejafix', '0.1.0', 'c');
INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (1, 0, 1);
INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (2, 1, 1);
INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (3, 2, 1);
INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (4, 3, 1);
INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (5, 4, 1);
INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (6, 5, 1);
INSERT INTO identities (n, key, rule_key, language, rule, template) VALUES (1, 'e642fb3c3853ea4435137579', '70b79d89628c1199ba142502', 'go', 'MissingReturn', 'missing return');
INSERT INTO state (one, generation, unerased) VALUES (1, 1, 0);
PRAGMA user_version = 5;
