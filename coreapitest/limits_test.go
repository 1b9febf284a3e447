package coreapitest_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// held is the memory that is in use after a collection, in bytes.
func held() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// post sends a body without a signature, and reads no more of the answer than its status.
func post(s *coreapitest.Server, path, body string) int {
	sentRequests.Add(1)
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("X-Client-Key", s.ClientKey)
	r.Header.Set("X-Request-Id", fmt.Sprint("sent-", sentRequests.Load()))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	w.Body = nil
	s.ServeHTTP(w, r)
	return w.Code
}

func TestDevicesAreBoundedInBytes(t *testing.T) {
	s := coreapitest.New(coreapitest.WithUnsigned(), coreapitest.WithLimits(coreapitest.Limits{RequestBytes: 64 * kib, DeviceBytes: 512 * kib}))
	before := held()
	filling := strings.Repeat("x", 128*kib-1000)
	for i := range 40 {
		require.Equal(t, http.StatusOK, post(s, "/device", fmt.Sprintf(`{"deviceId":"d-%d","a":%q}`, i, filling)))
	}
	require.Less(t, held()-before, 2048*kib)
	var kept []string
	for _, d := range s.Devices() {
		kept = append(kept, d.Info.DeviceID)
	}
	require.Equal(t, []string{"d-36", "d-37", "d-38", "d-39"}, kept)
}

// A field takes more memory than its text, so devices are kept as text.
func TestDevicesOfManyFieldsAreBoundedInBytes(t *testing.T) {
	s := coreapitest.New(coreapitest.WithUnsigned(), coreapitest.WithLimits(coreapitest.Limits{RequestBytes: 64 * kib, DeviceBytes: 256 * kib}))
	before := held()
	var fields bytes.Buffer
	for i := range 2_000 {
		fmt.Fprintf(&fields, `,"f%d":0`, i)
	}
	for i := range 60 {
		require.Equal(t, http.StatusOK, post(s, "/device", fmt.Sprintf(`{"deviceId":"d-%d"%s}`, i, fields.String())))
	}
	require.Less(t, held()-before, 1024*kib)
	runtime.KeepAlive(s)
}

func TestADeviceThatWentMayBeSavedAgain(t *testing.T) {
	s := coreapitest.New(coreapitest.WithLimits(coreapitest.Limits{Devices: 2}))
	first := s.AddDevice(coreapi.DeviceInfo{DeviceID: "first"})
	s.AddDevice(coreapi.DeviceInfo{DeviceID: "second"})
	_, err := once(s).Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "first"})
	require.ErrorIs(t, err, coreapi.ErrDuplicateKey)
	s.AddDevice(coreapi.DeviceInfo{DeviceID: "third"})
	_, err = once(s).Devices.Get(t.Context(), first.ID)
	require.ErrorIs(t, err, coreapi.ErrInvalidObjectID)
	_, err = once(s).Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "first"})
	require.NoError(t, err)
	require.Len(t, s.Devices(), 2)
}

func TestTheOldestLoginGoesWithItsUserToken(t *testing.T) {
	s := coreapitest.New(coreapitest.WithLimits(coreapitest.Limits{Logins: 2}))
	s.AddUser(ana)
	s.RequireUserToken("Clients.Info")
	c := once(s)
	first, err := c.Users.Login(t.Context(), anasLogin)
	require.NoError(t, err)
	_, err = c.Clients.Info(t.Context(), coreapi.WithUserToken(first.UserToken))
	require.NoError(t, err)
	for range 2 {
		_, err = c.Users.StartLogin(t.Context())
		require.NoError(t, err)
	}
	_, err = c.Users.LoginStatus(t.Context(), first.ReqToken)
	require.ErrorIs(t, err, coreapi.ErrFailedUpdateUserToken)
	_, err = c.Clients.Info(t.Context(), coreapi.WithUserToken(first.UserToken))
	require.Error(t, err)
}

