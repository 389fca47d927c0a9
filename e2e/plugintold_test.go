package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told is what the plugin said to the server.
type told struct {
	Method string
	Params any
}

// peer starts a client named other beside the recorder, which offers one edit
// where it reports an error.
const peer = `
local ours = vim.api.nvim_get_current_buf()
Asked = 0
local id = vim.lsp.start({ name = 'other', cmd = function()
  return {
    request = function(method, params, callback)
      local result = vim.NIL
      if method == 'initialize' then
        result = { capabilities = { codeActionProvider = true, positionEncoding = 'utf-16' } }
      elseif method == 'textDocument/codeAction' then
        Asked = Asked + 1
        result = { { title = 'Remove it', edit = { changes = { ['file:///b.go'] = {} } } }, { title = 'Explain', command = 'x' } }
      end
      vim.schedule(function() callback(nil, result) end)
      return true, 1
    end,
    notify = function() return true end,
    is_closing = function() return false end,
    terminate = function() end,
  }
end }, { bufnr = 0 })
vim.wait(10000, function() return #vim.lsp.get_clients({ name = 'other', bufnr = 0 }) == 1 end)
function Report(message)
  vim.lsp.handlers['textDocument/publishDiagnostics'](nil, {
    uri = vim.uri_from_bufnr(ours),
    diagnostics = { { range = { start = { line = 0, character = 7 }, ['end'] = { line = 0, character = 10 } }, message = message, source = 'other', severity = 1 } },
  }, { client_id = id, method = 'textDocument/publishDiagnostics' })
end
`

// debugged is a session of nvim-dap, in as much as the plugin speaks to it. That
// nvim-dap itself has this interface was tried by hand (docs/neovim.md).
const debugged = `
package.preload['dap'] = function()
  local function keys() return setmetatable({}, { __index = function(t, k) rawset(t, k, {}) return rawget(t, k) end }) end
  return { listeners = { before = keys(), after = keys() } }
end
local dap = require('dap')
local file = vim.api.nvim_buf_get_name(0)
local answers = {
  exceptionInfo = { exceptionId = 'panic', description = 'nil map', details = { typeName = 'runtime.Error', message = 'assignment to entry in nil map' } },
  stackTrace = { stackFrames = { { id = 1, name = 'main.fill', line = 2, column = 3, source = { path = file } }, { id = 2, name = 'main.main', line = 9 } } },
  scopes = { scopes = { { name = 'Locals', variablesReference = 5 }, { name = 'Globals', variablesReference = 6 } } },
  variables = { variables = { { name = 'm', type = 'map[string]int', value = 'map[string]int nil' }, { name = 'key', type = 'string', value = '"a secret"' } } },
}
local session = { filetype = 'go', config = { program = 'main.go', cwd = vim.fs.dirname(file) }, capabilities = { supportsExceptionInfoRequest = true } }
function session:request(command, arguments, on_result)
  local answer = answers[command]
  if command == 'variables' and arguments.variablesReference ~= 5 or command == 'scopes' and arguments.frameId ~= 1 then answer = {} end
  vim.schedule(function() on_result(nil, answer) end)
end
local after = dap.listeners.after
`

