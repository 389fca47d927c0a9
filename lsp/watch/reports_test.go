package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const junitFails = `<testsuite name="Cart" tests="1" failures="1"><testcase classname="shop.CartTest" name="total"><failure message="3, want 4">at shop.Cart.total(Cart.java:3)</failure></testcase></testsuite>`

// TestReports: reports that change are read once they are left alone, and no other
// file.
func TestReports(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a[1]")
	put := func(name, text string, at time.Time) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	old := now.Add(-time.Hour)
	put("junit.xml", junitFails, old)
	var r Reports
	look := func(now time.Time) string {
		t.Helper()
		got, ok := r.Changed(root, []string{"mine/*.out", "[", "../*"}, now)
		var names []string
		for _, f := range got.Files {
			rel, err := filepath.Rel(root, f)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, filepath.ToSlash(rel))
		}
		if !ok {
			return "none"
		}
		return fmt.Sprint(names, " ", got.Run.Failed+got.Run.Errored, " of ", got.Run.Total())
	}
	steps := []struct {
		name string
		do   func()
		at   time.Time
		want string
	}{
		{"what was there before", func() {}, now, "none"},
		{"nothing", func() {}, now, "none"},
		{"a new one", func() { put("api/target/surefire-reports/TEST-Cart.xml", junitFails, now.Add(-time.Second)) }, now, "[api/target/surefire-reports/TEST-Cart.xml] 1 of 1"},
		{"the same", func() {}, now, "none"},
		{"it is being written", func() { put("junit.xml", junitFails[:40], now) }, now, "none"},
		{"it is whole", func() { put("junit.xml", junitFails, now.Add(time.Second)) }, now.Add(2 * time.Second), "[junit.xml] 1 of 1"},
		{"several", func() {
			put("build/test-results/test/TEST-A.xml", strings.ReplaceAll(junitFails, "total", "a"), now.Add(2*time.Second))
			put("build/test-results/test/TEST-B.xml", strings.ReplaceAll(junitFails, "total", "b"), now.Add(3*time.Second))
		}, now.Add(4 * time.Second), "[build/test-results/test/TEST-B.xml build/test-results/test/TEST-A.xml] 2 of 2"},
		{"as the settings have it", func() {
			put("mine/go.out", `{"Action":"run","Package":"shop","Test":"TestCart"}`+"\n"+`{"Action":"fail","Package":"shop","Test":"TestCart","Elapsed":0}`+"\n"+`{"Action":"fail","Package":"shop","Elapsed":0}`+"\n", now)
		}, now.Add(4 * time.Second), "[mine/go.out] 1 of 1"},
		{"no report", func() { put("reports/pom.xml", "<project/>", now) }, now.Add(4 * time.Second), "none"},
		{"above the folder", func() { put("../up.xml", junitFails, now) }, now.Add(4 * time.Second), "none"},
		{"a link out of it", func() {
			if err := os.Symlink(filepath.Join(root, "..", "up.xml"), filepath.Join(root, "reports", "link.xml")); err != nil {
				t.Fatal(err)
			}
		}, now.Add(4 * time.Second), "none"},
		{"it is gone", func() { os.Remove(filepath.Join(root, "junit.xml")) }, now.Add(5 * time.Second), "none"},
		{"and back", func() { put("junit.xml", junitFails, now) }, now.Add(5 * time.Second), "[junit.xml] 1 of 1"},
	}
	for _, s := range steps {
		s.do()
		if got := look(s.at); got != s.want {
			t.Errorf("%s: %s, want %s", s.name, got, s.want)
		}
	}
	r.Forget(nil)
	if got := look(now.Add(time.Hour)); got != "none" {
		t.Errorf("asked for the first time again: %s", got)
	}
}

func BenchmarkReports(b *testing.B) {
	root := b.TempDir()
	for i := range 100 {
		if err := os.MkdirAll(filepath.Join(root, fmt.Sprint("dir", i)), 0o700); err != nil {
			b.Fatal(err)
		}
	}
	var r Reports
	now := time.Now()
	for b.Loop() {
		r.Changed(root, nil, now)
	}
}
