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

vim.api.nvim_create_autocmd('FileType', {
  group = group,
  callback = function(ev)
    -- Scheduled, so that servers started by the same event come first, and
    -- with them their code actions.
    vim.schedule(function()
      require('dejafix.client').attach(ev.buf)
    end)
  end,
})

vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(ev)
    require('dejafix.client').make_way(ev.buf)
  end,
})

vim.api.nvim_create_autocmd('DiagnosticChanged', {
  group = group,
  callback = function(ev)
    require('dejafix.diagnostics').changed(ev.buf)
  end,
})

vim.api.nvim_create_autocmd('BufWipeout', {
  group = group,
  callback = function(ev)
    require('dejafix.diagnostics').forget(ev.buf)
  end,
})

vim.api.nvim_create_user_command('Dejafix', function(args)
  require('dejafix.commands').run(args.fargs)
end, {
  nargs = '*',
  desc = 'Ask dejafix why, or tell it never, pause, status, log',
  complete = function(lead, line)
    return require('dejafix.commands').complete(lead, line)
  end,
})

-- Buffers that were there before the plugin, as with lazy loading.
for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
  if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype ~= '' then
    vim.schedule(function()
      require('dejafix.client').attach(bufnr)
    end)
  end
end
