--- The :Dejafix command.
local dejafix = require('dejafix')

local M = {}

--- @param lines string[]
local function show(lines)
  -- Debian's Neovim comes without parsers, and the preview then fails.
  local markdown = pcall(vim.treesitter.get_string_parser, '', 'markdown')
  vim.lsp.util.open_floating_preview(lines, markdown and 'markdown' or '', { border = 'rounded', focus_id = 'dejafix' })
end

--- @param message string
local function say(message)
  vim.notify('dejafix: ' .. message, vim.log.levels.INFO)
end

--- @param id string?
--- @param on_id fun(id: string)
local function with_id(id, on_id)
  require('dejafix.actions').with_id(id, on_id)
end

--- @param command string
--- @param argument any
--- @param done string what to say afterwards
--- @param client vim.lsp.Client?
local function execute(command, argument, done, client)
  dejafix.request('workspace/executeCommand', { command = command, arguments = { argument } }, function()
    say(done)
  end, client)
end

--- The folder that the current buffer's server has as its workspace.
--- @return string?
local function workspace()
  local client = require('dejafix.client').clients(0)[1]
  return client and client.config.root_dir
end

--- Shows where a repair comes from.
--- @param id string
--- @param client vim.lsp.Client?
function M.why(id, client)
  dejafix.request('dejafix/why', { id = id }, function(result)
    show(vim.split(result.markdown, '\n'))
  end, client)
end

--- Deletes a pattern, after asking.
--- @param id string
--- @param title string?
--- @param client vim.lsp.Client?
--- @param on_done fun()?
function M.forget(id, title, client, on_done)
  local question = ('Forget "%s"? The repairs it was learned from are deleted too.'):format(title or id)
  if vim.fn.confirm(question, '&Forget\n&Cancel', 2, 'Question') ~= 1 then
    return
  end
  dejafix.request('workspace/executeCommand', { command = 'dejafix.forget', arguments = { id } }, function()
    say('forgotten')
    if on_done then
      on_done()
    end
  end, client)
end

--- Lets commands of the workspace run, or takes it back: now, and in the store
--- for later.
--- @param revoke boolean
local function trust(revoke)
  local dir = workspace()
  if not dir then
    return say('this file belongs to no workspace; `dejafix trust DIR` names one')
  end
  if not revoke then
    local question = ('Let programs that belong to %s, such as its checkers and linters, run?'):format(dir)
    if vim.fn.confirm(question, '&Trust\n&Cancel', 2, 'Question') ~= 1 then
      return
    end
  end
  local client = require('dejafix.client')
  client.run(revoke and { 'trust', dir, '--revoke' } or { 'trust', dir }, function(ok, output)
    if not ok then
      vim.notify(output, vim.log.levels.ERROR)
      return
    end
    for _, ours in ipairs(client.clients()) do
      if ours.config.root_dir == dir then
        client.notify(ours, 'dejafix/trust', { trusted = not revoke })
      end
    end
    say(output)
  end)
end

--- Has a stack trace, or what tests printed, read from a register: the system's
--- clipboard, or what was yanked last where there is none. The server shows what
--- failed and leads to the first of it.
--- @param register string?
function M.paste(register)
  local text = vim.fn.getreg(register or '+')
  if text == '' and not register then
    text = vim.fn.getreg('"')
  end
  if text == '' then
    return say('there is nothing to read: copy a stack trace first, or name a register')
  end
  if not require('dejafix.output').send({ kind = 'paste', cwd = workspace() or vim.fn.getcwd(), text = text }) then
    say('no server runs for this folder; open a file of the workspace first')
  end
end

--- One subcommand.
--- @class dejafix.Command
--- @field run fun(argument: string?)
--- @field arguments? string[]|fun(): string[] what may follow

