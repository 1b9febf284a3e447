package main

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestCodesTable(t *testing.T) {
	got := runWith(t, "", "codes")
	require.Equal(t, exitOK, got.code)
	require.Empty(t, got.err)
	lines := strings.Split(strings.TrimSuffix(got.out, "\n"), "\n")
	require.Len(t, lines, 1+len(coreapi.Catalogue()))
	for i, info := range coreapi.Catalogue() {
		line := lines[i+1]
		assert.Equal(t, string(info.Code), strings.Fields(line)[0], "in the reference's order")
		assert.Contains(t, line, info.Action.String())
		assert.Contains(t, line, info.Meaning)
	}
}

func TestCodesJSON(t *testing.T) {
	got := runWith(t, "", "codes", "-json")
	require.Equal(t, exitOK, got.code)
	var rows []map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.out), &rows))
	require.Len(t, rows, len(coreapi.Catalogue()))
	for i, info := range coreapi.Catalogue() {
		assert.Equal(t, map[string]any{
			"code": string(info.Code), "group": info.Group, "meaning": info.Meaning,
			"advice": info.Advice, "action": info.Action.String(), "retryable": info.Retryable,
		}, rows[i])
	}
}

func TestCodesJSONIsOfTheSchema(t *testing.T) {
	text, err := os.ReadFile("codes.schema.json")
	require.NoError(t, err)
	var schema schemaOf
	require.NoError(t, json.Unmarshal(text, &schema))
	got := runWith(t, "", "codes", "-json")
	var rows any
	require.NoError(t, json.Unmarshal([]byte(got.out), &rows))
	schema.requireFits(t, "codes", rows)

	groups, actions := map[string]bool{}, map[string]bool{}
	for _, info := range coreapi.Catalogue() {
		groups[info.Group], actions[info.Action.String()] = true, true
	}
	properties := schema.Items.Properties
	assert.ElementsMatch(t, slices.Collect(maps.Keys(groups)), properties["group"].Enum, "the schema's words are the catalogue's")
	assert.ElementsMatch(t, slices.Collect(maps.Keys(actions)), properties["action"].Enum, "the schema's words are the catalogue's")
}
