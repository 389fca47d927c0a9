package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// Options say which store to open and how. Only Path is needed.
type Options struct {
	Path string
	// Logger is told of what goes on in the background; nil: nothing is logged.
	Logger *slog.Logger
	// Clock is time.Now when nil.
	Clock func() time.Time
	// ReadOnly opens an existing store and changes nothing in it.
	ReadOnly bool
	// BusyTimeout is how long a call waits for another process; 0: 5 s.
	BusyTimeout time.Duration
	// EraseTimeout is how long Forget waits for other processes to stop
	// reading; 0: 10 s.
	EraseTimeout time.Duration
}

const (
	// defaultBusyTimeout was tried with the rest of the pragmas
	// (DEPENDENCIES.md: SQLite).
	defaultBusyTimeout = 5 * time.Second
	// defaultEraseTimeout: readers of ours are done in milliseconds, so that
	// one which still reads then is stopped or hangs.
	defaultEraseTimeout = 10 * time.Second
	// readers is how many look-ups run at once; a query of one window asks one
	// rule at a time.
	readers = 3
	// cacheKiB is each connection's page cache. The upper levels of every index
	// of 100,000 examples fit (BenchmarkExamplesByRule), and all four
	// connections stay at 4 MB of the server's 100.
	cacheKiB = 1024
)

// A Store is one open store. Its methods may be called from any goroutine.
type Store struct {
	path     string
	readOnly bool
	clock    func() time.Time
	log      *slog.Logger

	busyTimeout, eraseTimeout time.Duration

	write *sql.DB // one connection; nil when readOnly
	read  *sql.DB

	checkpoints *checkpointer // nil when readOnly

	// prepared statements of the request path
	byRule *sql.Stmt

	closeOnce sync.Once
	closeErr  error
}

// Open opens the store at o.Path, and makes it when there is none. The error
// says what is wrong with the file and what to do; whatever it is, the file is
// left as it was.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{
		path: o.Path, readOnly: o.ReadOnly, clock: o.Clock, log: o.Logger,
		busyTimeout: o.BusyTimeout, eraseTimeout: o.EraseTimeout,
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.busyTimeout == 0 {
		s.busyTimeout = defaultBusyTimeout
	}
	if s.eraseTimeout == 0 {
		s.eraseTimeout = defaultEraseTimeout
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(s.fail("open", err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if s.path == "" {
		return errors.New("no file named")
	}
	path, err := filepath.Abs(s.path)
	if err != nil {
		return err
	}
	s.path = path
	if err := s.makeFile(); err != nil {
		return err
	}
	if s.readOnly {
		if s.read, err = s.connect("ro", readers); err != nil {
			return err
		}
		if err := s.prepare(ctx, s.read); err != nil {
			return err
		}
	} else {
		if s.write, err = s.connect("rw", 1); err != nil {
			return err
		}
		if err := s.prepare(ctx, s.write); err != nil {
			return err
		}
		// Not in the data source name: it would turn a foreign file into WAL
		// mode before anyone looked whose it is.
		if _, err := s.write.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
			return err
		}
		if _, err := s.write.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 0"); err != nil {
			return err
		}
		if s.read, err = s.connect("rw", readers); err != nil {
			return err
		}
		if err := s.startCheckpointer(); err != nil {
			return err
		}
	}
	s.byRule, err = s.read.PrepareContext(ctx, selectExamples+
		" WHERE e.rule_key = ? AND "+counting+
		" ORDER BY "+byRank+" LIMIT ?")
	return err
}

