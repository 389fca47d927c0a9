package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/lsp/watch"
)

// byteOrderMark is UTF-8's. It is taken off while a text is looked at, as
// editors do, and put back when it is written.
const byteOrderMark = "\ufeff"

// A source is a file that fix may change, as it was read.
type source struct {
	path     string
	language string
	info     os.FileInfo
	bytes    []byte
	text     string // without a byte order mark
	mark     bool
}

// encoded is a text as it stands in the file.
func (s *source) encoded(text string) []byte {
	if s.mark {
		text = byteOrderMark + text
	}
	return []byte(text)
}

// readSource reads a file. why says in words for a person why it is left alone,
// "" when it is not; a file of no known language is neither.
func readSource(root, path string) (s *source, why string, err error) {
	language := identity.LanguageOf(path)
	if language == "" {
		return nil, "", nil
	}
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, "", err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, "it cannot be read", nil //nolint:nilerr // said
	}
	text, mark := strings.CutPrefix(string(b), byteOrderMark)
	switch why := watch.Hidden("file", path, root, text, nil); {
	case why == "ignored by git":
		// Those that git lists are not.
	case why != "":
		return nil, why, nil
	}
	switch {
	case !utf8.ValidString(text):
		return nil, "it is not UTF-8", nil
	case strings.ContainsRune(text, 0):
		return nil, "it is not text", nil
	case info.Mode().Perm()&0o200 == 0:
		return nil, "it is read-only", nil
	case links(info) > 1:
		return nil, "it has several names (hard links), of which replacing it would leave the others behind", nil
	}
	return &source{path: path, language: language, info: info, bytes: b, text: text, mark: mark}, "", nil
}

// errMoved says that a file is not what was read.
var errMoved = errors.New("it was changed meanwhile")

// write replaces the file's text: a new file beside it, with its mode, takes
// its name. Whenever it is cut short, the name stands for the whole old or the
// whole new text. errMoved: the file is not as it was read, and left alone.
func (s *source) write(text string, now time.Time) error {
	dir := filepath.Dir(s.path)
	sweep(dir, now)
	if err := s.unmoved(); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, temporary+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is gone when all went well
	defer f.Close()           // closed below when all went well
	if _, err := f.Write(s.encoded(text)); err != nil {
		return err
	}
	if err := own(f, s.info); err != nil {
		return fmt.Errorf("its owner cannot be kept: %w", err)
	}
	if err := f.Chmod(s.info.Mode() & (os.ModePerm | os.ModeSetuid | os.ModeSetgid | os.ModeSticky)); err != nil {
		return err
	}
	// On the disk before it has the name: after a loss of power, too, the file
	// is whole.
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := s.unmoved(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), s.path); err != nil {
		return err
	}
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // not every file system can; the name is right either way
		_ = d.Close()
	}
	return nil
}

// unmoved is errMoved unless the file is as it was read.
func (s *source) unmoved() error {
	info, err := os.Lstat(s.path)
	if err != nil || !info.Mode().IsRegular() || !os.SameFile(info, s.info) || info.Size() != int64(len(s.bytes)) {
		return errMoved
	}
	f, err := os.Open(s.path)
	if err != nil {
		return errMoved
	}
	defer f.Close()
	now, err := io.ReadAll(io.LimitReader(f, int64(len(s.bytes))+1))
	if err != nil || !bytes.Equal(now, s.bytes) {
		return errMoved
	}
	return nil
}

// temporary starts the names of files that are being written. The dot keeps
// tools from reading them.
const temporary = ".dejafix-fix-"

// abandoned is how old such a file must be to have been left behind by a
// process that was killed: writing one takes milliseconds.
const abandoned = time.Hour

// sweep takes away what killed processes left in a folder.
func sweep(dir string, now time.Time) {
	names, err := filepath.Glob(filepath.Join(dir, temporary+"*"))
	if err != nil {
		return
	}
	for _, name := range names {
		if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() && now.Sub(info.ModTime()) > abandoned {
			_ = os.Remove(name) // the next run may
		}
	}
}
