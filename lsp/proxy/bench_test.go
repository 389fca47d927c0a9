package proxy

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// echoes says, in the environment, that the test binary is to be a language
// server that does nothing.
const echoes = "DEJAFIX_TEST_ECHO"

func TestMain(m *testing.M) {
	if os.Getenv(echoes) != "" {
		echo(os.Stdin, os.Stdout)
		return
	}
	os.Exit(m.Run())
}

// long is how large the large documents are, in bytes.
const long = 10 << 20

// echo answers each request at once: with what it was asked for, in bytes.
func echo(in io.Reader, out io.Writer) {
	r := bufio.NewReaderSize(in, 64<<10)
	big := strings.Repeat("x", long)
	var body []byte
	for {
		length := 0
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			if line == "\r\n" {
				break
			}
			if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
				length, _ = strconv.Atoi(strings.TrimSpace(v))
			}
		}
		body = slices.Grow(body[:0], length)[:length]
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		head := body[:min(len(body), 200)]
		_, id, ok := bytes.Cut(head, []byte(`"id":`))
		if !ok {
			continue
		}
		n, _, _ := bytes.Cut(id, []byte(","))
		result := `null`
		switch {
		case bytes.Contains(head, []byte(`"initialize"`)):
			result = `{"capabilities":{"textDocumentSync":2,"codeActionProvider":true,"hoverProvider":true}}`
		case bytes.Contains(head, []byte(`"x/big"`)):
			result = `"` + big + `"`
		case bytes.Contains(head, []byte(`codeAction"`)):
			result = `[]`
		}
		if _, err := out.Write(framed(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":%s}`, n, result))); err != nil {
			return
		}
	}
}

// A peer is a server process, alone or behind the proxy.
type peer struct {
	in    io.WriteCloser
	out   *bufio.Reader
	ids   int
	times []time.Duration
}

func newPeer(b *testing.B, command ...string) *peer {
	b.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), echoes+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	p := &peer{in: in, out: bufio.NewReaderSize(out, 64<<10)}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return p
}

func (p *peer) notify(body string) error {
	_, err := p.in.Write(framed([]byte(body)))
	return err
}

// call sends a request and reads until its answer.
func (p *peer) call(method, params string) error {
	p.ids++
	if err := p.notify(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, p.ids, method, params)); err != nil {
		return err
	}
	for {
		length := 0
		for {
			line, err := p.out.ReadString('\n')
			if err != nil {
				return err
			}
			if line == "\r\n" {
				break
			}
			if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
				length, _ = strconv.Atoi(strings.TrimSpace(v))
			}
		}
		head, err := p.out.Peek(min(length, 32<<10))
		if err != nil {
			return err
		}
		last, _ := p.out.Peek(length) // gopls has the id at the end
		mine := []byte(fmt.Sprintf(`"id":%d`, p.ids))
		hit := (bytes.Contains(head, mine) || bytes.Contains(last, mine)) && !bytes.Contains(head[:min(len(head), 300)], []byte(`"method"`))
		if m := open(head); m.method != "" && m.id != (span{}) {
			// What a server asks of an editor.
			id := string(m.id.of(head))
			if _, err := p.out.Discard(length); err != nil {
				return err
			}
			result := "null"
			if m.method == "workspace/configuration" {
				result = "[null,null]"
			}
			if err := p.notify(`{"jsonrpc":"2.0","id":` + id + `,"result":` + result + `}`); err != nil {
				return err
			}
			continue
		}
		if _, err := p.out.Discard(length); err != nil {
			return err
		}
		if hit {
			return nil
		}
	}
}

// quantile of sorted times, in milliseconds.
func quantile(times []time.Duration, q float64) float64 {
	return float64(times[min(int(q*float64(len(times))), len(times)-1)]) / float64(time.Millisecond)
}

