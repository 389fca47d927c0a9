package store

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// TestMigrationNumbers: the files are numbered without a gap, each sets its own
// number, and schemaVersion is the last.
func TestMigrationNumbers(t *testing.T) {
	names, err := fs.Glob(migrations(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != schemaVersion {
		t.Errorf("%d migrations, schemaVersion is %d", len(names), schemaVersion)
	}
	for i, name := range names {
		if !strings.HasPrefix(name, fmt.Sprintf("%05d_", i+1)) {
			t.Errorf("migration %d is called %s", i+1, name)
		}
		b, err := fs.ReadFile(migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), fmt.Sprintf("\nPRAGMA user_version = %d;\n", i+1)) || strings.Contains(string(b), "+goose Down") {
			t.Errorf("%s: sets another user_version, or goes backwards", name)
		}
	}
}

// schema describes tables and indexes, goose's own aside.
func schema(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	rows, err := db.Query("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'goose%'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	m := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			t.Fatal(err)
		}
		m[name] = text
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

var update = flag.Bool("update", false, "write the fixture of the current schema")

// fixture is where a version's store is written down as SQL.
func fixture(v int) string { return filepath.Join("testdata", "schema", fmt.Sprintf("v%d.sql", v)) }

// TestFixture: the store of the current version is written down, so that the
// next version has something to migrate from. Once there is a next one, nothing
// changes the file any more.
func TestFixture(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "dejafix.db"), Clock: func() time.Time { return time.Unix(1_700_000_001, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.AddExamples(t.Context(), []analysis.Example{fixtureExample()}); err != nil {
		t.Fatal(err)
	}
	got := dump(t, s.write, schemaVersion)
	if *update {
		if err := os.WriteFile(fixture(schemaVersion), []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(fixture(schemaVersion))
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the schema is not %s any more: a change of the schema is a new migration; while no release has version %d, -update writes the file", fixture(schemaVersion), schemaVersion)
	}
}

// dump writes a store down as SQL that makes it anew.
func dump(t *testing.T, db *sql.DB, v int) string {
	t.Helper()
	list := func(query string) []string {
		t.Helper()
		rows, err := db.Query(query)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		defer rows.Close()
		var all []string
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	var b strings.Builder
	fmt.Fprintf(&b, "PRAGMA auto_vacuum = INCREMENTAL;\nPRAGMA journal_mode = WAL;\nPRAGMA application_id = %d;\n", applicationID)
	for _, text := range list("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid") {
		b.WriteString(text + ";\n")
	}
	for _, table := range list("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name") {
		// goose notes when it ran.
		columns := list(fmt.Sprintf("SELECT name FROM pragma_table_info('%s') WHERE name <> 'tstamp' ORDER BY cid", table))
		values := "quote(" + strings.Join(columns, ") || ', ' || quote(") + ")"
		for _, row := range list(fmt.Sprintf("SELECT %s FROM %s ORDER BY 1", values, table)) {
			fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES (%s);\n", table, strings.Join(columns, ", "), row)
		}
	}
	fmt.Fprintf(&b, "PRAGMA user_version = %d;\n", v)
	return b.String()
}

// old makes a store as version v of the schema left it.
func old(t *testing.T, v int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dejafix.db")
	text, err := os.ReadFile(fixture(v))
	if err != nil {
		t.Fatalf("every version needs its fixture: %v", err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(string(text)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// fixtureExample is the one example of every fixture.
func fixtureExample() analysis.Example {
	ex := analysis.Example{
		Repair: "r_1", Support: true, Path: "a/b.go", Language: "go",
		Identity:   analysis.Identity{Language: "go", Rule: "MissingReturn", Template: "missing return"},
		Diagnostic: analysis.Diagnostic{Source: "compiler", Code: "MissingReturn", Message: "missing return", Severity: analysis.SeverityError, Span: analysis.Span{Start: 12, End: 13}, Deprecated: true},
		Before:     "func f() int {\n}\n", Edits: []analysis.Edit{{Span: analysis.Span{Start: 15, End: 15}, New: "\treturn 0\n"}},
		Shape: []analysis.ShapeToken{{Text: "return", Class: analysis.TokenKeyword}, {Text: "0", Class: analysis.TokenLiteral}},
		Class: analysis.ClassRepair, FixType: analysis.FixAddReturn, Context: "function > block",
		Symptoms: []string{"unused result"}, Steps: []analysis.Step{{Action: "fix_application", Details: "return 0"}},
		ContextBefore: "}", ContextAfter: "return 0",
		Provenance: analysis.Provenance{Origin: analysis.OriginTyped, Tool: "dejafix", Version: "0.1.0", Workspace: "w", Commit: "c", Time: time.Unix(1_700_000_000, 5).UTC()},
	}
	ex.Digest, ex.ID = ExampleID(&ex)
	return ex
}

// TestMigrations: from every older version, empty file included, to a store
// that equals a new one, with what was in it.
func TestMigrations(t *testing.T) {
	fresh, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "new.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	want := schema(t, fresh.read)
	for v := range schemaVersion {
		t.Run(fmt.Sprintf("from version %d", v), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "empty.db")
			if v > 0 {
				path = old(t, v)
			}
			s, err := Open(t.Context(), Options{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if got := schema(t, s.read); !reflect.DeepEqual(got, want) {
				t.Errorf("the schema differs from a new store's:\n got %v\nwant %v", got, want)
			}
			if n, err := s.version(t.Context(), s.read); n != schemaVersion || err != nil {
				t.Errorf("version %d, %v", n, err)
			}
			if v > 0 {
				ex := fixtureExample()
				got, err := s.Example(t.Context(), ex.ID)
				if err != nil || !reflect.DeepEqual(got, ex) {
					t.Errorf("the example came out as\n%+v, %v\nwant\n%+v", got, err, ex)
				}
			}
			// And it takes what a new store takes.
			if err := s.AddOutcome(t.Context(), Outcome{Pattern: "p", Verdict: analysis.VerdictHeld}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReadOnlyNeedsMigration: a store that may not be written is not migrated.
func TestReadOnlyNeedsMigration(t *testing.T) {
	path := old(t, 1)
	if _, err := Open(t.Context(), Options{Path: path, ReadOnly: true}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("an old store, read-only: %v", err)
	}
}

// TestMigrationWaits: one process migrates at a time; who waits in vain says so.
func TestMigrationWaits(t *testing.T) {
	path := old(t, 1)
	held, err := tryLock(path + ".lock")
	if err != nil || held == nil {
		t.Fatalf("lock: %v, %v", held, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, Options{Path: path}); !errors.Is(err, ErrBusy) {
		t.Errorf("while another migrates: %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFailedMigration: it leaves the version it came from, and is tried again.
func TestFailedMigration(t *testing.T) {
	path := old(t, 1)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE ignored (x)"); err != nil { // in the way of version 2's last table
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: path}); err == nil {
		t.Fatal("opened")
	}
	var v, tables int
	if err := db.QueryRow("PRAGMA user_version").Scan(&v); err != nil || v != 1 {
		t.Errorf("version %d after a failed migration, %v", v, err)
	}
	if err := db.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name = 'outcomes'").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("half of the migration is there (%v)", err)
	}
	if _, err := db.Exec("DROP TABLE ignored"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFullDisk: SQLite says full when it may take no more pages, as it does
// when the disk has no room; what was stored stays, and writing goes on when
// there is room.
func TestFullDisk(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "dejafix.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var pages int
	if err := s.write.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if err := s.write.QueryRow(fmt.Sprintf("PRAGMA max_page_count = %d", pages+30)).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	next := func(i int) []analysis.Example {
		ex := fixtureExample()
		ex.ID, ex.Digest, ex.Before = "", "", strings.Repeat(fmt.Sprintf("line %d\n", i), 500)
		return []analysis.Example{ex}
	}
	stored := 0
	var full error
	for full == nil {
		if _, full = s.AddExamples(t.Context(), next(stored)); full == nil {
			stored++
		}
	}
	if !errors.Is(full, ErrFull) || !strings.Contains(full.Error(), "free some space") || stored == 0 {
		t.Errorf("after %d examples: %v", stored, full)
	}
	if n, err := s.Count(t.Context()); n != stored || err != nil {
		t.Errorf("%d examples, %v; want %d", n, err, stored)
	}
	if err := s.write.QueryRow("PRAGMA max_page_count = 1000000").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if n, err := s.AddExamples(t.Context(), next(stored)); n != 1 || err != nil {
		t.Errorf("with room again: %d, %v", n, err)
	}
}

func TestDefaultPath(t *testing.T) {
	home := func() (string, error) { return "/home/u", nil }
	for _, tc := range []struct {
		goos string
		env  map[string]string
		home func() (string, error)
		want string
	}{
		{"linux", nil, home, "/home/u/.local/share/dejafix/dejafix.db"},
		{"linux", map[string]string{"XDG_DATA_HOME": "/data"}, home, "/data/dejafix/dejafix.db"},
		{"linux", map[string]string{"XDG_DATA_HOME": "relative"}, home, "/home/u/.local/share/dejafix/dejafix.db"},
		{"darwin", nil, home, "/home/u/Library/Application Support/dejafix/dejafix.db"},
		{"windows", map[string]string{"LOCALAPPDATA": "/local"}, home, "/local/dejafix/dejafix.db"},
		{"windows", nil, home, "/home/u/AppData/Local/dejafix/dejafix.db"},
		{"linux", nil, func() (string, error) { return "", errors.New("no $HOME") }, ""},
	} {
		got, err := defaultPath(tc.goos, func(k string) string { return tc.env[k] }, tc.home)
		if filepath.ToSlash(got) != tc.want || (err == nil) != (tc.want != "") {
			t.Errorf("%s %v: %s, %v; want %s", tc.goos, tc.env, got, err, tc.want)
		}
	}
}
