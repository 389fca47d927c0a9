package protocol

import (
	"encoding/json"
	"fmt"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// Codec reads and writes params and results with go.lsp.dev/protocol, whose
// unions encoding/json cannot decode, and passes raw messages through.
type Codec struct{}

var _ jsonrpc2.Codec = Codec{}

// Marshal returns the JSON of v.
func (Codec) Marshal(v any) ([]byte, error) {
	switch m := v.(type) {
	case jsonrpc2.RawMessage:
		return orNull(m), nil
	case json.RawMessage:
		return orNull(m), nil
	}
	return protocol.Marshal(v)
}

func orNull(m []byte) []byte {
	if m == nil {
		return []byte("null")
	}
	return m
}

// Unmarshal reads data into v; a raw message gets a copy.
func (Codec) Unmarshal(data []byte, v any) error {
	switch p := v.(type) {
	case *jsonrpc2.RawMessage:
		*p = append(jsonrpc2.RawMessage{}, data...)
		return nil
	case *json.RawMessage:
		*p = append(json.RawMessage{}, data...)
		return nil
	}
	return protocol.Unmarshal(data, v)
}

// Marshal returns the JSON of v, which may hold types of LSP.
func Marshal(v any) ([]byte, error) { return protocol.Marshal(v) }

// Unmarshal reads JSON that may hold types of LSP. Strings in v alias one copy
// of data: clone what is small before keeping it.
func Unmarshal(data []byte, v any) error { return protocol.Unmarshal(data, v) }

// Decode reads the params of a message. Absent params are an error that the
// sender can understand, as are those of another type.
func Decode[T any](method string, params []byte) (T, error) {
	var v T
	if len(params) == 0 {
		return v, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s: params are missing", method)
	}
	if err := protocol.Unmarshal(params, &v); err != nil {
		return v, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s: %v", method, err)
	}
	return v, nil
}

// CancelID reads the id of a $/cancelRequest. Ids of JSON-RPC are numbers or
// strings and 1 is not "1"; go.lsp.dev/protocol's own reads 32 bits only.
func CancelID(params []byte) (jsonrpc2.ID, error) {
	var p struct {
		ID json.RawMessage `json:"id"`
	}
	if err := json.Unmarshal(params, &p); err != nil {
		return jsonrpc2.ID{}, err
	}
	var n int64
	if err := json.Unmarshal(p.ID, &n); err == nil && string(p.ID) != "null" {
		return jsonrpc2.NewNumberID(n), nil
	}
	var s *string
	if err := json.Unmarshal(p.ID, &s); err == nil && s != nil {
		return jsonrpc2.NewStringID(*s), nil
	}
	return jsonrpc2.ID{}, fmt.Errorf("id is neither a number nor a string: %.40s", p.ID)
}
