--- Forwards what tests printed, those that passed too, since only they say that a
--- failure is over: a consumer of neotest.

--- How many outputs of one run are forwarded. Most adapters have one for all tests.
local most = 100

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
local function printed(adapter_id, results)
  local outputs, seen, failed = {}, {}, {}
  local ids = vim.tbl_keys(results)
  -- Those that failed first, in case there are too many.
  table.sort(ids, function(a, b)
    local x, y = results[a].status == 'failed', results[b].status == 'failed'
    if x ~= y then
      return x
    end
    return a < b
  end)
  for _, id in ipairs(ids) do
    local result = results[id]
    -- A file or folder has the output of its tests.
    local path = result.output
    local fails = result.status == 'failed'
    failed[path or id] = failed[path or id] or fails
    if (fails or path and result.status == 'passed') and not seen[path or id] and #outputs < most then
      seen[path or id] = true
      local text = path and read(path) or result.short
      if not text and result.errors then
        text = table.concat(vim.tbl_map(function(e)
          return e.message
        end, result.errors), '\n')
      end
      if text and text ~= '' then
        outputs[#outputs + 1] = { kind = 'test', command = id, cwd = root(adapter_id), exitCode = failed[path or id] and 1 or 0, text = text }
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
      for _, output in ipairs(printed(adapter_id, results)) do
        require('dejafix.output').send(output)
      end
    end)
  end
  return {}
end
