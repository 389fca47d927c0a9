package redact

import (
	"go/build"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// What random takes for a key, and what not: keys drawn in base 62 and 64 of the
// usual lengths, and every run of 20 letters or more in Go's standard library.
func TestEntropySeparates(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const base62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for _, alphabet := range []string{base62, base62 + "+/", base62 + "-_"} {
		for _, n := range []int{20, 24, 32, 40, 64} {
			const drawn = 1000
			found := 0
			for range drawn {
				w := make([]byte, n)
				for i := range w {
					w[i] = alphabet[r.IntN(len(alphabet))]
				}
				if random(string(w)) {
					found++
				}
			}
			t.Logf("%d letters of %d: %.3f found", n, len(alphabet), float64(found)/drawn)
			if found < drawn*88/100 {
				t.Errorf("of keys of %d letters of %d only %d of %d are found", n, len(alphabet), found, drawn)
			}
		}
	}
	names := make(map[string]bool)
	// A few packages, for time; the whole library was measured for minTurns.
	var files []string
	for _, dir := range []string{"fmt", "os", "reflect", "strings", "sync", "testing", "time"} {
		found, err := filepath.Glob(filepath.Join(build.Default.GOROOT, "src", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Fatal("no standard library: GOROOT has no src")
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range candidate.FindAllString(string(text), -1) {
			names[w] = true
		}
	}
	wrong := 0
	for w := range names {
		if random(w) {
			wrong++
		}
	}
	t.Logf("%d of %d runs of the standard library", wrong, len(names))
	if wrong > len(names)*25/1000 {
		t.Errorf("%d of %d runs of the standard library are taken for keys", wrong, len(names))
	}
}
