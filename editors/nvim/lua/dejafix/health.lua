--- :checkhealth dejafix
local M = {}

function M.check()
  local client = require('dejafix.client')
  vim.health.start('dejafix')
  if vim.fn.has('nvim-0.10') == 0 then
    vim.health.error('Neovim is older than 0.10', { 'install Neovim 0.10 or newer' })
    return
  end
  if client.config().enable == false then
    vim.health.warn('vim.g.dejafix.enable is false: dejafix does not start')
  end
  local cmd, problem = client.command()
  if not cmd then
    vim.health.error(problem --[[@as string]])
    return
  end
  local answer = vim.fn.system({ cmd[1], 'version' })
  if vim.v.shell_error == 0 then
    vim.health.ok(('%s: %s'):format(vim.fn.exepath(cmd[1]), vim.trim(answer)))
  else
    vim.health.error(('%s version fails: %s'):format(cmd[1], vim.trim(answer)), { 'build it again: make build' })
  end
  local clients = client.clients()
  if #clients == 0 then
    vim.health.info('no file is attached now')
  end
  for _, c in ipairs(clients) do
    vim.health.ok(
      ('workspace %s: %d files attached, positions in %s'):format(
        c.config.root_dir or '(none)',
        vim.tbl_count(c.attached_buffers or {}),
        c.offset_encoding
      )
    )
  end
end

return M