func TestALoginThatIsCompletedCountsOnce(t *testing.T) {
	s := coreapitest.New(coreapitest.WithLimits(coreapitest.Limits{Logins: 2}))
	s.AddUser(ana)
	c := once(s)
	var started []*coreapi.LoginSession
	for range 2 {
		session, err := c.Users.StartLogin(t.Context())
		require.NoError(t, err)
		started = append(started, session)
	}
	for _, session := range started {
		with := anasLogin
		with.ReqToken = session.ReqToken
		_, err := c.Users.Login(t.Context(), with)
		require.NoError(t, err)
	}
	for _, session := range started {
		status, err := c.Users.LoginStatus(t.Context(), session.ReqToken)
		require.NoError(t, err)
		require.Equal(t, coreapi.LoginSucceeded, status.State)
	}
}

func TestLoginsAreBounded(t *testing.T) {
	const most = 500
	s := coreapitest.New(coreapitest.WithUnsigned(), coreapitest.WithLimits(coreapitest.Limits{Requests: 1, Logins: most}))
	for range most {
		post(s, "/user/login", "{}")
	}
	before := held()
	for range 20_000 {
		require.Equal(t, http.StatusOK, post(s, "/user/login", "{}"))
	}
	// Request ids are remembered too: 100,000 of them, at 40 bytes or so.
	require.Less(t, held()-before, 4*mib)
	runtime.KeepAlive(s)
}

func TestRecordedRequestsOfManyHeadersAreBoundedInBytes(t *testing.T) {
	s := coreapitest.New()
	before := held()
	for i := range 200 {
		r := httptest.NewRequest(http.MethodGet, fmt.Sprint("/", i), nil)
		for h := range 5_000 {
			r.Header[fmt.Sprint("H", h)] = []string{"1"}
		}
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	require.Less(t, held()-before, 64*mib)
	require.Less(t, len(s.Requests()), 200)
}

func TestTheLimitsOfRequestsAreSet(t *testing.T) {
	s := coreapitest.New(coreapitest.WithLimits(coreapitest.Limits{Requests: 3, RequestBytes: 100}))
	paths := func() (paths []string) {
		for _, r := range s.Requests() {
			paths = append(paths, r.Path)
		}
		return paths
	}
	for _, path := range []string{"/1", "/2", "/3", "/4"} {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	require.Equal(t, []string{"/2", "/3", "/4"}, paths())
	long := "/" + strings.Repeat("x", 200)
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, long, nil))
	require.Equal(t, []string{long}, paths(), "the last one is kept whatever its size")
	s.Reset()
	for _, path := range []string{"/1", "/2", "/3", "/4"} {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	require.Equal(t, []string{"/2", "/3", "/4"}, paths(), "a reset keeps the limits")
}

func TestANegativeLimitIsAMistake(t *testing.T) {
	for name, limits := range map[string]coreapitest.Limits{
		"Requests": {Requests: -1}, "RequestBytes": {RequestBytes: -1}, "Logins": {Logins: -1},
		"Devices": {Devices: -1}, "DeviceBytes": {DeviceBytes: -1}, "Faults": {Faults: -1}, "FaultBytes": {FaultBytes: -1},
	} {
		fatal, panicked := mistake(t, func(server func(...coreapitest.Option) *coreapitest.Server) {
			server(coreapitest.WithLimits(limits))
		})
		require.Contains(t, fatal, "a limit is negative", name)
		require.Contains(t, panicked, "a limit is negative", name)
	}
}

func TestMoreFaultsThanTheLimitsAreAMistake(t *testing.T) {
	for name, tt := range map[string]struct {
		limits coreapitest.Limits
		fault  coreapitest.Fault
	}{
		"their number": {coreapitest.Limits{Faults: 3}, coreapitest.Fault{Status: 500}},
		"their texts":  {coreapitest.Limits{FaultBytes: 300}, coreapitest.Fault{Body: strings.Repeat("x", 100)}},
	} {
		t.Run(name, func(t *testing.T) {
			s := coreapitest.New(coreapitest.WithLimits(tt.limits))
			get := func() int { return send(t, s, "GET", "/client", "").status }
			s.Inject(tt.fault, tt.fault)
			refused := func() (mistake any) {
				defer func() { mistake = recover() }()
				s.Inject(tt.fault, tt.fault)
				return nil
			}()
			require.Contains(t, refused, "faults that are not used up")
			get() // all the same faults are used up by it
			s.Inject(tt.fault, tt.fault, tt.fault)
			s.Reset()
			require.Equal(t, http.StatusOK, get())
		})
	}
}
