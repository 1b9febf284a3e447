package printable_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/printable"
)

// guarded has a field that must not be printed.
type guarded struct{ hidden string }

func (guarded) Format(f fmt.State, verb rune) { printable.Format(f, verb, "guarded") }

func TestNoVerbPrintsTheFields(t *testing.T) {
	value := guarded{"s3cret"}
	for verb, want := range map[string]string{
		"%v": "guarded", "%+v": "guarded", "%#v": "guarded", "%s": "guarded", "%d": "guarded", "%t": "guarded", "%08.3f": "guarded", "%c": "guarded",
		"%q": `"guarded"`, "%x": "67756172646564", "%X": "67756172646564", "% x": "67 75 61 72 64 65 64", "%10s": "   guarded", "%.3s": "gua",
	} {
		require.Equal(t, want, fmt.Sprintf(verb, value), verb)
		require.Equal(t, want, fmt.Sprintf(verb, &value), verb)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		require.NotContains(t, fmt.Sprintf(verb, []any{value, &value}), "s3cret", verb)
	}
}

func TestFieldsArePrintedInTheOrderOfTheirNamesOnOneLine(t *testing.T) {
	require.Equal(t, `Device{extra: [a b], id: i\nforged, n: 7}`,
		printable.Fields("Device", map[string]any{"n": 7, "id": "i\nforged", "extra": []string{"a", "b"}}))
	require.Equal(t, "Device{}", printable.Fields("Device", nil))
}

func TestAFieldsValueIsCut(t *testing.T) {
	text := printable.Fields("T", map[string]any{"a": strings.Repeat("x", 2*printable.MaxText)})
	require.Len(t, text, len("T{a: }")+printable.MaxText)
	require.Contains(t, text, "…}")
}

func TestQuotedFieldsKeepTheirOrder(t *testing.T) {
	require.Equal(t, `User{id: "u", email: "a\nb", status: ""}`,
		printable.Quoted("User", []printable.Field{{"id", "u"}, {"email", "a\nb"}, {"status", ""}}))
	require.Equal(t, "User{}", printable.Quoted("User", nil))
}

func TestNonEmptyLeavesOutWhatHasNoValue(t *testing.T) {
	require.Equal(t, map[string]any{"a": "1"}, printable.NonEmpty(map[string]string{"a": "1", "b": ""}))
	require.Equal(t, map[string]any{}, printable.NonEmpty(nil))
}
