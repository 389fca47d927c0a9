package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// pty opens a terminal: what is written to one end is typed at the other.
func pty(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	ioctl := func(request uintptr, value *int32) {
		conn, err := person.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		err = conn.Control(func(fd uintptr) {
			if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(value))); errno != 0 {
				t.Fatal(errno)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var number, unlock int32
	ioctl(syscall.TIOCGPTN, &number)
	ioctl(syscall.TIOCSPTLCK, &unlock)
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// TestFixInteractive answers the real program on a real terminal.
func TestFixInteractive(t *testing.T) {
	tests := []struct {
		answers string // one letter each; ? is no answer
		want    string // of f00, f01, f02: old or new
		code    int
	}{
		{"yny", "new old new", 1},
		{"y?q", "new old old", 1},
		{"yyy", "new new new", 0},
		{"n\x04", "old old old", 1}, // the end of the input
	}
	r := newFixRoom(t, 3)
	for _, tt := range tests {
		r.reset()
		person, program := pty(t)
		cmd := r.command("fix", "--dirty", "--interactive")
		cmd.Stdin, cmd.Stderr = program, program
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		program.Close()
		// The prompt has no line end.
		var said strings.Builder
		in := bufio.NewReader(person)
		for _, answer := range tt.answers {
			for !strings.HasSuffix(said.String(), "[q]uit: ") {
				c, err := in.ReadByte()
				if err != nil {
					t.Fatalf("%v after %q", err, said.String())
				}
				said.WriteByte(c)
			}
			said.WriteString("|")
			end := "\n"
			if answer == '\x04' {
				end = ""
			}
			if _, err := person.WriteString(string(answer) + end); err != nil {
				t.Fatal(err)
			}
		}
		for { // the other end is closed when the program ends
			c, err := in.ReadByte()
			if err != nil {
				break
			}
			said.WriteByte(c)
		}
		_ = cmd.Wait() // its code is looked at
		var got []string
		for i := range 3 {
			name := filepath.Join(r.dir, fmt.Sprintf("f%02d.go", i))
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			state := "old"
			if string(b) == r.files[name][1] {
				state = "new"
			}
			got = append(got, state)
		}
		if strings.Join(got, " ") != tt.want || cmd.ProcessState.ExitCode() != tt.code {
			t.Errorf("%q: %q, code %d; want %q, %d\n%s", tt.answers, got, cmd.ProcessState.ExitCode(), tt.want, tt.code, said.String())
		}
		if !strings.Contains(said.String(), "f00.go:4: cannot use n") || !strings.Contains(said.String(), "strconv.Itoa(n)") {
			t.Errorf("the question lacks what it is about: %s", said.String())
		}
	}
}
