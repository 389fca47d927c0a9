package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// results are made up, read in the order of their names.
func results(t *testing.T) []result {
	t.Helper()
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) != 3 {
		t.Fatalf("%q, %v", names, err)
	}
	rs, err := read(names)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func TestGolden(t *testing.T) {
	rs := results(t)
	for name, got := range map[string][]byte{"figure.svg": draw(rs), "tables.md": tables(rs)} {
		name = filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(name, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatalf("%v (go test -update writes it)", err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-golden +now); look at it, then go test -update:\n%s", name, diff)
		}
	}
}

// TestOrder: whatever the names, all comes after ten and ten after three.
func TestOrder(t *testing.T) {
	var got []string
	for _, r := range results(t) {
		got = append(got, r.label())
	}
	if want := []string{"1", "5", "all"}; !cmp.Equal(got, want) {
		t.Errorf("runs %q, want %q", got, want)
	}
}

// TestFigure holds what a golden does not: that the figure is well formed, that
// all of it is on the paper and that no text at a line's end covers another.
func TestFigure(t *testing.T) {
	one := results(t)[2:]
	for name, rs := range map[string][]result{
		"three runs":  results(t),
		"one run":     one,
		"only few":    {{Sources: map[string]counts{"s": {Taught: part{Cases: 3, Top1: 3}}}}},
		"none right":  {{Sources: map[string]counts{"s": {Taught: part{Cases: 90}}}}},
		"all in one":  {{Sources: map[string]counts{"s": {Taught: part{Cases: 90, Top1: 90, Top3: 90}}}, counts: counts{Calibration: []bin{{From: .9, N: 90, Said: 1, Right: 90}}}}},
		"same height": same(12),
	} {
		t.Run(name, func(t *testing.T) {
			var ends []float64
			dec := xml.NewDecoder(bytes.NewReader(draw(rs)))
			for {
				token, err := dec.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				e, ok := token.(xml.StartElement)
				if !ok {
					continue
				}
				at := map[string]float64{}
				class := ""
				for _, a := range e.Attr {
					switch a.Name.Local {
					case "class":
						class = a.Value
					case "x", "x1", "x2", "cx", "y", "y1", "y2", "cy", "r":
						v, err := strconv.ParseFloat(a.Value, 64)
						if err != nil {
							t.Fatal(err)
						}
						at[a.Name.Local] = v
						limit := float64(width)
						if strings.Contains(a.Name.Local, "y") {
							limit = height
						}
						if !(v >= 0 && v <= limit) {
							t.Errorf("%s of %s is %v", a.Name.Local, e.Name.Local, v)
						}
					}
				}
				if e.Name.Local == "line" && class == "leader" {
					ends = append(ends, at["y2"])
				}
			}
			for i := 1; i < len(ends); i++ {
				if ends[i]-ends[i-1] < gap-.11 { // as written, to a tenth of a pixel
					t.Errorf("texts at %v and %v cover each other", ends[i-1], ends[i])
				}
			}
		})
	}
}

// same is n sources with the same figures.
func same(n int) []result {
	r := result{Sources: map[string]counts{}}
	for i := range n {
		r.Sources["s"+strconv.Itoa(i)] = counts{Taught: part{Cases: 100, Top1: 10, Top3: 12}}
	}
	return []result{r}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := file("good", `{"k":3,"sources":{"s":{"cases":0}}}`)
	for name, c := range map[string]struct {
		files []string
		want  string
	}{
		"absent":       {[]string{filepath.Join(dir, "absent")}, "absent"},
		"no JSON":      {[]string{file("text", "SOURCE  ASKED\n")}, "no result"},
		"another form": {[]string{file("stats", `{"kind":"stats"}`)}, "nothing of any source"},
		"older":        {[]string{file("old", `{"cases":1,"sources":{"s":{"cases":1}}}`)}, "run make eval"},
		"twice":        {[]string{good, good}, "second result of --k 3"},
	} {
		if _, err := read(c.files); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
