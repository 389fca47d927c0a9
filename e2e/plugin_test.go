package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dejafix/dejafix/e2e/nvim"
)

// recorder starts, inside Neovim, a client named dejafix that keeps what it is
// told, in positions of UTF-16 as the real one: reports in Told, all else of ours
// in Said.
const recorder = `
Told, Said = {}, {}
vim.g.dejafix = { enable = false }
-- Neovim's own takes answers only of a server that was asked.
vim.lsp.handlers['textDocument/diagnostic'] = function(_, _, ctx)
  vim.diagnostic.set(vim.api.nvim_create_namespace('pull'), ctx.bufnr, { { lnum = 1, col = 0, message = 'late', source = 'tool' } })
end
require('dejafix.diagnostics').watch_versions()
vim.lsp.start(vim.tbl_extend('force', require('dejafix.client').lsp_config(), {
  name = 'dejafix',
  root_dir = vim.fs.dirname(vim.api.nvim_buf_get_name(0)),
  cmd = function()
    return {
      request = function(method, params, callback)
        local result = vim.NIL
        if method == 'workspace/executeCommand' or vim.startswith(method, 'dejafix/') then
          Said[#Said + 1] = { method = method, params = vim.deepcopy(params) }
          result = Answers and Answers[method] or vim.NIL
        end
        if method == 'initialize' then
          result = { capabilities = { positionEncoding = 'utf-16', textDocumentSync = 2 } }
        end
        vim.schedule(function() callback(nil, result) end)
        return true, 1
      end,
      notify = function(method, params)
        if method == 'dejafix/diagnostics' then
          local told = vim.deepcopy(params)
          told.uri = vim.fs.basename(told.uri)
          Told[#Told + 1] = told
        elseif vim.startswith(method, 'dejafix/') then
          Said[#Said + 1] = { method = method, params = vim.deepcopy(params) }
        end
        return true
      end,
      is_closing = function() return false end,
      terminate = function() end,
    }
  end,
}), { bufnr = 0 })
-- Once attached it is told what is there.
vim.wait(10000, function() return #Told > 0 end)
Told = {}
`

// report is a dejafix/diagnostics, as told.
type report struct {
	URI         string
	Version     *int
	Diagnostics []struct {
		Source, Message string
		Code            any
		Range           struct {
			Start, End struct{ Line, Character int }
		}
	}
}

func TestWhatOtherSourcesReportIsForwarded(t *testing.T) {
	tests := map[string]struct {
		chunk string // after which Told is looked at
		want  string // JSON, the last of Told
	}{
		"a linter's byte columns become UTF-16": {
			`vim.diagnostic.set(vim.api.nvim_create_namespace('lint'), 0,
			  { { lnum = 0, col = 10, end_lnum = 0, end_col = 13, message = 'odd', source = 'lint', code = 'L1' } })`,
			`{"URI": "a.go", "Version": 0, "Diagnostics": [{"Source": "lint", "Message": "odd", "Code": "L1",
			  "Range": {"Start": {"Line": 0, "Character": 7}, "End": {"Line": 0, "Character": 10}}}]}`,
		},
		"a column past the line's end is its end": {
			`vim.diagnostic.set(vim.api.nvim_create_namespace('lint'), 0, { { lnum = 0, col = 90, message = 'odd', source = 'lint' } })`,
			`{"URI": "a.go", "Version": 0, "Diagnostics": [{"Source": "lint", "Message": "odd",
			  "Range": {"Start": {"Line": 0, "Character": 11}, "End": {"Line": 0, "Character": 11}}}]}`,
		},
		"all namespaces in one report, but not our own, nor where a debugger stopped": {
			`for i, source in ipairs({ 'one', 'two', 'dejafix', 'nvim-dap' }) do
			  vim.diagnostic.set(vim.api.nvim_create_namespace(source), 0, { { lnum = 1, col = 0, message = source, source = source } })
			end`,
			`{"URI": "a.go", "Version": 0, "Diagnostics": [
			  {"Source": "one", "Message": "one", "Range": {"Start": {"Line": 1}, "End": {"Line": 1}}},
			  {"Source": "two", "Message": "two", "Range": {"Start": {"Line": 1}, "End": {"Line": 1}}}]}`,
		},
		"an error that is gone": {
			`local ns = vim.api.nvim_create_namespace('lint')
			vim.diagnostic.set(ns, 0, { { lnum = 0, col = 0, message = 'odd', source = 'lint' } })
			vim.diagnostic.set(ns, 0, {})`,
			`{"URI": "a.go", "Version": 0, "Diagnostics": []}`,
		},
		"a late report speaks of the text it was made for": {
			`vim.api.nvim_buf_set_lines(0, 1, 2, false, { 'new' })
			vim.wait(10000, function() return vim.lsp.util.buf_versions[0 + vim.fn.bufnr()] > 0 end)
			vim.lsp.handlers['textDocument/publishDiagnostics'](nil, {
			  uri = vim.uri_from_bufnr(0), version = 0,
			  diagnostics = { { range = { start = { line = 1, character = 0 }, ['end'] = { line = 1, character = 1 } }, message = 'late', source = 'tool', severity = 1 } },
			}, { client_id = vim.lsp.get_clients()[1].id + 100, method = 'textDocument/publishDiagnostics' })`,
			`{"URI": "a.go", "Version": 0, "Diagnostics": [{"Source": "tool", "Message": "late",
			  "Range": {"Start": {"Line": 1}, "End": {"Line": 1, "Character": 1}}}]}`,
		},
		"so does the late answer to a question": {
			`vim.api.nvim_buf_set_lines(0, 1, 2, false, { 'new' })
			vim.wait(10000, function() return vim.lsp.util.buf_versions[0 + vim.fn.bufnr()] > 0 end)
			vim.lsp.handlers['textDocument/diagnostic'](nil, {}, { version = 0, bufnr = vim.fn.bufnr() })`,
			`{"URI": "a.go", "Version": 0, "Diagnostics": [{"Source": "tool", "Message": "late",
			  "Range": {"Start": {"Line": 1}, "End": {"Line": 1}}}]}`,
		},
		"a file that is not open": {
			`local bufnr = vim.fn.bufadd(vim.fs.dirname(vim.api.nvim_buf_get_name(0)) .. '/b.go')
			vim.diagnostic.set(vim.api.nvim_create_namespace('lint'), bufnr, { { lnum = 3, col = 1, message = 'odd', source = 'lint' } })`,
			`{"URI": "b.go", "Diagnostics": [{"Source": "lint", "Message": "odd",
			  "Range": {"Start": {"Line": 3, "Character": 1}, "End": {"Line": 3, "Character": 1}}}]}`,
		},
	}
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			for name, test := range tests {
				t.Run(name, func(t *testing.T) {
					e := plain(t, program)
					path := filepath.Join(t.TempDir(), "a.go")
					// An umlaut is two bytes and one unit of UTF-16, the face four and two.
					must(t, os.WriteFile(path, []byte("// ä 😀 odd\n// second\n"), 0o600))
					must(t, e.Lua(t.Context(), "vim.cmd.edit("+quote(path)+")\n"+recorder, nil))
					var got report
					must(t, e.Lua(t.Context(), test.chunk+"\nreturn Told[#Told]", &got))
					var want report
					must(t, json.Unmarshal([]byte(test.want), &want))
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("(-want +got)\n%s", diff)
					}
				})
			}
		})
	}
}

