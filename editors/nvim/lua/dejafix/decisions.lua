--- Tells the server what became of its repairs: applied, and undone where
--- Neovim's own undo took one back.
local M = {}

--- The repairs of a buffer that undo could still take back: the number of the
--- change in the undo tree, by id.
--- @class dejafix.Applied
--- @field client_id integer
--- @field seqs table<string, integer>
--- @field autocmd integer

--- @type table<integer, dejafix.Applied>
local applied = {}

--- @param bufnr integer
local function seq(bufnr)
  return vim.fn.undotree(bufnr).seq_cur
end

--- @param bufnr integer
function M.forget(bufnr)
  local a = applied[bufnr]
  if a then
    applied[bufnr] = nil
    pcall(vim.api.nvim_del_autocmd, a.autocmd)
  end
end

--- Looks, after the text of a buffer changed, whether undo went back behind a
--- repair. Any later change counts higher in the undo tree than the repair.
--- @param bufnr integer
local function changed(bufnr)
  local a = applied[bufnr]
  local client = a and vim.lsp.get_client_by_id(a.client_id)
  if not client then
    return M.forget(bufnr)
  end
  local now = seq(bufnr)
  for id, made in pairs(a.seqs) do
    if now < made then
      a.seqs[id] = nil
      require('dejafix.client').notify(client, 'dejafix/decision', { id = id, verdict = 'undone' })
    end
  end
  if not next(a.seqs) then
    M.forget(bufnr)
  end
end

--- The command of a code action, after its edit was made.
--- @param command lsp.Command
--- @param ctx {bufnr: integer, client_id: integer}
function M.applied(command, ctx)
  local client, bufnr = vim.lsp.get_client_by_id(ctx.client_id), ctx.bufnr
  if not client then
    return
  end
  local params = { command = command.command, arguments = command.arguments }
  require('dejafix.client').ask(client, 'workspace/executeCommand', params, function(err)
    if err then
      vim.notify('dejafix: ' .. err.message, vim.log.levels.ERROR)
    end
  end, bufnr)

  local a = applied[bufnr]
  if not a then
    a = { client_id = client.id, seqs = {} }
    a.autocmd = vim.api.nvim_create_autocmd({ 'TextChanged', 'TextChangedI', 'TextChangedP' }, {
      buffer = bufnr,
      desc = 'dejafix: notice that a repair is undone',
      callback = function(ev)
        changed(ev.buf)
      end,
    })
    applied[bufnr] = a
  end
  for _, id in ipairs(command.arguments or {}) do
    a.seqs[id] = seq(bufnr)
  end
end

return M
