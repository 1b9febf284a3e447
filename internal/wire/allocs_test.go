//go:build !race

package wire_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/wire"
)

// The race detector allocates on its own, so this file is not built with it.
func allocations(f func()) int { return int(testing.AllocsPerRun(100, f)) }

func TestARequestCostsNoMemoryButItsURLAndBody(t *testing.T) {
	w := compile(t, wire.Source{})
	buffer := make([]byte, 0, 256)
	login := wire.Values{wire.Email: "a@b.c", wire.Password: "p"}
	device := wire.Values{wire.DeviceID: "d", wire.DisplayName: "n", wire.PushToken: "t"}
	id := wire.Values{wire.ID: "77"}
	extra := []wire.Member{member("a", "1")}

	require.Equal(t, 0, allocations(func() { _, _ = w.Route(wire.Login).Encode(buffer, &login, nil) }))
	require.Equal(t, 0, allocations(func() { _, _, _ = w.Route(wire.Login).URL(&login) }))
	require.LessOrEqual(t, allocations(func() { _, _, _ = w.Route(wire.GetDevice).URL(&id) }), 2)
	require.Equal(t, 0, allocations(func() { _, _ = w.Route(wire.SaveDevice).Encode(buffer, &device, extra) }))
}

func TestAResultCostsNoMemoryButItsTexts(t *testing.T) {
	w := compile(t, wire.Source{Envelope: `{"status":true,"code":"200|20*","data":{"item":"{result}"}}`})
	response := []byte(`{"message":"ok","status":true,"code":201,"data":{"item":{"more":{"a":[1,2]},"id":"77","name":"Phone"}}}`)
	route := w.Route(wire.Info)
	texts := 2 // id and name
	conditions := 2
	require.LessOrEqual(t, allocations(func() {
		result, _ := w.Open(response)
		_, _, _ = route.Decode(result)
	}), texts+conditions)
}

func TestMembersWithEscapedNamesCostNoMemory(t *testing.T) {
	result := []byte(`{"id":"77"` + strings.Repeat(`,"\u0061":1`, 1000) + `}`)
	route := compile(t, wire.Source{}).Route(wire.GetDevice)
	require.LessOrEqual(t, allocations(func() { _, _, _ = route.Decode(result) }), 20)
}
