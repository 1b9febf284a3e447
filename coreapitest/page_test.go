package coreapitest_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// browser is as much of one as the page needs: cookies, redirects and forms.
type browser struct {
	t       *testing.T
	client  *http.Client
	address *url.URL
	status  int
	header  http.Header
	page    string
}

func newBrowser(t *testing.T, s *coreapitest.Server) *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := plain(s)
	client.Jar = jar
	return &browser{t: t, client: client}
}

func (b *browser) open(address string) *browser {
	b.t.Helper()
	return b.take(b.client.Get(address))
}

func (b *browser) take(resp *http.Response, err error) *browser {
	b.t.Helper()
	require.NoError(b.t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	b.address, b.status, b.header, b.page = resp.Request.URL, resp.StatusCode, resp.Header, string(data)
	return b
}

var (
	formAction  = regexp.MustCompile(`<form[^>]* action="([^"]*)"`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	button      = regexp.MustCompile(`<button[^>]* name="([^"]*)" value="([^"]*)">([^<]*)</button>`)
)

// press sends the form with the hidden fields, the ones that were filled in, and
// the button.
func (b *browser) press(text string, filled url.Values) *browser {
	b.t.Helper()
	form := url.Values{}
	for name, values := range filled {
		form[name] = values
	}
	for _, m := range hiddenField.FindAllStringSubmatch(b.page, -1) {
		if !form.Has(m[1]) {
			form.Set(m[1], html.UnescapeString(m[2]))
		}
	}
	for _, m := range button.FindAllStringSubmatch(b.page, -1) {
		if m[3] == text {
			form.Set(m[1], m[2])
		}
	}
	action := formAction.FindStringSubmatch(b.page)
	require.NotNil(b.t, action, "the page has no form: %s", b.page)
	target, err := b.address.Parse(html.UnescapeString(action[1]))
	require.NoError(b.t, err)
	return b.take(b.client.PostForm(target.String(), form))
}

func (b *browser) logIn(account, password string) *browser {
	b.t.Helper()
	return b.press("Log in", url.Values{"account": {account}, "password": {password}})
}

// hosted starts a login and opens its page.
func hosted(t *testing.T, s *coreapitest.Server) (*browser, func() *coreapi.LoginStatus) {
	t.Helper()
	s.AddUser(ana)
	session, err := once(s).Users.StartLogin(t.Context())
	require.NoError(t, err)
	return newBrowser(t, s).open(session.URL), func() *coreapi.LoginStatus {
		status, err := once(s).Users.LoginStatus(t.Context(), session.ReqToken)
		require.NoError(t, err)
		return status
	}
}

func TestTheHostedPageLogsInAfterAWrongPassword(t *testing.T) {
	for _, account := range []string{email, " ANA@example.com ", whatsApp} {
		inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
			b, status := hosted(t, s)
			require.Equal(t, http.StatusOK, b.status)
			require.Contains(t, b.page, "<title>Log in</title>")

			b.logIn(account, "wrong password")
			require.Contains(t, b.page, "The account or the password is not right.")
			require.Equal(t, coreapi.LoginPending, status().State)

			b.logIn(account, password)
			require.Contains(t, b.page, "You are logged in")
			require.NotContains(t, b.page, "<form")
			require.Equal(t, coreapi.LoginSucceeded, status().State)
			require.Equal(t, "u-ana", status().UserID)
			require.NotEmpty(t, string(status().UserToken))
		})
	}
}

func TestTheHostedPageSaysTheSameOfAnUnknownUserAndAWrongPassword(t *testing.T) {
	b, status := hosted(t, coreapitest.New())
	shown := func(account string) string {
		b.logIn(account, "wrong password")
		return strings.ReplaceAll(b.page, account, "")
	}
	wrongPassword := shown(email)
	require.Equal(t, wrongPassword, shown("nobody@example.com"))
	require.Equal(t, coreapi.LoginPending, status().State)
}

func TestTheHostedPageSaysTheSameOfASuspendedUserWithAWrongPassword(t *testing.T) {
	s := coreapitest.New()
	b, status := hosted(t, s)
	s.SetUserStatus(email, coreapitest.Suspended)
	b.logIn(email, "wrong password")
	require.Contains(t, b.page, "The account or the password is not right.")
	require.Equal(t, coreapi.LoginPending, status().State)
}

func TestCancelOnTheHostedPageEndsTheLogin(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		b, status := hosted(t, s)
		b.press("Cancel", nil)
		require.Contains(t, b.page, "Login cancelled")
		require.Equal(t, coreapi.LoginFailed, status().State)
		require.Equal(t, coreapi.CodeClientClosedRequest, status().FailureCode)
		_, err := once(s).Users.WaitForLogin(t.Context(), status().ReqToken)
		require.ErrorIs(t, err, coreapi.ErrClientClosedRequest)
	})
}

func TestAnEndedOrUnknownLoginShowsAPlainPage(t *testing.T) {
	s := coreapitest.New()
	b, _ := hosted(t, s)
	before := *b
	b.logIn(email, password)
	for _, again := range []func() *browser{
		func() *browser { return b.open(before.address.String()) },
		func() *browser { b.page = before.page; return b.logIn(email, password) },
	} {
		again()
		require.Equal(t, http.StatusOK, b.status)
		require.Contains(t, b.page, "You are logged in")
		require.NotContains(t, b.page, "<form")
	}
	for _, query := range []string{"?reqToken=unknown", ""} {
		b.open(s.URL + "/hosted/login" + query)
		require.Equal(t, http.StatusNotFound, b.status)
		require.Contains(t, b.page, "Login not found")
		require.NotContains(t, b.page, "<form")
	}
}

