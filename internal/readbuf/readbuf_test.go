package readbuf_test

import (
	"bytes"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/readbuf"
)

func TestABodyIsReadToItsEndOrToTheLimitWhateverItsSizeIsSaidToBe(t *testing.T) {
	const limit = 1000
	for _, length := range []int{0, 1, 511, 512, 513, limit - 1, limit, limit + 1, 5 * limit} {
		for _, said := range []int64{-1, 0, 1, int64(length), 10 * limit} {
			for name, reader := range map[string]func(io.Reader) io.Reader{
				"at once":           func(r io.Reader) io.Reader { return r },
				"by byte":           iotest.OneByteReader,
				"EOF with the data": iotest.DataErrReader,
			} {
				sent := bytes.Repeat([]byte("x"), length)
				var b readbuf.Buffer
				body, more, err := b.ReadAtMost(reader(bytes.NewReader(sent)), said, limit)
				require.NoError(t, err)
				require.Equal(t, length > limit, more, "%d bytes, said %d, %s", length, said, name)
				require.Equal(t, string(sent[:min(length, limit)]), string(body))
				require.LessOrEqual(t, cap(body), 2*limit, "memory is bounded by the limit")
			}
		}
	}
}

func TestTheLargestLimitIsNoLimit(t *testing.T) {
	sent := strings.Repeat("x", 3*readbuf.MaxPooled)
	for _, said := range []int64{-1, int64(len(sent)), math.MaxInt64} {
		var b readbuf.Buffer
		body, more, err := b.ReadAtMost(strings.NewReader(sent), said, math.MaxInt64)
		require.NoError(t, err)
		require.False(t, more)
		require.True(t, string(body) == sent)
	}
}

func TestNoMoreThanOneByteOverTheLimitIsTakenFromTheReader(t *testing.T) {
	var b readbuf.Buffer
	_, _, err := b.ReadAtMost(strings.NewReader(strings.Repeat("x", 5000)), -1, 5000) // makes room
	require.NoError(t, err)
	sent := strings.NewReader(strings.Repeat("x", 100))
	_, more, err := b.ReadAtMost(sent, -1, 10)
	require.NoError(t, err)
	require.True(t, more)
	require.Equal(t, 100-11, sent.Len())
}

func TestALimitOfNothingTellsWhetherThereIsMore(t *testing.T) {
	for sent, want := range map[string]bool{"": false, "x": true} {
		var b readbuf.Buffer
		body, more, err := b.ReadAtMost(strings.NewReader(sent), -1, 0)
		require.NoError(t, err)
		require.Equal(t, want, more)
		require.Empty(t, body)
	}
}

func TestASizeIsTrustedForLittleMemory(t *testing.T) {
	var b readbuf.Buffer
	body, _, err := b.ReadAtMost(strings.NewReader("short"), math.MaxInt64-1, math.MaxInt64)
	require.NoError(t, err)
	require.LessOrEqual(t, cap(body), 2*readbuf.MaxPooled)
}

func TestAUsedBufferGivesNoByteOfAnEarlierBody(t *testing.T) {
	var b readbuf.Buffer
	_, _, err := b.ReadAtMost(strings.NewReader(strings.Repeat("secret", 100)), -1, 1000)
	require.NoError(t, err)
	body, more, err := b.ReadAtMost(io.MultiReader(strings.NewReader("new"), iotest.ErrReader(io.ErrUnexpectedEOF)), -1, 1000)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.False(t, more)
	require.Equal(t, "new", string(body))
}

func TestAShortBodyIsReadIntoTheSameMemory(t *testing.T) {
	var b readbuf.Buffer
	first, _, err := b.ReadAtMost(strings.NewReader("first"), 5, 1000)
	require.NoError(t, err)
	second, _, err := b.ReadAtMost(strings.NewReader("again"), 5, 1000)
	require.NoError(t, err)
	require.Same(t, &first[0], &second[0])
}

// careless breaks io.Reader's contract, as hasty timeout wrappers do: it keeps what it was
// given to read into.
type careless struct{ given *[]byte }

func (c careless) Read(p []byte) (int, error) {
	*c.given = p
	return 0, io.ErrUnexpectedEOF
}

func TestABodyThatBrokeOffAndIsWrittenToLaterReachesNoOther(t *testing.T) {
	var given []byte
	var b readbuf.Buffer
	_, _, err := b.ReadAtMost(careless{&given}, -1, 1000)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	body, _, err := b.ReadAtMost(strings.NewReader("good"), -1, 1000)
	require.NoError(t, err)
	copy(given, strings.Repeat("Z", len(given)))
	require.Equal(t, "good", string(body))
}

func TestACopyDoesNotChangeWhenTheBufferIsReadIntoAgain(t *testing.T) {
	for _, length := range []int{0, 5, readbuf.MaxPooled - 1, readbuf.MaxPooled, readbuf.MaxPooled + 1, 3 * readbuf.MaxPooled} {
		for _, said := range []int64{-1, int64(length)} {
			first, second := strings.Repeat("a", length), strings.Repeat("b", length)
			var b readbuf.Buffer
			body, _, err := b.ReadAtMost(strings.NewReader(first), said, math.MaxInt64)
			require.NoError(t, err)
			kept := readbuf.Copy(body)
			_, _, err = b.ReadAtMost(strings.NewReader(second), said, math.MaxInt64)
			require.NoError(t, err)
			require.True(t, string(kept) == first, "%d bytes", length)
		}
	}
}

func TestAPoolHoldsOnToNoLargeBuffer(t *testing.T) {
	for range 100 { // a sync.Pool may drop what it was given
		var p readbuf.Pool
		b := p.Get()
		_, _, err := b.ReadAtMost(strings.NewReader(strings.Repeat("x", 2*readbuf.MaxPooled)), -1, math.MaxInt64)
		require.NoError(t, err)
		p.Put(b)
		require.NotSame(t, b, p.Get())
	}
}

func TestAPoolGivesABufferAgain(t *testing.T) {
	for range 100 { // a sync.Pool may drop what it was given
		var p readbuf.Pool
		b := p.Get()
		_, _, err := b.ReadAtMost(strings.NewReader("x"), -1, 10)
		require.NoError(t, err)
		p.Put(b)
		if p.Get() == b {
			return
		}
	}
	require.Fail(t, "the pool never gave a buffer again")
}
