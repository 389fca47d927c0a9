--- Forwards exceptions at which a debugger stopped, and what the program
--- printed. Of local variables only the type, and whether they are null, are
--- sent.
local M = {}

--- Frames that are asked for, and how many of the innermost have their local
--- variables looked at: each is a request for its scopes and one for each scope.
local most_frames, most_with_locals, most_locals = 50, 5, 100

--- How debug adapters print a value that is not there: Go's Delve, debugpy,
--- vscode-js-debug, lldb and gdb for C, C++ and Rust, java-debug, netcoredbg.
local nulls = {
  ['nil'] = true,
  ['<nil>'] = true,
  ['None'] = true,
  ['null'] = true,
  ['undefined'] = true,
  ['nullptr'] = true,
  ['NULL'] = true,
  ['0x0'] = true,
  ['<null>'] = true,
}

--- Why debuggers stop at an error, of the reasons that they give.
local failures = { exception = true, panic = true, ['fatal error'] = true, ['unhandled exception'] = true }

--- @param value any
--- @return boolean?
local function is_null(value)
  if type(value) ~= 'string' then
    return nil
  end
  -- lldb prints all digits of an address; Delve the type before "nil".
  return nulls[value] or value:find('^0x0+$') ~= nil or value:find('[^%w]nil$') ~= nil
end

--- @param session dap.Session
--- @param command string
--- @param arguments table
--- @param on_body fun(body: table?)
local function ask(session, command, arguments, on_body)
  session:request(command, arguments, function(err, body)
    on_body(not err and body or nil)
  end)
end

--- Adds the local variables of the first frames, then calls on_done.
--- @param session dap.Session
--- @param frames table[] as the adapter gave them
--- @param sent dejafix.Frame[]
--- @param on_done fun()
local function add_locals(session, frames, sent, on_done)
  local waiting = 1
  local function answered()
    waiting = waiting - 1
    if waiting == 0 then
      on_done()
    end
  end
  for i = 1, math.min(most_with_locals, #frames) do
    waiting = waiting + 1
    ask(session, 'scopes', { frameId = frames[i].id }, function(body)
      for _, scope in ipairs(body and body.scopes or {}) do
        local hint = scope.presentationHint or (scope.name or ''):lower()
        if not scope.expensive and (hint:find('local') or hint:find('argument')) then
          waiting = waiting + 1
          ask(session, 'variables', { variablesReference = scope.variablesReference }, function(result)
            local locals, n = sent[i].locals or {}, 0
            for _, v in ipairs(result and result.variables or {}) do
              n = n + 1
              if n <= most_locals and type(v.type) == 'string' and v.type ~= '' then
                locals[v.name] = { type = v.type, null = is_null(v.value) }
              end
            end
            sent[i].locals = next(locals) and locals or nil
            answered()
          end)
        end
      end
      answered()
    end)
  end
  answered()
end

--- The server for a debugged program: of the innermost frame whose file is in a
--- workspace, else of the folder that it runs in.
--- @param session dap.Session
--- @param frames dejafix.Frame[]
--- @return vim.lsp.Client?
local function client_of(session, frames)
  local client = require('dejafix.client')
  for _, frame in ipairs(frames) do
    local found = frame.file and client.client_at(frame.file)
    if found then
      return found
    end
  end
  local cwd = type(session.config) == 'table' and session.config.cwd or nil
  local all = client.clients()
  return client.client_at(cwd) or #all == 1 and all[1] or nil
end

--- @param session dap.Session
--- @param stopped table
local function on_stopped(session, stopped)
  if type(stopped) ~= 'table' or not failures[stopped.reason] or not stopped.threadId then
    return
  end
  if #require('dejafix.client').clients() == 0 then
    return
  end
  local function with_info(info)
    local details = info and info.details or {}
    ask(session, 'stackTrace', { threadId = stopped.threadId, startFrame = 0, levels = most_frames }, function(body)
      local frames = body and body.stackFrames or {}
      local sent = {} --- @type dejafix.Frame[]
      for i, frame in ipairs(frames) do
        sent[i] = {
          name = frame.name,
          file = frame.source and frame.source.path or nil,
          line = frame.line,
          column = frame.column,
        }
      end
      local ours = client_of(session, sent)
      if not ours then
        return
      end
      add_locals(session, frames, sent, function()
        if ours:is_stopped() then
          return
        end
        require('dejafix.client').notify(ours, 'dejafix/exception', {
          language = type(session.filetype) == 'string' and session.filetype or nil,
          type = details.fullTypeName or details.typeName or info and info.exceptionId or stopped.description or stopped.reason,
          message = details.message or info and info.description or stopped.text or stopped.description or '',
          frames = sent,
        })
      end)
    end)
  end
  if vim.tbl_get(session, 'capabilities', 'supportsExceptionInfoRequest') then
    ask(session, 'exceptionInfo', { threadId = stopped.threadId }, with_info)
  else
    with_info(nil)
  end
end

--- What a session's program printed, until it ends.
--- @class dejafix.DebugOutput
--- @field chunks string[]
--- @field bytes integer
--- @field exit? integer

--- @type table<any, dejafix.DebugOutput>
local outputs = setmetatable({}, { __mode = 'k' })

--- What is kept of one session, in bytes; the server keeps no more.
local max_bytes = 1024 * 1024

--- @param session dap.Session
--- @param body table
local function on_output(session, body)
  if type(body) ~= 'table' or type(body.output) ~= 'string' or body.category == 'telemetry' or body.category == 'important' then
    return
  end
  local o = outputs[session] or { chunks = {}, bytes = 0 }
  outputs[session] = o
  o.chunks[#o.chunks + 1], o.bytes = body.output, o.bytes + #body.output
  while o.bytes > max_bytes and #o.chunks > 1 do
    o.bytes = o.bytes - #table.remove(o.chunks, 1)
  end
end

--- @param session dap.Session
local function on_end(session)
  local o = outputs[session]
  outputs[session] = nil
  if not o then
    return
  end
  local config = type(session.config) == 'table' and session.config or {}
  require('dejafix.output').send({
    kind = 'debugConsole',
    command = type(config.program) == 'string' and config.program or nil,
    cwd = type(config.cwd) == 'string' and config.cwd or nil,
    exitCode = o.exit,
    text = table.concat(o.chunks),
  })
end

--- Listens to nvim-dap.
--- @param dap table the module
function M.listen(dap)
  local after = dap.listeners.after
  after.event_stopped['dejafix'] = function(session, body)
    on_stopped(session, body)
  end
  after.event_output['dejafix'] = function(session, body)
    on_output(session, body)
  end
  after.event_exited['dejafix'] = function(session, body)
    local o = outputs[session]
    if o and type(body) == 'table' then
      o.exit = body.exitCode
    end
  end
  after.event_terminated['dejafix'] = function(session)
    on_end(session)
  end
  after.disconnect['dejafix'] = function(session)
    on_end(session)
  end
end

return M
