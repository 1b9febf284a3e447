package coreapi_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestEachOperationSendsItsDocumentedMethodOnItsDefaultRoute(t *testing.T) {
	ctx := context.Background()
	// It has what each operation is for.
	const whole = `{"id":"x","state":"succeeded","userToken":"t","reqToken":"r","url":"https://login.example.com/"}`
	for name, test := range map[string]struct {
		call              func(*coreapi.Client) error
		method, url, body string
	}{
		"Clients.Info": {func(c *coreapi.Client) error { _, err := c.Clients.Info(ctx); return err }, "GET", "/client", ""},
		"Users.Login": {func(c *coreapi.Client) error {
			_, err := c.Users.Login(ctx, coreapi.LoginRequest{Email: "a@b", Password: "p", ReqToken: "r"})
			return err
		}, "POST", "/user/login", `{"email":"a@b","password":"p","reqToken":"r"}`},
		"Users.Login again": {func(c *coreapi.Client) error {
			_, err := c.Users.Login(ctx, coreapi.LoginRequest{WhatsApp: "+62", Password: "p"})
			return err
		}, "POST", "/user/login", `{"whatsapp":"+62","password":"p"}`},
		"Users.StartLogin":  {func(c *coreapi.Client) error { _, err := c.Users.StartLogin(ctx); return err }, "POST", "/user/login", `{}`},
		"Users.LoginStatus": {func(c *coreapi.Client) error { _, err := c.Users.LoginStatus(ctx, "r&t"); return err }, "GET", "/user/login?id=r%26t", ""},
		"Devices.Save": {func(c *coreapi.Client) error {
			_, err := c.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "d", OSVersion: "1"})
			return err
		}, "POST", "/device", `{"deviceId":"d","osVersion":"1"}`},
		"Devices.Get": {func(c *coreapi.Client) error { _, err := c.Devices.Get(ctx, "i"); return err }, "GET", "/device?id=i", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := scripted(answer{body: whole})
			require.NoError(t, test.call(newClient(t, s)))
			require.Equal(t, test.method, s.sent[0].method)
			require.Equal(t, testBase+test.url, s.sent[0].url)
			require.Equal(t, test.body, s.sent[0].body)
			failing := newClient(t, scripted(answer{status: 418}))
			require.Equal(t, strings.TrimSuffix(name, " again"), asError(t, test.call(failing)).Operation)
		})
	}
}
