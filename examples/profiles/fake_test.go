package profiles_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// fakeSite is the fake, which speaks the same profile.
func fakeSite(t *testing.T, p coreapi.Profile, opts ...coreapi.Option) *site {
	t.Helper()
	server := coreapitest.New(coreapitest.WithProfile(p))
	stranger, err := coreapi.New(server.URL, coreapi.SignedClientKey("canary-other-key-5513", server.PrivateKey),
		append([]coreapi.Option{coreapi.WithHTTPClient(&http.Client{Transport: server.Transport()}), coreapi.WithProfile(p)}, opts...)...)
	require.NoError(t, err)
	return &site{
		profile:  p,
		client:   server.Client(opts...),
		stranger: stranger,
		addUser: func(email, whatsApp, password string) string {
			user := coreapitest.User{ID: "71019900700", Email: email, WhatsApp: whatsApp, Password: password}
			server.AddUser(user)
			return user.ID
		},
		suspendUser:   func(email string) { server.SetUserStatus(email, coreapitest.Suspended) },
		suspendClient: func() { server.SetClientStatus(coreapitest.Suspended) },
		completeLogin: server.CompleteLogin,
		failLogin:     server.FailLogin,
	}
}

func TestEachProfileSpeaksToTheFakeWithTheSameProfile(t *testing.T) {
	for _, name := range profileNames(t) {
		p := parseProfile(t, readProfile(t, name))
		for _, check := range checks {
			t.Run(name+"/"+check.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { check.try(t, fakeSite(t, p)) })
			})
		}
	}
}
