package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dejafix/dejafix/lsp"
)

const vscode = "editors/vscode/"

// vscodeOwn are the settings of the VS Code extension itself, which the server
// does not have.
var vscodeOwn = map[string]any{
	"dejafix.path": map[string]any{
		"type": "string", "default": "", "scope": "machine",
		"markdownDescription": "The program dejafix, with its whole path. Empty: it is looked for in `PATH`, then in the extension. A workspace cannot set it.",
	},
	"dejafix.trace.server": map[string]any{
		"type": "string", "default": "off", "scope": "machine", "enum": []any{"off", "messages", "verbose"},
		"markdownDescription": "Write what the editor and the server tell each other into the log, which then holds text of your files. For reports.",
	},
}

// vscodeNot are settings of the server that VS Code decides in another way:
// there, Workspace Trust says whether commands of a workspace may run.
var vscodeNot = []string{"dejafix.trusted"}

// vscodeSettings is "contributes.configuration" of the extension.
func vscodeSettings(t *testing.T) []byte {
	t.Helper()
	var schema struct {
		Title      string         `json:"title"`
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal([]byte(lsp.SettingsSchema()), &schema); err != nil {
		t.Fatal(err)
	}
	schema.Title = "Dejafix"
	for _, name := range vscodeNot {
		if _, ok := schema.Properties[name]; !ok {
			t.Errorf("there is no setting %s any more", name)
		}
		delete(schema.Properties, name)
	}
	maps.Copy(schema.Properties, vscodeOwn)
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("    ", "  ")
	if err := encoder.Encode(schema); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(b.Bytes())
}

// value finds the bytes of the value at a path of names in a JSON object.
func value(b []byte, names ...string) (start, end int, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	for _, name := range names {
		if _, err := d.Token(); err != nil { // {
			return 0, 0, err
		}
		for {
			if !d.More() {
				return 0, 0, errors.New("no " + name)
			}
			key, err := d.Token()
			if err != nil {
				return 0, 0, err
			}
			if key == name {
				break
			}
			var skip json.RawMessage
			if err := d.Decode(&skip); err != nil {
				return 0, 0, err
			}
		}
	}
	var v json.RawMessage
	if err := d.Decode(&v); err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, err
	}
	end = int(d.InputOffset())
	return end - len(v), end, nil
}

// TestSettingsInVSCode: the settings of the VS Code extension are those of
// lsp.Settings, and its own few.
func TestSettingsInVSCode(t *testing.T) {
	const name = vscode + "package.json"
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	start, end, err := value(b, "contributes", "configuration")
	if err != nil {
		t.Fatal(err)
	}
	want := vscodeSettings(t)
	if *update {
		if err := os.WriteFile(name, bytes.Join([][]byte{b[:start], want, b[end:]}, nil), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(b[start:end])); diff != "" {
		t.Errorf("%s differs from lsp.Settings; make generate writes it (-settings +file):\n%s", name, diff)
	}
}

// TestVSCodeStableAPI: code-server lets an extension use proposed API, where
// Microsoft's build throws. So it declares none, is compiled against the types
// of the oldest VS Code that it permits, and starts where files are.
func TestVSCodeStableAPI(t *testing.T) {
	b, err := os.ReadFile(vscode + "package.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest map[string]any
	if err := json.Unmarshal(b, &manifest); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"enabledApiProposals", "enableProposedApi"} {
		if _, ok := manifest[name]; ok {
			t.Errorf("package.json has %s", name)
		}
	}
	types := manifest["devDependencies"].(map[string]any)["@types/vscode"].(string)
	if engine := manifest["engines"].(map[string]any)["vscode"]; engine != "^"+types {
		t.Errorf("engines.vscode is %v, and the types are those of %s", engine, types)
	}
	if diff := cmp.Diff([]any{"workspace"}, manifest["extensionKind"]); diff != "" {
		t.Errorf("extensionKind (-want +got):\n%s", diff)
	}
	properties := manifest["contributes"].(map[string]any)["configuration"].(map[string]any)["properties"].(map[string]any)
	if scope := properties["dejafix.path"].(map[string]any)["scope"]; scope != "machine" {
		t.Errorf("dejafix.path has the scope %v: a workspace would say what is run", scope)
	}
	if _, ok := manifest["dependencies"]; ok {
		t.Error("package.json has dependencies; everything is bundled, so they are devDependencies")
	}
}

// TestVSCodeLock: the lock file holds digests, and no machine's registry.
func TestVSCodeLock(t *testing.T) {
	b, err := os.ReadFile(vscode + "package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, no := range []string{`"resolved"`, "http://", "https://registry"} {
		if strings.Contains(string(b), no) {
			t.Errorf("package-lock.json has %s; npm config set omit-lockfile-registry-resolved true", no)
		}
	}
	if !strings.Contains(string(b), `"integrity"`) {
		t.Error("package-lock.json has no digests")
	}
}
