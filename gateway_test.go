package coreapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// gatewayPages are short versions, in our own words, of what stands between a
// client and an API answers by itself.
var gatewayPages = []struct {
	name        string
	status      int
	contentType string
	body        string
}{
	{"nginx", 502, "text/html", "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n"},
	{"HAProxy", 503, "text/html", "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n"},
	{"Cloudflare", 522, "text/html; charset=UTF-8", "<!DOCTYPE html>\n<!--[if lt IE 7]> <html class=\"no-js ie6\" lang=\"en-US\"> <![endif]-->\n<head><title>api.example.com | 522: Connection timed out</title></head><body><span class=\"code-label\">Error code 522</span><p>Ray ID: <strong>8a1b2c3d4e5f6789</strong></p></body></html>"},
	{"Cloudflare, plain", 520, "text/plain; charset=UTF-8", "error code: 520"},
	{"AWS ALB", 504, "text/html", "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center><h1>504 Gateway Time-out</h1></center>\r\n</body>\r\n</html>\r\n"},
	{"AWS API Gateway", 403, "application/json", `{"message":"Missing Authentication Token"}`},
	{"AWS API Gateway, limit", 429, "application/json", `{"message":null}`},
	{"Envoy", 503, "text/plain", "upstream connect error or disconnect/reset before headers. reset reason: connection termination"},
	{"Envoy, no route", 503, "text/plain", "no healthy upstream"},
	{"IIS", 500, "text/html", "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\">\r\n<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=iso-8859-1\"/>\r\n<title>500 - Internal server error.</title></head><body><h2>500 - Internal server error.</h2><h3>There is a problem with the resource \xab you asked for \xbb</h3></body></html>"},
	{"Varnish", 503, "text/html; charset=utf-8", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<html><head><title>503 Backend fetch failed</title></head><body><h1>Error 503 Backend fetch failed</h1><p>XID: 32770</p></body></html>"},
	{"Squid", 407, "text/html", "<html><head><title>ERROR: Cache Access Denied</title></head><body><p>Your cache administrator is <a href=\"mailto:root\">root</a>.</p></body></html>"},
	{"Apache", 413, "text/html; charset=iso-8859-1", "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>413 Request Entity Too Large</title>\n</head><body>\n<h1>Request Entity Too Large</h1></body></html>"},
	{"Kong", 401, "application/json; charset=utf-8", `{"message":"No API key found in request","request_id":"9f2b"}`},
	{"Spring", 500, "application/json", `{"timestamp":"2025-04-04T00:00:00.000+00:00","status":500,"error":"Internal Server Error","path":"/v1/devices"}`},
	{"problem+json", 400, "application/problem+json", `{"type":"about:blank","title":"Bad Request","status":400,"detail":"no"}`},
	{"Tyk", 403, "application/json", "{\n    \"error\": \"Access to this API has been disallowed\"\n}"},
	{"captive portal", 200, "text/html", "<html><head><meta http-equiv=\"refresh\" content=\"0; url=https://login.example.net/\"></head></html>"},
	{"gRPC gateway", 400, "application/json", `{"code":3,"message":"type mismatch","details":[]}`},
	{"UTF-16", 500, "application/json; charset=utf-16", "\xff\xfe{\x00}\x00"},
}

func TestAGatewaysOwnPageIsAnErrorWithoutACode(t *testing.T) {
	for _, page := range gatewayPages {
		t.Run(page.name, func(t *testing.T) {
			err := get(newClient(t, scripted(answer{status: page.status, body: page.body, header: http.Header{"Content-Type": {page.contentType}}})), coreapi.WithRetryPolicy(coreapi.NoRetry()))
			e := asError(t, err)
			require.False(t, isDocumented(e.Code))
			require.Equal(t, page.status, e.StatusCode)
			want := coreapi.ErrUnknownCode
			if page.status < 300 {
				want = coreapi.ErrUnexpectedResponse
			}
			requireMatchesExactly(t, err, want)
			require.Equal(t, page.body, string(e.Body))
			requireSafeText(t, e)
		})
	}
}

// requireSafeText asserts what holds for every error, whatever a server sends.
func requireSafeText(t *testing.T, e *coreapi.Error) {
	t.Helper()
	const longestLine, longestReport, reportLines = 4 << 10, 8 << 10, 20
	line, report, guidance := e.Error(), e.Report(), e.Guidance().String()
	require.NotContains(t, line+guidance, "\n")
	require.LessOrEqual(t, len(line), longestLine)
	require.LessOrEqual(t, len(report), longestReport)
	require.LessOrEqual(t, strings.Count(report, "\n"), reportLines)
	require.NotContains(t, report, "\r")
	for _, text := range []string{line, report, guidance, string(e.Code), e.Message, e.RequestID, e.Operation, e.Method, e.Path, fmt.Sprintf("%+v", e), logged(e)} {
		require.True(t, utf8.ValidString(text), "%q", text)
		require.NotContains(t, text, testKey)
	}
	require.LessOrEqual(t, len(e.Body), maxErrorBody)
}
