// Command record runs the real tools on the code of ../testdata and writes what
// they say under testdata/recorded, where the golden test reads it. It is run
// by hand when a tool changes:
//
//	go run ./internal/record -gopls PATH -node DIR
//
// DIR is a folder with node_modules of typescript, pyright, basedpyright and
// typescript-language-server; go and rustc are those of the path.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	gopls := flag.String("gopls", "gopls", "gopls")
	node := flag.String("node", ".", "folder with node_modules/.bin")
	quiet := flag.Duration("quiet", 8*time.Second, "how long a server must be silent to be done")
	only := flag.String("only", "", "record only this language: go, typescript, rust, python")
	flag.Parse()
	wants := func(language string) bool { return *only == "" || *only == language }
	bin := func(name string) string { return filepath.Join(*node, "node_modules", ".bin", name) }
	if err := os.MkdirAll("testdata/recorded", 0o777); err != nil {
		log.Fatal(err)
	}

	if wants("go") {
		printed("go-build.txt", "testdata/go", "go", "build", "-gcflags=-e", "./...")
		printed("go-vet.txt", "testdata/go", "go", "vet", "./...")
		server("gopls.json", "testdata/go", "go", *quiet, nil, *gopls)
		printed("go-build-imports.txt", "testdata/goimports", "go", "build", "./...")
		server("gopls-imports.json", "testdata/goimports", "go", *quiet, nil, *gopls)
	}
	if wants("typescript") {
		lib, err := filepath.Abs(filepath.Join(*node, "node_modules/typescript/lib/tsserver.js"))
		if err != nil {
			log.Fatal(err)
		}
		options := map[string]any{"tsserver": map[string]any{"path": lib}}
		for dir, suffix := range map[string]string{"testdata/typescript": "", "testdata/typescript-syntax": "-syntax"} {
			printed("tsc"+suffix+".txt", dir, bin("tsc"), "-p", ".", "--pretty", "false")
			server("tsserver"+suffix+".json", dir, "typescript", *quiet, options, bin("typescript-language-server"), "--stdio")
		}
	}
	if wants("rust") {
		// A file of its own: rustc replaces its output, which as root would take
		// the system's null device away.
		scratch := filepath.Join(os.TempDir(), "dejafix-record.rmeta")
		for _, name := range []string{"errors", "lints", "syntax"} {
			args := []string{"--edition", "2021", "--crate-type", "lib", "--emit", "metadata", "-o", scratch, name + ".rs"}
			printed("rustc-"+name+".txt", "testdata/rust", "rustc", append([]string{"--error-format=short"}, args...)...)
			flycheck("rustc-"+name+".json", "testdata/rust", append([]string{"--error-format=json"}, args...))
		}
	}
	if wants("python") {
		// By their paths: the two packages want the same names in .bin.
		for _, name := range []string{"pyright", "basedpyright"} {
			dir, err := filepath.Abs(filepath.Join(*node, "node_modules", name))
			if err != nil {
				log.Fatal(err)
			}
			printed(name+".txt", "testdata/python", "node", filepath.Join(dir, "index.js"))
			server(name+".json", "testdata/python", "python", *quiet, nil, "node", filepath.Join(dir, "langserver.index.js"), "--stdio")
		}
	}
}

// printed records what a command prints, with the folder's path taken out.
func printed(out, dir, name string, args ...string) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	text, err := cmd.CombinedOutput()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		log.Fatalf("%s: %v", name, err)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		log.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte(abs+"/"), nil)
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		log.Fatal(err)
	}
	write(out, bytes.ReplaceAll(text, bytes.TrimSpace(goroot), []byte("/goroot")))
}

func write(name string, data []byte) {
	if err := os.WriteFile(filepath.Join("testdata/recorded", name), data, 0o666); err != nil {
		log.Fatal(err)
	}
}

// A diagnostic is what the golden test reads of an LSP diagnostic: no more is
// kept, since the rest names folders of the machine.
type diagnostic struct {
	Range struct {
		Start position `json:"start"`
		End   position `json:"end"`
	} `json:"range"`
	Severity int             `json:"severity"`
	Code     json.RawMessage `json:"code,omitempty"`
	Source   string          `json:"source"`
	Message  string          `json:"message"`
}