func TestTheHostedPageAsksForWhatIsMissing(t *testing.T) {
	b, status := hosted(t, coreapitest.New())
	b.logIn("  ", "")
	for _, want := range []string{
		`<title>Error: Log in</title>`,
		`role="alert"`,
		`<a href="#account">Enter your email or WhatsApp number</a>`,
		`<a href="#password">Enter your password</a>`,
		`aria-describedby="password-error"`,
	} {
		require.Contains(t, b.page, want)
	}
	require.Equal(t, coreapi.LoginPending, status().State)
}

func TestTheHostedPageNeedsItsCSRFToken(t *testing.T) {
	for name, forge := range map[string]func(b *browser) *browser{
		"no cookie": func(b *browser) *browser {
			b.client.Jar = nil
			return b.logIn(email, password)
		},
		"another token": func(b *browser) *browser {
			return b.press("Log in", url.Values{"csrf": {"forged"}, "account": {email}, "password": {password}})
		},
		"an empty token": func(b *browser) *browser {
			return b.press("Cancel", url.Values{"csrf": {""}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
				b, status := hosted(t, s)
				forge(b)
				require.Equal(t, http.StatusForbidden, b.status)
				require.Equal(t, coreapi.LoginPending, status().State)
				require.NotContains(t, b.page, password)
			})
		})
	}
}

func TestAnEmptyCookieIsNoCSRFToken(t *testing.T) {
	s := coreapitest.New()
	b, status := hosted(t, s)
	got := send(t, s, "POST", b.address.RequestURI(), "csrf=&action=cancel", "Cookie", "coreapitest_csrf=")
	require.Equal(t, http.StatusForbidden, got.status)
	require.Equal(t, coreapi.LoginPending, status().State)
}

func TestTheHostedPageMayBeOpenTwice(t *testing.T) {
	b, status := hosted(t, coreapitest.New())
	first := *b
	b.open(b.address.String())
	b.page = first.page
	b.logIn(email, password)
	require.Equal(t, coreapi.LoginSucceeded, status().State)
}

func TestTheHostedPageHasSecurityHeaders(t *testing.T) {
	b, _ := hosted(t, coreapitest.New())
	require.Equal(t, "text/html; charset=utf-8", b.header.Get("Content-Type"))
	require.Equal(t, "no-store", b.header.Get("Cache-Control"))
	require.Equal(t, "nosniff", b.header.Get("X-Content-Type-Options"))
	require.Equal(t, "no-referrer", b.header.Get("Referrer-Policy"))
	policy := b.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		require.Contains(t, policy, want)
	}
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(b.page)
	require.NotNil(t, style)
	require.Contains(t, policy, "style-src 'sha256-"+sha256Base64(style[1])+"'", "the policy allows the page's own style")
	cookie := b.header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Secure", "Path=/hosted/login"} {
		require.Contains(t, cookie, want)
	}
	require.NotContains(t, b.page, "<script")
}

func TestTheHostedPageEscapesWhatItShows(t *testing.T) {
	b, _ := hosted(t, coreapitest.New())
	b.logIn(`"><script>alert(1)</script>`, "wrong password")
	require.NotContains(t, b.page, "<script")
	require.Contains(t, b.page, `value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"`)
}

func TestTheHostedPageNeverShowsAPassword(t *testing.T) {
	b, _ := hosted(t, coreapitest.New())
	b.logIn("nobody@example.com", password)
	require.NotContains(t, b.page, password)
}

func TestTheHostedPageIsNoOperation(t *testing.T) {
	s := coreapitest.New()
	b, status := hosted(t, s)
	s.SetClientStatus(coreapitest.Deleted)
	s.Inject(coreapitest.Fault{Code: coreapi.CodeRequestTimeout, Skip: 1})
	b.logIn(email, password)
	s.SetClientStatus(coreapitest.Active)
	require.Equal(t, http.StatusOK, b.status, "it needs no key, and no fault matches it")

	requests := s.Requests()
	last := requests[len(requests)-1]
	require.Equal(t, "GET /hosted/login", last.Method+" "+last.Path)
	post := requests[len(requests)-2]
	require.Equal(t, "POST /hosted/login", post.Method+" "+post.Path)
	require.Empty(t, post.Operation)
	require.Regexp(t, `^\[\d+ bytes\]$`, string(post.Body))
	require.Equal(t, []string{"[redacted]"}, post.Header["Cookie"])
	require.Equal(t, coreapi.LoginSucceeded, status().State)
}

func TestWhatIsSentToTheHostedPageIsRecordedAsItsLength(t *testing.T) {
	s := coreapitest.New()
	send(t, s, "POST", "/hosted/login", `{"account":"s3cret"}`)
	require.Equal(t, "[20 bytes]", string(s.Requests()[0].Body))
}

func TestTheHostedPagesURLFollowsTheListenerItIsMountedOn(t *testing.T) {
	s := coreapitest.New()
	for name, start := range map[string]func(http.Handler) *httptest.Server{
		"http":  httptest.NewServer,
		"https": httptest.NewTLSServer,
	} {
		t.Run(name, func(t *testing.T) {
			mounted := start(s)
			defer mounted.Close()
			c, err := coreapi.New(mounted.URL, coreapi.SignedClientKey(s.ClientKey, s.PrivateKey), coreapi.WithHTTPClient(mounted.Client()))
			require.NoError(t, err)
			session, err := c.Users.StartLogin(t.Context())
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(session.URL, mounted.URL+"/hosted/login?"))
			resp, err := mounted.Client().Get(session.URL)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, http.StatusOK, resp.StatusCode)
		})
	}
}
