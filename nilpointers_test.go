package coreapi_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestANilPointerOfEachTypeIsLoggedAsNil(t *testing.T) {
	for name, v := range map[string]any{
		"LoginStatus": (*coreapi.LoginStatus)(nil), "LoginSession": (*coreapi.LoginSession)(nil), "LoginRequest": (*coreapi.LoginRequest)(nil),
		"Device": (*coreapi.Device)(nil), "DeviceInfo": (*coreapi.DeviceInfo)(nil), "ClientInfo": (*coreapi.ClientInfo)(nil), "Client": (*coreapi.Client)(nil),
		"Secret": (*coreapi.Secret)(nil), "RawJSON": (*coreapi.RawJSON)(nil), "Error": (*coreapi.Error)(nil),
		"Credentials": (*coreapi.Credentials)(nil), "SignatureInput": (*coreapi.SignatureInput)(nil),
		"AttemptStart": (*coreapi.AttemptStart)(nil), "AttemptDone": (*coreapi.AttemptDone)(nil), "CallDone": (*coreapi.CallDone)(nil),
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			slog.New(slog.NewTextHandler(&out, nil)).Info("login", "value", v)
			require.Contains(t, out.String(), "value=<nil>")
			out.Reset()
			slog.New(slog.NewJSONHandler(&out, nil)).Info("login", "value", v)
			require.Contains(t, out.String(), `"value":null`)
			require.NotContains(t, out.String(), "panic")
		})
	}
}

func TestASecretIsLoggedAsNoneByValueAndByPointer(t *testing.T) {
	secret := coreapi.Secret(plantedSecret)
	info := coreapi.DeviceInfo{DeviceID: "d", PushToken: plantedSecret, Extra: map[string]any{"x": plantedSecret}}
	for _, v := range []any{secret, &secret, info, &info, coreapi.LoginStatus{UserToken: plantedSecret}, &coreapi.LoginStatus{UserToken: plantedSecret},
		coreapi.RawJSON(plantedSecret), coreapi.Credentials{ClientKey: plantedSecret}, coreapi.SignatureInput{Body: []byte(plantedSecret)}} {
		require.NotContains(t, logged(v), plantedSecret)
	}
}
