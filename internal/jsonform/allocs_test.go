//go:build !race

package jsonform

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const usualBody = `{"deviceId":"phone-1","name":"Siti's phone","model":"X<2>","osVersion":14.5,"pushToken":"abc\/def"}`

func TestAMemberCostsNoAllocation(t *testing.T) {
	for name, test := range map[string]struct {
		form Form
		text string
		most float64
	}{
		"a usual body":                {javaScript, usualBody, 2},
		"a text without members":      {javaScript, `["a",1.5,0.30000000000000004]`, 1},
		"a hundred nested objects":    {javaScript, strings.Repeat(`{"a":[1,2],"b":`, 100) + "1" + strings.Repeat("}", 100), 6},
		"a hundred objects in a list": {javaScript, "[" + strings.Repeat(`{"a":1,"b":2,"c":3,"d":4},`, 100) + "1]", 2},
		"objects of many members":     {javaScript, "[" + strings.Repeat(`{"a":1,"b":2,"c":3,"d":4,"e":1,"f":1,"g":1,"h":1,"i":1},`, 100) + "1]", 3},
		"Go's style":                  {goForm, usualBody, 3},
		"members that move":           {sortedJS, usualBody, 5},
		"a thousand objects to move":  {sortedJS, "[" + strings.Repeat(`{"b":1,"a":2},`, 1000) + "1]", 40},
	} {
		t.Run(name, func(t *testing.T) {
			source := []byte(test.text)
			require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
				if _, err := test.form.Rewrite(source); err != nil {
					panic(err)
				}
			}), test.most)
		})
	}
}

func TestAppendStringAllocatesNothing(t *testing.T) {
	buffer := make([]byte, 0, 100)
	require.Zero(t, testing.AllocsPerRun(100, func() { AppendString(buffer, "a\"é<\n", Go) }))
}

func BenchmarkRewriteAUsualBody(b *testing.B) {
	source := []byte(usualBody)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := javaScript.Rewrite(source); err != nil {
			b.Fatal(err)
		}
	}
}
