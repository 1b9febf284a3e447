package coreapi_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestAnEnvelopeIsTakenOffEverySuccess(t *testing.T) {
	profile := coreapi.WithProfile(coreapi.Profile{Envelope: `{"data":"{result}"}`})
	ctx := context.Background()
	raw, err := coreapi.Do[coreapi.RawJSON](ctx, newClient(t, scripted(answer{body: `{"data": {"a":1} }`}), profile), coreapi.Request{Path: "/x"})
	require.NoError(t, err)
	require.Equal(t, `{"a":1}`, string(raw))
	info, err := newClient(t, scripted(answer{body: `{"code":"SUCCESS","data":{"id":"i","more":1}}`}), profile).Clients.Info(ctx)
	require.NoError(t, err)
	require.Equal(t, "i", info.ID)
	require.JSONEq(t, `{"id":"i","more":1}`, string(info.Raw))
	for _, body := range []string{`{}`, `{"data":null}`, `{"Data":{"a":1}}`, ""} {
		_, err := coreapi.Do[map[string]any](ctx, newClient(t, scripted(answer{body: body}), profile), coreapi.Request{Path: "/x"})
		requireMatchesExactly(t, err, coreapi.ErrUnexpectedResponse)
		_, err = coreapi.Do[struct{}](ctx, newClient(t, scripted(answer{body: body}), profile), coreapi.Request{Path: "/x"})
		require.NoError(t, err)
	}
	err = get(newClient(t, scripted(answer{body: codeBody(coreapi.CodeUserDeleted)}), profile))
	require.ErrorIs(t, err, coreapi.ErrUserDeleted)
}

func TestBesideAnEnvelopesResultACodeIsAnErrorAndInsideItData(t *testing.T) {
	envelope := coreapi.WithProfile(coreapi.Profile{Envelope: `{"data":"{result}"}`})
	ctx := context.Background()
	for body, want := range map[string]error{
		`{"code":"USER_DELETED","data":{"id":"d1"}}`:        coreapi.ErrUserDeleted,
		`{"code":"USER_DELETED","data":null}`:               coreapi.ErrUserDeleted,
		`{"error":{"code":"USER_DELETED"},"data":null}`:     coreapi.ErrUserDeleted,
		`{"data":{"code":"USER_DELETED"}}`:                  coreapi.ErrUnexpectedResponse,
		`{"data":{}}`:                                       coreapi.ErrUnexpectedResponse,
		`{"id":"d1"}`:                                       coreapi.ErrUnexpectedResponse,
		`{"Data":{"id":"d1"}}`:                              coreapi.ErrUnexpectedResponse,
		`{"code":"SUCCESS","data":{"id":"d1"}}`:             nil,
		`{"data":{"id":"d1","code":"USER_DELETED"}}`:        nil,
		`{"data":{"id":7},"error":{"code":"USER_DELETED"}}`: nil,
	} {
		_, err := newClient(t, scripted(answer{body: body}), envelope).Devices.Get(ctx, "d1")
		if want == nil {
			require.NoError(t, err, body)
			continue
		}
		require.ErrorIs(t, err, want, body)
	}
	_, err := coreapi.Do[map[string]any](ctx, newClient(t, scripted(answer{body: `{"code":"USER_DELETED","data":{"a":1}}`}), envelope), coreapi.Request{Path: "/x"})
	require.ErrorIs(t, err, coreapi.ErrUserDeleted)
	_, err = newClient(t, scripted(answer{body: `{"result":{"id":"d1"}}`}), envelope).Devices.Get(ctx, "d1")
	require.ErrorContains(t, err, "the response has no data, which the profile's Envelope names: the body has the members result")
}
