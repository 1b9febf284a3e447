package main

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAddress(t *testing.T) {
	given := &net.TCPAddr{Port: 4711}
	for in, want := range map[string]struct {
		listen, url string
		open        bool
	}{
		":8080":             {"127.0.0.1:8080", "http://127.0.0.1:4711", false},
		"127.0.0.1:8080":    {"127.0.0.1:8080", "http://127.0.0.1:4711", false},
		"localhost:0":       {"localhost:0", "http://localhost:4711", false},
		"[::1]:0":           {"[::1]:0", "http://[::1]:4711", false},
		"0.0.0.0:8080":      {"0.0.0.0:8080", "http://localhost:4711", true},
		"[::]:8080":         {"[::]:8080", "http://localhost:4711", true},
		"192.0.2.1:8080":    {"192.0.2.1:8080", "http://192.0.2.1:4711", true},
		"box.internal:8080": {"box.internal:8080", "http://box.internal:4711", true},
	} {
		got, err := parseAddress(in)
		require.NoError(t, err, in)
		assert.Equal(t, want.listen, got.String(), in)
		assert.Equal(t, want.url, got.url(given), in)
		assert.Equal(t, want.open, got.isOpen(), in)
	}
}
