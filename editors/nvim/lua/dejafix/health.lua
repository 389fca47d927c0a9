--- :checkhealth dejafix
local M = {}

local health = vim.health

--- @param cmd string[]
local function check_program(cmd)
  local result = vim.system({ cmd[1], 'version' }, { text = true }):wait(10000)
  if result.code ~= 0 then
    local problem = vim.trim(result.stderr ~= '' and result.stderr or result.stdout or '')
    health.error(('%s version fails: %s'):format(cmd[1], problem), { 'install dejafix anew, or build it: make build' })
    return
  end
  health.ok(('%s: %s'):format(vim.fn.exepath(cmd[1]), vim.trim(result.stdout):gsub('\n', ', ')))
  -- The rest of the installation is the program's own business.
  local doctor = vim.system({ cmd[1], 'doctor', '--json' }, { text = true }):wait(20000)
  local ok, report = pcall(vim.json.decode, doctor.stdout or '')
  for _, check in ipairs(ok and type(report) == 'table' and report.checks or {}) do
    if check.status == 'fail' then
      health.error(('%s: %s'):format(check.name, check.detail), check.next and { check.next } or nil)
    end
  end
end

--- @param client vim.lsp.Client
local function check_client(client)
  health.ok(
    ('workspace %s: %d files attached, positions in %s'):format(
      client.config.root_dir or '(none)',
      vim.tbl_count(client.attached_buffers or {}),
      client.offset_encoding
    )
  )
  -- Without other servers or linters there is nothing to learn from.
  for bufnr in pairs(client.attached_buffers or {}) do
    local others = vim.tbl_filter(function(other)
      return other.name ~= 'dejafix'
    end, vim.lsp.get_clients({ bufnr = bufnr }))
    if #others == 0 and vim.api.nvim_buf_is_valid(bufnr) and not next(vim.diagnostic.get(bufnr)) then
      health.info(
        ('no language server reports on %s: dejafix learns from what others report'):format(
          vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ':~:.')
        )
      )
    end
  end
end

--- What is there beside language servers.
local function check_others()
  if package.loaded['dap'] then
    local listening = vim.tbl_get(package.loaded['dap'], 'listeners', 'after', 'event_stopped', 'dejafix')
    if listening then
      health.ok('nvim-dap: exceptions at which it stops are heard of')
    else
      health.warn('nvim-dap is loaded, and not listened to', { 'restart Neovim' })
    end
  end
  if package.loaded['neotest'] then
    if package.loaded['dejafix.neotest'] then
      health.ok('neotest: what failed tests print is heard of')
    else
      health.warn('neotest was set up before dejafix was loaded, so that failed tests are not heard of', {
        "name the consumer: require('neotest').setup({ consumers = { dejafix = require('dejafix.neotest') } })",
      })
    end
  end
end

function M.check()
  health.start('dejafix')
  if vim.fn.has('nvim-0.10') == 0 then
    health.error('Neovim is older than 0.10', { 'install Neovim 0.10 or newer' })
    return
  end
  local client = require('dejafix.client')
  if client.config().enable == false then
    health.warn('vim.g.dejafix.enable is false: dejafix does not start')
  end
  local cmd, problem = client.command()
  if not cmd then
    health.error(problem --[[@as string]])
    return
  end
  check_program(cmd)
  local clients = client.clients()
  if #clients == 0 then
    local proxied = vim.tbl_filter(client.is_proxy, vim.lsp.get_clients())
    if #proxied > 0 then
      health.ok(('the server %s runs behind dejafix proxy, which does this plugin\'s work'):format(proxied[1].name))
    else
      health.info('no file is attached now')
    end
  end
  for _, c in ipairs(clients) do
    check_client(c)
  end
  check_others()
end

return M
