package coreapitest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestEachDocumentedCodeHasAMessageInBothLanguages(t *testing.T) {
	seen := map[string]coreapi.Code{}
	for _, info := range coreapi.Catalogue() {
		message := messages[info.Code]
		for _, words := range []string{message.indonesian, message.english} {
			require.NotEmpty(t, words, info.Code)
			require.Regexp(t, `^[A-Z].*\.$`, words, "a sentence")
			require.Empty(t, seen[words], "another code's message")
			seen[words] = info.Code
		}
	}
	require.Len(t, messages, len(coreapi.Catalogue()))
}
