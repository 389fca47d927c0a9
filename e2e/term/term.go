// Package term drives a program in a real terminal, as a person sits before it:
// it types keys, waits for what stands on the screen, and draws the screen as a
// picture. The terminal is tmux, on a server of its own.
//
// It knows nothing of the programs. A Terminal owns its tmux server and must be
// closed. Nothing here sleeps: every wait is for a text on the screen, with a
// deadline.
package term

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Options say what to run in which terminal.
type Options struct {
	Command []string
	Dir     string
	Env     []string // on top of this process's
	// The size in characters; 0 means 100 by 30.
	Columns, Rows int
	// Patience is how long a text may take to stand on the screen; 0 means two
	// minutes, as in e2e/nvim.
	Patience time.Duration
}

// A Terminal is a terminal with a program in it.
type Terminal struct {
	o      Options
	dir    string // holds the socket
	socket string
}

// Start runs the program. The terminal stays when it ends.
func Start(ctx context.Context, o Options) (*Terminal, error) {
	if o.Columns == 0 {
		o.Columns, o.Rows = 100, 30
	}
	if o.Patience == 0 {
		o.Patience = 2 * time.Minute
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		return nil, errors.New("tmux is not installed: install it (Debian: apt-get install tmux)")
	}
	// Paths of sockets are short; those of tests are not.
	dir, err := os.MkdirTemp("", "term")
	if err != nil {
		return nil, err
	}
	t := &Terminal{o: o, dir: dir, socket: filepath.Join(dir, "s")}
	config := filepath.Join(dir, "tmux.conf")
	err = os.WriteFile(config, []byte(strings.Join([]string{
		"set -g default-terminal tmux-256color",
		"set -ga terminal-features ',*:RGB'",
		"set -g status off",
		"set -g remain-on-exit on",
		"set -sg escape-time 0",
		"",
	}, "\n")), 0o600)
	if err != nil {
		return nil, err
	}
	args := []string{"-f", config, "new-session", "-d", "-x", strconv.Itoa(o.Columns), "-y", strconv.Itoa(o.Rows)}
	if o.Dir != "" {
		args = append(args, "-c", o.Dir)
	}
	if _, err := t.tmux(ctx, append(append(args, "--"), o.Command...)...); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// tmux runs a command of this terminal's server.
func (t *Terminal) tmux(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "tmux", append([]string{"-u", "-S", t.socket}, args...)...)
	// A tmux around this process is none of ours.
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "TMUX") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	// The first command starts the server, whose environment the program has.
	cmd.Env = append(cmd.Env, t.o.Env...)
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8", "TERM=xterm-256color", "COLORTERM=truecolor")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}

// Type types text.
func (t *Terminal) Type(ctx context.Context, text string) error {
	_, err := t.tmux(ctx, "send-keys", "-l", "--", text)
	return err
}

// Press presses keys by tmux's names: Enter, Escape, C-s.
func (t *Terminal) Press(ctx context.Context, keys ...string) error {
	_, err := t.tmux(ctx, append([]string{"send-keys", "--"}, keys...)...)
	return err
}

// Screen is the text on the screen.
func (t *Terminal) Screen(ctx context.Context) (string, error) {
	return t.tmux(ctx, "capture-pane", "-p")
}

// Column is the cursor's, from 0.
func (t *Terminal) Column(ctx context.Context) (int, error) {
	out, err := t.tmux(ctx, "display-message", "-p", "#{cursor_x}")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(out))
}

// Await waits until text stands on the screen, and returns the screen.
func (t *Terminal) Await(ctx context.Context, text string) (string, error) {
	return t.Until(ctx, "for "+strconv.Quote(text), func(screen string) bool { return strings.Contains(screen, text) })
}

// AwaitGone waits until text does not stand on the screen.
func (t *Terminal) AwaitGone(ctx context.Context, text string) (string, error) {
	return t.Until(ctx, "for an end of "+strconv.Quote(text), func(screen string) bool { return !strings.Contains(screen, text) })
}

// Until waits until a condition holds, of which what the screen shows may be a
// part. What is for people: "for the menu".
func (t *Terminal) Until(ctx context.Context, what string, holds func(string) bool) (string, error) {
	deadline := time.NewTimer(t.o.Patience)
	defer deadline.Stop()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		screen, err := t.Screen(ctx)
		if err != nil || holds(screen) {
			return screen, err
		}
		select {
		case <-poll.C:
		case <-deadline.C:
			return screen, fmt.Errorf("waited in vain %s; the screen:\n%s", what, screen)
		case <-ctx.Done():
			return screen, ctx.Err()
		}
	}
}

// Close ends the terminal with all that runs in it. Closing twice is fine.
func (t *Terminal) Close() error {
	if _, err := os.Stat(t.dir); err != nil {
		return nil //nolint:nilerr // closed already
	}
	_, err := t.tmux(context.Background(), "kill-server")
	if err != nil && (strings.Contains(err.Error(), "no server") || strings.Contains(err.Error(), "No such file")) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(t.dir))
}
