package coreapi

import (
	"bytes"
	"context"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
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
				b := new(buffer)
				body, more, err := b.readAtMost(reader(bytes.NewReader(sent)), said, limit)
				require.NoError(t, err)
				require.Equal(t, length > limit, more, "%d bytes, said %d, %s", length, said, name)
				require.Equal(t, string(sent[:min(length, limit)]), string(body))
				require.LessOrEqual(t, cap(b.bytes), 2*limit)
			}
		}
	}
}

func TestTheLargestLimitIsNoLimit(t *testing.T) {
	sent := strings.Repeat("x", 3*firstBuffer)
	for _, said := range []int64{-1, int64(len(sent))} {
		body, more, err := new(buffer).readAtMost(strings.NewReader(sent), said, math.MaxInt64)
		require.NoError(t, err)
		require.False(t, more)
		require.True(t, string(body) == sent)
	}
}

// careless breaks io.Reader's contract, as hasty timeout wrappers do: it returns and
// writes to what it was given afterwards.
type careless struct{ later *func() }

func (c careless) Read(p []byte) (int, error) {
	*c.later = func() { copy(p, strings.Repeat("Z", len(p))) }
	return 0, io.ErrUnexpectedEOF
}

func (careless) Close() error { return nil }

func TestABodyThatIsWrittenToTooLateReachesNoOtherCall(t *testing.T) {
	var later func()
	c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := answer{body: `{"id":"good"}`}.response(r)
		if r.URL.Path == "/v1/careless" {
			resp.Body = careless{&later}
		} else {
			resp.Body = io.NopCloser(io.MultiReader(resp.Body, readerFunc(func([]byte) (int, error) {
				later()
				return 0, io.EOF
			})))
		}
		return resp, err
	}), WithRetryPolicy(NoRetry()))
	_, err := Do[RawJSON](context.Background(), c, Request{Path: "/careless"})
	require.ErrorIs(t, err, ErrUnexpectedResponse)
	got, err := Do[RawJSON](context.Background(), c, Request{Path: "/good"})
	require.NoError(t, err)
	require.Equal(t, `{"id":"good"}`, string(got))
}

func TestAUsedBufferGivesNoByteOfAnEarlierBody(t *testing.T) {
	b := new(buffer)
	_, _, err := b.readAtMost(strings.NewReader(strings.Repeat("secret", 100)), -1, 1000)
	require.NoError(t, err)
	body, more, err := b.readAtMost(io.MultiReader(strings.NewReader("new"), iotest.ErrReader(io.ErrUnexpectedEOF)), -1, 1000)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.False(t, more)
	require.Equal(t, "new", string(body))
}

func TestAShortBodyIsReadIntoTheSameMemory(t *testing.T) {
	b := new(buffer)
	first, _, err := b.readAtMost(strings.NewReader("first"), 5, 1000)
	require.NoError(t, err)
	second, _, err := b.readAtMost(strings.NewReader("again"), 5, 1000)
	require.NoError(t, err)
	require.Same(t, &first[0], &second[0])
}

func TestALargeBufferIsNotHeldOnTo(t *testing.T) {
	var bs buffers
	bs.put(&buffer{bytes: make([]byte, maxPooled+1)})
	require.LessOrEqual(t, cap(bs.get().bytes), maxPooled)
}

func TestALargeBodyDoesNotChangeWhenLaterCallsRun(t *testing.T) {
	for _, length := range []int{maxPooled - 2, maxPooled, 3 * maxPooled} {
		first, second := strings.Repeat("a", length), strings.Repeat("b", length)
		c := newClient(t, scripted(answer{body: `"` + first + `"`}, answer{body: `"` + second + `"`}))
		before, err := Do[RawJSON](context.Background(), c, Request{Path: "/x"})
		require.NoError(t, err)
		_, err = Do[RawJSON](context.Background(), c, Request{Path: "/x"})
		require.NoError(t, err)
		require.True(t, string(before) == `"`+first+`"`, "%d bytes", length)
	}
}
