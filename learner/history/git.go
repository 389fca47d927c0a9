package history

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// gitTime bounds one command of git: a list of 100,000 commits took 1.2 s on
	// two busy cores.
	gitTime = time.Minute
	// mostBlob is the largest file that is read: what is larger was not written by
	// hand, and what it would break no checker would miss.
	mostBlob = 4 << 20
	// mostListed bounds what one command of git may print: the list of a tree of
	// 200,000 files has some 20 MB.
	mostListed = 64 << 20
)

// The reasons for which there is no history to learn from. Each is a sentence
// for a person.
var (
	ErrNoGit     = errors.New("git is not installed")
	ErrNoRepo    = errors.New("it is in no git repository")
	ErrBare      = errors.New("the repository is bare: it has no files to work on")
	ErrNoCommits = errors.New("the repository has no commits yet")
)

// A Repo reads one repository. Its methods are for one goroutine.
type Repo struct {
	Top    string // the working tree
	Prefix string // of the workspace in it, with slashes, "" or ending in one

	git   string
	env   []string
	batch *batch
}

// OpenRepo opens the repository around dir for reading.
func OpenRepo(ctx context.Context, dir string) (*Repo, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, ErrNoGit
	}
	r := &Repo{Top: dir, git: git}
	// What a hook or an alias set for its own repository is not for this one.
	r.env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	r.env = append(r.env, "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1", "GIT_PAGER=cat", "LC_ALL=C")
	out, err := r.run(ctx, "rev-parse", "--is-bare-repository", "--is-inside-work-tree")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoRepo, err)
	}
	if f := strings.Fields(out); len(f) < 2 || f[1] != "true" {
		return nil, ErrBare
	}
	if out, err = r.run(ctx, "rev-parse", "--show-toplevel", "--show-prefix"); err != nil {
		return nil, err
	}
	top, prefix, _ := strings.Cut(out, "\n")
	if _, err := r.run(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err != nil {
		return nil, ErrNoCommits
	}
	r.Top, r.Prefix = filepath.FromSlash(top), strings.TrimSuffix(prefix, "\n")
	return r, nil
}

// Close ends the process that reads objects.
func (r *Repo) Close() {
	if r.batch != nil {
		r.batch.close()
		r.batch = nil
	}
}

// command is git with everything off that could run something, write or reach
// the network.
func (r *Repo) command(ctx context.Context, args ...string) *exec.Cmd {
	all := append([]string{
		"-C", r.Top, "--no-pager", "--no-optional-locks", "--literal-pathspecs",
		"-c", "core.fsmonitor=false", "-c", "protocol.allow=never", "-c", "core.quotePath=false", "-c", "gc.auto=0",
	}, args...)
	cmd := exec.CommandContext(ctx, r.git, all...)
	cmd.Env = r.env
	cmd.WaitDelay = time.Second
	return cmd
}

// run is what git prints.
func (r *Repo) run(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, gitTime)
	defer cancel()
	cmd := r.command(ctx, args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &limited{w: &out, left: mostListed}, &limited{w: &said, left: 4 << 10}
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, line)
	}
	return out.String(), nil
}

// limited takes so many bytes and then fails, which ends who writes.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errors.New("git printed too much")
	}
	return l.w.Write(p)
}

// A Commit has one parent, which is there.
type Commit struct {
	Hash, Parent string
	Time         time.Time // when it was made, by who made it
}

// Commits lists the commits that HEAD stands on, the newest first: most of them
// since a time that is not zero. Merges bring nothing of their own; the first
// commit, and the oldest of a shallow clone, have nothing that could be put
// back.
func (r *Repo) Commits(ctx context.Context, since time.Time, most int) ([]Commit, error) {
	args := []string{"rev-list", "--no-merges", "--format=%H %at %P", "HEAD"}
	if !since.IsZero() {
		args = append(args, "--since="+since.UTC().Format(time.RFC3339))
	}
	if most > 0 {
		args = append(args, "--max-count="+strconv.Itoa(most))
	}
	if r.Prefix != "" {
		args = append(args, "--", r.Prefix)
	}
	out, err := r.run(ctx, args...)
	if err != nil {
		return nil, err
	}
	var list []Commit
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) != 3 { // "commit" and the hash, or no parent
			continue
		}
		at, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			continue
		}
		list = append(list, Commit{Hash: f[0], Parent: f[2], Time: time.Unix(at, 0).UTC()})
	}
	return list, nil
}

