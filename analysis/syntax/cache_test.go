package syntax

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/dejafix/dejafix/analysis"
)

func document(uri, text string) *analysis.Document {
	return analysis.NewDocument(uri, "", "", "go", 1, text)
}

func TestCache(t *testing.T) {
	ctx := context.Background()
	c := &Cache{MaxBytes: 400}
	defer c.Close()
	text := samples["go"]
	first, release, err := c.Get(ctx, document("file:///a.go", text))
	if err != nil {
		t.Fatal(err)
	}
	again, release2, err := c.Get(ctx, document("file:///a.go", text))
	if err != nil {
		t.Fatal(err)
	}
	if first != again {
		t.Error("the same text was parsed twice")
	}
	release2()
	release2() // twice is fine
	changed := strings.Replace(text, "return", "x++\n\treturn", 1)
	next, release3, err := c.Get(ctx, document("file:///a.go", changed))
	if err != nil {
		t.Fatal(err)
	}
	if next.HasErrors() || next.Text() != changed {
		t.Error("the newer version is wrong")
	}
	if first.Text() != text || first.inner == nil {
		t.Error("a tree in use was closed")
	}
	release()
	if first.inner != nil {
		t.Error("a superseded tree outlived its last user")
	}
	release3()
	for i := range 20 {
		_, release, err := c.Get(ctx, document(fmt.Sprintf("file:///%d.go", i), text))
		if err != nil {
			t.Fatal(err)
		}
		release()
		if c.Bytes() > 400 {
			t.Fatalf("%d bytes are kept", c.Bytes())
		}
	}
	c.Drop("file:///19.go")
	if _, _, err := c.Get(ctx, analysis.NewDocument("file:///a.xyz", "", "", "xyz", 1, "a")); err != ErrNoGrammar {
		t.Errorf("unknown language: %v", err)
	}
}

func TestCacheConcurrent(t *testing.T) {
	c := &Cache{MaxBytes: 1000}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 50 {
				text := strings.Replace(samples["go"], "\"a\"", fmt.Sprintf("\"%d\"", (g+i)%7), 1)
				tree, release, err := c.Get(context.Background(), document(fmt.Sprintf("file:///%d.go", i%3), text))
				if err != nil {
					t.Error(err)
					return
				}
				tree.Fragment(true, analysis.Span{End: len(text)})
				release()
			}
		})
	}
	wg.Wait()
	c.Close()
	if c.Bytes() != 0 {
		t.Errorf("%d bytes are kept after Close", c.Bytes())
	}
}
