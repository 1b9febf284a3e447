package profiles_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// The nested module proof tries the schema with a validator. Here it is compared with Go.

// schema is the part of JSON Schema that the profile's schema is written in.
type schema struct {
	Schema               string            `json:"$schema"`
	Type                 string            `json:"type"`
	Ref                  string            `json:"$ref"`
	Properties           map[string]schema `json:"properties"`
	AdditionalProperties any               `json:"additionalProperties"`
	Enum                 []string          `json:"enum"`
	Pattern              string            `json:"pattern"`
	Defs                 map[string]schema `json:"$defs"`
}

func readSchema(t *testing.T) schema {
	t.Helper()
	data, err := os.ReadFile("../../profile.schema.json")
	require.NoError(t, err)
	var s schema
	require.NoError(t, json.Unmarshal(data, &s))
	require.Equal(t, "https://json-schema.org/draft/2020-12/schema", s.Schema)
	return s
}

// jsonNames are the names of a struct's fields in JSON.
func jsonNames(structure reflect.Type) (names []string) {
	for i := range structure.NumField() {
		name, _, _ := strings.Cut(structure.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestTheSchemaHasTheMembersOfAProfileAndNoOthers(t *testing.T) {
	var compare func(place string, s schema, structure reflect.Type)
	compare = func(place string, s schema, structure reflect.Type) {
		require.Equal(t, jsonNames(structure), slices.Sorted(maps.Keys(s.Properties)), place)
		require.Equal(t, false, s.AdditionalProperties, place)
		require.Equal(t, "object", s.Type, place)
		for i := range structure.NumField() {
			field := structure.Field(i)
			if field.Type.Kind() == reflect.Struct {
				name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
				compare(name, s.Properties[name], field.Type)
			}
		}
	}
	compare("profile", readSchema(t), reflect.TypeFor[coreapi.Profile]())
}

func TestTheSchemaHasTheSignaturesWords(t *testing.T) {
	words := readSchema(t).Properties["signature"].Properties
	for member, want := range map[string][]string{
		"padding":  {string(coreapi.PKCS1v15), string(coreapi.PSS)},
		"encoding": {string(coreapi.Base64), string(coreapi.Base64URL), string(coreapi.Hex)},
		"endpoint": {string(coreapi.EndpointRelative), string(coreapi.EndpointFull)},
		"noBody":   {string(coreapi.NoBodyObject), string(coreapi.NoBodyOmit), string(coreapi.NoBodyNull), string(coreapi.NoBodyEmpty)},
		"style":    {string(coreapi.StyleJavaScript), string(coreapi.StyleGo)},
	} {
		require.Equal(t, want, words[member].Enum, member)
		for _, word := range want {
			file, err := json.Marshal(map[string]any{"signature": map[string]string{member: word}})
			require.NoError(t, err)
			parseProfile(t, file)
		}
	}
}

// everyName is each name that stands in any template.
var everyName = strings.Fields("email whatsapp account password reqToken deviceId name model platform osVersion appVersion pushToken " +
	"id status state userToken userId failureCode failureMessage url result elsewhere")

func TestTheSchemaKnowsTheNamesThatEachTemplateMayHold(t *testing.T) {
	s := readSchema(t)
	pattern := func(member schema) *regexp.Regexp {
		text := member.Pattern
		if name, ok := strings.CutPrefix(member.Ref, "#/$defs/"); ok {
			text = s.Defs[name].Pattern
		}
		return regexp.MustCompile(text)
	}
	tried := 0
	for route, members := range s.Properties {
		if members.Properties["path"].Pattern == "" {
			continue
		}
		for _, member := range []string{"path", "body", "result"} {
			for _, name := range everyName {
				text, template := "{"+name+"}", `{"a":"{`+name+`}"}`
				if member == "path" {
					text = "/" + text
					template = `"` + text + `"`
				}
				_, err := coreapi.ParseProfile(fmt.Appendf(nil, `{%q:{"method":"PUT",%q:%s}}`, route, member, template))
				known := err == nil || !strings.Contains(err.Error(), "unknown name {"+name+"}")
				require.Equal(t, known, pattern(members.Properties[member]).MatchString(text), "%s.%s: %s: %v", route, member, name, err)
				tried++
			}
		}
	}
	require.Equal(t, 6*3*len(everyName), tried)
	require.True(t, pattern(s.Properties["envelope"]).MatchString("{result}"))
	require.False(t, pattern(s.Properties["envelope"]).MatchString("{results}"))
}
