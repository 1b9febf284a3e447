package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestProfileFile(t *testing.T) {
	profile, err := loadProfile(textFile(t, "\xEF\xBB\xBF"+`{
		"$schema": "profile.schema.json", "version": "2.0", "states": {"ok": "succeeded"}, "login": {"path": "/x"},
		"signature": {"padding": "pss", "encoding": "hex", "endpoint": "full", "noBody": "\"\"", "style": "go", "sortKeys": true}
	}`))
	require.NoError(t, err)
	want := coreapi.DefaultProfile()
	want.Version = "2.0"
	want.Signature = coreapi.Signature{Padding: "pss", Encoding: "hex", Endpoint: "full", NoBody: `""`, Style: "go", SortKeys: true}
	assert.Equal(t, want, profile, "the other members are passed over")
}

func TestProfileFileWithoutAWordIsTheDefault(t *testing.T) {
	for _, text := range []string{`{}`, `{"signature": {}}`, `{"routes": []}`} {
		profile, err := loadProfile(textFile(t, text))
		require.NoError(t, err, text)
		assert.Equal(t, coreapi.DefaultProfile(), profile, text)
	}
}

func TestBrokenProfileFiles(t *testing.T) {
	for text, want := range map[string]string{
		``:                                    "it is empty",
		`{`:                                   "ends early",
		"{\n\"version\": }":                   "line 2 is not valid JSON",
		`null`:                                "it is null",
		`[]`:                                  "cannot hold a JSON array",
		`{} {}`:                               "more behind",
		`{"Version": "1"}`:                    `the member "Version" is written "version"`,
		`{"SIGNATURE": {}}`:                   `the member "SIGNATURE" is written "signature"`,
		`{"version": 1}`:                      `"version" is not a text`,
		`{"version": null}`:                   `"version" is null`,
		`{"signature": "pss"}`:                `"signature" is not an object such as {"padding": "pss"}`,
		`{"signature": []}`:                   `"signature" is not an object such as {"padding": "pss"}`,
		`{"signature": null}`:                 `"signature" is null`,
		`{"signature": {"pading": "pss"}}`:    `"signature" has the unknown member "pading": its members are padding, encoding`,
		`{"signature": {"Padding": "pss"}}`:   `"signature" has the unknown member "Padding"`,
		`{"signature": {"\u001b[m": 1}}`:      `the unknown member "\x1b[m"`,
		`{"signature": {"padding": 1}}`:       `"signature": "padding" is not a text`,
		`{"signature": {"padding": null}}`:    `"signature": "padding" is null`,
		`{"signature": {"sortKeys": "yes"}}`:  `"signature": "sortKeys" is not true or false`,
		`{"signature": {"padding": "oaep"}}`:  `padding is "oaep", which is unknown: use "pkcs1v15" or "pss"`,
		`{"signature": {"encoding": "b64"}}`:  `encoding is "b64"`,
		`{"signature": {"endpoint": "path"}}`: `endpoint is "path"`,
		`{"signature": {"noBody": "none"}}`:   `noBody is "none"`,
		`{"signature": {"style": "php"}}`:     `style is "php"`,
	} {
		file := textFile(t, text)
		_, err := loadProfile(file)
		assert.ErrorContains(t, err, "the profile "+file+": ", text)
		assert.ErrorContains(t, err, want, text)
	}
}