// What the plugin tells beside reports, of stand-ins for what it watches where
// that is not part of Neovim.
func TestWhatElseIsTold(t *testing.T) {
	tests := map[string]struct {
		chunk string // what happens
		want  string // JSON: what is said then; ids, and folders of the machine, are left out
	}{
		"a terminal that says where commands begin and end": {
			`vim.cmd.terminal([[sh -c 'printf "\033]133;C;cmdline_url=make\%\%20all\007"; echo a.go:1:2: odd; printf "\033]133;D;2\007"; cat']])`,
			`[{"Method": "dejafix/output", "Params": {"seq": 0, "final": true, "kind": "terminal", "command": "make all", "exitCode": 2, "text": "a.go:1:2: odd\n"}}]`,
		},
		"a terminal whose program ends": {
			`vim.cmd.terminal("sh -c 'echo a.go:1:2: odd; exit 3'")`,
			`[{"Method": "dejafix/output", "Params": {"seq": 0, "final": true, "kind": "terminal", "command": "sh -c 'echo a.go:1:2: odd; exit 3'", "exitCode": 3,
			  "text": "a.go:1:2: odd\n"}}]`,
		},
		"an exception, with types of variables and not their values": {
			debugged + `after.event_stopped.dejafix(session, { reason = 'exception', threadId = 1 })`,
			`[{"Method": "dejafix/exception", "Params": {"language": "go", "type": "runtime.Error", "message": "assignment to entry in nil map", "frames": [
			  {"name": "main.fill", "file": "a.go", "line": 2, "column": 3, "locals": {"m": {"type": "map[string]int", "null": true}, "key": {"type": "string", "null": false}}},
			  {"name": "main.main", "line": 9}]}}]`,
		},
		"a breakpoint is no exception, and what was printed is sent at the end": {
			debugged + `after.event_stopped.dejafix(session, { reason = 'breakpoint', threadId = 1 })
			after.event_output.dejafix(session, { category = 'stderr', output = 'panic: nil map\n' })
			after.event_output.dejafix(session, { category = 'telemetry', output = 'version 1' })
			after.event_exited.dejafix(session, { exitCode = 2 })
			after.event_terminated.dejafix(session)`,
			`[{"Method": "dejafix/output", "Params": {"seq": 0, "final": true, "kind": "debugConsole", "command": "main.go", "exitCode": 2, "text": "panic: nil map\n"}}]`,
		},
		"a failed test's output, once": {
			`package.preload['neotest.consumers'] = function() return { run = function() end } end
			local consumers = require('neotest.consumers')
			local client = { listeners = {} }
			consumers.dejafix(client)
			local dir = vim.fs.dirname(vim.api.nvim_buf_get_name(0))
			vim.fn.writefile({ 'a_test.go:3: got 1, want 2' }, dir .. '/out')
			client.listeners.results('neotest-go:' .. dir, { ['a_test.go::TestOne'] = { status = 'failed', output = dir .. '/out' } }, true)
			client.listeners.results('neotest-go:' .. dir, {
			  ['a_test.go::TestOne'] = { status = 'failed', output = dir .. '/out' },
			  ['a_test.go'] = { status = 'failed', output = dir .. '/out' },
			  ['a_test.go::TestTwo'] = { status = 'passed', output = dir .. '/out' },
			}, false)`,
			`[{"Method": "dejafix/output", "Params": {"seq": 0, "final": true, "kind": "test", "command": "a_test.go", "exitCode": 1, "text": "a_test.go:3: got 1, want 2\n"}}]`,
		},
		"tests that pass, since only they end a failure": {
			`local client = { listeners = {} }
			require('dejafix.neotest')(client)
			local dir = vim.fs.dirname(vim.api.nvim_buf_get_name(0))
			vim.fn.writefile({ 'ok' }, dir .. '/out')
			client.listeners.results('neotest-go:' .. dir, {
			  ['a_test.go::TestOne'] = { status = 'passed', output = dir .. '/out' },
			  ['a_test.go::TestTwo'] = { status = 'passed', output = dir .. '/out' },
			  ['a_test.go::TestNone'] = { status = 'passed' },
			}, false)`,
			`[{"Method": "dejafix/output", "Params": {"seq": 0, "final": true, "kind": "test", "command": "a_test.go::TestOne", "exitCode": 0, "text": "ok\n"}}]`,
		},
		"what was copied, of a register": {
			`vim.fn.setreg('a', 'panic: nil map\n')
			vim.cmd('Dejafix paste a')`,
			`[{"Method": "dejafix/output", "Params": {"seq": 0, "final": true, "kind": "paste", "text": "panic: nil map\n"}}]`,
		},
		"what other servers offer, asked for once": {
			peer + `Report('odd')
			vim.wait(10000, function() return #Said > 0 end)
			Report('odd')`,
			`[{"Method": "dejafix/peerActions", "Params": {"uri": "a.go", "version": 0, "titles": ["Remove it", "Explain"], "edits": [{"changes": {"file:///b.go": []}}],
			  "range": {"start": {"line": 0, "character": 7}, "end": {"line": 0, "character": 10}}}}]`,
		},
		"a repair that undo took back": {
			`local client = vim.lsp.get_clients({ name = 'dejafix' })[1]
			vim.api.nvim_buf_set_lines(0, 0, 1, false, { 'repaired' })
			client.commands['dejafix.applied']({ command = 'dejafix.applied', arguments = { 's_1' } }, { bufnr = vim.api.nvim_get_current_buf(), client_id = client.id })
			vim.cmd.undo()`,
			`[{"Method": "workspace/executeCommand", "Params": {"command": "dejafix.applied", "arguments": ["s_1"]}},
			  {"Method": "dejafix/decision", "Params": {"id": "s_1", "verdict": "undone"}}]`,
		},
	}
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			for name, test := range tests {
				t.Run(name, func(t *testing.T) {
					e := plain(t, program)
					path := filepath.Join(t.TempDir(), "a.go")
					must(t, os.WriteFile(path, []byte("package a // odd\n"), 0o600))
					must(t, e.Lua(t.Context(), "vim.cmd.edit("+quote(path)+")\n"+recorder, nil))
					must(t, e.Lua(t.Context(), test.chunk, nil))
					var want, got []told
					must(t, json.Unmarshal([]byte(test.want), &want))
					// A call of its own, so that Neovim's loop runs in between.
					must(t, e.Await(t.Context(), fmt.Sprintf("#Said >= %d", len(want))))
					must(t, e.Lua(t.Context(), "return Said", &got))
					for _, g := range got {
						if params, ok := g.Params.(map[string]any); ok {
							delete(params, "cwd")
							if g.Method == "dejafix/output" {
								delete(params, "id")
							}
						}
					}
					b, err := json.Marshal(got)
					must(t, err)
					for _, prefix := range []string{"file://" + filepath.Dir(path) + "/", filepath.Dir(path) + "/"} {
						b = []byte(strings.ReplaceAll(string(b), prefix, ""))
					}
					got = nil
					must(t, json.Unmarshal(b, &got))
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("(-want +got)\n%s", diff)
					}
				})
			}
		})
	}
}

