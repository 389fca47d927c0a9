package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// WorkspaceID gives the UUID of the workspace that root lies in: that of the
// repository, which its worktrees and subfolders share, or of the folder itself
// where there is no git. A root never seen before gets a new one; in a read-only
// store it is ErrNotFound.
func (s *Store) WorkspaceID(ctx context.Context, root string) (string, error) {
	const op = "look up a workspace"
	location, err := Location(root)
	if err != nil {
		return "", s.fail(op, err)
	}
	id, err := workspaceAt(ctx, s.read, location)
	if err != nil || id != "" {
		return id, s.fail(op, err)
	}
	if s.readOnly {
		return "", s.fail(op, fmt.Errorf("workspace %s: %w", root, ErrNotFound))
	}
	id = newUUID()
	now := stamp(s.clock())
	err = s.update(ctx, op, func(tx *writing) error {
		if _, err := tx.exec(`INSERT INTO workspaces (id, location, created) VALUES (?, ?, ?) ON CONFLICT (location) DO NOTHING`, id, location, now); err != nil {
			return err
		}
		// Another process may have been first.
		id, err = workspaceAt(ctx, tx, location)
		return err
	})
	return id, err
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// workspaceAt gives the id of a location, "" when it has none.
func workspaceAt(ctx context.Context, q querier, location string) (id string, err error) {
	err = q.QueryRowContext(ctx, "SELECT id FROM workspaces WHERE location = ?", location).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// newUUID is a random UUID, version 4 (RFC 9562).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Location names what a workspace is known by: "git:" and the common git
// folder of the repository around root, or "dir:" and root itself. It reads
// .git and commondir as git writes them (gitrepository-layout(5)) and runs
// nothing.
func Location(root string) (string, error) {
	dir, err := canonical(root)
	if err != nil {
		return "", err
	}
	for at := dir; ; {
		if common, ok := commonGitDir(at); ok {
			return "git:" + common, nil
		}
		up := filepath.Dir(at)
		if up == at {
			return "dir:" + dir, nil
		}
		at = up
	}
}

// canonical is the one name of a folder: absolute, without symbolic links where
// it exists.
func canonical(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if target, err := filepath.EvalSymlinks(abs); err == nil {
		return target, nil
	}
	return abs, nil
}

// commonGitDir gives the common git folder of the working tree at dir. A .git
// file is believed to name another repository's folder only where that folder
// names it back, as it does for a linked worktree: what one project taught must
// not be offered in a folder that merely claims to belong to it. Submodules, and
// worktrees that were moved by hand, are then workspaces of their own.
func commonGitDir(dir string) (string, bool) {
	git := filepath.Join(dir, ".git")
	fi, err := os.Stat(git)
	if err != nil {
		return "", false
	}
	if fi.IsDir() {
		if _, err := os.Stat(filepath.Join(git, "HEAD")); err != nil {
			return "", false
		}
		c, err := canonical(git)
		return c, err == nil
	}
	own, err := canonical(git)
	if err != nil {
		return "", false
	}
	line, _ := firstLine(git)
	path, ok := strings.CutPrefix(line, "gitdir:")
	if !ok {
		return "", false
	}
	linked := within(dir, strings.TrimSpace(path))
	if _, err := os.Stat(filepath.Join(linked, "HEAD")); err != nil {
		return "", false
	}
	common, ok := firstLine(filepath.Join(linked, "commondir"))
	back, okBack := firstLine(filepath.Join(linked, "gitdir"))
	if !ok || !okBack {
		return own, true
	}
	if named, err := canonical(within(linked, back)); err != nil || named != own {
		return own, true
	}
	c, err := canonical(within(linked, common))
	return c, err == nil
}

// within is path as git means it: relative to dir, or absolute.
func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// firstLine reads the first line of a regular file, which a foreign folder may
// have made as large as it likes: 4 KB of it, the longest path of Linux.
func firstLine(name string) (string, bool) {
	fi, err := os.Stat(name)
	if err != nil || !fi.Mode().IsRegular() {
		return "", false
	}
	f, err := os.Open(name)
	if err != nil {
		return "", false
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return "", false
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return strings.TrimSpace(string(line)), true
}

// SetTrust says whether commands of the folder root, and of all below it for
// which nothing else is said, may be run.
func (s *Store) SetTrust(ctx context.Context, root string, trusted bool) error {
	return s.setFolder(ctx, "trust a folder", "trusted", root, trusted)
}

// Trusted reports whether commands of root may be run: what was said of the
// nearest folder around it decides. A folder of which nothing is known is not
// trusted.
func (s *Store) Trusted(ctx context.Context, root string) (bool, error) {
	return s.folder(ctx, "look up trust", "trusted", root)
}

// SetPaused says whether suggestions pause in the folder root and below it.
func (s *Store) SetPaused(ctx context.Context, root string, paused bool) error {
	return s.setFolder(ctx, "pause a folder", "paused", root, paused)
}

// Paused reports whether suggestions pause in root: what was said of the
// nearest folder around it decides.
func (s *Store) Paused(ctx context.Context, root string) (bool, error) {
	return s.folder(ctx, "look up a pause", "paused", root)
}

// A Folder is what the user said of a folder; nil: nothing.
type Folder struct {
	Path            string
	Trusted, Paused *bool
}

// Folders lists every folder of which something was said, by path.
func (s *Store) Folders(ctx context.Context) ([]Folder, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT path, trusted, paused FROM folders ORDER BY path")
	if err != nil {
		return nil, s.fail("list folders", err)
	}
	defer rows.Close()
	var fs []Folder
	for rows.Next() {
		var f Folder
		if err := rows.Scan(&f.Path, &f.Trusted, &f.Paused); err != nil {
			return nil, s.fail("list folders", err)
		}
		fs = append(fs, f)
	}
	return fs, s.fail("list folders", rows.Err())
}

// setFolder and folder take the name of a column, a constant of this file.
func (s *Store) setFolder(ctx context.Context, op, column, root string, value bool) error {
	dir, err := canonical(root)
	if err != nil {
		return s.fail(op, err)
	}
	return s.update(ctx, op, func(tx *writing) error {
		_, err := tx.exec(`INSERT INTO folders (path, `+column+`) VALUES (?, ?)
			ON CONFLICT (path) DO UPDATE SET `+column+` = excluded.`+column, dir, value)
		tx.touch("")
		return err
	})
}

func (s *Store) folder(ctx context.Context, op, column, root string) (bool, error) {
	dir, err := canonical(root)
	if err != nil {
		return false, s.fail(op, err)
	}
	for {
		var said sql.NullBool
		err := s.read.QueryRowContext(ctx, "SELECT "+column+" FROM folders WHERE path = ?", dir).Scan(&said)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return false, s.fail(op, err)
		}
		if said.Valid {
			return said.Bool, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return false, nil
		}
		dir = up
	}
}