--- The patterns that the list of recurring errors showed last, for completion.
--- @return string[]
local function patterns()
  local found = {}
  local client = require('dejafix.client')
  local ours = client.clients(0)[1]
  if not ours then
    return found
  end
  local answered = false
  client.ask(ours, 'dejafix/recurring', vim.empty_dict(), function(_, result)
    for _, e in ipairs(result and result.errors or {}) do
      for _, repair in ipairs(e.repairs) do
        found[#found + 1] = repair.pattern
      end
    end
    answered = true
  end)
  -- Completion is waited for; the server answers from what it has.
  vim.wait(200, function()
    return answered
  end, 5)
  return found
end

--- @type table<string, dejafix.Command>
local commands = {
  all = {
    run = function(argument)
      local uri = vim.uri_from_bufnr(0)
      with_id(argument, function(id)
        local key = vim.startswith(id, 'p_') and 'pattern' or 'id'
        dejafix.request('workspace/executeCommand', {
          command = 'dejafix.all',
          arguments = { { [key] = id, uri = uri } },
        }, function() end)
      end)
    end,
    arguments = patterns,
  },
  forget = {
    run = function(argument)
      if not argument then
        return require('dejafix.recurring').open()
      end
      M.forget(argument)
    end,
    arguments = patterns,
  },
  log = {
    run = function()
      vim.cmd.tabedit(vim.fn.fnameescape(require('dejafix.client').log_file()))
    end,
  },
  more = {
    run = function()
      require('dejafix.actions').more_here()
    end,
  },
  never = {
    run = function(argument)
      with_id(argument, function(id)
        execute('dejafix.never', id, 'this repair will not be suggested again')
      end)
    end,
    arguments = patterns,
  },
  paste = {
    run = function(register)
      M.paste(register)
    end,
  },
  pause = {
    run = function()
      execute('dejafix.pause', { uri = vim.uri_from_bufnr(0) }, 'paused in this workspace; :Dejafix resume ends it')
    end,
  },
  recurring = {
    run = function()
      require('dejafix.recurring').open()
    end,
  },
  restart = {
    run = function()
      local n = require('dejafix.client').restart()
      say(n == 0 and 'starting' or 'restarting')
    end,
  },
  resume = {
    run = function()
      execute('dejafix.pause', { uri = vim.uri_from_bufnr(0), resume = true }, 'no longer paused')
    end,
  },
  status = {
    run = function()
      local client = require('dejafix.client').clients(0)[1]
      if not client then
        return say('not attached here; :checkhealth dejafix says why')
      end
      local state = dejafix.state()
      local text = ('attached, workspace %s'):format(client.config.root_dir or '(none)')
      if state and state.text ~= '' then
        text = text .. ', ' .. state.text .. (state.tooltip ~= '' and ': ' .. state.tooltip or '')
      end
      say(text)
    end,
  },
  trust = {
    run = function(argument)
      if argument and argument ~= 'revoke' then
        return say('`:Dejafix trust` lets commands of the workspace run, `:Dejafix trust revoke` takes it back')
      end
      trust(argument == 'revoke')
    end,
    arguments = { 'revoke' },
  },
  why = {
    run = function(argument)
      with_id(argument, function(id)
        M.why(id)
      end)
    end,
    arguments = patterns,
  },
}

--- @param args string[]
function M.run(args)
  local command = commands[args[1] or 'status']
  if not command or #args > 2 then
    vim.notify(
      ('dejafix: no such command: %s (there are %s)'):format(
        table.concat(args, ' '),
        table.concat(M.complete('', 'Dejafix '), ', ')
      ),
      vim.log.levels.ERROR
    )
    return
  end
  command.run(args[2])
end

--- @param lead string
--- @param line string up to the cursor
--- @return string[]
function M.complete(lead, line)
  local name = line:match('Dejafix!?%s+(%S+)%s')
  local candidates
  if not name then
    candidates = vim.tbl_keys(commands)
  else
    local after = line:match('Dejafix!?%s+%S+%s+(.*)$') or ''
    local arguments = commands[name] and commands[name].arguments
    if after:find('%s') or not arguments then
      return {}
    end
    candidates = type(arguments) == 'function' and arguments() or arguments --[[@as string[] ]]
  end
  local matching = vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, lead)
  end, candidates)
  table.sort(matching)
  return matching
end

return M