// The same set for the same text is said once.
func TestNothingIsSaidTwice(t *testing.T) {
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			e := plain(t, program)
			path := filepath.Join(t.TempDir(), "a.go")
			must(t, os.WriteFile(path, []byte("package a\n"), 0o600))
			var told int
			must(t, e.Lua(t.Context(), "vim.cmd.edit("+quote(path)+")\n"+recorder+`
			local ns = vim.api.nvim_create_namespace('lint')
			for _ = 1, 3 do
			  vim.diagnostic.set(ns, 0, { { lnum = 0, col = 0, message = 'odd', source = 'lint' } })
			end
			return #Told`, &told))
			if told != 1 {
				t.Errorf("%d reports, want 1", told)
			}
		})
	}
}

func TestWhereTheServerAttaches(t *testing.T) {
	const options = "vim.g.dejafix = vim.tbl_extend('force', vim.g.dejafix, %s)"
	tests := map[string]struct {
		file, setup string
		want        bool
	}{
		"code":                    {"a.go", "", true},
		"a language without rows": {"a.zig", "", true},
		"prose":                   {"a.txt", "", false},
		"secrets":                 {".env.local", "vim.filetype.add({ filename = { ['.env.local'] = 'sh' } })", false},
		"a key":                   {"server.key", "vim.filetype.add({ extension = { key = 'conf' } })", false},
		"other filetypes":         {"a.go", fmt.Sprintf(options, "{ filetypes = { 'python' } }"), false},
		"turned off":              {"a.go", fmt.Sprintf(options, "{ enable = false }"), false},
	}
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			for name, test := range tests {
				t.Run(name, func(t *testing.T) {
					e := plain(t, program)
					path := filepath.Join(t.TempDir(), test.file)
					must(t, os.WriteFile(path, []byte("\n"), 0o600))
					var got bool
					must(t, e.Lua(t.Context(), test.setup+`
					-- Another server, or ours would give it some time to come.
					vim.api.nvim_create_autocmd('FileType', { callback = function(ev)
					  vim.lsp.start({ name = 'other', cmd = function()
					    return { request = function() end, notify = function() end, is_closing = function() return false end, terminate = function() end }
					  end }, { bufnr = ev.buf })
					end })
					vim.cmd.edit(`+quote(path)+`)
					-- What FileType scheduled, and what that scheduled, has run when this has.
					local n = 0
					local function next_one()
					  n = n + 1
					  if n < 20 then vim.schedule(next_one) end
					end
					next_one()
					vim.wait(10000, function() return n == 20 end)
					return #vim.lsp.get_clients({ name = 'dejafix', _uninitialized = true }) > 0`, &got))
					if got != test.want {
						t.Errorf("attached: %v, want %v", got, test.want)
					}
				})
			}
		})
	}
}

