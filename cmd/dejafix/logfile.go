package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/dejafix/dejafix/analysis/redact"
)

// maxLog bounds the log file; one older file of the same size is kept beside
// it. A choice, not a measurement: small enough to attach to a report.
const maxLog = 4 << 20 // bytes

// A logFile is a log on disk that several servers may write at once. It is
// readable by its owner alone, bounded in size, and what is written passes
// analysis/redact, since messages of foreign tools end up in it.
type logFile struct {
	path string
	max  int64

	mu sync.Mutex
	f  *os.File
}

var _ io.WriteCloser = (*logFile)(nil)

// logFile is where the log lies: --log, else the user's state folder.
func (a *app) logFile() (string, error) {
	if a.logPath != "" {
		return filepath.Abs(a.logPath)
	}
	dir, err := stateDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "dejafix.log"), nil
}

// stateDir is the platform's folder for what a program writes and nobody
// misses.
func stateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "dejafix"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", problemf("set HOME, or name a file with --log", "the log has no place: %w", err)
	}
	switch runtime.GOOS {
	case "darwin":
		return filepath.Join(home, "Library", "Logs", "dejafix"), nil
	case "windows":
		return filepath.Join(home, "AppData", "Local", "dejafix"), nil
	}
	return filepath.Join(home, ".local", "state", "dejafix"), nil
}

// openLog opens the log at path for appending, and makes its folder.
func openLog(path string) (*logFile, error) {
	l := &logFile{path: path, max: maxLog}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return l, l.reopen()
}

func (l *logFile) reopen() error {
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if l.f != nil {
		l.f.Close()
	}
	l.f = f
	return nil
}

// Write appends one record. Another process may have moved the file away in
// the meantime: then the new one is written.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return 0, os.ErrClosed
	}
	record := redact.Redact(string(p)).String()
	mine, err := l.f.Stat()
	if err != nil {
		return 0, err
	}
	there, err := os.Stat(l.path)
	switch {
	case errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(mine, there):
		err = l.reopen()
	case err == nil && mine.Mode().IsRegular() && mine.Size() > 0 && mine.Size()+int64(len(record)) > l.max:
		// Two processes at this point at once lose the older file, no more.
		if err = os.Rename(l.path, l.path+".1"); err == nil || errors.Is(err, os.ErrNotExist) {
			err = l.reopen()
		}
	}
	if err != nil {
		return 0, fmt.Errorf("log: %w", err)
	}
	if _, err := l.f.WriteString(record); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close closes the file. Closing twice is fine.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return nil
	}
	err := l.f.Close()
	l.f = nil
	return err
}

// logger is what commands log to: standard error with -v, else nothing.
func (a *app) logger() *slog.Logger {
	if !a.verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
