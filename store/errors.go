package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What can be wrong with a store; test with errors.Is.
var (
	// ErrNewerSchema: the file was written by a newer dejafix. The server runs
	// on without a store.
	ErrNewerSchema = errors.New("the store was written by a newer dejafix")
	// ErrNotStore: the file is no SQLite database, or one of another program.
	ErrNotStore = errors.New("the file is not a dejafix store")
	// ErrCorrupt: the file is damaged.
	ErrCorrupt = errors.New("the store is damaged")
	// ErrBusy: another process kept the store locked for the whole busy timeout.
	ErrBusy = errors.New("the store is in use by another process")
	// ErrFull: no room left on the disk.
	ErrFull = errors.New("the disk is full")
	// ErrReadOnly: the file, its folder or the Store itself is read-only.
	ErrReadOnly = errors.New("the store cannot be written")
	// ErrNotFound: no such row.
	ErrNotFound = errors.New("not found")
	// ErrNotErased: Forget deleted the rows, but could not yet remove what is
	// left of them in the files, since another process was reading.
	ErrNotErased = errors.New("forgotten, but not yet erased from the store's files")
)

// An Error says what failed, on which file, and what to do next.
type Error struct {
	Op   string // what was tried: "open", "add examples", …
	Path string // of the store
	Kind error  // one of the errors above, nil when it is none of them
	Next string // what a person can do, "" when nothing
	Err  error  // what the system said, nil when Kind says it all
}

// Error gives one line that ends with the next step.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "store: %s: %s: ", e.Op, e.Path)
	switch {
	case e.Kind != nil && e.Err != nil && !errors.Is(e.Err, e.Kind):
		fmt.Fprintf(&b, "%v (%v)", e.Kind, e.Err)
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString(e.Kind.Error())
	}
	if e.Next != "" {
		b.WriteString("; " + e.Next)
	}
	return b.String()
}

// Unwrap lets errors.Is find the kind and the cause.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.Kind, e.Err} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// sqliteKinds maps SQLite's primary result codes to what they mean here.
var sqliteKinds = map[int]struct {
	kind error
	next string // %s is the path of the store
}{
	sqlite3.SQLITE_BUSY:     {ErrBusy, "wait a moment and try again; if it stays, close the other editors"},
	sqlite3.SQLITE_LOCKED:   {ErrBusy, "wait a moment and try again; if it stays, close the other editors"},
	sqlite3.SQLITE_PROTOCOL: {ErrBusy, "wait a moment and try again; if it stays, close the other editors"},
	sqlite3.SQLITE_FULL:     {ErrFull, "free some space and try again; nothing that was stored is lost"},
	sqlite3.SQLITE_READONLY: {ErrReadOnly, "make %s and its folder writable, or name another place with --store FILE"},
	sqlite3.SQLITE_PERM:     {ErrReadOnly, "make %s and its folder writable, or name another place with --store FILE"},
	sqlite3.SQLITE_CANTOPEN: {ErrReadOnly, "make %s and its folder writable, or name another place with --store FILE"},
	sqlite3.SQLITE_CORRUPT:  {ErrCorrupt, "move %s and its -wal and -shm files aside, and dejafix starts anew; nothing was changed"},
	sqlite3.SQLITE_NOTADB:   {ErrNotStore, "name another file with --store FILE, or move %s aside; nothing was changed"},
}

// fail gives err its place and its next step. Errors that are already an
// *Error pass as they are.
func (s *Store) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	e := &Error{Op: op, Path: s.path, Err: err}
	var se *sqlite.Error
	switch {
	case errors.As(err, &se):
		if k, ok := sqliteKinds[se.Code()&0xff]; ok {
			e.Kind, e.Next = k.kind, k.next
			if strings.Contains(k.next, "%s") {
				e.Next = fmt.Sprintf(k.next, s.path)
			}
		}
	case errors.Is(err, ErrNotStore):
		e.Kind, e.Next = ErrNotStore, fmt.Sprintf(sqliteKinds[sqlite3.SQLITE_NOTADB].next, s.path)
	case errors.Is(err, ErrReadOnly), errors.Is(err, fs.ErrPermission), isReadOnlyFS(err):
		e.Kind = ErrReadOnly
		e.Next = fmt.Sprintf(sqliteKinds[sqlite3.SQLITE_READONLY].next, s.path)
	case errors.Is(err, fs.ErrNotExist):
		e.Kind = ErrNotFound
		e.Next = "nothing was learned yet, or --store names the wrong file"
	case errors.Is(err, ErrNotFound):
		e.Kind = ErrNotFound
	case errors.Is(err, ErrCorrupt):
		e.Kind, e.Next = ErrCorrupt, fmt.Sprintf(sqliteKinds[sqlite3.SQLITE_CORRUPT].next, s.path)
	}
	return e
}

// isReadOnlyFS reports EROFS, which package fs has no name for.
func isReadOnlyFS(err error) bool {
	var pe *os.PathError
	return errors.As(err, &pe) && strings.Contains(pe.Err.Error(), "read-only file system")
}
