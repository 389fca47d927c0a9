---@meta
--- Generated from lsp.Settings by `make generate`.

---@class dejafix.Settings
---@field enable? boolean Learn from repairs and offer them. A workspace may switch it off for itself. Default: `true`.
---@field learn? boolean Learn new repairs. When off, what was learned before is still offered. Default: `true`.
---@field hover? boolean Show learned repairs in hovers, where the editor merges the hovers of several servers. Default: `true`.
---@field minProbability? number The least probability, from 0 to 1, of a repair that is offered unasked; 0 means the built-in policy. Below 0.57, what no checker confirmed stays silent all the same: it may cost more than it helps. A workspace may only raise it. Default: `0`.
---@field exclude? string[] Files that are never looked at, as patterns of .gitignore. A workspace may only add to them. Default: `[]`.
---@field trusted? boolean Let commands that belong to the workspace, such as its checkers, run. Nothing runs without it. Default: `false`.
