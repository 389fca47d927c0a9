-- For vim.lsp.config and vim.lsp.enable (Neovim 0.11 and newer). The plugin
-- enables it; what vim.lsp.config('dejafix', …) adds goes before what is here.
return require('dejafix.client').lsp_config()
