package watch

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis/redact"
	"github.com/dejafix/dejafix/analysis/report"
)

const (
	// maxRanFile bounds the file of one run, in bytes: 20,000 tests that have only
	// a name are 3 MB, and those that failed hold maxRanText.
	maxRanFile = 16 << 20
	// maxRanText bounds what is kept of what failed tests, or a program, printed,
	// and maxCaseText of one test. Secrets are taken out of it while a person waits
	// for a prompt: .25 s for 1 MB.
	maxRanText  = 256 << 10 // bytes
	maxCaseText = 16 << 10  // bytes
	// maxRans is how many commands are kept.
	maxRans = 32
	// RanFor is how long a run is kept: who opens an editor later than a working
	// day after it runs the tests again.
	RanFor = 12 * time.Hour
)

// coarse is how far apart two changes are that have two times on any file system:
// FAT's two seconds.
const coarse = 2 * time.Second

// ranVersion is the form of the files; others are not read.
const ranVersion = 1

// A Ran is what a command said that ran outside of an editor, for the servers of
// its workspace. Of what it printed only what is needed to place its failures is
// kept, with what looks like a secret taken out.
type Ran struct {
	Version      int
	Command      string // as it was called
	Cwd          string // where, as the shell calls it
	Real         string // the same without symbolic links, "" where it has none
	Root         string // of the repository, else Real; in texts rootMark stands for it
	ExitCode     int
	Begun, Ended time.Time
	Run          report.Run // without findings
	// Text is the end of what was printed: all that is kept of one in which no test
	// was understood.
	Text string
}

// Rans is the folder in which runs wait for servers: beside the store, whose
// fate it shares.
func Rans(store string) string { return store + ".runs" }

// Failing reports whether dir holds a run of the same command in the same folder
// that did not end well, so that one that does is worth keeping.
func Failing(dir, cwd, command string) bool {
	r, err := readRan(filepath.Join(dir, ranName(cwd, command)))
	return err == nil && r.ExitCode != 0
}

// Keep puts a run into dir, in place of the one before of the same command.
func Keep(dir string, r Ran) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	r.Version = ranVersion
	b, err := json.Marshal(r.bounded())
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".ran-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, ranName(r.Cwd, r.Command)))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return prune(dir, r.Ended)
}

// rootMark stands in texts for the folder of the repository: what leads there
// says who somebody is.
const rootMark = "‹root›"

// bounded is r without what is not needed, or must not be kept.
func (r Ran) bounded() Ran {
	where := cmp.Or(r.Real, r.Cwd)
	r.Root = cmp.Or(RepositoryRoot(where), where)
	mark := marker(r, where)
	left := maxRanText
	keep := func(text string, most int) string {
		most = max(0, min(most, left))
		if len(text) > most {
			half := most / 2
			text = strings.ToValidUTF8(text[:half]+"\n"+text[len(text)-half:], "")
		}
		left -= len(text)
		return redacted(mark.Replace(text))
	}
	r.Command = redacted(r.Command)
	r.Run.Findings, r.Run.Doubts = nil, nil
	r.Run.Cases = slices.Clone(r.Run.Cases)
	for i := range r.Run.Cases {
		c := &r.Run.Cases[i]
		c.Trace = nil
		c.File = mark.Replace(c.File)
		if c.Failed() || c.Flaky {
			c.Message = redacted(mark.Replace(c.Message))
			c.Output = keep(c.Output, maxCaseText)
		} else {
			c.Message, c.Output = "", ""
		}
	}
	r.Text = keep(r.Text, maxRanText)
	return r
}

// marker puts rootMark in place of r.Root, by its name and by that which Cwd has.
func marker(r Ran, where string) *strings.Replacer {
	names := map[string]string{r.Root: rootMark}
	if top := RepositoryRoot(r.Cwd); top != "" {
		names[top] = rootMark
	} else if rel, err := filepath.Rel(r.Root, where); err == nil {
		names[r.Cwd] = path.Join(rootMark, filepath.ToSlash(rel))
	}
	var pairs []string
	for _, name := range slices.SortedFunc(maps.Keys(names), func(a, b string) int { return cmp.Compare(len(b), len(a)) }) {
		if len(name) > 1 { // "/" is nobody's
			pairs = append(pairs, name+string(filepath.Separator), names[name]+"/")
		}
	}
	return strings.NewReplacer(pairs...)
}

