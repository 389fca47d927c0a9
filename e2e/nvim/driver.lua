-- The init.lua of the Neovims that the end-to-end tests drive: a user's
-- configuration with the servers named in $DEJAFIX_E2E, and the functions that
-- the test calls over Neovim's socket. Waits are for conditions.
local config = vim.json.decode(vim.env.DEJAFIX_E2E, { luanil = { object = true } })

if config.plugin ~= '' then
  vim.opt.runtimepath:prepend(config.plugin)
end
vim.o.more = false
vim.o.hidden = true
vim.g.dejafix = config.dejafix and { cmd = config.dejafix } or nil

if config.init ~= '' then
  assert(loadstring(config.init))()
end

for _, server in ipairs(config.servers or {}) do
  vim.api.nvim_create_autocmd('FileType', {
    pattern = server.filetypes,
    callback = function(ev)
      vim.lsp.start({
        name = server.name,
        before_init = function(params)
          if server.push then
            params.capabilities.textDocument.diagnostic = nil
          end
        end,
        cmd = server.cmd,
        root_dir = vim.fs.root(ev.buf, server.root_markers),
        settings = server.settings,
      }, { bufnr = ev.buf })
    end,
  })
end

vim.cmd('filetype plugin on')

local D = {}

local function await(what, condition)
  if not vim.wait(config.patience_ms, condition, 20) then
    error('waited in vain for ' .. (type(what) == 'function' and what() or what), 0)
  end
end

local function request(client, method, params)
  local reply
  local function handler(err, result)
    reply = { err = err, result = result }
  end
  if vim.fn.has('nvim-0.11') == 1 then
    client:request(method, params, handler, 0)
  else
    client.request(method, params, handler, 0)
  end
  await(method .. ' of ' .. client.name, function()
    return reply ~= nil
  end)
  if reply.err then
    error(method .. ': ' .. reply.err.message, 0)
  end
  return reply.result
end

-- Whether every server has answered. One that was asked for its diagnostics
-- may else be about to take back what it said.
local function quiet()
  for _, client in ipairs(vim.lsp.get_clients({ bufnr = 0 })) do
    for _, pending in pairs(client.requests) do
      if pending.type == 'pending' then
        return false
      end
    end
  end
  return true
end

local function shown()
  local lines = {}
  for _, d in ipairs(vim.diagnostic.get(0)) do
    lines[#lines + 1] = ('%d:%d %s %s'):format(d.lnum + 1, d.col + 1, d.source or '?', d.message)
  end
  return #lines > 0 and table.concat(lines, '\n') or 'nothing'
end

local function find_diagnostic(text)
  for _, d in ipairs(vim.diagnostic.get(0)) do
    if d.message:find(text, 1, true) then
      return { source = d.source, code = d.code, message = d.message, lnum = d.lnum, col = d.col }
    end
  end
end

-- The cursor goes to the only place where text stands.
local function go_to(text)
  local whole = D.text()
  local start = whole:find(text, 1, true)
  assert(start, 'does not stand in the file: ' .. text)
  assert(not whole:find(text, start + 1, true), 'stands more than once: ' .. text)
  local _, lines = whole:sub(1, start - 1):gsub('\n', '')
  local line_start = whole:sub(1, start - 1):match('.*\n()') or 1
  vim.api.nvim_win_set_cursor(0, { lines + 1, start - line_start })
end

function D.ready()
  return vim.version().minor
end

function D.open(a)
  vim.cmd.edit(vim.fn.fnameescape(a.path))
  local want = { dejafix = config.plugin ~= '' or config.installed or nil }
  for _, server in ipairs(config.servers or {}) do
    if vim.tbl_contains(server.filetypes, vim.bo.filetype) then
      want[server.name] = true
    end
  end
  for name in pairs(want) do
    await(name .. ' to attach', function()
      local client = vim.lsp.get_clients({ name = name, bufnr = 0 })[1]
      return client and client.initialized
    end)
  end
end

function D.await_diagnostic(a)
  local d
  await(function()
    return ('"%s"; shown: %s'):format(a.text, shown())
  end, function()
    d = find_diagnostic(a.text)
    return d ~= nil and quiet()
  end)
  return d
end

function D.await_no_error()
  await(function()
    return 'all errors to go; shown: ' .. shown()
  end, function()
    return #vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR }) == 0 and quiet()
  end)
end

-- Of dejafix itself, and of the servers that it stands before.
function D.idle(a)
  for _, client in ipairs(vim.lsp.get_clients()) do
    local cmd = client.config.cmd
    if client.name == 'dejafix' or type(cmd) == 'table' and vim.tbl_contains(cmd, 'proxy') then
      request(client, 'dejafix/idle', a.settle and { settle = true } or vim.empty_dict())
    end
  end
end

-- Each of keys starts in normal mode where the one before ended. A request
-- between them makes Neovim send the change that it else holds back for 150 ms.
function D.type(a)
  go_to(a.at)
  for _, keys in ipairs(a.keys) do
    vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), 'xt', false)
    D.idle({})
  end
