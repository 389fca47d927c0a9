package lsp

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWorkspaceFileHasEachNarrowSetting holds dejafix.toml to Settings: every
// setting of scope "narrow", and none of the user's.
func TestWorkspaceFileHasEachNarrowSetting(t *testing.T) {
	var want, got []string
	for _, r := range SettingRows() {
		switch r.Scope {
		case "narrow":
			want = append(want, r.Name)
		case "user":
			if !slices.Contains(reserved, r.Name) {
				t.Errorf("%s is the user's, and dejafix.toml does not say so", r.Name)
			}
		default:
			t.Errorf("%s has scope %q", r.Name, r.Scope)
		}
		if r.Doc == "" || !strings.HasSuffix(r.Doc, ".") {
			t.Errorf("%s is described by %q", r.Name, r.Doc)
		}
	}
	w := reflect.TypeFor[workspaceFile]()
	for field := range w.Fields() {
		got = append(got, field.Tag.Get("toml"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dejafix.toml (-want +got):\n%s", diff)
	}
}

func TestNarrowed(t *testing.T) {
	on, off := true, false
	low, high := 0.2, 0.95
	user := DefaultSettings()
	user.MinProbability, user.Exclude = 0.5, []string{"a"}
	tests := []struct {
		name string
		user Settings
		file workspaceFile
		want Settings
	}{
		{"nothing", user, workspaceFile{}, user},
		{"off", user, workspaceFile{Enable: &off, Learn: &off, OfferHistory: &off, Hover: &off}, Settings{MinProbability: 0.5, Exclude: []string{"a"}, Reports: user.Reports, PrivateServers: true, Tools: user.Tools}},
		{"on does not widen", Settings{}, workspaceFile{Enable: &on, Learn: &on, Hover: &on}, Settings{}},
		{"raise", Settings{MinProbability: 0.5}, workspaceFile{MinProbability: &high}, Settings{MinProbability: 0.95}},
		{"lower does not widen", Settings{MinProbability: 0.5}, workspaceFile{MinProbability: &low}, Settings{MinProbability: 0.5}},
		{"exclude more", Settings{Exclude: []string{"a"}, Trusted: true}, workspaceFile{Exclude: []string{"!a", "b"}}, Settings{Exclude: []string{"!a", "b", "a"}, Trusted: true}},
	}
	for _, tt := range tests {
		got := tt.user.narrowed(tt.file)
		if len(got.Exclude) == 0 {
			got.Exclude = nil
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestOverlay(t *testing.T) {
	tests := []struct {
		name, json string
		want       func(*Settings)
		doubts     []string // parts of each
	}{
		{"nothing", ``, nil, nil},
		{"null", `null`, nil, nil},
		{"flat", `{"learn":false,"minProbability":0.9}`, func(s *Settings) { s.Learn, s.MinProbability = false, 0.9 }, nil},
		{"in a section", `{"dejafix":{"hover":false,"exclude":["x"]}}`, func(s *Settings) { s.Hover, s.Exclude = false, []string{"x"} }, nil},
		{"null is default", `{"enable":null}`, nil, nil},
		{"unknown", `{"learnt":false,"hover":false}`, func(s *Settings) { s.Hover = false }, []string{`no setting "learnt"`}},
		{"bad types", `{"learn":"no","minProbability":7,"exclude":"x","hover":false}`, func(s *Settings) { s.Hover = false },
			[]string{`"exclude" must be a string[], not "x"`, `"learn" must be a boolean, not "no"`, `"minProbability" must be from 0 to 1, not 7`}},
		{"not an object", `"x"`, nil, []string{"not an object"}},
		{"Lua's empty table", `[]`, nil, nil},
		{"tools", `{"tools":{"node":"/opt/node"},"privateServers":false}`, func(s *Settings) {
			s.Tools, s.PrivateServers = map[string]string{"node": "/opt/node"}, false
		}, nil},
		{"no tools, from Lua", `{"tools":[]}`, nil, nil},
		{"unusable tools", `{"tools":{"node":"bin/node","gcc":"/usr/bin/gcc","ruff":"/opt/ruff"}}`, func(s *Settings) { s.Tools = map[string]string{"ruff": "/opt/ruff"} },
			[]string{`"tools" names no checker "gcc"; there are: `, `"tools" must be an absolute path for "node", not "bin/node"`}},
		{"a list", `[1]`, nil, []string{"not an object"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, want := DefaultSettings(), DefaultSettings()
			if tt.want != nil {
				tt.want(&want)
			}
			doubts := got.overlay([]byte(tt.json))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			if len(doubts) != len(tt.doubts) {
				t.Fatalf("doubts %q, want %q", doubts, tt.doubts)
			}
			for i, want := range tt.doubts {
				if !strings.Contains(doubts[i], want) {
					t.Errorf("doubt %q lacks %q", doubts[i], want)
				}
			}
		})
	}
}

func TestWorkspaceFileErrors(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string // parts of the error; none for a good file
		holds      bool     // something of a bad file holds all the same
	}{
		{"good", "enable = true\nminProbability = 0.9\nexclude = [\"a\"]\n", nil, false},
		{"empty", "", nil, false},
		{"with a byte order mark", "\ufeffenable = true\r\n", nil, false},
		{"unknown", "enable = true\nlern = false\n", []string{"2| lern = false", "unknown field"}, true},
		{"the user's", "trusted = true\n", []string{"1| trusted = true", "trusted is the user's alone: set it in the editor"}, false},
		{"the user's, later", "[telemetry]\nendpoint = \"x\"\n", []string{"telemetry", "the user's alone"}, false},
		{"bad type", "learn = \"no\"\n", []string{"1| learn = \"no\"", "learn must be a boolean"}, false},
		{"bad syntax", "learn = \n", []string{"1| learn ="}, false},
		{"out of range", "minProbability = 2.0\n", []string{"from 0 to 1"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, err := parseWorkspaceFile([]byte(tt.text))
			if (err == nil) != (tt.want == nil) {
				t.Fatalf("error %v", err)
			}
			if err != nil && reflect.DeepEqual(w, workspaceFile{}) == tt.holds {
				t.Errorf("of a bad file this holds: %+v", w)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error lacks %q:\n%v", want, err)
				}
			}
		})
	}
	if _, err := readWorkspaceFile(filepath.Join(t.TempDir(), "none")); err != nil {
		t.Errorf("an absent file: %v", err)
	}
}

// TestGenerated holds that the generators name every setting with its default.
func TestGenerated(t *testing.T) {
	table, schema, lua := SettingsTable(), SettingsSchema(), SettingsLua()
	for _, r := range SettingRows() {
		for name, part := range map[string]string{
			table:  "| `" + r.Name + "` | " + r.Type + " | `" + mustJSON(r.Default) + "` |",
			schema: "\"dejafix." + r.Name + "\": {",
			lua:    "---@field " + r.Name + "? " + r.Type + " " + r.Doc,
		} {
			if !strings.Contains(name, part) {
				t.Errorf("%q is not in:\n%s", part, name)
			}
		}
	}
	if !strings.Contains(schema, `"scope": "machine"`) {
		t.Errorf("nothing is the user's alone in:\n%s", schema)
	}
}
