package coreapi

import (
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type (
	linked struct {
		Name string
		Next *linked
	}
	embedsDevice   struct{ DeviceInfo }
	marshalsItself struct{ Inner Secret }
	readsItself    struct{ io.Reader }
)

func (marshalsItself) MarshalJSON() ([]byte, error) { return []byte(`{}`), nil }

func TestOnlyTypesThatCanHoldNoSecretArePlain(t *testing.T) {
	for name, test := range map[string]struct {
		body any
		want bool
	}{
		"strings":                         {struct{ A, B string }{}, true},
		"a pointer to strings":            {&struct{ A, B string }{}, true},
		"a list of maps":                  {[]map[string]int{}, true},
		"a type that holds itself":        {linked{}, true},
		"a time":                          {struct{ At time.Time }{}, true},
		"a type that marshals itself":     {marshalsItself{}, true},
		"a Secret":                        {Secret(""), false},
		"a Secret in a list":              {[][]Secret{}, false},
		"a Secret as a key":               {map[Secret]int{}, false},
		"a Secret behind pointers":        {struct{ P **Secret }{}, false},
		"a RawJSON":                       {struct{ Raw RawJSON }{}, false},
		"a DeviceInfo":                    {struct{ Info *DeviceInfo }{}, false},
		"something unknown":               {map[string]any{}, false},
		"an interface in a field":         {struct{ V any }{}, false},
		"a type that inherits marshaling": {embedsDevice{}, false},
		"an io.Reader":                    {readsItself{}, false},
		"a []byte":                        {[]byte{}, false},
		"a field that is not written": {struct {
			V Secret `json:"-"`
		}{}, true},
		"a json.RawMessage in a field": {struct{ V json.RawMessage }{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var types plainTypes
			for range 2 { // looked through, then known
				require.Equal(t, test.want, types.has(test.body))
			}
			var none *plainTypes
			require.False(t, none.has(test.body))
		})
	}
}

func TestABodyWithASecretIsRefusedHoweverOftenItsTypeWasSent(t *testing.T) {
	type body struct {
		Name string
		More any
	}
	var types plainTypes
	for range 3 {
		_, err := encodeBody(body{Name: "a"}, &types)
		require.NoError(t, err)
		_, err = encodeBody(body{Name: "a", More: Secret("hidden")}, &types)
		require.ErrorContains(t, err, "a Secret")
	}
}
