package apitext

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const sample = "testdata/sample"

func TestEachKindOfDeclarationIsALineWithoutCommentsAndParameterNames(t *testing.T) {
	lines, err := Lines(t.Context(), sample)
	require.NoError(t, err)
	require.Equal(t, []string{
		`pkg sample, const Count untyped int = 3`,
		`pkg sample, const First Word = "a\"b"`,
		`pkg sample, const KindNone Kind = 0`,
		`pkg sample, const KindSome Kind = 1`,
		`pkg sample, func Do[T any](context.Context, ...string) (T, error)`,
		`pkg sample, func Take(func([]byte) (int, error), map[string]*Plain)`,
		`pkg sample, method (*Plain) Changed()`,
		`pkg sample, method (*Plain) Pointer(int)`,
		`pkg sample, method (Pair) Swap() Pair[K, V]`,
		`pkg sample, method (Plain) Read([]byte) (int, error)`,
		`pkg sample, method (Plain) Value() string`,
		`pkg sample, type Anything interface { any }`,
		`pkg sample, type Closed interface { Get, unexported methods }`,
		`pkg sample, type Closed interface, Get(string) error`,
		`pkg sample, type Closed interface, unexported methods`,
		`pkg sample, type Kind int`,
		`pkg sample, type Number interface{~int | ~float64}`,
		`pkg sample, type Open interface { Get }`,
		`pkg sample, type Open interface, Get(string) error`,
		`pkg sample, type Pair[K comparable, V any] struct`,
		`pkg sample, type Pair[K comparable, V any] struct, Key K`,
		`pkg sample, type Pair[K comparable, V any] struct, Value V`,
		`pkg sample, type Plain struct`,
		`pkg sample, type Plain struct, Call func(context.Context) error`,
		"pkg sample, type Plain struct, Name string `json:\"name\"`",
		`pkg sample, type Plain struct, Nested struct{A int}`,
		`pkg sample, type Plain struct, Promoted bool`,
		`pkg sample, type Plain struct, embedded io.Reader`,
		`pkg sample, type Same = Plain`,
		`pkg sample, type Word string`,
		`pkg sample, var Err error`,
	}, lines)
}

func TestAFolderWithoutAPackageIsAnErrorThatSaysSo(t *testing.T) {
	_, err := Lines(t.Context(), "testdata")
	require.ErrorContains(t, err, "no Go files in ")
}

// failing keeps what a test fails with.
type failing struct {
	testing.TB
	with *string
}

func (failing) Helper()      {}
func (failing) Name() string { return "TestOfAnotherPackage" }
func (f failing) Fatalf(format string, args ...any) {
	*f.with += fmt.Sprintf(format, args...)
}

func TestWhatWasRecordedPassesUntilADeclarationIsAnother(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sample.txt")
	var with string
	Check(failing{TB: t, with: &with}, sample, file, true)
	Check(failing{TB: t, with: &with}, sample, file, false)
	require.Empty(t, with)

	recorded, err := os.ReadFile(file)
	require.NoError(t, err)
	changed := strings.Replace(string(recorded), "type Plain struct, Call func(context.Context) error", "type Plain struct, Call func() error", 1)
	changed = strings.Replace(changed, "pkg sample, var Err error\n", "pkg sample, var Err error\npkg sample, var ErrGone error\n", 1)
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
	Check(failing{TB: t, with: &with}, sample, file, false)
	require.Contains(t, with, "\n\n"+
		"  - pkg sample, type Plain struct, Call func() error\n"+
		"  + pkg sample, type Plain struct, Call func(context.Context) error\n"+
		"  - pkg sample, var ErrGone error\n\n")
	require.Contains(t, with, "go test -run TestOfAnotherPackage -update .")
	require.Contains(t, with, "CHANGELOG.md")
}