// Long output goes in chunks that the server takes, cut between characters, and
// no more of it than the server keeps.
func TestLongOutputIsCut(t *testing.T) {
	for version, program := range programs(t) {
		t.Run(version, func(t *testing.T) {
			e := plain(t, program)
			path := filepath.Join(t.TempDir(), "a.go")
			must(t, os.WriteFile(path, []byte("package a\n"), 0o600))
			must(t, e.Lua(t.Context(), "vim.cmd.edit("+quote(path)+")\n"+recorder, nil))
			var got []struct {
				Params struct {
					Seq      int
					Final    bool
					ExitCode *int
					Text     string
				}
			}
			must(t, e.Lua(t.Context(), `
			require('dejafix.output').send({ kind = 'paste', exitCode = 1, text = 'a' .. ('😀'):rep(400000) })
			return Said`, &got))
			total := 0
			for i, g := range got {
				p := g.Params
				total += len(p.Text)
				last := i == len(got)-1
				if p.Seq != i || p.Final != last || (p.ExitCode != nil) != last || len(p.Text) > 64<<10 || strings.Trim(p.Text, "😀") != "" {
					t.Errorf("chunk %d: seq %d, final %v, %d bytes, beside whole characters %.10q", i, p.Seq, p.Final, len(p.Text), strings.Trim(p.Text, "😀"))
				}
			}
			if total > 1<<20 || total < 1<<20-4 {
				t.Errorf("%d bytes in all", total)
			}
		})
	}
}