// Behind the proxy there is nothing to do, whoever comes first.
func TestTheProxyIsLeftAlone(t *testing.T) {
	answer := `{"jsonrpc":"2.0","id":1,"result":{"capabilities":{},"serverInfo":{"name":"dejafix-proxy"}}}`
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			for _, event := range []string{"FileType", "LspAttach"} {
				t.Run("proxy starts on "+event, func(t *testing.T) {
					e := plain(t, program)
					dir := t.TempDir()
					path := filepath.Join(dir, "a.go")
					must(t, os.WriteFile(path, []byte("package a\n"), 0o600))
					// Stands for the proxy in what the plugin looks at: its name, and what
					// it says of itself.
					proxy := filepath.Join(dir, "dejafix")
					script := fmt.Sprintf("#!/bin/sh\nprintf 'Content-Length: %d\\r\\n\\r\\n%%s' '%s'\nexec cat >/dev/null\n", len(answer), answer)
					must(t, os.WriteFile(proxy, []byte(script), 0o700))
					var attached []string
					must(t, e.Lua(t.Context(), `
					vim.api.nvim_create_autocmd('`+event+`', { once = true, callback = function(ev)
					  vim.lsp.start({ name = 'gopls', cmd = { `+quote(proxy)+`, 'proxy', '--', 'gopls' } }, { bufnr = ev.buf })
					end })
					vim.cmd.edit(`+quote(path)+`)
					vim.wait(60000, function()
					  local starting = #vim.lsp.get_clients({ _uninitialized = true }) - #vim.lsp.get_clients()
					  local attached = vim.lsp.get_clients({ bufnr = 0 })
					  return starting == 0 and #attached == 1 and attached[1].name == 'gopls'
					end)
					return vim.tbl_map(function(c) return c.name end, vim.lsp.get_clients({ bufnr = 0 }))`, &attached))
					if diff := cmp.Diff([]string{"gopls"}, attached); diff != "" {
						t.Errorf("attached (-want +got)\n%s", diff)
					}
				})
			}
		})
	}
}

// One server for the files of a repository, another for a second one, and one for
// all that belong to none.
func TestOneServerForEachWorkspace(t *testing.T) {
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			e := plain(t, program)
			dir := t.TempDir()
			for _, file := range []string{"one/.git/HEAD", "one/a.go", "one/sub/b.py", "two/.git/HEAD", "two/c.go", "none/d.go", "none/e.go"} {
				path := filepath.Join(dir, file)
				must(t, os.MkdirAll(filepath.Dir(path), 0o700))
				must(t, os.WriteFile(path, []byte("\n"), 0o600))
			}
			for i, want := range []int{1, 1, 2, 3, 3} {
				must(t, e.Open(t.Context(), filepath.Join(dir, []string{"one/a.go", "one/sub/b.py", "two/c.go", "none/d.go", "none/e.go"}[i])))
				var got int
				must(t, e.Lua(t.Context(), "return #vim.lsp.get_clients({ name = 'dejafix' })", &got))
				if got != want {
					t.Errorf("file %d: %d servers, want %d", i, got, want)
				}
			}
			var formats bool
			must(t, e.Lua(t.Context(), `
			local client = vim.lsp.get_clients({ name = 'dejafix' })[1]
			return (client.server_capabilities.documentFormattingProvider or false) ~= false`, &formats))
			if formats {
				t.Error("the server offers to format")
			}
		})
	}
}

// :checkhealth dejafix finds nothing wrong where nothing is.
func TestHealth(t *testing.T) {
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			e := plain(t, program)
			path := filepath.Join(t.TempDir(), "a.go")
			must(t, os.WriteFile(path, []byte("package a\n"), 0o600))
			must(t, e.Open(t.Context(), path))
			var lines []string
			must(t, e.Lua(t.Context(), `
			vim.cmd('checkhealth dejafix')
			return vim.api.nvim_buf_get_lines(0, 0, -1, false)`, &lines))
			found := map[string]bool{}
			for _, line := range lines {
				for _, word := range []string{"ERROR", "WARNING", "1 files attached"} {
					if strings.Contains(line, word) {
						found[word] = true
					}
				}
			}
			if found["ERROR"] || found["WARNING"] || !found["1 files attached"] {
				t.Errorf("checkhealth says\n%v", lines)
			}
		})
	}
}

// plain starts Neovim with dejafix and no other server.
func plain(t *testing.T, program string) *nvim.Editor {
	t.Helper()
	s := scene{program: program, store: filepath.Join(t.TempDir(), "dejafix.db")}
	return s.windowWith(t)
}

// quote writes a Lua string.
func quote(s string) string {
	return strconv.Quote(s)
}
