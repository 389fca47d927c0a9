--- Forwards what other tools report. Each time the diagnostics of a buffer
--- change, all of them go to the server, at once and in order: a delay would
--- say of a newer text what a tool said of an older one.
local M = {}

--- The version of the text that the report now being handled speaks of, where
--- its server said so; of one buffer, or of any where bufnr is nil.
--- @type {version: integer, bufnr: integer?}?
local reported

local watching = false

--- Notes the version of each report on its way to vim.diagnostic, which does
--- not keep it. A report often arrives after the next keystrokes; under the
--- buffer's own version a repaired text would seem to be still in error.
function M.watch_versions()
  if watching then
    return
  end
  watching = true
  local function wrap(method, version_of)
    local handler = vim.lsp.handlers[method]
    vim.lsp.handlers[method] = function(err, result, ctx, config)
      reported = version_of(result, ctx)
      local ok, problem = pcall(handler, err, result, ctx, config)
      reported = nil
      if not ok then
        error(problem, 0)
      end
    end
  end
  wrap('textDocument/publishDiagnostics', function(result)
    local version = result and result.version
    return type(version) == 'number' and { version = version } or nil
  end)
  wrap('textDocument/diagnostic', function(_, ctx)
    return ctx.version and { version = ctx.version, bufnr = ctx.bufnr }
  end)
end

--- The client whose diagnostics a namespace holds.
--- @param name string
--- @return vim.lsp.Client?
local function client_of(name)
  for _, client in ipairs(vim.lsp.get_clients()) do
    local own = ('vim.lsp.%s.%d'):format(client.name, client.id)
    -- Newer versions say "nvim.lsp"; pulled ones have the provider's id behind.
    local rest = name:gsub('^n', '')
    if rest == own or vim.startswith(rest, own .. '.') then
      return client
    end
  end
end

--- @param line string
--- @param byte integer
--- @param encoding string
local function character(line, byte, encoding)
  byte = math.min(byte, #line)
  if encoding == 'utf-8' then
    return byte
  end
  if vim.fn.has('nvim-0.11') == 1 then
    return vim.str_utfindex(line, encoding, byte, false)
  end
  local utf32, utf16 = vim.str_utfindex(line, byte)
  return encoding == 'utf-16' and utf16 or utf32
end

--- @param bufnr integer
--- @param lnum integer
--- @param byte integer
--- @param encoding string
--- @return lsp.Position
local function position(bufnr, lnum, byte, encoding)
  local line = vim.api.nvim_buf_get_lines(bufnr, lnum, lnum + 1, false)[1]
  return { line = lnum, character = line and character(line, byte, encoding) or byte }
end

--- Where a diagnostic is, as LSP counts.
--- @param d vim.Diagnostic
--- @param encoding string of the positions
--- @return lsp.Range
function M.range(d, encoding)
  return {
    start = position(d.bufnr, d.lnum, d.col, encoding),
    ['end'] = position(d.bufnr, d.end_lnum or d.lnum, d.end_col or d.col, encoding),
  }
end

--- @param d vim.Diagnostic
--- @param encoding string of the positions sent
--- @param source_encoding string? of the positions in user_data
--- @return lsp.Diagnostic
local function to_lsp(d, encoding, source_encoding)
  local original = vim.tbl_get(d, 'user_data', 'lsp')
  if type(original) ~= 'table' or not original.range then
    original = nil
  end
  local tags = original and original.tags
  return {
    range = original and source_encoding == encoding and original.range or M.range(d, encoding),
    severity = d.severity,
    code = d.code,
    source = d.source,
    message = d.message,
    tags = tags,
  }
end

--- Sources that are not told of: our own, and nvim-dap's, which is gone when the
--- program goes on and would seem repaired. Where it stopped is told apart.
local untold = { dejafix = true, ['nvim-dap'] = true }

--- All that other sources show in a buffer.
--- @param bufnr integer
--- @param encoding string
--- @return lsp.Diagnostic[]
local function collect(bufnr, encoding)
  local clients = {} --- @type table<integer, vim.lsp.Client|false>
  local all = {}
  local found = vim.diagnostic.get(bufnr)
  -- Neovim's order is that of a hash table.
  table.sort(found, function(a, b)
    for _, key in ipairs({ 'lnum', 'col', 'namespace', 'message' }) do
      if a[key] ~= b[key] then
        return (a[key] or -1) < (b[key] or -1)
      end
    end
    return false
  end)
  for _, d in ipairs(found) do
    local ns = d.namespace or -1
    if clients[ns] == nil then
      local meta = ns >= 0 and vim.diagnostic.get_namespace(ns) or nil
      clients[ns] = meta and client_of(meta.name) or false
    end
    local client = clients[ns] or nil
    if not untold[d.source] and not (client and client.name == 'dejafix') then
      all[#all + 1] = to_lsp(d, encoding, client and client.offset_encoding)
    end
  end
  return all
end

--- The dejafix client that a buffer belongs to. Files that are not open are
--- reported too (a compiler speaks of whole packages).
--- @param bufnr integer
--- @return vim.lsp.Client?
local function client_for(bufnr)
  local client = require('dejafix.client')
  if vim.api.nvim_buf_is_loaded(bufnr) then
    return client.clients(bufnr)[1]
  end
  return client.client_at(vim.api.nvim_buf_get_name(bufnr))
end

--- What was sent last for each buffer, and to which client.
--- @type table<integer, {client_id: integer, params: table}>
local sent = {}

--- Sends what now stands in a buffer, unless it was just said: a newer version
--- with the same diagnostics is news.
--- @param bufnr integer
function M.changed(bufnr)
  local client = vim.api.nvim_buf_is_valid(bufnr) and client_for(bufnr)
  if not client or not client.initialized then
    sent[bufnr] = nil
    return
  end
  local version --- @type integer?
  if vim.api.nvim_buf_is_loaded(bufnr) then
    version = vim.lsp.util.buf_versions[bufnr]
    if version and reported and (reported.bufnr or bufnr) == bufnr then
      version = math.min(version, reported.version)
    end
  end
  local diagnostics = collect(bufnr, client.offset_encoding)
  local method = 'dejafix/diagnostics'
  local params = { uri = vim.uri_from_bufnr(bufnr), version = version, diagnostics = diagnostics }
  local last = sent[bufnr]
  if last and last.client_id == client.id and vim.deep_equal(last.params, params) then
    return
  end
  sent[bufnr] = { client_id = client.id, params = params }
  require('dejafix.client').notify(client, method, params)
  if vim.api.nvim_buf_is_loaded(bufnr) then
    require('dejafix.peers').changed(bufnr)
  end
end

--- Forgets a buffer that is gone.
--- @param bufnr integer
function M.forget(bufnr)
  sent[bufnr] = nil
end

return M