// restored is r with the paths that it had.
func (r Ran) restored() Ran {
	whole := strings.NewReplacer(rootMark, r.Root)
	r.Text = whole.Replace(r.Text)
	for i := range r.Run.Cases {
		c := &r.Run.Cases[i]
		c.File, c.Message, c.Output = whole.Replace(c.File), whole.Replace(c.Message), whole.Replace(c.Output)
	}
	return r
}

// redacted is text without what looks like a secret. It is looked at line by
// line, which takes a fifth of the time; lines that go on stay together.
func redacted(text string) string {
	if strings.Contains(text, "-----BEGIN") {
		return redact.Redact(text).String()
	}
	var b strings.Builder
	for from := 0; from < len(text); {
		to := from
		for to < len(text) {
			n := strings.IndexByte(text[to:], '\n') + 1
			if n == 0 {
				n = len(text) - to
			}
			to += n
			here, next := strings.TrimSpace(text[from:to]), strings.TrimLeft(text[to:min(to+8, len(text))], " \t\r")
			if here != "" && !strings.ContainsRune(":=>", rune(here[len(here)-1])) && (next == "" || !strings.ContainsRune(":=\n", rune(next[0]))) {
				break
			}
		}
		b.WriteString(redact.Redact(text[from:to]).String())
		from = to
	}
	return b.String()
}

// ranName is the file of a command in a folder.
func ranName(cwd, command string) string {
	sum := sha256.Sum256([]byte(cwd + "\x00" + command))
	return hex.EncodeToString(sum[:12]) + ".json"
}

// prune deletes what is too old or too much, and what a process that was killed
// left.
func prune(dir string, now time.Time) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	type file struct {
		name string
		time time.Time
	}
	var files []file
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			files = append(files, file{e.Name(), info.ModTime()})
		}
	}
	slices.SortFunc(files, func(a, b file) int { return b.time.Compare(a.time) })
	for i, f := range files {
		if i >= maxRans || now.Sub(f.time) > RanFor {
			err = errors.Join(err, ignoreGone(os.Remove(filepath.Join(dir, f.name))))
		}
	}
	return err
}

// Forget deletes all runs in dir.
func Forget(dir string) error { return os.RemoveAll(dir) }

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func readRan(name string) (r Ran, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return r, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxRanFile {
		return r, errors.New("not a run, or too large for one")
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, err
	}
	if r.Version != ranVersion {
		return r, errors.New("of another version")
	}
	return r.restored(), nil
}

// A RanFolder is what was seen of a folder of runs. The zero value with a Dir has
// seen none.
type RanFolder struct {
	Dir  string
	time time.Time
	seen map[string]fs.FileInfo
}

// New returns the runs that were put there since it was last asked, in the order
// in which they ended. It asks the disk for one time where nothing changed.
func (f *RanFolder) New(now time.Time) (list []Ran, problems []error) {
	info, err := os.Stat(f.Dir)
	if err != nil || info.ModTime().Equal(f.time) {
		return nil, nil // none is there yet
	}
	if now.Sub(info.ModTime()) > coarse {
		f.time = info.ModTime() // what comes later has another time
	}
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return nil, []error{err}
	}
	before := f.seen
	f.seen = map[string]fs.FileInfo{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || strings.HasPrefix(e.Name(), ".") || now.Sub(info.ModTime()) > RanFor {
			continue
		}
		f.seen[e.Name()] = info
		// Each run is a file of its own.
		if old := before[e.Name()]; old != nil && os.SameFile(old, info) && old.ModTime().Equal(info.ModTime()) && old.Size() == info.Size() {
			continue
		}
		r, err := readRan(filepath.Join(f.Dir, e.Name()))
		if err != nil {
			problems = append(problems, err)
			continue
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Ran) int { return a.Ended.Compare(b.Ended) })
	return list, problems
}
