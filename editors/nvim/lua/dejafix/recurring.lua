--- The list of errors that came again: `:Dejafix recurring`.
local dejafix = require('dejafix')

local M = {}

local ns = vim.api.nvim_create_namespace('dejafix.recurring')

--- What a line of the list is about.
--- @class dejafix.Row
--- @field error dejafix.RecurringError
--- @field repair? dejafix.RecurringRepair
--- @field place? dejafix.Place

--- @class dejafix.View
--- @field bufnr integer
--- @field client_id integer
--- @field rows table<integer, dejafix.Row> by line, from 1

--- @type dejafix.View?
local view

--- @param n integer
--- @param one string
local function times(n, one)
  return n == 1 and ('1 ' .. one) or ('%d %ss'):format(n, one)
end

--- @param place dejafix.Place
--- @param root string?
local function where(place, root)
  local path = vim.uri_to_fname(place.uri)
  if root and vim.startswith(path, root .. '/') then
    path = path:sub(#root + 2)
  end
  return ('%s:%d'):format(path, place.range.start.line + 1)
end

--- Text on one line, since it comes from elsewhere.
--- @param text string
local function plain(text)
  return (text:gsub('%c+', ' '))
end

--- @param errors dejafix.RecurringError[]
--- @param root string?
--- @return string[] lines
--- @return table<integer, dejafix.Row> rows
--- @return table[] marks {line, first byte, last byte, group}
local function render(errors, root)
  local lines, rows, marks = {}, {}, {}
  local function add(row, pieces)
    local text = ''
    for _, piece in ipairs(pieces) do
      if piece[2] then
        marks[#marks + 1] = { #lines, #text, #text + #piece[1], piece[2] }
      end
      text = text .. piece[1]
    end
    lines[#lines + 1] = text
    rows[#lines] = row
  end
  add(nil, { { 'Errors that came again', 'Title' }, { '   g? shows the keys', 'Comment' } })
  add(nil, {})
  if #errors == 0 then
    add(nil, { { 'None yet. An error is listed when it was repaired twice, or comes again after a repair.', 'Comment' } })
  end
  for _, e in ipairs(errors) do
    local row = { error = e }
    add(row, {
      { times(e.times, 'time'), 'Number' },
      { '  ' .. plain(e.message) },
      { ('  %s%s'):format(e.source, e.code and ' ' .. e.code or ''), 'Comment' },
    })
    for _, repair in ipairs(e.repairs) do
      add({ error = e, repair = repair }, {
        { '    ' .. plain(repair.title), 'String' },
        { ('  %d of %d held%s'):format(repair.held, repair.of, repair.never and ', never suggested' or ''), 'Comment' },
      })
    end
    for _, place in ipairs(e.places) do
      add({ error = e, place = place, repair = e.repairs[1] }, { { '    ' .. where(place, root), 'Directory' } })
    end
  end
  return lines, rows, marks
end

--- @return dejafix.Row?
local function row_here()
  return view and view.rows[vim.api.nvim_win_get_cursor(0)[1]]
end

--- @return vim.lsp.Client?
local function client()
  local c = view and vim.lsp.get_client_by_id(view.client_id)
  if not c then
    vim.notify('dejafix is no longer running here: close the list and open it from a file', vim.log.levels.WARN)
  end
  return c
end

--- Calls on_repair with the repair that the line is about.
--- @param on_repair fun(repair: dejafix.RecurringRepair, row: dejafix.Row, client: vim.lsp.Client)
local function with_repair(on_repair)
  local row, c = row_here(), client()
  if not row or not c then
    return
  end
  local repair = row.repair or row.error.repairs[1]
  if not repair then
    vim.notify('dejafix: no repair of it is known', vim.log.levels.INFO)
    return
  end
  on_repair(repair, row, c)
end

--- @param c vim.lsp.Client
--- @param command string
--- @param argument any
--- @param on_done fun()
local function execute(c, command, argument, on_done)
  dejafix.request('workspace/executeCommand', { command = command, arguments = { argument } }, on_done, c)
end

local keys = {
  { '<CR>', 'jump to where the error is now', function()
    local row, c = row_here(), client()
    local place = row and (row.place or row.error.places[1])
    if not place or not c then
      vim.notify('dejafix: nothing reports this error now', vim.log.levels.INFO)
      return
    end
    -- In the window that one came from, where it is still there.
    if vim.fn.winnr('#') ~= 0 and vim.fn.winnr('#') ~= vim.fn.winnr() then
      vim.cmd.wincmd('p')
    else
      vim.cmd.new()
    end
    vim.lsp.util.show_document(
      { uri = place.uri, range = place.range },
      c.offset_encoding,
      { focus = true, reuse_win = false }
    )
  end },
  { 'a', 'repair all like this in the workspace', function()
    with_repair(function(repair, row, c)
      for _, place in ipairs(row.place and { row.place } or row.error.places) do
        local bufnr = vim.uri_to_bufnr(place.uri)
        if vim.api.nvim_buf_is_loaded(bufnr) then
          return execute(c, 'dejafix.all', { pattern = repair.pattern, uri = place.uri }, function() end)
        end
      end
      local text = row.error.places[1] and 'no file that has it is open: jump to one with <CR>, and ask again'
        or 'nothing reports this error now'
      vim.notify('dejafix: ' .. text, vim.log.levels.INFO)
    end)
  end },
  { 'w', 'why: where the repair comes from', function()
    with_repair(function(repair, _, c)
      require('dejafix.commands').why(repair.pattern, c)
    end)
  end },
  { 'n', 'never suggest the repair again', function()
    with_repair(function(repair, _, c)
      execute(c, 'dejafix.never', repair.pattern, M.refresh)
    end)
  end },
  { 'f', 'forget the repair: delete it, with what it was learned from', function()
    with_repair(function(repair, _, c)
      require('dejafix.commands').forget(repair.pattern, repair.title, c, M.refresh)
    end)
  end },
  { 'R', 'read the list anew', function()
    M.refresh()
  end },
  { 'q', 'close', function()
    vim.cmd.close()
  end },
}

keys[#keys + 1] = { 'g?', 'show these keys', function()
  local lines = {}
  for _, key in ipairs(keys) do
    lines[#lines + 1] = ('%-5s %s'):format(key[1], key[2])
  end
  vim.lsp.util.open_floating_preview(lines, '', { border = 'rounded', focus_id = 'dejafix' })
end }

--- @param bufnr integer
--- @param lines string[]
--- @param marks table[]
local function draw(bufnr, lines, marks)
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable = false
  vim.api.nvim_buf_clear_namespace(bufnr, ns, 0, -1)
  for _, m in ipairs(marks) do
    vim.api.nvim_buf_set_extmark(bufnr, ns, m[1], m[2], { end_col = m[3], hl_group = m[4] })
  end
end

--- Asks the server anew and draws what it says.
function M.refresh()
  local v = view
  local c = v and vim.lsp.get_client_by_id(v.client_id)
  if not v or not c then
    return
  end
  dejafix.request('dejafix/recurring', vim.empty_dict(), function(result)
    if view ~= v or not vim.api.nvim_buf_is_valid(v.bufnr) then
      return
    end
    local lines, rows, marks = render(result.errors, c.config.root_dir)
    v.rows = rows
    draw(v.bufnr, lines, marks)
  end, c)
end

--- The server says that the list may differ.
--- @param client_id integer
function M.changed(client_id)
  if view and view.client_id == client_id and #vim.fn.win_findbuf(view.bufnr) > 0 then
    M.refresh()
  end
end

--- Opens the list of the current buffer's workspace.
function M.open()
  local c = require('dejafix.client').clients(0)[1] or require('dejafix.client').clients()[1]
  if not c then
    vim.notify('dejafix is not running: open a file of the workspace; :checkhealth dejafix says why', vim.log.levels.WARN)
    return
  end
  if view and vim.api.nvim_buf_is_valid(view.bufnr) then
    view.client_id = c.id
    local window = vim.fn.win_findbuf(view.bufnr)[1]
    if window then
      vim.api.nvim_set_current_win(window)
    else
      vim.cmd('botright split')
      vim.api.nvim_win_set_buf(0, view.bufnr)
    end
    return M.refresh()
  end
  vim.cmd('botright new')
  local bufnr = vim.api.nvim_get_current_buf()
  vim.api.nvim_buf_set_name(bufnr, 'dejafix://recurring')
  vim.bo[bufnr].buftype, vim.bo[bufnr].bufhidden, vim.bo[bufnr].swapfile = 'nofile', 'hide', false
  vim.bo[bufnr].filetype = 'dejafix'
  vim.wo.wrap, vim.wo.number, vim.wo.relativenumber, vim.wo.cursorline = false, false, false, true
  vim.wo.list, vim.wo.signcolumn = false, 'no'
  for _, key in ipairs(keys) do
    vim.keymap.set('n', key[1], key[3], { buffer = bufnr, nowait = true, desc = 'dejafix: ' .. key[2] })
  end
  view = { bufnr = bufnr, client_id = c.id, rows = {} }
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = bufnr,
    once = true,
    callback = function()
      view = nil
    end,
  })
  M.refresh()
end

return M
