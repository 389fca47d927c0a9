--- Finds the server, starts one per workspace, and attaches files to it.
local M = {}

--- Filetypes that hold prose or belong to a tool: nothing there is repaired.
local unattended = {
  diff = true,
  git = true,
  gitcommit = true,
  gitconfig = true,
  gitrebase = true,
  help = true,
  log = true,
  mail = true,
  man = true,
  markdown = true,
  qf = true,
  text = true,
}

--- Files with secrets that Neovim knows a filetype for: their text is not sent
--- even to the local server, which has the whole list (lsp/watch/hidden.go).
local secret = { '^%.env', '%.env$', '%.pem$', '%.key$', '%.asc$', '^id_[dre]', '^%.netrc$', '^%.npmrc$', '^%.pypirc$' }

--- LSP's language identifiers where they differ from Neovim's filetypes.
local language_ids = {
  cs = 'csharp',
  make = 'makefile',
  objc = 'objective-c',
  objcpp = 'objective-cpp',
  ps1 = 'powershell',
  sh = 'shellscript',
  tex = 'latex',
}

--- Where a workspace begins: the repository, else the nearest of these.
local root_markers = {
  'dejafix.toml',
  'go.work',
  'go.mod',
  'package.json',
  'pyproject.toml',
  'Cargo.toml',
  'pom.xml',
  'build.gradle',
}

--- How long other servers may take to start before ours does, in ms. The menu
--- of code actions has its entries in the order in which servers started, and
--- ours come last. nvim-lspconfig asks `go env` before it starts gopls, which
--- took 30 ms here; this is ten times that.
local others_first_ms = 300

--- What waits for a server that is to start again: the buffers to attach to
--- the next one, by the id of the client that stops.
--- @type table<integer, integer[]>
local restarting = {}

--- @return dejafix.Config
function M.config()
  return vim.g.dejafix or {}
end

--- Whether Neovim has vim.lsp.config and vim.lsp.enable.
M.has_config = vim.fn.has('nvim-0.11') == 1

--- @param cmd any
--- @return string[]?
local function words(cmd)
  if type(cmd) == 'string' then
    return { cmd, 'serve' }
  end
  return type(cmd) == 'table' and cmd or nil
end

--- The folder of this plugin.
--- @return string
function M.plugin_dir()
  return vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h:h:h')
end

--- The command that vim.g.dejafix or the machine has, or nil and what to do
--- about it.
--- @return string[]? cmd
--- @return string? problem
local function found_command()
  local cmd = words(M.config().cmd)
  if cmd then
    if vim.fn.executable(cmd[1]) == 0 then
      return nil, ('vim.g.dejafix.cmd names %s, which cannot be run: correct it'):format(cmd[1])
    end
    return cmd
  end
  if vim.fn.executable('dejafix') == 1 then
    return { 'dejafix', 'serve' }
  end
  -- editors/nvim of a checkout in which `make build` was run, or a package that
  -- brings the program along.
  for _, place in ipairs({ 'bin/dejafix', '../../bin/dejafix' }) do
    local path = vim.fs.normalize(M.plugin_dir() .. '/' .. place)
    if vim.fn.executable(path) == 1 then
      return { path, 'serve' }
    end
  end
  return nil, 'dejafix is not in PATH: install it, or set vim.g.dejafix = { cmd = { "/path/to/dejafix", "serve" } }'
end

--- The command that starts the server, or nil and what to do about it. What
--- vim.lsp.config('dejafix', …) says goes before vim.g.dejafix.
--- @return string[]? cmd
--- @return string? problem
function M.command()
  local cmd = M.has_config and vim.tbl_get(vim.lsp.config.dejafix or {}, 'cmd')
  if type(cmd) == 'table' and vim.fn.executable(cmd[1]) == 1 then
    return cmd
  end
  return found_command()
end

--- dejafix's clients, of one buffer or all.
--- @param bufnr integer?
--- @return vim.lsp.Client[]
function M.clients(bufnr)
  return vim.lsp.get_clients({ name = 'dejafix', bufnr = bufnr })
end

--- The client for a file or folder that need not be open: a compiler speaks of
--- whole packages, and a terminal stands anywhere.
--- @param path string?
--- @return vim.lsp.Client?
function M.client_at(path)
  local best --- @type vim.lsp.Client?
  local clients = M.clients()
  for _, client in ipairs(clients) do
    local root = client.config.root_dir
    if root and path and (path == root or vim.startswith(path, root .. '/')) then
      if not best or #root > #best.config.root_dir then
        best = client
      end
    end
  end
  return best
end

--- Sends a notification, whatever Neovim it is.
--- @param client vim.lsp.Client
--- @param method string
--- @param params table
function M.notify(client, method, params)
  if M.has_config then
    client:notify(method, params)
  else
    client.notify(method, params)
  end
end

