--- Asks the other servers, once an error has settled, what they offer for it:
--- what they offer already is not offered again.
local M = {}

--- How long the diagnostics of a buffer must stay as they are before the others
--- are asked, in ms. Neovim itself holds changes back for 150.
local settle_ms = 400

--- How many diagnostics are asked about for one text. Each is a request to each
--- server; more are not looked at before the next edit.
local most = 20

--- How many edits of others are passed on for one diagnostic.
local most_edits = 20

--- What was asked for each buffer: for which text, and of which places.
--- @class dejafix.Asked
--- @field timer uv.uv_timer_t
--- @field tick? integer the text that places speak of
--- @field places table<string, true>
--- @field n integer

--- @type table<integer, dejafix.Asked>
local asked = {}

--- The servers whose offers count: all but ours.
--- @param bufnr integer
--- @return vim.lsp.Client[]
local function others(bufnr)
  return vim.tbl_filter(function(client)
    return client.name ~= 'dejafix'
  end, vim.lsp.get_clients({ bufnr = bufnr, method = 'textDocument/codeAction' }))
end

--- @param d vim.Diagnostic
--- @return lsp.Diagnostic?
local function of_lsp(d)
  local original = vim.tbl_get(d, 'user_data', 'lsp')
  return type(original) == 'table' and original.range and original or nil
end

--- Asks every other server about one diagnostic, and tells ours when all have
--- answered.
--- @param ours vim.lsp.Client
--- @param bufnr integer
--- @param d vim.Diagnostic
--- @param diagnostic lsp.Diagnostic
local function ask(ours, bufnr, d, diagnostic)
  local client = require('dejafix.client')
  local diagnostics = require('dejafix.diagnostics')
  local tick = vim.api.nvim_buf_get_changedtick(bufnr)
  local version = vim.lsp.util.buf_versions[bufnr]
  local titles, edits = {}, {}
  local waiting = 1
  local function answered()
    waiting = waiting - 1
    if waiting > 0 or #titles == 0 then
      return
    end
    -- What they said of another text says nothing of this one.
    if not vim.api.nvim_buf_is_loaded(bufnr) or vim.api.nvim_buf_get_changedtick(bufnr) ~= tick or ours:is_stopped() then
      return
    end
    client.notify(ours, 'dejafix/peerActions', {
      uri = vim.uri_from_bufnr(bufnr),
      version = version,
      range = diagnostics.range(d, ours.offset_encoding),
      titles = titles,
      edits = #edits > 0 and edits or nil,
    })
  end
  for _, other in ipairs(others(bufnr)) do
    local sent = client.ask(other, 'textDocument/codeAction', {
      textDocument = { uri = vim.uri_from_bufnr(bufnr) },
      range = diagnostics.range(d, other.offset_encoding),
      context = {
        diagnostics = { diagnostic },
        only = { 'quickfix' },
        triggerKind = vim.lsp.protocol.CodeActionTriggerKind.Automatic,
      },
    }, function(_, actions)
      for _, action in ipairs(type(actions) == 'table' and actions or {}) do
        titles[#titles + 1] = action.title
        -- Edits in another encoding would be misread.
        if type(action.edit) == 'table' and other.offset_encoding == ours.offset_encoding and #edits < most_edits then
          edits[#edits + 1] = action.edit
        end
      end
      answered()
    end, bufnr)
    if sent then
      waiting = waiting + 1
    end
  end
  answered()
end

--- @param bufnr integer
local function settled(bufnr)
  local a = asked[bufnr]
  local ours = vim.api.nvim_buf_is_loaded(bufnr) and require('dejafix.client').clients(bufnr)[1]
  if not a or not ours or #others(bufnr) == 0 then
    return
  end
  local tick = vim.api.nvim_buf_get_changedtick(bufnr)
  if a.tick ~= tick then
    a.tick, a.places, a.n = tick, {}, 0
  end
  for _, d in ipairs(vim.diagnostic.get(bufnr, { severity = { min = vim.diagnostic.severity.WARN } })) do
    local diagnostic = of_lsp(d)
    if a.n >= most then
      return
    end
    if diagnostic and d.source ~= 'dejafix' then
      local key = table.concat({ d.lnum, d.col, d.source or '', tostring(d.code), d.message }, '\0')
      if not a.places[key] then
        a.places[key], a.n = true, a.n + 1
        ask(ours, bufnr, d, diagnostic)
      end
    end
  end
end

--- The diagnostics of a buffer changed.
--- @param bufnr integer
function M.changed(bufnr)
  local a = asked[bufnr]
  if not a then
    a = { timer = assert(vim.uv.new_timer()), places = {}, n = 0 }
    asked[bufnr] = a
  end
  a.timer:start(
    settle_ms,
    0,
    vim.schedule_wrap(function()
      if asked[bufnr] == a then
        settled(bufnr)
      end
    end)
  )
end

--- Forgets a buffer that is gone.
--- @param bufnr integer
function M.forget(bufnr)
  local a = asked[bufnr]
  if a then
    asked[bufnr] = nil
    a.timer:close()
  end
end

return M
