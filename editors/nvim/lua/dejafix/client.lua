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

--- @return dejafix.Config
function M.config()
  return vim.g.dejafix or {}
end

--- The command that starts the server, or nil and what to do about it.
--- @return string[]? cmd
--- @return string? problem
function M.command()
  local cmd = M.config().cmd
  if type(cmd) == 'string' then
    cmd = { cmd, 'serve' }
  end
  if cmd then
    if vim.fn.executable(cmd[1]) == 0 then
      return nil, ('vim.g.dejafix.cmd names %s, which cannot be run'):format(cmd[1])
    end
    return cmd
  end
  if vim.fn.executable('dejafix') == 1 then
    return { 'dejafix', 'serve' }
  end
  -- editors/nvim of a checkout in which `make build` was run, or a package that
  -- brings the program along.
  local plugin = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h:h:h')
  for _, place in ipairs({ 'bin/dejafix', '../../bin/dejafix' }) do
    local path = vim.fs.normalize(plugin .. '/' .. place)
    if vim.fn.executable(path) == 1 then
      return { path, 'serve' }
    end
  end
  return nil, 'dejafix is not in PATH: install it, or set vim.g.dejafix = { cmd = { "/path/to/dejafix", "serve" } }'
end

--- dejafix's clients, of one buffer or all.
--- @param bufnr integer?
--- @return vim.lsp.Client[]
function M.clients(bufnr)
  return vim.lsp.get_clients({ name = 'dejafix', bufnr = bufnr })
end

--- Whether client runs behind `dejafix proxy`, which does this plugin's work.
--- @param client vim.lsp.Client
local function is_proxy(client)
  if vim.tbl_get(client, 'server_info', 'name') == 'dejafix-proxy' then
    return true
  end
  -- Neovim 0.10 keeps no server_info.
  local cmd = client.config.cmd
  return type(cmd) == 'table' and vim.fs.basename(cmd[1]) == 'dejafix' and cmd[2] == 'proxy'
end

--- @param bufnr integer
local function behind_proxy(bufnr)
  return vim.iter(vim.lsp.get_clients({ bufnr = bufnr })):any(is_proxy)
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

--- Where the server writes its log: `--log` of its command line, else the
--- user's state folder (cmd/dejafix has the same rule).
--- @return string
function M.log_file()
  local cmd = M.command() or {}
  for i, argument in ipairs(cmd) do
    if argument == '--log' then
      return cmd[i + 1]
    end
  end
  local state = vim.env.XDG_STATE_HOME
  if state and state ~= '' then
    return state .. '/dejafix/dejafix.log'
  end
  local folders = { Darwin = 'Library/Logs', Windows_NT = 'AppData/Local' }
  local folder = folders[vim.uv.os_uname().sysname] or '.local/state'
  return vim.fs.normalize('~/' .. folder .. '/dejafix/dejafix.log')
end

local told = false

--- Attaches a buffer to the server of its workspace, starting it if need be.
--- @param bufnr integer
function M.attach(bufnr)
  if M.config().enable == false or not wanted(bufnr) then
    return
  end
  if behind_proxy(bufnr) then
    return
  end
  local cmd, problem = M.command()
  if not cmd then
    if not told then
      told = true
      vim.notify(problem --[[@as string]], vim.log.levels.WARN)
    end
    return
  end

  require('dejafix.diagnostics').watch_versions()
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  capabilities.experimental =
    vim.tbl_extend('force', capabilities.experimental or {}, { dejafix = { status = true } })
  vim.lsp.start({
    name = 'dejafix',
    cmd = cmd,
    root_dir = vim.fs.root(bufnr, '.git') or vim.fs.root(bufnr, root_markers),
    capabilities = capabilities,
    init_options = init_options(),
    get_language_id = function(_, filetype)
      return language_ids[filetype] or filetype
    end,
    handlers = {
      ['dejafix/status'] = function(_, result, ctx)
        require('dejafix').set_status(ctx.client_id, result)
      end,
    },
    on_attach = function(_, attached)
      require('dejafix.diagnostics').changed(attached)
    end,
  }, { bufnr = bufnr })
end

--- Leaves a buffer to a proxy, whichever of us attached first.
--- @param bufnr integer
function M.make_way(bufnr)
  -- Scheduled: at LspAttach the client that attaches is not yet among the
  -- buffer's.
  vim.schedule(function()
    if vim.api.nvim_buf_is_valid(bufnr) and behind_proxy(bufnr) then
      for _, ours in ipairs(M.clients(bufnr)) do
        vim.lsp.buf_detach_client(bufnr, ours.id)
      end
    end
  end)
end

return M
