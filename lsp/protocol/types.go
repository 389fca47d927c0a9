package protocol

import (
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// The types of LSP that the server reads and writes. A URI is in the canonical
// form that VS Code uses: whatever form a client writes, one document has one.
//
//nolint:revive // one sentence for all of them; the specification has the others
type (
	URI           = uri.URI
	Position      = protocol.Position
	Range         = protocol.Range
	TextEdit      = protocol.TextEdit
	WorkspaceEdit = protocol.WorkspaceEdit
	Diagnostic    = protocol.Diagnostic

	PublishDiagnosticsParams     = protocol.PublishDiagnosticsParams
	DiagnosticRelatedInformation = protocol.DiagnosticRelatedInformation
	Location                     = protocol.Location

	Command = protocol.Command
	Any     = protocol.LSPAny
	String  = protocol.String
	Integer = protocol.Integer
	Boolean = protocol.Boolean

	TextDocumentEdit                        = protocol.TextDocumentEdit
	AnnotatedTextEdit                       = protocol.AnnotatedTextEdit
	ChangeAnnotation                        = protocol.ChangeAnnotation
	ChangeAnnotationIdentifier              = protocol.ChangeAnnotationIdentifier
	DocumentChange                          = protocol.DocumentChange
	OptionalVersionedTextDocumentIdentifier = protocol.OptionalVersionedTextDocumentIdentifier

	InitializeParams       = protocol.InitializeParams
	InitializeResult       = protocol.InitializeResult
	ServerCapabilities     = protocol.ServerCapabilities
	ServerInfo             = protocol.ServerInfo
	PositionEncodingKind   = protocol.PositionEncodingKind
	RegistrationParams     = protocol.RegistrationParams
	Registration           = protocol.Registration
	TextDocumentIdentifier = protocol.TextDocumentIdentifier

	DidOpenParams           = protocol.DidOpenTextDocumentParams
	DidChangeParams         = protocol.DidChangeTextDocumentParams
	DidSaveParams           = protocol.DidSaveTextDocumentParams
	DidCloseParams          = protocol.DidCloseTextDocumentParams
	ContentChange           = protocol.TextDocumentContentChangeEvent
	ContentChangePartial    = protocol.TextDocumentContentChangePartial
	ContentChangeWhole      = protocol.TextDocumentContentChangeWholeDocument
	DidChangeWatchedParams  = protocol.DidChangeWatchedFilesParams
	DidChangeFoldersParams  = protocol.DidChangeWorkspaceFoldersParams
	DidChangeSettingsParams = protocol.DidChangeConfigurationParams
	ConfigurationParams     = protocol.ConfigurationParams
	ConfigurationItem       = protocol.ConfigurationItem

	TextDocumentSyncOptions                  = protocol.TextDocumentSyncOptions
	TextDocumentSyncKind                     = protocol.TextDocumentSyncKind
	SaveOptions                              = protocol.SaveOptions
	CodeActionOptions                        = protocol.CodeActionOptions
	CodeActionDisabled                       = protocol.CodeActionDisabled
	ExecuteCommandOptions                    = protocol.ExecuteCommandOptions
	WorkspaceOptions                         = protocol.WorkspaceOptions
	WorkspaceFoldersServerCapabilities       = protocol.WorkspaceFoldersServerCapabilities
	DidChangeWatchedFilesRegistrationOptions = protocol.DidChangeWatchedFilesRegistrationOptions
	FileSystemWatcher                        = protocol.FileSystemWatcher
	Pattern                                  = protocol.Pattern
	MarkupKind                               = protocol.MarkupKind

	CodeActionParams     = protocol.CodeActionParams
	CodeAction           = protocol.CodeAction
	CodeActionKind       = protocol.CodeActionKind
	HoverParams          = protocol.HoverParams
	Hover                = protocol.Hover
	MarkupContent        = protocol.MarkupContent
	ExecuteCommandParams = protocol.ExecuteCommandParams

	ShowMessageParams        = protocol.ShowMessageParams
	ShowMessageRequestParams = protocol.ShowMessageRequestParams
	MessageActionItem        = protocol.MessageActionItem
	MessageType              = protocol.MessageType
	ApplyEditParams          = protocol.ApplyWorkspaceEditParams
	ShowDocumentParams       = protocol.ShowDocumentParams
	ApplyEditResult          = protocol.ApplyWorkspaceEditResult
)

// Optional is v for a property that may be absent.
func Optional[T any](v T) protocol.Optional[T] { return protocol.NewOptional(v) }

// The methods of LSP that the server knows.
const (
	MethodInitialize        = "initialize"
	MethodInitialized       = "initialized"
	MethodShutdown          = "shutdown"
	MethodExit              = "exit"
	MethodCancel            = "$/cancelRequest"
	MethodDidOpen           = "textDocument/didOpen"
	MethodDidChange         = "textDocument/didChange"
	MethodDidSave           = "textDocument/didSave"
	MethodDidClose          = "textDocument/didClose"
	MethodCodeAction        = "textDocument/codeAction"
	MethodResolve           = "codeAction/resolve"
	MethodHover             = "textDocument/hover"
	MethodExecuteCommand    = "workspace/executeCommand"
	MethodDidChangeWatched  = "workspace/didChangeWatchedFiles"
	MethodDidChangeFolders  = "workspace/didChangeWorkspaceFolders"
	MethodDidChangeSettings = "workspace/didChangeConfiguration"

	// From the server to the client.
	MethodRegister           = "client/registerCapability"
	MethodConfiguration      = "workspace/configuration"
	MethodApplyEdit          = "workspace/applyEdit"
	MethodShowDocument       = "window/showDocument"
	MethodPublish            = "textDocument/publishDiagnostics"
	MethodShowMessage        = "window/showMessage"
	MethodShowMessageRequest = "window/showMessageRequest"
)

// The code action kinds of the server. FixAll is offered only to who asks for
// exactly that kind, never for its parents: people run those on save.
const (
	KindQuickFix CodeActionKind = "quickfix"
	KindFixAll   CodeActionKind = "source.fixAll.dejafix"
)

// FileURI is the URI of an absolute file name.
func FileURI(path string) URI { return uri.File(path) }