// makeFile sees to it that the folder and the file exist and that only the
// owner can read them. It opens only a file that it makes itself: closing any
// other would drop the locks that this process holds on it through SQLite.
func (s *Store) makeFile() error {
	fi, err := os.Stat(s.path)
	switch {
	case err == nil && !fi.Mode().IsRegular():
		return fmt.Errorf("%w: it is no regular file", ErrNotStore)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case s.readOnly:
		return err
	}
	dir := filepath.Dir(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("%w: %w", ErrReadOnly, err)
		}
		f, err := os.OpenFile(s.path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err == nil {
			if err := f.Close(); err != nil {
				return err
			}
		}
	}
	// A folder that somebody else chose, /tmp say, keeps its mode.
	if def, err := DefaultPath(); err == nil && def == s.path {
		if err := tighten(dir, 0o700); err != nil {
			return err
		}
	}
	// SQLite gives -wal and -shm the mode of the file itself; those of an older
	// run are tightened here.
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := tighten(s.path+suffix, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// tighten takes from a file what permissions are beyond mode.
func tighten(name string, mode fs.FileMode) error {
	fi, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if fi.Mode().Perm()&^mode == 0 || fi.Mode()&fs.ModeType&^fs.ModeDir != 0 {
		return nil
	}
	return os.Chmod(name, mode)
}

// connect makes a pool of at most n connections; SQLite's mode is "rw" or
// "ro".
func (s *Store) connect(mode string, n int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", s.dsn(mode, n))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

func (s *Store) dsn(mode string, n int) string {
	q := url.Values{}
	q.Set("mode", mode)
	for _, p := range []string{
		fmt.Sprintf("busy_timeout(%d)", s.busyTimeout.Milliseconds()),
		"synchronous(NORMAL)",
		fmt.Sprintf("cache_size(-%d)", cacheKiB),
		// Temporary tables and statement journals hold rows; they stay out of
		// the file system.
		"temp_store(MEMORY)",
	} {
		q.Add("_pragma", p)
	}
	if n == 1 && mode == "rw" {
		// A transaction that starts by reading and then writes would fail when
		// another process wrote in between; readers must not take the lock.
		q.Set("_txlock", "immediate")
		q.Add("_pragma", "secure_delete(ON)")
	} else {
		q.Add("_pragma", "query_only(ON)")
	}
	// A path is absolute here; on Windows it starts with its drive.
	p := filepath.ToSlash(s.path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return (&url.URL{Scheme: "file", Path: p, RawQuery: q.Encode()}).String()
}

// Path is the absolute name of the store's file.
func (s *Store) Path() string { return s.path }

// Close closes the store. Closing again does nothing.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		var errs []error
		if s.byRule != nil {
			errs = append(errs, s.byRule.Close())
		}
		if s.checkpoints != nil {
			errs = append(errs, s.checkpoints.close())
		}
		// Readers first: the last connection to close checkpoints and removes
		// the -wal, which a query_only connection could not do.
		for _, db := range []*sql.DB{s.read, s.write} {
			if db != nil {
				errs = append(errs, db.Close())
			}
		}
		s.closeErr = errors.Join(errs...)
	})
	return s.closeErr
}

// update runs f in one write transaction. What f changes and what it says of
// it with touch becomes visible to other processes at once.
func (s *Store) update(ctx context.Context, op string, f func(tx *writing) error) error {
	if s.readOnly {
		return &Error{Op: op, Path: s.path, Kind: ErrReadOnly, Next: "open it without ReadOnly"}
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.fail(op, err)
	}
	w := &writing{Tx: tx, ctx: ctx}
	err = f(w)
	if err == nil {
		err = w.writeChanges()
	}
	if err == nil {
		defer s.checkpoints.written()
		return s.fail(op, tx.Commit())
	}
	if rb := tx.Rollback(); rb != nil && !errors.Is(rb, sql.ErrTxDone) {
		err = errors.Join(err, rb)
	}
	return s.fail(op, err)
}

// A writing is a write transaction and the rules that it changed.
type writing struct {
	*sql.Tx
	ctx     context.Context // of the transaction, which is shorter than a call
	changed map[string]bool
}

// touch says that suggestions for a rule may be different from now on; "" is
// every rule.
func (w *writing) touch(ruleKey string) {
	if w.changed == nil {
		w.changed = map[string]bool{}
	}
	w.changed[ruleKey] = true
}

func (w *writing) exec(query string, args ...any) (int, error) {
	res, err := w.ExecContext(w.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// stamp is t as a row keeps it: 0 for the zero time.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// moment is the opposite of stamp.
func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