--- Sends a request, whatever Neovim it is.
--- @param client vim.lsp.Client
--- @param method string
--- @param params table
--- @param handler fun(err: lsp.ResponseError?, result: any)
--- @param bufnr integer?
--- @return boolean sent
function M.ask(client, method, params, handler, bufnr)
  local sent
  if M.has_config then
    sent = client:request(method, params, handler, bufnr)
  else
    sent = client.request(method, params, handler, bufnr)
  end
  return sent
end

--- Whether client runs behind `dejafix proxy`, which does this plugin's work.
--- @param client vim.lsp.Client
function M.is_proxy(client)
  if vim.tbl_get(client, 'server_info', 'name') == 'dejafix-proxy' then
    return true
  end
  -- Neovim 0.10 keeps no server_info, and a server of a proxy may have kept its
  -- own name: then there are our commands among its own.
  local commands = vim.tbl_get(client, 'server_capabilities', 'executeCommandProvider', 'commands')
  if client.name ~= 'dejafix' and type(commands) == 'table' and vim.tbl_contains(commands, 'dejafix.applied') then
    return true
  end
  local cmd = client.config.cmd
  return type(cmd) == 'table' and vim.fs.basename(cmd[1]) == 'dejafix' and cmd[2] == 'proxy'
end

--- @param bufnr integer
local function behind_proxy(bufnr)
  return vim.iter(vim.lsp.get_clients({ bufnr = bufnr, _uninitialized = true })):any(M.is_proxy)
end

--- @param bufnr integer
local function wanted(bufnr)
  if not vim.api.nvim_buf_is_loaded(bufnr) or vim.bo[bufnr].buftype ~= '' then
    return false
  end
  local name = vim.api.nvim_buf_get_name(bufnr)
  if name == '' or name:find('^%a[%w+.-]+://') then
    return false
  end
  local base = vim.fs.basename(name)
  for _, pattern in ipairs(secret) do
    if base:find(pattern) then
      return false
    end
  end
  local filetype, filetypes = vim.bo[bufnr].filetype, M.config().filetypes
  if filetypes then
    return vim.tbl_contains(filetypes, filetype)
  end
  return filetype ~= '' and not unattended[filetype]
end

--- Everything of vim.g.dejafix that is the server's and not this plugin's.
--- @return table
local function init_options()
  local options = vim.deepcopy(M.config()) --[[@as table]]
  options.cmd, options.filetypes = nil, nil
  return next(options) and options or vim.empty_dict()
end

--- The value of a flag in the server's command line.
--- @param flag string
--- @return string?
function M.flag(flag)
  local cmd = M.command() or {}
  for i, argument in ipairs(cmd) do
    if argument == flag then
      return cmd[i + 1]
    end
  end
end

--- Where the server writes its log: `--log` of its command line, else the
--- user's state folder (cmd/dejafix has the same rule).
--- @return string
function M.log_file()
  local named = M.flag('--log')
  if named then
    return named
  end
  local state = vim.env.XDG_STATE_HOME
  if state and state ~= '' then
    return state .. '/dejafix/dejafix.log'
  end
  local folders = { Darwin = 'Library/Logs', Windows_NT = 'AppData/Local' }
  local folder = folders[vim.uv.os_uname().sysname] or '.local/state'
  return vim.fs.normalize('~/' .. folder .. '/dejafix/dejafix.log')
end

--- Runs dejafix's command line with the store of the server.
--- @param arguments string[]
--- @param on_done fun(ok: boolean, output: string)
function M.run(arguments, on_done)
  local cmd, problem = M.command()
  if not cmd then
    return on_done(false, problem --[[@as string]])
  end
  local line = vim.list_extend({ cmd[1] }, arguments)
  local store = M.flag('--store')
  if store then
    vim.list_extend(line, { '--store', store })
  end
  vim.system(
    line,
    { text = true },
    vim.schedule_wrap(function(result)
      on_done(result.code == 0, vim.trim(result.code == 0 and result.stdout or result.stderr))
    end)
  )
end

local told = false

--- Whether a buffer is to be attached now. A program that is missing is told
--- of once.
--- @param bufnr integer
local function ready(bufnr)
  if M.config().enable == false or not wanted(bufnr) or behind_proxy(bufnr) then
    return false
  end
  local cmd, problem = M.command()
  if not cmd then
    if not told then
      told = true
      vim.notify(problem --[[@as string]], vim.log.levels.WARN)
    end
    return false
  end
  return true
end

--- Calls go when the other servers of a buffer had their time to start.
--- @param bufnr integer
--- @param go fun()
local function after_others(bufnr, go)
  local function others()
    return #vim.lsp.get_clients({ bufnr = bufnr, _uninitialized = true }) > 0 or next(vim.diagnostic.get(bufnr))
  end
  -- Scheduled, so that servers started by the same event come first.
  vim.schedule(function()
    if others() then
      return go()
    end
    local timer = assert(vim.uv.new_timer())
    local autocmd --- @type integer?
    local function once()
      if autocmd then
        vim.api.nvim_del_autocmd(autocmd)
        autocmd = nil
        timer:close()
        go()
      end
    end
    autocmd = vim.api.nvim_create_autocmd({ 'LspAttach', 'DiagnosticChanged' }, {
      callback = function(ev)
        if ev.buf == bufnr then
          vim.schedule(once)
        end
      end,
    })
    timer:start(others_first_ms, 0, vim.schedule_wrap(once))
  end)
