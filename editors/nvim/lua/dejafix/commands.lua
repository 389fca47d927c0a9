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

--- Calls on_id with the id that was given, else with that of the repair
--- offered at the cursor.
--- @param id string?
--- @param on_id fun(id: string)
local function with_id(id, on_id)
  if id then
    return on_id(id)
  end
  local lnum = vim.api.nvim_win_get_cursor(0)[1] - 1
  dejafix.request('textDocument/codeAction', {
    textDocument = vim.lsp.util.make_text_document_params(),
    range = {
      start = { line = lnum, character = 0 },
      ['end'] = { line = lnum, character = #vim.api.nvim_get_current_line() },
    },
    context = { diagnostics = {}, triggerKind = vim.lsp.protocol.CodeActionTriggerKind.Invoked },
  }, function(actions)
    for _, action in ipairs(actions or {}) do
      local found = vim.tbl_get(action, 'data', 'dejafix', 'id')
      if found then
        return on_id(found)
      end
    end
    say('no repair is offered on this line')
  end)
end

--- @param command string
--- @param argument any
--- @param done string what to say afterwards
local function execute(command, argument, done)
  dejafix.request('workspace/executeCommand', { command = command, arguments = { argument } }, function()
    say(done)
  end)
end

--- @type table<string, fun(argument: string?)>
local commands = {
  why = function(argument)
    with_id(argument, function(id)
      dejafix.request('dejafix/why', { id = id }, function(result)
        show(vim.split(result.markdown, '\n'))
      end)
    end)
  end,
  never = function(argument)
    with_id(argument, function(id)
      execute('dejafix.never', id, 'this repair will not be suggested again')
    end)
  end,
  pause = function()
    execute('dejafix.pause', { uri = vim.uri_from_bufnr(0) }, 'paused in this workspace; :Dejafix resume ends it')
  end,
  resume = function()
    execute('dejafix.pause', { uri = vim.uri_from_bufnr(0), resume = true }, 'no longer paused')
  end,
  status = function()
    local client = require('dejafix.client').clients(0)[1]
    if not client then
      return say('not attached here; :checkhealth dejafix says why')
    end
    local text = dejafix.status()
    say(('attached, workspace %s%s'):format(client.config.root_dir or '(none)', text ~= '' and ', ' .. text or ''))
  end,
  log = function()
    vim.cmd.tabedit(vim.fn.fnameescape(require('dejafix.client').log_file()))
  end,
}

--- @param args string[]
function M.run(args)
  local command = commands[args[1] or 'status']
  if not command then
    vim.notify(
      ('dejafix: no such command: %s (there are %s)'):format(args[1], table.concat(M.complete('', ''), ', ')),
      vim.log.levels.ERROR
    )
    return
  end
  command(args[2])
end

--- @param lead string
--- @param line string
--- @return string[]
function M.complete(lead, line)
  if line:find('^%s*%S+%s+%S+%s') then
    return {}
  end
  local names = vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, vim.tbl_keys(commands))
  table.sort(names)
  return names
end

return M
