---@meta
--- What travels between this plugin and the server, beside the settings
--- (settings.lua). The names are those of the protocol.

---@class dejafix.Place
---@field uri string
---@field range lsp.Range

---@class dejafix.RecurringRepair
---@field pattern string "p_…"
---@field title string
---@field held integer
---@field of integer
---@field never boolean it is never to be suggested

---@class dejafix.RecurringError
---@field id string
---@field language string
---@field source string
---@field code? string
---@field message string
---@field times integer how often it came: repaired, and there now
---@field repaired integer how often it was repaired
---@field last string when it was repaired last, as in RFC 3339
---@field places dejafix.Place[] where it is reported now, twenty at most
---@field repairs dejafix.RecurringRepair[] how it was repaired, most often first

---@class dejafix.Output
---@field kind 'terminal'|'task'|'test'|'debugConsole'|'paste'
---@field command? string
---@field cwd? string
---@field exitCode? integer
---@field text string

---@class dejafix.Local
---@field type string
---@field null? boolean

---@class dejafix.Frame
---@field name string
---@field file? string
---@field line? integer from 1
---@field column? integer from 1
---@field locals? table<string, dejafix.Local>

---@class dejafix.Exception
---@field language? string
---@field type string
---@field message string
---@field frames dejafix.Frame[] most recent call first
