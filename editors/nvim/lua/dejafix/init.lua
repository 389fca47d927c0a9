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
--- @param status dejafix.Status
function M.set_status(client_id, status)
  statuses[client_id] = status
  vim.cmd.redrawstatus()
end

--- A few words for the status line, "" where dejafix is not attached.
--- @param bufnr integer? default: the current buffer
--- @return string
function M.status(bufnr)
  local client = require('dejafix.client').clients(bufnr or 0)[1]
  local status = client and statuses[client.id]
  return status and status.text or ''
end

--- Sends a request to the current buffer's server, whatever Neovim it is.
--- @param method string
--- @param params table
--- @param on_result fun(result: any)
function M.request(method, params, on_result)
  local bufnr = vim.api.nvim_get_current_buf()
  local client = require('dejafix.client').clients(bufnr)[1]
  if not client then
    vim.notify('dejafix is not attached here; :checkhealth dejafix says why', vim.log.levels.WARN)
    return
  end
  local function handler(err, result)
    if err then
      vim.notify('dejafix: ' .. err.message, vim.log.levels.ERROR)
    else
      on_result(result)
    end
  end
  if vim.fn.has('nvim-0.11') == 1 then
    client:request(method, params, handler, bufnr)
  else
    client.request(method, params, handler, bufnr)
  end
end

return M
