package openapi

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// tried is a fake, the judge before it, and a client that makes one attempt a call.
type tried struct {
	fake   *coreapitest.Server
	judge  *judge
	client *coreapi.Client

	devices int // that were named
}

const (
	email    = "ada@example.com"
	whatsApp = "+6281100000001"
	password = "correct horse"
)

func tryOut(j *judge, opts ...coreapitest.Option) *tried {
	fake := coreapitest.New(opts...)
	j.next = fake.Transport()
	client := fake.Client(coreapi.WithHTTPClient(&http.Client{Transport: j}), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	fake.AddUser(coreapitest.User{ID: "1", Email: email, WhatsApp: whatsApp, Password: password})
	return &tried{fake: fake, judge: j, client: client}
}

// operation is a call of the SDK's that succeeds.
type operation struct {
	name string
	call func(ctx context.Context, s *tried, opts ...coreapi.CallOption) error
}

func (s *tried) startLogin(ctx context.Context) coreapi.Secret {
	session, err := s.client.Users.StartLogin(ctx)
	if err != nil {
		return "0" // a fault's
	}
	return session.ReqToken
}

// anotherDeviceID is a number, since some profiles want one.
func (s *tried) anotherDeviceID() string {
	s.devices++
	return strconv.Itoa(1000 + s.devices)
}

// allOperations are each of the SDK's, with each state of a login.
func allOperations() []operation {
	status := func(end func(*tried, coreapi.Secret)) func(context.Context, *tried, ...coreapi.CallOption) error {
		return func(ctx context.Context, s *tried, opts ...coreapi.CallOption) error {
			reqToken := s.startLogin(ctx)
			if reqToken != "0" {
				end(s, reqToken)
			}
			_, err := s.client.Users.LoginStatus(ctx, reqToken, opts...)
			return err
		}
	}
	return []operation{
		{"Clients.Info", func(ctx context.Context, s *tried, opts ...coreapi.CallOption) error {
			_, err := s.client.Clients.Info(ctx, opts...)
			return err
		}},
		{"Users.Login", func(ctx context.Context, s *tried, opts ...coreapi.CallOption) error {
			_, err := s.client.Users.Login(ctx, coreapi.LoginRequest{Email: email, Password: password}, opts...)
			return err
		}},
		{"Users.Login", func(ctx context.Context, s *tried, opts ...coreapi.CallOption) error {
			_, err := s.client.Users.Login(ctx, coreapi.LoginRequest{WhatsApp: whatsApp, Password: password}, opts...)
			return err
		}},
		{"Users.StartLogin", func(ctx context.Context, s *tried, opts ...coreapi.CallOption) error {
			_, err := s.client.Users.StartLogin(ctx, opts...)
			return err
		}},
		{"Users.LoginStatus", status(func(*tried, coreapi.Secret) {})},
		{"Users.LoginStatus", status(func(s *tried, r coreapi.Secret) { s.fake.CompleteLogin(r, email) })},
		{"Users.LoginStatus", status(func(s *tried, r coreapi.Secret) { s.fake.FailLogin(r, coreapi.CodeUserSuspended) })},
		{"Devices.Save", func(ctx context.Context, s *tried, opts ...coreapi.CallOption) error {
			_, err := s.client.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: s.anotherDeviceID(), Name: "Ada's <phone>"}, opts...)
			return err
		}},
		{"Devices.Get", func(ctx context.Context, s *tried, opts ...coreapi.CallOption) error {
			device := s.fake.AddDevice(coreapi.DeviceInfo{DeviceID: s.anotherDeviceID(), Name: "Ada's phone"})
			_, err := s.client.Devices.Get(ctx, device.ID, opts...)
			return err
		}},
	}
}

// languages are with and without the header, and users with and without a token.
func languages() [][]coreapi.CallOption {
	var all [][]coreapi.CallOption
	for _, user := range [][]coreapi.CallOption{nil, {coreapi.WithUserToken("abcde12345")}} {
		for _, language := range [][]coreapi.CallOption{nil, {coreapi.WithLanguage(coreapi.Indonesian)}, {coreapi.WithLanguage(coreapi.English)}} {
			all = append(all, append(append([]coreapi.CallOption(nil), user...), language...))
		}
	}
	return all
}

// requireSuccesses makes each call in each language, with and without a user's token.
func (s *tried) requireSuccesses(t *testing.T) {
	t.Helper()
	for _, opts := range languages() {
		for _, o := range allOperations() {
			require.NoError(t, o.call(t.Context(), s, opts...), o.name)
		}
	}
}

