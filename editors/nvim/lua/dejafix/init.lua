--- What a user's configuration may call. Nothing has to be called.
local M = {}

--- What vim.g.dejafix may hold: what this plugin reads, and the server's
--- settings, which it passes on.
--- @class dejafix.Config : dejafix.Settings
--- @field cmd? string|string[] the program, or its whole command line
--- @field filetypes? string[] attach to these only; by default to all but prose

--- @class dejafix.Status
--- @field state string
--- @field text string
--- @field tooltip string

--- @type table<integer, dejafix.Status>
local statuses = {}

--- @param client_id integer
--- @param status dejafix.Status? nil when the server ended
function M.set_status(client_id, status)
  statuses[client_id] = status
  vim.cmd.redrawstatus()
end

--- What the server says of itself, nil where dejafix is not attached.
--- @param bufnr integer? default: the current buffer
--- @return dejafix.Status?
function M.state(bufnr)
  local client = require('dejafix.client').clients(bufnr or 0)[1]
  return client and statuses[client.id]
end

--- A few words for the status line, "" where dejafix is not attached.
--- @param bufnr integer? default: the current buffer
--- @return string
function M.status(bufnr)
  local status = M.state(bufnr)
  return status and status.text or ''
end

--- Sends a request to a server, whatever Neovim it is, and tells of an error.
--- @param method string
--- @param params table
--- @param on_result fun(result: any)
--- @param client vim.lsp.Client? default: the current buffer's
function M.request(method, params, on_result, client)
  client = client or require('dejafix.client').clients(0)[1]
  if not client then
    vim.notify('dejafix is not attached here; :checkhealth dejafix says why', vim.log.levels.WARN)
    return
  end
  require('dejafix.client').ask(client, method, params, function(err, result)
    if err then
      vim.notify('dejafix: ' .. err.message, vim.log.levels.ERROR)
    else
      on_result(result)
    end
  end)
end

--- The errors that came again, for a view of one's own. `:Dejafix recurring`
--- shows them.
--- @param on_errors fun(errors: dejafix.RecurringError[])
function M.recurring(on_errors)
  M.request('dejafix/recurring', vim.empty_dict(), function(result)
    on_errors(result.errors)
  end)
end

return M
