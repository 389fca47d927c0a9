//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestServeEndsWhole: what is being learned is stored however an editor ends its
// server.
func TestServeEndsWhole(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT} {
		dir := t.TempDir()
		log := filepath.Join(dir, "log")
		cmd := exec.Command("dejafix", "serve", "--store", filepath.Join(dir, "dejafix.db"), "--log", log)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// An answer says that it runs.
		const ask = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`
		if _, err := in.Write([]byte("Content-Length: " + strconv.Itoa(len(ask)) + "\r\n\r\n" + ask)); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // its code is looked at
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "msg=stopped") || !cmd.ProcessState.Exited() {
			t.Errorf("%v: %v; the log:\n%s", s, cmd.ProcessState, text)
		}
	}
}
