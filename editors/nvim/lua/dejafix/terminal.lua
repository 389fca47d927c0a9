--- Forwards what commands print in terminals: each command of a shell that says
--- where commands begin and end (OSC 133), else the whole of a terminal when its
--- program ends.
local M = {}

local ns = vim.api.nvim_create_namespace('dejafix.terminal')

--- How long Neovim may take to write what a terminal received into its buffer,
--- in ms: it does so every 10 (REFRESH_DELAY in terminal.c), and tells of a
--- control sequence before.
local drawn_ms = 30

--- @class dejafix.Terminal
--- @field from? integer extmark where the output of the running command begins
--- @field running? boolean a command was begun and did not end
--- @field begins? boolean its program says where commands begin
--- @field ends? boolean and where they end
--- @field command? string
--- @field cwd? string

--- @type table<integer, dejafix.Terminal>
local terminals = {}

--- @param bufnr integer
--- @return dejafix.Terminal
local function terminal(bufnr)
  terminals[bufnr] = terminals[bufnr] or {}
  return terminals[bufnr]
end

--- The folder and command that a terminal was started with.
--- @param bufnr integer
--- @return string? cwd
--- @return string? command
local function started(bufnr)
  local cwd, command = vim.api.nvim_buf_get_name(bufnr):match('^term://(.-)//%d+:(.*)$')
  return cwd and vim.fs.normalize(cwd), command
end

--- Where a terminal's program is now.
--- @param bufnr integer
--- @return string?
local function folder(bufnr)
  local t = terminals[bufnr]
  if t and t.cwd then
    return t.cwd
  end
  local pid = vim.b[bufnr].terminal_job_pid
  return pid and vim.uv.fs_readlink(('/proc/%d/cwd'):format(pid)) or (started(bufnr))
end

--- The text of a terminal from one row up to another, without the rows below the
--- last that was written.
--- @param bufnr integer
--- @param from integer
--- @param to integer
--- @return string
local function text(bufnr, from, to)
  local lines = vim.api.nvim_buf_get_lines(bufnr, from, to, false)
  while #lines > 0 and lines[#lines] == '' do
    lines[#lines] = nil
  end
  return #lines > 0 and table.concat(lines, '\n') .. '\n' or ''
end

--- The last row that has text.
--- @param bufnr integer
local function bottom(bufnr)
  local n = vim.api.nvim_buf_line_count(bufnr)
  while n > 1 and vim.api.nvim_buf_get_lines(bufnr, n - 1, n, false)[1] == '' do
    n = n - 1
  end
  return n
end

--- Calls back when what was received until now is in the buffer.
--- @param bufnr integer
--- @param on_drawn fun()
local function drawn(bufnr, on_drawn)
  vim.defer_fn(function()
    if vim.api.nvim_buf_is_valid(bufnr) then
      on_drawn()
    end
  end, drawn_ms)
end

--- Keeps the row where output begins, though rows above it may go.
--- @param bufnr integer
--- @param row integer
local function mark(bufnr, row)
  local t = terminal(bufnr)
  row = math.max(0, math.min(row, vim.api.nvim_buf_line_count(bufnr) - 1))
  t.from = vim.api.nvim_buf_set_extmark(bufnr, ns, row, 0, { id = t.from })
end

--- @param bufnr integer
--- @param to integer
--- @param output {command?: string, exitCode?: integer, cwd?: string}
local function send(bufnr, to, output)
  local t = terminal(bufnr)
  local from = t.from and vim.api.nvim_buf_get_extmark_by_id(bufnr, ns, t.from, {})[1] or 0
  require('dejafix.output').send({
    kind = 'terminal',
    command = output.command,
    cwd = output.cwd,
    exitCode = output.exitCode,
    text = text(bufnr, from, to),
  })
end

--- @param s string
local function percent_decoded(s)
  return (s:gsub('%%(%x%x)', function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

--- A terminal's program sent a control sequence.
--- @param bufnr integer
--- @param data string|{sequence: string, cursor?: integer[]} a string in Neovim 0.10
function M.request(bufnr, data)
  local sequence = type(data) == 'table' and data.sequence or data --[[@as string]]
  local at = sequence:match('^\027%](.*)$')
  if not at then
    return
  end
  local t = terminal(bufnr)
  local here = at:match('^7;file://[^/]*(/.*)$')
  if here then
    t.cwd = percent_decoded(here)
    return
  end
  local kind, rest = at:match('^133;([CD])(.*)$')
  if not kind then
    return
  end
  local row = type(data) == 'table' and data.cursor and data.cursor[1] - 1 or nil
  if kind == 'C' then
    t.running, t.begins = true, true
    -- fish and kitty say what runs.
    local line = rest:match(';cmdline_url=([^;]*)')
    t.command = line and percent_decoded(line) or nil
    if row then
      drawn(bufnr, function()
        mark(bufnr, row)
      end)
    end
    return
  end
  -- The prompt after an empty line ends nothing. Some shells say only where
  -- commands end; then the first such is the first prompt.
  local ended = t.running or (t.ends and not t.begins)
  local command, exit = t.command, tonumber(rest:match('^;(%d+)'))
  t.running, t.ends, t.command = false, true, nil
  drawn(bufnr, function()
    -- Where the event does not say where the cursor was, output begins where the
    -- last command ended: the prompt and what was typed after it come along.
    local last = row or bottom(bufnr)
    if ended then
      -- Where the shell is now: who changed the folder did so for the command.
      send(bufnr, last, { command = command, exitCode = exit, cwd = folder(bufnr) })
    end
    mark(bufnr, row or last - 1)
  end)
end

--- A terminal's program ended.
--- @param bufnr integer
--- @param status integer its exit code
function M.closed(bufnr, status)
  local t = terminal(bufnr)
  if not t.ends then
    local cwd, command = started(bufnr)
    send(bufnr, vim.api.nvim_buf_line_count(bufnr), { command = command, exitCode = status, cwd = cwd })
  end
  -- Once what is under way is done.
  vim.defer_fn(function()
    terminals[bufnr] = nil
  end, 2 * drawn_ms)
end

return M
