--- Sends what a command printed to the server of its folder.
local M = {}

--- The longest text of one notification, and of all for one command, in bytes:
--- the server takes no longer chunk and keeps no more (lsp/output.go).
local max_chunk, max_text = 64 * 1024, 1024 * 1024

local count = 0

--- The end of text that begins at or before limit bytes and splits no character.
--- @param text string
--- @param from integer
--- @return integer last
local function cut(text, from)
  local last = math.min(from + max_chunk - 1, #text)
  -- Back over the bytes that go on a character, if one is cut.
  while last < #text and last > from and text:byte(last + 1) >= 0x80 and text:byte(last + 1) < 0xC0 do
    last = last - 1
  end
  return last
end

--- @param output dejafix.Output
--- @return boolean sent false where no server is there for it
function M.send(output)
  local client = require('dejafix.client')
  local ours = client.client_at(output.cwd)
  if not ours then
    local all = client.clients()
    ours = #all == 1 and all[1] or nil
  end
  if not ours then
    return false
  end
  local text = output.text
  if #text > max_text then
    text = text:sub(-max_text):gsub('^[\128-\191]+', '')
  end
  count = count + 1
  local id, seq, from = ('nvim-%d-%d'):format(vim.fn.getpid(), count), 0, 1
  repeat
    local last = cut(text, from)
    local final = last >= #text
    client.notify(ours, 'dejafix/output', {
      id = id,
      seq = seq,
      final = final,
      kind = output.kind,
      command = output.command,
      cwd = output.cwd,
      exitCode = final and output.exitCode or nil,
      text = text:sub(from, last),
    })
    seq, from = seq + 1, last + 1
  until final
  return true
end

return M
