package check_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/check"
)

func TestANilInAnInterfaceIsNil(t *testing.T) {
	var reader *strings.Reader
	var wrapped io.Reader = reader
	for _, v := range []any{nil, reader, wrapped, (func())(nil), map[string]int(nil), []int(nil), (chan int)(nil), (*http.Client)(nil), http.Header(nil)} {
		require.True(t, check.Nil(v), "%T", v)
	}
	for _, v := range []any{0, "", struct{}{}, new(int), func() {}, map[string]int{}, []int{}, make(chan int), http.Client{}} {
		require.False(t, check.Nil(v), "%T", v)
	}
}
