package coreapitest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func TestSmoke(t *testing.T) {
	for _, real := range []bool{true, false} {
		s := coreapitest.New()
		if real {
			s = coreapitest.NewServer(t)
		}
		c := s.Client(coreapi.WithRetryPolicy(coreapi.NoRetry()))
		ctx := context.Background()
		info, err := c.Clients.Info(ctx)
		require.NoError(t, err)
		require.Equal(t, "active", info.Status)
		s.AddUser(coreapitest.User{Email: "A@b.c", Password: "hunter22"})
		st, err := c.Users.Login(ctx, coreapi.LoginRequest{Email: "a@B.c", Password: "hunter22"})
		require.NoError(t, err)
		require.Equal(t, coreapi.LoginSucceeded, st.State)
		sess, err := c.Users.StartLogin(ctx)
		require.NoError(t, err)
		st, err = c.Users.LoginStatus(ctx, sess.ReqToken)
		require.NoError(t, err)
		require.Equal(t, coreapi.LoginPending, st.State)
		d := s.AddDevice(coreapi.DeviceInfo{DeviceID: "x", PushToken: "tok", Extra: map[string]any{"n": 12345678901234567}})
		d2, err := c.Devices.Get(ctx, d.ID)
		require.NoError(t, err)
		require.Equal(t, d, *d2)
		for _, f := range []coreapitest.Fault{{Drop: coreapitest.DropBefore}, {Drop: coreapitest.DropAfter}} {
			n := len(s.Requests())
			s.Inject(f)
			_, err = c.Devices.Get(ctx, d.ID)
			t.Log(err)
			require.Error(t, err)
			var e *coreapi.Error
			require.True(t, errors.As(err, &e))
			require.Len(t, s.Requests(), n+1)
		}
		s.Inject(coreapitest.Fault{Truncate: true})
		_, err = c.Devices.Get(ctx, d.ID)
		t.Log(err)
		require.ErrorIs(t, err, coreapi.ErrUnexpectedResponse)
		for _, r := range s.Requests() {
			t.Log(r, string(r.Body))
		}
	}
}

func TestSmokeSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := coreapitest.New()
		s.Inject(coreapitest.Fault{Delay: time.Hour})
		_, err := s.Client(coreapi.WithRetryPolicy(coreapi.NoRetry())).Clients.Info(t.Context())
		t.Log(err)
		require.Error(t, err)
	})
}
