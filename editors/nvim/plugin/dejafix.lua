-- Starts dejafix for every file that is edited. No setup call is needed;
-- settings are read from vim.g.dejafix (see :help dejafix).
if vim.g.loaded_dejafix then
  return
end
vim.g.loaded_dejafix = true

if vim.fn.has('nvim-0.10') == 0 then
  vim.notify('dejafix needs Neovim 0.10 or newer', vim.log.levels.ERROR)
  return
end

local group = vim.api.nvim_create_augroup('dejafix', {})

--- @param event string|string[]
--- @param callback fun(ev: table)
local function on(event, callback)
  vim.api.nvim_create_autocmd(event, { group = group, callback = callback })
end

if vim.fn.has('nvim-0.11') == 1 then
  -- At the first file, so that Neovim does not load its LSP client for nothing.
  -- From then on it attaches files by itself, as lsp/dejafix.lua says.
  local function enable()
    vim.schedule(function()
      vim.lsp.enable('dejafix')
    end)
    return true -- and the autocommand goes
  end
  local first = vim.api.nvim_create_autocmd('FileType', { group = group, callback = enable })
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype ~= '' then
      vim.api.nvim_del_autocmd(first)
      enable()
      break
    end
  end
else
  on('FileType', function(ev)
    require('dejafix.client').attach(ev.buf)
  end)
  -- Buffers that were there before the plugin, as with lazy loading.
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype ~= '' then
      vim.schedule(function()
        require('dejafix.client').attach(bufnr)
      end)
    end
  end
end

on('LspAttach', function(ev)
  require('dejafix.client').attached(ev.buf, ev.data.client_id)
end)

on('DiagnosticChanged', function(ev)
  require('dejafix.diagnostics').changed(ev.buf)
end)

on('BufWipeout', function(ev)
  require('dejafix.diagnostics').forget(ev.buf)
  require('dejafix.decisions').forget(ev.buf)
  require('dejafix.peers').forget(ev.buf)
end)

on('TermRequest', function(ev)
  require('dejafix.terminal').request(ev.buf, ev.data)
end)

on('TermClose', function(ev)
  require('dejafix.terminal').closed(ev.buf, vim.v.event.status)
end)

require('dejafix.others').watch()

vim.api.nvim_create_user_command('Dejafix', function(args)
  require('dejafix.commands').run(args.fargs)
end, {
  nargs = '*',
  desc = 'Ask dejafix why or what recurs, or tell it never, pause, trust, restart',
  complete = function(lead, line, position)
    return require('dejafix.commands').complete(lead, line:sub(1, position))
  end,
})
