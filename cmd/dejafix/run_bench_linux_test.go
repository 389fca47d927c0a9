package main

import (
	"io"
	"os/exec"
	"testing"
)

// BenchmarkRun compares a command that works and prints 100 MB with the same in
// `dejafix run`: the second may take 2% longer.
func BenchmarkRun(b *testing.B) {
	const size = 100 << 20 // bytes
	script := `awk 'BEGIN { for (i = 0; i < 1400000; i++) printf "    cart_test.go:%d: what a test says of item %d while it runs, in a line\n", i % 500, i }' | head -c 104857600`
	for _, command := range [][]string{{"sh", "-c", script}, {"dejafix", "run", "--", "sh", "-c", script}} {
		b.Run(command[0], func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				cmd := exec.Command(command[0], command[1:]...)
				out, err := cmd.StdoutPipe()
				if err != nil {
					b.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, out); err != nil || n < size*9/10 {
					b.Fatal(n, err)
				}
				_ = cmd.Wait() // awk may have been cut off
			}
		})
	}
}
