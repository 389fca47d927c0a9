package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/dejafix/dejafix/analysis/redact"
	"github.com/dejafix/dejafix/analysis/wire"
)

// bundledLog is how much of the log's end goes into a bundle: enough for the
// last session, little enough to be read before it is given away.
const bundledLog = 256 << 10 // bytes

// bundle writes an archive for a report and returns what is in it. Everything
// in it passes redact; nothing of the store but its counts goes in.
func (a *app) bundle(ctx context.Context, r *wire.Report, out string) ([]string, error) {
	if out == "" {
		out = "dejafix-doctor-" + a.clock().UTC().Format("20060102T150405Z") + ".tar.gz"
	}
	entries := []struct {
		name string
		text func() (string, error)
	}{
		{"doctor.json", func() (string, error) { return pretty(r) }},
		{"version.json", func() (string, error) { return pretty(about()) }},
		{"stats.json", func() (string, error) { return a.bundledStats(ctx) }},
		{"log.txt", a.logEnd},
	}
	f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, problemf("name another file with --out, or remove it", "%s is there already", out)
	}
	if err != nil {
		return nil, problemf("name a file that can be written with --out", "%w", err)
	}
	defer f.Close()
	zw := gzip.NewWriter(f)
	tw := tar.NewWriter(zw)
	listing := []string{out}
	for _, e := range entries {
		text, err := e.text()
		if err != nil {
			// What is broken is what the report is about.
			text = err.Error() + "\n"
		}
		clean := redact.Redact(withoutHome(text)).String()
		if err := tw.WriteHeader(&tar.Header{Name: e.name, Mode: 0o600, Size: int64(len(clean)), ModTime: a.clock()}); err != nil {
			return nil, err
		}
		if _, err := io.WriteString(tw, clean); err != nil {
			return nil, err
		}
		listing = append(listing, fmt.Sprintf("%s, %s", e.name, size(int64(len(clean)))))
	}
	return listing, errors.Join(tw.Close(), zw.Close(), f.Close())
}

// pretty is v for a person to read.
func pretty(v wire.Value) (string, error) {
	line, err := wire.Encode(v)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(json.RawMessage(line))
	return b.String(), err
}

func (a *app) bundledStats(ctx context.Context) (string, error) {
	st, err := a.readStore(ctx)
	if err != nil || st == nil {
		return "no store\n", err
	}
	defer st.Close()
	v, err := stats(ctx, st)
	if err != nil {
		return "", err
	}
	return pretty(v)
}

// logEnd is the end of the log, from the start of a line.
func (a *app) logEnd() (string, error) {
	path, err := a.logFile()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "no log\n", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	from := max(0, info.Size()-bundledLog)
	text, err := io.ReadAll(io.NewSectionReader(f, from, bundledLog))
	if err != nil {
		return "", err
	}
	s := string(text)
	if from > 0 {
		_, s, _ = strings.Cut(s, "\n")
	}
	return s, nil
}

// withoutHome takes the name of the home folder, which is often a person's, out
// of text.
func withoutHome(text string) string {
	home, err := os.UserHomeDir()
	if err != nil || len(home) < 2 {
		return text
	}
	return strings.ReplaceAll(text, home, "~")
}
