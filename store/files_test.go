package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/store"
	"github.com/dejafix/dejafix/store/storetest"
)

// openAt opens a store for a test.
func openAt(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newPath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data", "dejafix.db")
}

// storeFiles lists what lies in the store's folder.
func storeFiles(t *testing.T, path string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files beside %s (%v)", path, err)
	}
	return names
}

func add(t *testing.T, s *store.Store, exs ...analysis.Example) []analysis.Example {
	t.Helper()
	if n, err := s.AddExamples(t.Context(), exs); err != nil || n != len(exs) {
		t.Fatalf("%d of %d added, %v", n, len(exs), err)
	}
	return exs
}

func TestPermissions(t *testing.T) {
	path := newPath(t)
	s := openAt(t, store.Options{Path: path})
	add(t, s, storetest.Sample(1, 10))
	check := func(name string, want fs.FileMode) {
		t.Helper()
		fi, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if fi.Mode().Perm() != want {
			t.Errorf("%s: %v, want %v", filepath.Base(name), fi.Mode().Perm(), want)
		}
	}
	if runtime.GOOS == "windows" {
		return // access lists of the user's profile do it there
	}
	check(filepath.Dir(path), 0o700)
	seen := map[string]bool{}
	for _, name := range storeFiles(t, path) {
		seen[filepath.Base(name)] = true
		check(name, 0o600)
	}
	for _, name := range []string{"dejafix.db", "dejafix.db-wal", "dejafix.db-shm"} {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
	// What somebody opened up is tightened, but not a folder of another's choice.
	for name, mode := range map[string]fs.FileMode{path: 0o644, path + "-wal": 0o666, path + "-shm": 0o640, filepath.Dir(path): 0o755} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	openAt(t, store.Options{Path: path})
	for _, name := range storeFiles(t, path) {
		check(name, 0o600)
	}
	check(filepath.Dir(path), 0o755)
}

// TestDefaultFolder: the folder of the default place is ours to tighten.
func TestDefaultFolder(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	path, err := store.DefaultPath()
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(os.Getenv("XDG_DATA_HOME"), "dejafix", "dejafix.db"); path != want {
		t.Fatalf("default path %s, want %s", path, want)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	openAt(t, store.Options{Path: path})
	fi, err := os.Stat(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && fi.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v", fi.Mode().Perm())
	}
}

// foreign makes an SQLite database without this package.
func foreign(t *testing.T, path string, statements ...string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range statements {
		if _, err := db.Exec(st); err != nil {
			t.Fatalf("%s: %v", st, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestUnusableFiles: each has its error and its next step, and stays as it was
// to the byte.
func TestUnusableFiles(t *testing.T) {
	for name, tc := range map[string]struct {
		make func(t *testing.T, path string)
		kind error
		says string
	}{
		"text": {
			make: func(t *testing.T, path string) {
				t.Helper()
				writeFile(t, path, strings.Repeat("This is a shopping list.\n", 500))
			},
			kind: store.ErrNotStore, says: "--store",
		},
		"another program's database": {
			make: func(t *testing.T, path string) {
				t.Helper()
				foreign(t, path, "CREATE TABLE bookmarks (url)", "INSERT INTO bookmarks VALUES ('x')")
			},
			kind: store.ErrNotStore, says: "--store",
		},
		"another program's number": {
			make: func(t *testing.T, path string) {
				t.Helper()
				foreign(t, path, "PRAGMA application_id = 42")
			},
			kind: store.ErrNotStore, says: "--store",
		},
		"newer schema": {
			make: func(t *testing.T, path string) {
				t.Helper()
				makeStore(t, path)
				foreign(t, path, "PRAGMA user_version = 9999")
			},
			kind: store.ErrNewerSchema, says: "update dejafix",
		},
		"damaged first page": {
			make: func(t *testing.T, path string) {
				t.Helper()
				makeStore(t, path)
				overwrite(t, path, 100, 1000)
			},
			kind: store.ErrCorrupt, says: "aside",
		},
		"cut short": {
			make: func(t *testing.T, path string) {
				t.Helper()
				makeStore(t, path)
				if err := os.Truncate(path, 50); err != nil {
					t.Fatal(err)
				}
			},
			kind: store.ErrCorrupt, says: "aside",
		},
		"a folder": {
			make: func(t *testing.T, path string) {
				t.Helper()
				if err := os.MkdirAll(filepath.Join(path, "x"), 0o700); err != nil {
					t.Fatal(err)
				}
			},
			kind: store.ErrNotStore, says: "--store",
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			tc.make(t, path)
			before := contents(t, filepath.Dir(path))
			for _, readOnly := range []bool{false, true} {
				s, err := store.Open(t.Context(), store.Options{Path: path, ReadOnly: readOnly})
				if err == nil {
					_ = s.Close()
				}
				if !errors.Is(err, tc.kind) || !strings.Contains(fmt.Sprint(err), tc.says) || !strings.Contains(fmt.Sprint(err), path) || strings.Contains(fmt.Sprint(err), "\n") {
					t.Errorf("read only %v: error %v; want %v, with %q", readOnly, err, tc.kind, tc.says)
				}
			}
			for name, want := range before {
				if got := contents(t, filepath.Dir(path))[name]; got != want {
					t.Errorf("%s was changed", name)
				}
			}
		})
	}
}

// TestNoPlaceForFile: the folder of a store that is not there yet cannot be
// made, which is something else than a store that is not there.
func TestNoPlaceForFile(t *testing.T) {
	file := newPath(t)
	writeFile(t, file, "a file")
	_, err := store.Open(t.Context(), store.Options{Path: filepath.Join(file, "dejafix.db")})
	if !errors.Is(err, store.ErrReadOnly) || errors.Is(err, store.ErrNotFound) || !strings.Contains(fmt.Sprint(err), "--store") {
		t.Errorf("error %v", err)
	}
}

// TestDamagedLater: damage in the middle of a store is an error where it is
// met; the rest is still there.
func TestDamagedLater(t *testing.T) {
	path := newPath(t)
	s := openAt(t, store.Options{Path: path})
	if err := storetest.Fill(t.Context(), s, 2000, 50, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	s = openAt(t, store.Options{Path: path, ReadOnly: true})
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("check of a good store: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, int(fi.Size()/2), int(fi.Size()/4))
	s = openAt(t, store.Options{Path: path})
	if err := s.Check(t.Context()); !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "aside") || strings.Contains(err.Error(), "\n") {
		t.Errorf("check of a damaged store: %v", err)
	}
	var failed error
	for _, err := range s.Examples(t.Context()) {
		failed = err
	}
	if !errors.Is(failed, store.ErrCorrupt) || !strings.Contains(failed.Error(), "aside") {
		t.Errorf("walking over a damaged store: %v", failed)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func makeStore(t *testing.T, path string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	add(t, s, storetest.Sample(1, 10))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// overwrite puts n bytes of rubbish at an offset.
func overwrite(t *testing.T, path string, at, n int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, n), int64(at)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// contents reads the regular files of a folder; -wal and -shm, which SQLite
// may leave beside a file that it only looked at, are empty then and left out.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	m := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(name)
		m[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestReadOnlyOption(t *testing.T) {
	path := newPath(t)
	if _, err := store.Open(t.Context(), store.Options{Path: path, ReadOnly: true}); !errors.Is(err, store.ErrNotFound) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made (%v)", err)
	}
	makeStore(t, path)
	s := openAt(t, store.Options{Path: path, ReadOnly: true})
	if n, err := s.Count(t.Context()); n != 1 || err != nil {
		t.Errorf("%d examples, %v", n, err)
	}
	if _, err := s.AddExamples(t.Context(), []analysis.Example{storetest.Sample(2, 10)}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("a write: %v", err)
	}
	if _, err := s.WorkspaceID(t.Context(), t.TempDir()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a new workspace: %v", err)
	}
	if err := s.Erase(t.Context()); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("erase: %v", err)
	}
	// It sees what another writes meanwhile.
	w := openAt(t, store.Options{Path: path})
	add(t, w, storetest.Sample(2, 10))
	if n, err := s.Count(t.Context()); n != 2 || err != nil {
		t.Errorf("%d examples, %v", n, err)
	}
}

// canary is text that nothing else holds.
const canary = "zqxjkvbp_secret_canary"

// secret is an example full of the canary, in its own workspace.
func secret(i int, workspace string) analysis.Example {
	ex := storetest.Sample(i, 10)
	mark := fmt.Sprintf("%s_%d", canary, i)
	ex.Path = mark + ".go"
	ex.Identity.Rule, ex.Identity.Template = mark, mark
	ex.Before += "// " + strings.Repeat(mark+" ", 1+i%200) // some overflow a page
	ex.Diagnostic.Message, ex.ContextBefore, ex.ContextAfter, ex.Context = mark, mark, mark, mark
	ex.Edits[0].New = mark
	ex.Shape[0].Text = mark
	ex.Symptoms = []string{mark}
	ex.Steps[0].Details = mark
	ex.Provenance.Workspace = workspace
	return ex
}

// grep lists the files of the store, and of the folder for temporary files,
// that hold the canary.
func grep(t *testing.T, dirs ...string) []string {
	t.Helper()
	var found []string
	for _, dir := range dirs {
		for name, text := range contents(t, dir) {
			if n := strings.Count(text, canary); n > 0 {
				found = append(found, fmt.Sprintf("%s (%d times)", filepath.Base(name), n))
			}
		}
	}
	return found
}

func TestForgottenIsInNoFile(t *testing.T) {
	const secrets = 60
	for name, scope := range map[string]func(root string, ids []string, start time.Time) store.Scope{
		"everything": func(string, []string, time.Time) store.Scope { return store.Everything{} },
		"workspace":  func(root string, _ []string, _ time.Time) store.Scope { return store.OfWorkspace{Root: root} },
		"since":      func(_ string, _ []string, start time.Time) store.Scope { return store.Since{Time: start} },
		"pattern": func(_ string, ids []string, _ time.Time) store.Scope {
			return store.OfPattern{ID: "p_canary", Examples: ids}
		},
	} {
		t.Run(name, func(t *testing.T) {
			tmp := t.TempDir()
			t.Setenv("TMPDIR", tmp)
			t.Setenv("SQLITE_TMPDIR", tmp)
			path := newPath(t)
			clock := storetest.NewClock()
			s := openAt(t, store.Options{Path: path, Clock: clock.Now})
			root := filepath.Join(t.TempDir(), canary)
			w, err := s.WorkspaceID(t.Context(), root)
			if err != nil {
				t.Fatal(err)
			}
			// Secrets between other examples, so that pages are split, merged and
			// moved; half of the others come after.
			if err := storetest.Fill(t.Context(), s, 300, 10, nil); err != nil {
				t.Fatal(err)
			}
			clock.Add(time.Hour)
			start := clock.Now()
			var ids []string
			for i := range secrets {
				if name != "since" {
					add(t, s, storetest.Sample(1000+i, 10))
				}
				ex := add(t, s, secret(i, w))[0]
				ids = append(ids, ex.ID)
				if err := s.PutPatternIndex(t.Context(), ex.Identity.RuleKey(), nil, []store.Pattern{{ID: fmt.Sprintf("p_%d", i), Identity: ex.Identity, Title: canary, Examples: []string{ex.ID}}}); err != nil {
					t.Fatal(err)
				}
			}
			// An index filled in no order, with entries of many sizes: the B-tree
			// moves them and leaves copies, which only VACUUM removes. One scope shows
			// it.
			if name == "workspace" {
				var xs []store.Exposure
				for i := range 3000 {
					x := store.Exposure{Workspace: "another", ID: "x_" + analysis.DigestOf(fmt.Sprint(i)).String() + strings.Repeat("plain", i%30)}
					if i%2 == 0 {
						x.Workspace, x.ID = w, x.ID+strings.Repeat(canary, 1+i%7)
					}
					xs = append(xs, x)
				}
				if err := s.AddExposures(t.Context(), xs); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.SetTrust(t.Context(), root, true); err != nil {
				t.Fatal(err)
			}
			if err := s.AddExposures(t.Context(), []store.Exposure{{Workspace: w, Path: canary, Candidates: []store.Candidate{{Pattern: "p_canary"}}}}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.AddIgnored(t.Context(), store.PatternFile{Pattern: "p_canary", Workspace: w, Path: canary}, time.Time{}); err != nil {
				t.Fatal(err)
			}
			note := analysis.RunNote{Workspace: w, Code: "c", Same: "s", Groups: []analysis.FailureGroup{{Print: "t_1"}}}
			if name != "pattern" { // the failure is not what was learned of it
				note.Groups[0] = analysis.FailureGroup{
					Print: "t_1", Type: canary, Message: canary, Vias: []string{canary}, Tests: []analysis.FailedTest{{Key: "k", Package: canary, Name: canary}},
					Frames: []analysis.Frame{{Function: canary, Path: canary, Locals: []analysis.Local{{Name: canary, Type: canary}}}},
				}
				note.Passing = &analysis.Passing{Code: canary, Files: map[string][]uint32{canary: {1}}, Time: clock.Now()}
				note.Results = []analysis.TestResult{{Test: canary, Failed: 1}}
			}
			if err := s.AddRun(t.Context(), note); err != nil {
				t.Fatal(err)
			}
			last, err := s.Example(t.Context(), ids[len(ids)-1])
			if err != nil {
				t.Fatal(err)
			}
			if err := s.AddFailureRepair(t.Context(), w, []string{"t_1"}, analysis.FailureRepair{Repair: last.Repair, Example: last.ID, Path: canary, Title: canary, Diff: canary}); err != nil {
				t.Fatal(err)
			}
			// Another window has the store open, and has read from it.
			other := openAt(t, store.Options{Path: path})
			for _, err := range other.Examples(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
			}
			dir := filepath.Dir(path)
			if grep(t, dir) == nil {
				t.Fatal("the canary is in no file before it is forgotten: the test sees nothing")
			}
			if name != "everything" && name != "workspace" {
				// Only OfWorkspace and Everything know of the folder's name.
				if _, err := s.Forget(t.Context(), store.OfWorkspace{Root: filepath.Dir(root)}); err != nil {
					t.Fatal(err)
				}
			}
			n, err := s.Forget(t.Context(), scope(root, ids, start))
			if err != nil {
				t.Fatal(err)
			}
			if n.Examples < secrets {
				t.Errorf("%d examples forgotten", n.Examples)
			}
			allowed := 0
			if name == "since" || name == "pattern" {
				allowed = 2 // the folder's name, in workspaces and folders
			}
			left := 0
			for _, dir := range []string{dir, tmp} {
				for _, text := range contents(t, dir) {
					left += strings.Count(text, canary)
				}
			}
			if left > allowed {
				t.Errorf("the canary is still in %v", grep(t, dir, tmp))
			}
			if n.BytesAfter >= n.BytesBefore {
				t.Errorf("%d bytes after, %d before", n.BytesAfter, n.BytesBefore)
			}
			if name != "everything" {
				if got, err := other.Count(t.Context()); err != nil || got < 300 {
					t.Errorf("%d examples left, %v", got, err)
				}
			}
		})
	}
}

// TestForgetWhileAnotherReads: a reader that does not let go keeps the old
// pages; Forget says so, and what is left is erased later.
func TestForgetWhileAnotherReads(t *testing.T) {
	path := newPath(t)
	s := openAt(t, store.Options{Path: path, BusyTimeout: 50 * time.Millisecond, EraseTimeout: 200 * time.Millisecond})
	add(t, s, secret(1, "w"))
	reader, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	tx, err := reader.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM examples").Scan(&n); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	_, err = s.Forget(t.Context(), store.Everything{})
	if !errors.Is(err, store.ErrNotErased) || !errors.Is(err, store.ErrBusy) || !strings.Contains(err.Error(), "close the editors") {
		t.Fatalf("forget while another reads: %v", err)
	}
	if n, err := s.Count(t.Context()); n != 0 || err != nil {
		t.Errorf("%d examples, %v: the rows go at once", n, err)
	}
	st, err := s.Stats(t.Context())
	if err != nil || !st.Unerased {
		t.Errorf("unerased is %v, %v", st.Unerased, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	// Another process finishes it, in its own time.
	other := openAt(t, store.Options{Path: path})
	if _, err := other.Retain(t.Context(), store.Limits{}); err != nil {
		t.Fatal(err)
	}
	if left := grep(t, filepath.Dir(path)); left != nil {
		t.Errorf("the canary is still in %v", left)
	}
	st, err = s.Stats(t.Context())
	if err != nil || st.Unerased {
		t.Errorf("unerased is %v, %v", st.Unerased, err)
	}
}

// TestBusy: a process that holds the lock too long is an error with a next
// step, and no rows are lost or written in part.
func TestBusy(t *testing.T) {
	path := newPath(t)
	s := openAt(t, store.Options{Path: path, BusyTimeout: 30 * time.Millisecond})
	db, err := sql.Open("sqlite", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.AddExamples(t.Context(), []analysis.Example{storetest.Sample(1, 10)})
	if !errors.Is(err, store.ErrBusy) || !strings.Contains(err.Error(), "close the other editors") {
		t.Errorf("while another writes: %v", err)
	}
	if n, err := s.Count(t.Context()); n != 0 || err != nil {
		t.Errorf("%d examples, %v: reading goes on", n, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	add(t, s, storetest.Sample(1, 10))
}

// TestClosedStore: an error, not a crash.
func TestClosedStore(t *testing.T) {
	s, err := store.Open(context.Background(), store.Options{Path: newPath(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddExamples(t.Context(), []analysis.Example{storetest.Sample(1, 10)}); err == nil {
		t.Error("a closed store took an example")
	}
	if _, err := s.ExamplesByRule(t.Context(), "x", nil, 1); err == nil {
		t.Error("a closed store gave examples")
	}
}