end

function D.actions(a)
  go_to(a.at)
  local menu, picked
  local select = vim.ui.select
  vim.ui.select = function(items, _, on_choice)
    menu = {}
    for _, item in ipairs(items) do
      local client = vim.lsp.get_client_by_id(item.ctx.client_id).name
      -- Also when it came through another server.
      if type(item.action.data) == 'table' and item.action.data.dejafix or vim.inspect(item.action.command):find('"dejafix%.') then
        client = 'dejafix'
      end
      menu[#menu + 1] = { client = client, title = item.action.title }
      if a.choose == client and not picked then
        picked = item
      end
    end
    on_choice(picked)
  end
  local notify = vim.notify
  vim.notify = function(message, ...)
    if message == 'No code actions available' then
      menu = {}
      return
    end
    return notify(message, ...)
  end
  local before = vim.b.changedtick
  -- Behind the proxy a menu has what is ready when the server answers: who misses
  -- an entry opens it again.
  local deadline = vim.uv.now() + config.patience_ms
  while true do
    menu = nil
    vim.lsp.buf.code_action()
    await('the code action menu', function()
      return menu ~= nil
    end)
    if picked or not a.choose or vim.uv.now() > deadline then
      break
    end
    vim.wait(50)
  end
  vim.ui.select, vim.notify = select, notify
  if a.choose then
    assert(picked, 'the menu has nothing of ' .. a.choose .. ': ' .. vim.inspect(menu))
    await('the edit of ' .. a.choose, function()
      return vim.b.changedtick > before
    end)
    D.idle({})
  end
  return menu
end

function D.await_action(a)
  local menu
  local deadline = vim.uv.now() + config.patience_ms
  while vim.uv.now() < deadline do
    menu = D.actions({ at = a.at })
    for _, action in ipairs(menu) do
      if action.client == a.client then
        return menu
      end
    end
    vim.wait(50)
  end
  error(('waited in vain for an action of %s; the menu: %s'):format(a.client, vim.inspect(menu)), 0)
end

function D.await_no_action(a)
  local menu
  local deadline = vim.uv.now() + config.patience_ms
  repeat
    menu = D.actions({ at = a.at })
    local any = false
    for _, action in ipairs(menu) do
      any = any or action.client == a.client
    end
    if not any then
      return menu
    end
    vim.wait(50)
  until vim.uv.now() > deadline
  error(('%s keeps its action in the menu: %s'):format(a.client, vim.inspect(menu)), 0)
end

function D.command(a)
  if a.at then
    go_to(a.at)
  end
  vim.cmd(a.command)
end

function D.terminal(a)
  vim.cmd('botright new')
  vim.cmd.lcd(vim.fn.fnameescape(a.dir))
  local window, code = vim.api.nvim_get_current_win(), nil
  vim.cmd.terminal(a.command)
  vim.api.nvim_create_autocmd('TermClose', {
    buffer = 0,
    callback = function()
      code = vim.v.event.status
    end,
  })
  await('the end of ' .. a.command, function()
    return code ~= nil
  end)
  vim.api.nvim_win_close(window, true)
  D.idle({})
  return code
end

-- The text of the floating window that comes up, which is closed again.
function D.await_float()
  local function float()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        return window
      end
    end
  end
  await('a floating window', float)
  local window = float()
  local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
  vim.api.nvim_win_close(window, true)
  return table.concat(lines, '\n')
end

function D.text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') .. '\n'
end

function D.save()
  vim.cmd('silent write')
end

function D.lua(a)
  return assert(loadstring(a.chunk))()
end

-- Empty tables are lists here: all that may be empty are menus and results.
function Driver(encoded)
  local call = vim.json.decode(encoded, { luanil = { object = true } })
  local args = call.args or {}
  local ok, result = xpcall(D[call.fn], function(problem)
    return type(problem) == 'string' and problem or vim.inspect(problem)
  end, args)
  if not ok then
    return vim.json.encode({ ok = false, error = result })
  end
  if result == nil then
    result = vim.NIL
  end
  return vim.json.encode({ ok = true, result = result })
end
