--- Forwards what failed tests printed: a consumer of neotest.

--- @param path string
--- @return string?
local function read(path)
  local file = io.open(path, 'rb')
  if not file then
    return nil
  end
  local text = file:read('*a')
  file:close()
  return text
end

--- @param adapter_id string its name and, after a colon, the root
--- @return string?
local function root(adapter_id)
  return adapter_id:match(':(%a:[\\/].*)$') or adapter_id:match(':(/.*)$')
end

--- @param results table<string, {status: string, output?: string, short?: string, errors?: {message: string}[]}>
--- @return dejafix.Output[]
local function failed(adapter_id, results)
  local outputs, seen = {}, {}
  local ids = vim.tbl_keys(results)
  table.sort(ids)
  for _, id in ipairs(ids) do
    local result = results[id]
    -- A file or folder that failed has the output of its tests.
    local path = result.output
    if result.status == 'failed' and not seen[path or id] then
      seen[path or id] = true
      local text = path and read(path) or result.short
      if not text and result.errors then
        text = table.concat(vim.tbl_map(function(e)
          return e.message
        end, result.errors), '\n')
      end
      if text and text ~= '' then
        outputs[#outputs + 1] = { kind = 'test', command = id, cwd = root(adapter_id), exitCode = 1, text = text }
      end
    end
  end
  return outputs
end

return function(client)
  client.listeners.results = function(adapter_id, results, partial)
    if partial then
      return
    end
    -- Scheduled: neotest calls this in a task of its own, where Neovim may not
    -- be asked anything.
    vim.schedule(function()
      if #require('dejafix.client').clients() == 0 then
        return
      end
      for _, output in ipairs(failed(adapter_id, results)) do
        require('dejafix.output').send(output)
      end
    end)
  end
  return {}
end