// An entry is a file of a tree, or a change of one.
type entry struct {
	path     string // with slashes, from the top
	old      string // where the file was before, when it was moved
	mode     string // after; "000000": it is gone
	from, to string // objects before and after
	status   byte   // as of `git diff-tree`: A, C, D, M, R, T
}

const (
	modeGone = "000000"
	modeLink = "120000"
	modeRepo = "160000" // a submodule's commit
)

// diff lists what differs between two commits, with moved files as one change.
func (r *Repo) diff(ctx context.Context, from, to string) ([]entry, error) {
	args := []string{"diff-tree", "-r", "--raw", "-z", "--no-abbrev", "-M", "-l200", from, to}
	if r.Prefix != "" {
		args = append(args, "--", r.Prefix)
	}
	out, err := r.run(ctx, args...)
	if err != nil {
		return nil, err
	}
	var list []entry
	parts := strings.Split(out, "\x00")
	for i := 0; i+1 < len(parts); i += 2 {
		f := strings.Fields(strings.TrimPrefix(parts[i], ":"))
		if len(f) != 5 {
			return nil, fmt.Errorf("git diff-tree printed %q", parts[i])
		}
		e := entry{path: parts[i+1], mode: f[1], from: f[2], to: f[3], status: f[4][0]}
		if (e.status == 'R' || e.status == 'C') && i+2 < len(parts) {
			e.old, e.path = e.path, parts[i+2]
			i++
		}
		list = append(list, e)
	}
	return list, nil
}

// list is the files of a commit.
func (r *Repo) list(ctx context.Context, commit string) ([]entry, error) {
	out, err := r.run(ctx, "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return nil, err
	}
	var list []entry
	for part := range strings.SplitSeq(out, "\x00") {
		head, path, ok := strings.Cut(part, "\t")
		f := strings.Fields(head)
		if ok && len(f) == 3 {
			list = append(list, entry{path: path, mode: f[0], to: f[2], status: 'A'})
		}
	}
	return list, nil
}

// errTooLarge is for a file that is not read.
var errTooLarge = fmt.Errorf("it is over %d MB", mostBlob>>20)

// blob reads an object.
func (r *Repo) blob(ctx context.Context, object string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.batch == nil {
		b, err := r.startBatch()
		if err != nil {
			return nil, err
		}
		r.batch = b
	}
	text, err := r.batch.read(object)
	if err != nil && !errors.Is(err, errTooLarge) && !errors.Is(err, errMissing) {
		// A process that gave half an answer gives no more.
		r.Close()
	}
	return text, err
}

// batch is a `git cat-file --batch`.
type batch struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func (r *Repo) startBatch() (*batch, error) {
	// It ends when its input does, also when this process is killed.
	cmd := r.command(context.Background(), "cat-file", "--batch")
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &batch{cmd, in, bufio.NewReaderSize(out, 64<<10)}, nil
}

// errMissing is for an object that is not there: a clone may lack some.
var errMissing = errors.New("the object is not in this clone")

func (b *batch) read(object string) ([]byte, error) {
	if _, err := io.WriteString(b.in, object+"\n"); err != nil {
		return nil, err
	}
	head, err := b.out.ReadString('\n')
	if err != nil {
		return nil, err
	}
	f := strings.Fields(head)
	if len(f) != 3 {
		return nil, fmt.Errorf("%s: %w", object, errMissing)
	}
	size, err := strconv.ParseInt(f[2], 10, 64)
	if err != nil {
		return nil, err
	}
	if f[1] != "blob" || size > mostBlob {
		if _, err := io.CopyN(io.Discard, b.out, size+1); err != nil {
			return nil, err
		}
		return nil, errTooLarge
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(b.out, text); err != nil {
		return nil, err
	}
	_, err = b.out.ReadByte() // the line's end
	return text, err
}

func (b *batch) close() {
	_ = b.in.Close()
	_ = b.cmd.Process.Kill() // it has nothing to finish
	_ = b.cmd.Wait()
}
