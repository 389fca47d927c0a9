-- For lazy.nvim, which reads this file: { 'dejafix/dejafix' } is all that a
-- configuration needs. The plugin lies below the root of the repository.
return {
  'dejafix/dejafix',
  event = 'FileType',
  -- Where the program is not installed it is built; the plugin finds it in bin/.
  build = function(plugin)
    if vim.fn.executable('dejafix') == 0 then
      local result = vim.system({ 'go', 'build', '-o', 'bin/dejafix', './cmd/dejafix' }, { cwd = plugin.dir }):wait()
      assert(result.code == 0, 'dejafix could not be built (it needs Go and a C compiler): ' .. (result.stderr or ''))
    end
  end,
  config = function(plugin)
    local dir = plugin.dir .. '/editors/nvim'
    vim.opt.runtimepath:append(dir)
    vim.cmd.source(dir .. '/plugin/dejafix.lua')
  end,
}
