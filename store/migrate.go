package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var embedded embed.FS

// schemaVersion is the number of the newest migration; each migration sets
// PRAGMA user_version to its own number (a test compares).
const schemaVersion = 5

// applicationID marks a database as ours ("djfx"), so that a --store that names
// some other program's database changes nothing in it.
const applicationID = 0x646a6678

// lockWait bounds the wait for another process that is migrating. A migration
// of a full store is a matter of seconds.
const lockWait = 30 * time.Second

// lockPoll is how often a held lock is tried again.
const lockPoll = 10 * time.Millisecond

// migrations are the numbered files, without their folder.
func migrations() fs.FS {
	sub, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

// prepare looks at the file through db and brings its schema up to date. The
// common case, nothing to do, costs two pragmas; goose runs only when the file
// is behind, one process at a time.
func (s *Store) prepare(ctx context.Context, db *sql.DB) error {
	v, err := s.version(ctx, db)
	if err != nil || v == schemaVersion {
		return err
	}
	if s.readOnly {
		return &Error{Op: "open", Path: s.path, Kind: ErrReadOnly,
			Err:  fmt.Errorf("its schema is %d and has to become %d", v, schemaVersion),
			Next: "open it once for writing: any dejafix command that is not read-only does"}
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	// Another process may have migrated while this one waited.
	if v, err = s.version(ctx, db); err != nil || v == schemaVersion {
		return err
	}
	return s.migrate(ctx, db, schemaVersion)
}

// migrate runs the migrations up to the given number. The caller holds the
// lock.
func (s *Store) migrate(ctx context.Context, db *sql.DB, to int64) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	// Both have to come before the first table: the first fixes the layout of
	// the file, the second marks an empty file as ours.
	for _, p := range []string{
		"PRAGMA auto_vacuum = INCREMENTAL",
		"PRAGMA journal_mode = WAL",
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
	} {
		if _, err := conn.ExecContext(ctx, p); err != nil {
			return errors.Join(err, conn.Close())
		}
	}
	if err := conn.Close(); err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations(),
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = p.UpTo(ctx, to)
	return err
}

// version reads the schema's number, 0 for an empty file, and refuses files
// that are not ours or newer than this binary.
func (s *Store) version(ctx context.Context, db *sql.DB) (int64, error) {
	var app, version, tables int64
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app); err != nil {
		return 0, err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if app != applicationID {
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
			return 0, err
		}
		if app != 0 || version != 0 || tables != 0 {
			return 0, &Error{Op: "open", Path: s.path, Kind: ErrNotStore,
				Err:  errors.New("it is a database of another program"),
				Next: "name another file with --store FILE; nothing was changed"}
		}
	}
	if version > schemaVersion {
		return 0, &Error{Op: "open", Path: s.path, Kind: ErrNewerSchema,
			Err:  fmt.Errorf("its schema is %d, this binary knows %d", version, schemaVersion),
			Next: "update dejafix, or name another file with --store FILE"}
	}
	return version, nil
}

// lock waits for the lock file beside the store. The file stays: removing it
// would let two processes hold locks of the same name.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for {
		held, err := tryLock(s.path + ".lock")
		if err != nil {
			return nil, err
		}
		if held != nil {
			return func() { _ = held.Close() }, nil
		}
		select {
		case <-ctx.Done():
			return nil, &Error{Op: "open", Path: s.path, Kind: ErrBusy, Err: ctx.Err(),
				Next: "another dejafix is changing its schema: wait until it is done"}
		case <-tick.C:
		}
	}
}
