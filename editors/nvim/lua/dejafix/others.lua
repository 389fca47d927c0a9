--- Notices when nvim-dap or neotest is loaded, and listens to it from then on.
--- Neither is loaded for our sake.
local M = {}

--- @type table<string, fun(module: table)>
local listen = {
  ['dap'] = function(dap)
    require('dejafix.dap').listen(dap)
  end,
  -- What neotest.setup calls with its client, together with the user's own.
  ['neotest.consumers'] = function(consumers)
    local config = package.loaded['neotest.config']
    if not (config and vim.tbl_get(config, 'consumers', 'dejafix')) then
      consumers.dejafix = require('dejafix.neotest')
    end
  end,
}

--- @param name string
--- @param module any
local function loaded(name, module)
  local ok, problem = pcall(listen[name], module)
  if not ok then
    vim.notify_once(('dejafix: cannot listen to %s: %s'):format(name, problem), vim.log.levels.WARN)
  end
end

--- A searcher of require, which finds these modules as the others do and adds
--- to them.
--- @param name string
--- @return function|string|nil
local function searcher(name)
  if not listen[name] then
    return nil
  end
  for _, other in ipairs(package.loaders) do
    if other ~= searcher then
      local loader = other(name)
      if type(loader) == 'function' then
        return function(...)
          local module = loader(...)
          if type(module) == 'table' then
            loaded(name, module)
          end
          return module
        end
      end
    end
  end
end

local watching = false

function M.watch()
  if watching then
    return
  end
  watching = true
  for name in pairs(listen) do
    if type(package.loaded[name]) == 'table' then
      loaded(name, package.loaded[name])
    end
  end
  table.insert(package.loaders, 1, searcher)
end

return M