// BenchmarkProxy sends the same to a server alone and to one behind the proxy, by
// turns, and waits for the answer. extra-p50-ms and extra-p99-ms are what the
// proxy adds to a message and its answer.
//
//	go test -run '^$' -bench Proxy -benchtime 2000x ./lsp/proxy
func BenchmarkProxy(b *testing.B) {
	dir := b.TempDir()
	binary := filepath.Join(dir, "dejafix")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/dejafix").CombinedOutput(); err != nil {
		b.Fatalf("building dejafix: %v\n%s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	tools := os.Getenv("DEJAFIX_TOOLS")
	if tools == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			b.Fatal(err)
		}
		tools = filepath.Join(cache, "dejafix-tools")
	}
	text := quote(strings.Repeat("var x = \"a line of a long file\"\n", 300))
	longText := quote(strings.Repeat("# a line of a long \"file\"\n", long/28))
	doc := func(uri, text string, version int) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":%q,"languageId":"python","version":%d,"text":%s}}}`, uri, version, text)
	}
	at := func(uri string) string {
		return fmt.Sprintf(`{"textDocument":{"uri":%q},"position":{"line":3,"character":5}}`, uri)
	}
	typed := func(uri string, version int) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":%q,"version":%d},"contentChanges":[{"range":{"start":{"line":3,"character":0},"end":{"line":3,"character":0}},"text":"y"}]}}`, uri, version)
	}
	small, large := "file://"+dir+"/small.py", "file://"+dir+"/large.py"
	ruff, pyright := filepath.Join(tools, "bin", "ruff"), filepath.Join(tools, "bin", "pyright-langserver")
	tests := []struct {
		name    string
		command []string
		open    string // sent once before
		send    func(p *peer, i int) error
		most    int // rounds, where each is long
	}{
		{"echo/request", []string{self}, doc(small, text, 0), func(p *peer, _ int) error { return p.call("textDocument/hover", at(small)) }, 0},
		{"echo/keystroke", []string{self}, doc(small, text, 0), func(p *peer, i int) error {
			if err := p.notify(typed(small, i+1)); err != nil {
				return err
			}
			return p.call("x/y", "{}")
		}, 0},
		{"echo/actions", []string{self}, doc(small, text, 0), func(p *peer, _ int) error {
			return p.call("textDocument/codeAction", `{"textDocument":{"uri":"`+small+`"},"range":{"start":{"line":1,"character":0},"end":{"line":1,"character":0}},"context":{"diagnostics":[]}}`)
		}, 0},
		{"echo/keystroke in 10 MB", []string{self}, doc(large, longText, 0), func(p *peer, i int) error {
			if err := p.notify(typed(large, i+1)); err != nil {
				return err
			}
			return p.call("x/y", "{}")
		}, 0},
		{"echo/10 MB opened", []string{self}, doc(small, text, 0), func(p *peer, i int) error {
			if err := p.notify(doc(large, longText, i)); err != nil {
				return err
			}
			return p.call("x/y", "{}")
		}, 400},
		{"echo/10 MB answered", []string{self}, doc(small, text, 0), func(p *peer, _ int) error { return p.call("x/big", "{}") }, 400},
		{"ruff/hover", []string{ruff, "server"}, doc(small, text, 0), func(p *peer, _ int) error { return p.call("textDocument/hover", at(small)) }, 0},
		{"ruff/diagnostics after a keystroke", []string{ruff, "server"}, doc(small, text, 0), func(p *peer, i int) error {
			if err := p.notify(typed(small, i+1)); err != nil {
				return err
			}
			return p.call("textDocument/diagnostic", `{"textDocument":{"uri":"`+small+`"}}`)
		}, 0},
		{"ruff/10 MB opened", []string{ruff, "server"}, doc(small, text, 0), func(p *peer, i int) error {
			if err := p.notify(doc(large, longText, i)); err != nil {
				return err
			}
			return p.call("textDocument/hover", at(small))
		}, 200},
		{"pyright/hover", []string{pyright, "--stdio"}, doc(small, text, 0), func(p *peer, _ int) error { return p.call("textDocument/hover", at(small)) }, 0},
	}
	for _, tt := range tests {
		b.Run(tt.name, func(b *testing.B) {
			alone := newPeer(b, tt.command...)
			behind := newPeer(b, append([]string{binary, "proxy", "--store", filepath.Join(b.TempDir(), "s.db"), "--log", filepath.Join(b.TempDir(), "l"), "--"}, tt.command...)...)
			for _, p := range []*peer{alone, behind} {
				if err := p.call("initialize", `{"processId":null,"rootUri":"file://`+dir+`","capabilities":{"textDocument":{"diagnostic":{},"codeAction":{"codeActionLiteralSupport":{"codeActionKind":{"valueSet":["quickfix"]}}}}}}`); err != nil {
					b.Fatal(err)
				}
				if err := p.notify(`{"jsonrpc":"2.0","method":"initialized","params":{}}`); err != nil {
					b.Fatal(err)
				}
				if err := p.notify(tt.open); err != nil {
					b.Fatal(err)
				}
				for i := range 20 { // warm
					if err := tt.send(p, i); err != nil {
						b.Fatal(err)
					}
				}
			}
			if err := behind.call("dejafix/idle", "{}"); err != nil {
				b.Fatal(err)
			}
			n := b.N
			if tt.most > 0 {
				n = min(n, tt.most)
			}
			b.ResetTimer()
			for i := range n {
				pair := []*peer{alone, behind}
				if i%2 == 1 {
					slices.Reverse(pair)
				}
				for _, p := range pair {
					start := time.Now()
					if err := tt.send(p, 20+i); err != nil {
						b.Fatal(err)
					}
					p.times = append(p.times, time.Since(start))
				}
			}
			b.StopTimer()
			slices.Sort(alone.times)
			slices.Sort(behind.times)
			for _, q := range []struct {
				name string
				at   float64
			}{{"p50", .5}, {"p99", .99}} {
				a, p := quantile(alone.times, q.at), quantile(behind.times, q.at)
				b.ReportMetric(a, "alone-"+q.name+"-ms")
				b.ReportMetric(p-a, "extra-"+q.name+"-ms")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}