// requireCodes has each operation answer each documented code.
func (s *tried) requireCodes(t *testing.T) {
	t.Helper()
	for _, info := range coreapi.Catalogue() {
		for _, o := range allOperations() {
			for _, language := range []coreapi.Language{coreapi.Indonesian, coreapi.English} {
				s.fake.Inject(coreapitest.Fault{Operation: o.name, Code: info.Code})
				err := o.call(t.Context(), s, coreapi.WithLanguage(language))
				require.ErrorIs(t, err, info.Sentinel, o.name)
			}
		}
	}
}

func TestWhatTheSDKSendsAndTheFakeAnswersIsOfTheDocument(t *testing.T) {
	s := tryOut(&judge{contract: defaultContract(t)})
	s.requireSuccesses(t)
	s.requireCodes(t)
	s.requireRefusals(t)
	count := s.judge.requireAllFit(t)
	t.Logf("%d requests and their answers", count)
	require.Greater(t, count, 200)
}

// requireRefusals has the fake refuse by its state, not by a fault.
func (s *tried) requireRefusals(t *testing.T) {
	t.Helper()
	ctx, users := t.Context(), s.client.Users
	login := func(account, password string) error {
		_, err := users.Login(ctx, coreapi.LoginRequest{Email: account, Password: coreapi.Secret(password)})
		return err
	}
	require.ErrorIs(t, login("nobody@example.com", password), coreapi.ErrUserNotFound)
	require.ErrorIs(t, login(email, "wrong"), coreapi.ErrInvalidPassword)
	for status, want := range map[coreapitest.Status]error{
		coreapitest.Inactive: coreapi.ErrUserNotActive, coreapitest.Suspended: coreapi.ErrUserSuspended, coreapitest.Deleted: coreapi.ErrUserDeleted,
	} {
		s.fake.SetUserStatus(email, status)
		require.ErrorIs(t, login(email, password), want)
	}
	s.fake.SetUserStatus(email, coreapitest.Active)
	_, err := users.LoginStatus(ctx, "404")
	require.ErrorIs(t, err, coreapi.ErrFailedUpdateUserToken)
	_, err = s.client.Devices.Get(ctx, "404")
	require.ErrorIs(t, err, coreapi.ErrInvalidObjectID)
	for _, want := range []error{nil, coreapi.ErrDuplicateKey} {
		_, err = s.client.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "77"})
		require.ErrorIs(t, err, want)
	}
	s.fake.RequireUserToken("Clients.Info")
	_, err = s.client.Clients.Info(ctx)
	require.ErrorIs(t, err, coreapi.ErrUnknownCode)
	s.fake.ForbidOperation("Devices.Get")
	_, err = s.client.Devices.Get(ctx, "404")
	require.ErrorIs(t, err, coreapi.ErrEndpointForbidden)
	for status, want := range map[coreapitest.Status]error{
		coreapitest.Inactive: coreapi.ErrClientInactive, coreapitest.Suspended: coreapi.ErrClientSuspended, coreapitest.Deleted: coreapi.ErrClientDeleted,
	} {
		s.fake.SetClientStatus(status)
		for _, o := range allOperations() {
			err := o.call(ctx, s)
			var e *coreapi.Error
			require.True(t, errors.As(err, &e), o.name)
			if o.name != "Devices.Get" && o.name != "Users.LoginStatus" {
				require.ErrorIs(t, err, want, o.name)
			}
		}
	}
}

// Each example profile has a document of its own, and the fake speaks it.
func TestTheDocumentOfEachExampleProfileFitsTheFakeToo(t *testing.T) {
	files, err := filepath.Glob("../../examples/profiles/*.json")
	require.NoError(t, err)
	require.Len(t, files, 8)
	coreapiCommand := buildCommand(t)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			profile, err := coreapi.LoadProfile(file)
			require.NoError(t, err)
			s := tryOut(&judge{contract: readContract(t, coreapiCommand("openapi", "-profile", file))}, coreapitest.WithProfile(profile))
			s.requireSuccesses(t)
			s.requireCodes(t)
			t.Logf("%d requests and their answers", s.judge.requireAllFit(t))
			s.requireEmptySuccessesFound(t)
		})
	}
}

// requireEmptySuccessesFound: the document of any profile has something to say of a success
// that says nothing.
func (s *tried) requireEmptySuccessesFound(t *testing.T) {
	t.Helper()
	s.judge.alter = func(*http.Response, []byte) []byte { return []byte("{}") }
	for _, o := range allOperations() {
		if o.name == "Users.LoginStatus" {
			continue // the login before it fails, so that it is an error
		}
		require.Error(t, o.call(t.Context(), s), o.name)
		require.NotEmpty(t, s.judge.last(t).badness, o.name)
	}
}
