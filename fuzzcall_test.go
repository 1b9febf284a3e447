package coreapi_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// FuzzCall makes a whole call against a server that answers anything.
func FuzzCall(f *testing.F) {
	for _, page := range gatewayPages {
		f.Add(page.status, "Content-Type", page.contentType, []byte(page.body), false)
		f.Add(200, "X-Request-Id", "id\r\nforged: 1", []byte(page.body), true)
	}
	for _, info := range coreapi.Catalogue() {
		f.Add(200, "Retry-After", "1", []byte(codeBody(info.Code)), true)
	}
	f.Add(400, "X-Request-Id", testKey, []byte(`{"code":"`+testKey+`","message":["`+testKey+`\u0000"]}`), true)
	f.Add(302, "Location", "http://[::1/%zz?token="+testKey, []byte(nil), false)
	f.Add(204, "Retry-After", "99999999999999999999", []byte("{}"), false)
	f.Add(0, "", "", []byte("\xff"), true)
	f.Fuzz(func(t *testing.T, status int, name, value string, body []byte, isPost bool) {
		s := scripted(answer{status: status, header: http.Header{name: {value}}, body: string(body)})
		c := newClient(t, s, coreapi.WithMaxResponseBytes(8<<10))
		request := coreapi.Request{Path: "/things"}
		if isPost {
			request.Method, request.Body = http.MethodPost, map[string]string{"a": "b"}
		}
		_, err := coreapi.Do[map[string]any](context.Background(), c, request, coreapi.WithRetryPolicy(coreapi.NoRetry()))
		require.Equal(t, 1, s.count())
		if err == nil {
			require.True(t, status == 0 || status/100 == 2, "status %d is no success", status) // 0: the script's 200
			require.LessOrEqual(t, len(body), 8<<10)
			return
		}
		e := asError(t, err)
		requireSafeText(t, e)
		require.NotEqual(t, coreapi.DeliveryNotSent, e.Delivery, "it was sent")
		require.Equal(t, 1, e.Attempts)
		exclusive := 0
		for _, target := range []error{coreapi.ErrUnknownCode, coreapi.ErrUnexpectedResponse, coreapi.ErrResponseTooLarge, coreapi.ErrRedirect} {
			if errors.Is(err, target) {
				exclusive++
			}
		}
		require.LessOrEqual(t, exclusive, 1, "these exclude each other: %v", err)
		require.Equal(t, exclusive == 0, isDocumented(e.Code) && !errors.Is(err, coreapi.ErrResponseTooLarge), "a documented code, or exactly one of them: %v", err)
	})
}