end

--- @param bufnr integer
--- @param on_dir fun(root: string?)
local function root_dir(bufnr, on_dir)
  if not ready(bufnr) then
    return
  end
  after_others(bufnr, function()
    -- Much may have happened since: the buffer is gone, a proxy came.
    if vim.api.nvim_buf_is_valid(bufnr) and ready(bufnr) then
      require('dejafix.diagnostics').watch_versions()
      on_dir(vim.fs.root(bufnr, '.git') or vim.fs.root(bufnr, root_markers))
    end
  end)
end

--- The client's configuration, as lsp/dejafix.lua gives it to vim.lsp.config.
--- @return vim.lsp.Config
function M.lsp_config()
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  capabilities.experimental = vim.tbl_extend('force', capabilities.experimental or {}, { dejafix = { status = true } })
  return {
    -- Where it is missing a function stands for it: Neovim 0.12 leaves out, in
    -- silence, what names a program that cannot be run. ready says what to do.
    cmd = found_command() or function()
      error((select(2, found_command())))
    end,
    root_dir = root_dir,
    capabilities = capabilities,
    before_init = function(params)
      local theirs = params.initializationOptions
      local ours = init_options()
      if type(theirs) == 'table' and next(theirs) then
        ours = vim.tbl_deep_extend('force', ours, theirs)
      end
      params.initializationOptions = ours
    end,
    get_language_id = function(_, filetype)
      return language_ids[filetype] or filetype
    end,
    handlers = {
      ['dejafix/status'] = function(_, result, ctx)
        require('dejafix').set_status(ctx.client_id, result)
      end,
      ['dejafix/recurringChanged'] = function(_, _, ctx)
        require('dejafix.recurring').changed(ctx.client_id)
      end,
    },
    commands = {
      ['dejafix.applied'] = function(command, ctx)
        require('dejafix.decisions').applied(command, ctx)
      end,
      ['dejafix.more'] = function(command, ctx)
        require('dejafix.actions').more(command, ctx)
      end,
    },
    on_exit = function(_, _, client_id)
      vim.schedule(function()
        M.exited(client_id)
      end)
    end,
  }
end

--- Attaches a buffer to the server of its workspace, starting it if need be,
--- where Neovim has no vim.lsp.enable, or once it has attached all others.
--- @param bufnr integer
function M.attach(bufnr)
  local config = M.has_config and vim.deepcopy(vim.lsp.config.dejafix) or M.lsp_config()
  local function start(root)
    config.name, config.root_dir = 'dejafix', root
    -- Neovim 0.10 does not see that one is starting already, nor that one runs
    -- for the files that belong to no workspace.
    for _, client in ipairs(vim.lsp.get_clients({ name = 'dejafix', _uninitialized = true })) do
      if client.config.root_dir == root and not client:is_stopped() then
        vim.lsp.buf_attach_client(bufnr, client.id)
        return
      end
    end
    vim.lsp.start(config --[[@as vim.lsp.ClientConfig]], { bufnr = bufnr })
  end
  if type(config.root_dir) == 'function' then
    config.root_dir(bufnr, start)
  elseif ready(bufnr) then
    start(config.root_dir)
  end
end

--- A client attached to a buffer. Ours is told what is already shown there, and
--- leaves the buffer to a proxy, whichever of them came first.
--- @param bufnr integer
--- @param client_id integer
function M.attached(bufnr, client_id)
  -- Scheduled: at LspAttach the client that attaches is not yet among the
  -- buffer's.
  vim.schedule(function()
    if not vim.api.nvim_buf_is_valid(bufnr) then
      return
    end
    local ours = M.clients(bufnr)[1]
    if ours and behind_proxy(bufnr) then
      vim.lsp.buf_detach_client(bufnr, ours.id)
    elseif ours and ours.id == client_id then
      require('dejafix.diagnostics').changed(bufnr)
    end
  end)
end

--- Stops the servers and starts them anew, for the same files.
--- @return integer n how many there were
function M.restart()
  local clients = M.clients()
  for _, client in ipairs(clients) do
    restarting[client.id] = vim.tbl_keys(client.attached_buffers or {})
    if M.has_config then
      client:stop()
    else
      client.stop()
    end
  end
  if #clients == 0 then
    for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
      if vim.api.nvim_buf_is_loaded(bufnr) then
        M.attach(bufnr)
      end
    end
  end
  return #clients
end

--- @param client_id integer
function M.exited(client_id)
  require('dejafix').set_status(client_id, nil)
  local buffers = restarting[client_id]
  restarting[client_id] = nil
  for _, bufnr in ipairs(buffers or {}) do
    if vim.api.nvim_buf_is_loaded(bufnr) then
      M.attach(bufnr)
    end
  end
end

return M
