package coreapitest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestEachDocumentedCodeHasOneStatus(t *testing.T) {
	for _, info := range coreapi.Catalogue() {
		require.Contains(t, statuses, info.Code)
	}
	require.Len(t, statuses, len(coreapi.Catalogue()))
}