type position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// flycheck records what rustc says in JSON, from which rust-analyzer makes its
// diagnostics: source "rustc", the code, the message.
func flycheck(out, dir string, args []string) {
	cmd := exec.Command("rustc", args...)
	cmd.Dir = dir
	text, err := cmd.CombinedOutput()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		log.Fatal(err)
	}
	found := make(map[string][]diagnostic)
	for line := range bytes.Lines(text) {
		var m struct {
			Message, Level string
			Code           *struct{ Code string }
			Spans          []struct {
				File      string `json:"file_name"`
				Line      int    `json:"line_start"`
				Column    int    `json:"column_start"`
				IsPrimary bool   `json:"is_primary"`
			}
		}
		if json.Unmarshal(line, &m) != nil {
			continue
		}
		for _, s := range m.Spans {
			if !s.IsPrimary {
				continue
			}
			d := diagnostic{Source: "rustc", Message: m.Message, Severity: 1}
			if m.Level == "warning" {
				d.Severity = 2
			}
			if m.Code != nil {
				code, err := json.Marshal(m.Code.Code)
				if err != nil {
					log.Fatal(err)
				}
				d.Code = code
			}
			d.Range.Start = position{s.Line - 1, s.Column - 1}
			d.Range.End = d.Range.Start
			found[s.File] = append(found[s.File], d)
			break
		}
	}
	data, err := json.MarshalIndent(found, "", "\t")
	if err != nil {
		log.Fatal(err)
	}
	write(out, append(data, '\n'))
}

// server records the diagnostics that a language server publishes for the
// files of dir, by file.
func server(out, dir, language string, quiet time.Duration, options any, name string, args ...string) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		log.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = abs
	in, err := cmd.StdinPipe()
	if err != nil {
		log.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		log.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		log.Fatal(err)
	}
	start := time.Now()
	send := func(v map[string]any) {
		v["jsonrpc"] = "2.0"
		data, err := json.Marshal(v)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintf(in, "Content-Length: %d\r\n\r\n%s", len(data), data)
	}
	root := (&url.URL{Scheme: "file", Path: abs}).String()
	send(map[string]any{"id": 1, "method": "initialize", "params": map[string]any{
		"processId": os.Getpid(), "rootUri": root, "initializationOptions": options,
		"workspaceFolders": []any{map[string]any{"uri": root, "name": "w"}},
		"capabilities": map[string]any{
			"textDocument": map[string]any{"publishDiagnostics": map[string]any{"relatedInformation": true}},
			"workspace":    map[string]any{"configuration": true, "workspaceFolders": true},
		},
	}})
	type message struct {
		ID     json.RawMessage
		Method string
		Params json.RawMessage
	}
	messages := make(chan message)
	go func() {
		defer close(messages)
		r := bufio.NewReader(stdout)
		for {
			n := 0
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				line = strings.TrimSpace(line)
				if line == "" {
					break
				}
				if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
					n, _ = strconv.Atoi(v)
				}
			}
			body := make([]byte, n)
			if _, err := io.ReadFull(r, body); err != nil {
				return
			}
			var m message
			if json.Unmarshal(body, &m) == nil {
				messages <- m
			}
		}
	}()
	found := make(map[string][]diagnostic)
	said := false
	for {
		var m message
		wait := quiet
		if !said {
			wait = 10 * quiet // it is still loading
		}
		select {
		case got, ok := <-messages:
			if !ok {
				log.Fatalf("%s ended early", name)
			}
			m = got
		case <-time.After(wait):
			data, err := json.MarshalIndent(found, "", "\t")
			if err != nil {
				log.Fatal(err)
			}
			write(out, append(bytes.ReplaceAll(data, []byte(root+"/"), nil), '\n'))
			in.Close()
			cmd.Process.Kill()
			cmd.Wait()
			return
		}
		switch {
		case m.Method == "" && string(m.ID) == "1":
			send(map[string]any{"method": "initialized", "params": map[string]any{}})
			open(send, abs, root, language)
		case m.Method == "textDocument/publishDiagnostics":
			var p struct {
				URI         string
				Diagnostics []diagnostic
			}
			if err := json.Unmarshal(m.Params, &p); err != nil {
				log.Fatal(err)
			}
			if p.URI, err = url.PathUnescape(p.URI); err != nil {
				log.Fatal(err)
			}
			if len(p.Diagnostics) > 0 {
				said = true
				log.Printf("%s: %d diagnostics of %s after %v", name, len(p.Diagnostics), filepath.Base(p.URI), time.Since(start).Round(time.Millisecond))
			}
			found[strings.TrimPrefix(p.URI, root+"/")] = p.Diagnostics
		case m.Method == "workspace/configuration":
			var p struct{ Items []any }
			json.Unmarshal(m.Params, &p)
			send(map[string]any{"id": m.ID, "result": make([]any, len(p.Items))})
		case m.Method != "" && len(m.ID) > 0:
			send(map[string]any{"id": m.ID, "result": nil})
		}
	}
}

// open opens every source file below dir.
func open(send func(map[string]any), dir, root, language string) {
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		id := language
		switch filepath.Ext(path) {
		case ".go", ".ts", ".py":
		case ".tsx":
			id = "typescriptreact"
		default:
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		send(map[string]any{"method": "textDocument/didOpen", "params": map[string]any{"textDocument": map[string]any{
			"uri": root + "/" + filepath.ToSlash(rel), "languageId": id, "version": 1, "text": string(text),
		}}})
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}
