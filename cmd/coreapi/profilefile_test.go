package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestProfileFile(t *testing.T) {
	file := textFile(t, "\xEF\xBB\xBF"+`{
		"$schema": "profile.schema.json", "states": {"ok": "succeeded", "wait": "pending"}, "login": {"path": "/x"},
		"signature": {"padding": "pss", "encoding": "hex", "endpoint": "full", "noBody": "\"\"", "style": "go", "sortKeys": true}
	}`)
	got, err := openProfileFile(file)
	require.NoError(t, err)
	assert.Equal(t, profileFile{file, coreapi.Profile{
		Schema:    "profile.schema.json",
		Version:   "1.0.0",
		States:    map[string]coreapi.LoginState{"ok": coreapi.LoginSucceeded, "wait": coreapi.LoginPending},
		Login:     coreapi.Route{Path: "/x"},
		Signature: coreapi.Signature{Padding: "pss", Encoding: "hex", Endpoint: "full", NoBody: `""`, Style: "go", SortKeys: true},
	}}, got)
}

func TestWithoutAProfileFileItIsTheDefault(t *testing.T) {
	got, err := openProfileFile("")
	require.NoError(t, err)
	assert.Equal(t, profileFile{Profile: coreapi.DefaultProfile()}, got)
}

func TestABrokenProfileFileIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		``:                                     "the profile is empty",
		`{`:                                    "the profile is no JSON",
		`[]`:                                   "the profile is no JSON object",
		`{"Version": "1"}`:                     "did you mean version?",
		`{"signature": {"\u001b[m": 1}}`:       `signature has no member "\\x1b[m"`,
		`{"signature": {"padding": "oaep"}}`:   `padding is "oaep", which is unknown: use "pkcs1v15" or "pss"`,
		`{"login": {"body": {"p": "{pass}"}}}`: "Login.body.p has the unknown name {pass}",
	} {
		file := textFile(t, text)
		_, err := openProfileFile(file)
		assert.ErrorContains(t, err, "the profile "+file+": ", text)
		assert.ErrorContains(t, err, want, text)
	}
}
