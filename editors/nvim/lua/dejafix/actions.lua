--- What is done with the repairs of the server that are not in Neovim's own
--- menu: those behind "More repairs…", and those at the cursor.
local dejafix = require('dejafix')

local M = {}

--- Makes the edit of a code action and runs its command, as Neovim's own menu
--- does.
--- @param client vim.lsp.Client
--- @param action lsp.CodeAction
--- @param bufnr integer
local function apply(client, action, bufnr)
  local function make(whole)
    if whole.edit then
      vim.lsp.util.apply_workspace_edit(whole.edit, client.offset_encoding)
    end
    if whole.command then
      local ctx = { bufnr = bufnr, client_id = client.id, method = 'textDocument/codeAction' }
      if require('dejafix.client').has_config then
        client:exec_cmd(whole.command, ctx)
      else
        client._exec_cmd(client, whole.command, ctx)
      end
    end
  end
  if action.edit then
    return make(action)
  end
  dejafix.request('codeAction/resolve', action, make, client)
end

--- Shows further repairs in the user's own picker.
--- @param client vim.lsp.Client
--- @param bufnr integer
--- @param place {uri: string, range: lsp.Range}
local function pick(client, bufnr, place)
  dejafix.request('workspace/executeCommand', {
    command = 'dejafix.more',
    arguments = { { uri = place.uri, range = place.range, pick = true } },
  }, function(actions)
    if not actions or #actions == 0 then
      vim.notify('dejafix: there are no more repairs here', vim.log.levels.INFO)
      return
    end
    vim.ui.select(actions, {
      prompt = 'Repairs:',
      kind = 'codeaction',
      format_item = function(action)
        return action.title .. (action.disabled and ' (' .. action.disabled.reason .. ')' or '')
      end,
    }, function(action)
      if action and not action.disabled then
        apply(client, action, bufnr)
      end
    end)
  end, client)
end

--- The command behind "More repairs…" in the menu.
--- @param command lsp.Command
--- @param ctx {bufnr: integer, client_id: integer}
function M.more(command, ctx)
  local client = vim.lsp.get_client_by_id(ctx.client_id)
  if client then
    pick(client, ctx.bufnr, command.arguments[1])
  end
end

--- The cursor's line as a range of LSP, whatever the encoding: the server looks
--- at whole lines.
--- @return lsp.Range
local function line()
  local lnum = vim.api.nvim_win_get_cursor(0)[1] - 1
  return {
    start = { line = lnum, character = 0 },
    ['end'] = { line = lnum, character = #vim.api.nvim_get_current_line() },
  }
end

--- Shows the repairs of the cursor's line, the less likely ones too.
function M.more_here()
  local client = require('dejafix.client').clients(0)[1]
  if not client then
    return dejafix.request('', {}, function() end) -- which says so
  end
  pick(client, vim.api.nvim_get_current_buf(), { uri = vim.uri_from_bufnr(0), range = line() })
end

--- Calls on_id with the id that was given, else with that of the repair offered
--- on the cursor's line.
--- @param id string?
--- @param on_id fun(id: string)
function M.with_id(id, on_id)
  if id then
    return on_id(id)
  end
  dejafix.request('textDocument/codeAction', {
    textDocument = vim.lsp.util.make_text_document_params(),
    range = line(),
    context = { diagnostics = {}, triggerKind = vim.lsp.protocol.CodeActionTriggerKind.Invoked },
  }, function(actions)
    for _, action in ipairs(actions or {}) do
      local found = vim.tbl_get(action, 'data', 'dejafix', 'id')
      if found then
        return on_id(found)
      end
    end
    vim.notify('dejafix: no repair is offered on this line', vim.log.levels.INFO)
  end)
end

return M
