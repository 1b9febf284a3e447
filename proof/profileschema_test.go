package proof

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// profileSchema is the repository's, as a well-known validator compiles it.
func profileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	schema, err := compiler.Compile("../profile.schema.json")
	require.NoError(t, err)
	return schema
}

// exampleProfiles are the files under examples, by name.
func exampleProfiles(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob("../examples/profiles/*.json")
	require.NoError(t, err)
	require.Len(t, files, 8)
	profiles := map[string]map[string]any{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var profile map[string]any
		require.NoError(t, json.Unmarshal(data, &profile))
		profiles[filepath.Base(file)] = profile
	}
	return profiles
}

// mutant is a profile with one fault of form.
type mutant struct {
	about   string
	profile map[string]any
}

// mutants has a fault at each place of a profile's file where one fits, one at a time.
func mutants(t *testing.T, profile map[string]any) (all []mutant) {
	t.Helper()
	// add makes a copy, and lets edit change the object at a place of it.
	add := func(about string, place []string, edit func(object map[string]any)) {
		text, err := json.Marshal(profile)
		require.NoError(t, err)
		var mutated map[string]any
		require.NoError(t, json.Unmarshal(text, &mutated))
		object := mutated
		for _, step := range place {
			object = object[step].(map[string]any)
		}
		edit(object)
		all = append(all, mutant{strings.Join(append(place, about), "."), mutated})
	}
	misspell := func(place []string, name string) {
		add(name+" misspelt", place, func(object map[string]any) {
			object["zz"+name] = object[name]
			delete(object, name)
		})
	}
	replace := func(place []string, name string, value any) {
		text, err := json.Marshal(value)
		require.NoError(t, err)
		add(name+" is "+string(text), place, func(object map[string]any) { object[name] = value })
	}
	for name, value := range profile {
		misspell(nil, name)
		switch name {
		case "$schema", "$comment", "version":
			replace(nil, name, 1)
		case "envelope":
			eachMisspelt(value, func(mutated any) { replace(nil, name, mutated) })
		case "states":
			for word := range value.(map[string]any) {
				replace([]string{name}, word, "done")
			}
		default:
			replace(nil, name, []any{})
			for member, inner := range value.(map[string]any) {
				place := []string{name}
				misspell(place, member)
				switch {
				case name == "signature":
					replace(place, member, "zz")
				case member == "method":
					replace(place, member, strings.ToLower(inner.(string)))
				default:
					eachMisspelt(inner, func(mutated any) { replace(place, member, mutated) })
				}
				if member == "path" {
					replace(place, member, strings.TrimPrefix(inner.(string), "/"))
				}
				if member == "body" {
					replace(place, member, "text")
				}
			}
		}
	}
	return all
}

var aName = regexp.MustCompile(`\{[a-zA-Z]`)

// eachMisspelt calls f with the value with each of its names misspelt, one at a time.
func eachMisspelt(value any, f func(any)) {
	switch v := value.(type) {
	case string:
		if aName.MatchString(v) {
			f(strings.Replace(v, "{", "{zz", 1))
		}
	case []any:
		for i := range v {
			eachMisspelt(v[i], func(mutated any) {
				list := slices.Clone(v)
				list[i] = mutated
				f(list)
			})
		}
	case map[string]any:
		for name := range v {
			eachMisspelt(v[name], func(mutated any) {
				object := maps.Clone(v)
				object[name] = mutated
				f(object)
			})
		}
	}
}

func TestTheProfilesSchemaAcceptsEachExample(t *testing.T) {
	schema := profileSchema(t)
	for name, profile := range exampleProfiles(t) {
		require.NoError(t, schema.Validate(profile), name)
	}
	require.NoError(t, schema.Validate(map[string]any{}))
}

func TestTheProfilesSchemaRefusesEachFaultOfFormAsTheSDKDoes(t *testing.T) {
	schema := profileSchema(t)
	tried := 0
	for name, profile := range exampleProfiles(t) {
		for _, m := range mutants(t, profile) {
			require.Error(t, schema.Validate(m.profile), "%s: %s", name, m.about)
			text, err := json.Marshal(m.profile)
			require.NoError(t, err)
			_, err = coreapi.ParseProfile(text)
			require.ErrorIs(t, err, coreapi.ErrInvalidArgument, "%s: %s", name, m.about)
			tried++
		}
	}
	t.Logf("%d faults of form", tried)
	require.Greater(t, tried, 400)
}
