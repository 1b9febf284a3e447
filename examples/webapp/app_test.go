package main

import (
	"bytes"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// shop is the application on a fake, with a browser in front of it.
type shop struct {
	t       *testing.T
	url     string
	fake    *coreapitest.Server
	browser *http.Client
	log     *bytes.Buffer // to be read between requests
}

const (
	account  = "ada@example.com"
	password = "correct-horse"
	userID   = "65f000000000000000000001"
)

func newShop(t *testing.T) *shop {
	t.Helper()
	fake := coreapitest.NewServer(t)
	fake.AddUser(coreapitest.User{ID: userID, Email: account, Password: password})
	s := &shop{t: t, fake: fake, log: &bytes.Buffer{}}
	quick := coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 2, BaseBackoff: time.Millisecond, MaxBackoff: time.Millisecond})
	handler, err := newApp(fake.Client(quick), slog.New(slog.NewTextHandler(s.log, nil)))
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.browser = newBrowser(t)
	return s
}

func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &http.Client{Jar: jar}
}

// page is what a browser shows.
type page struct {
	t      *testing.T
	url    string // after redirects
	status int
	header http.Header
	body   string
}

func (s *shop) get(address string) page  { return s.load(http.MethodGet, address, nil) }
func (s *shop) post(address string) page { return s.load(http.MethodPost, address, url.Values{}) }

func (s *shop) load(method, address string, form url.Values) page {
	s.t.Helper()
	return load(s.t, s.browser, method, address, form)
}

func load(t *testing.T, browser *http.Client, method, address string, form url.Values) page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := browser.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return page{t, response.Request.URL.String(), response.StatusCode, response.Header, string(body)}
}

// find is the first group of a pattern, unescaped.
func (p page) find(pattern string) string {
	p.t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(p.body)
	require.NotNil(p.t, match, "%s is not in %s", pattern, p.body)
	return html.UnescapeString(match[1])
}

// hostedURL is where the waiting page leads.
func (p page) hostedURL() string { return p.find(`id="open" href="([^"]+)"`) }

// submit fills in the hosted page's form and sends it.
func (s *shop) submit(hostedURL, action, enteredAccount, enteredPassword string) page {
	s.t.Helper()
	form := url.Values{"account": {enteredAccount}, "password": {enteredPassword}, "action": {action}}
	shown := s.get(hostedURL)
	form.Set("csrf", shown.find(`name="csrf" value="([^"]+)"`))
	return s.load(http.MethodPost, hostedURL, form)
}

// startLogin goes to the waiting page.
func (s *shop) startLogin() page {
	s.t.Helper()
	assert.Contains(s.t, s.get(s.url).body, "Log in")
	waiting := s.post(s.url + "/login")
	require.Equal(s.t, http.StatusOK, waiting.status, waiting.body)
	require.Equal(s.t, s.url+"/login", waiting.url)
	return waiting
}

func TestLogInAndOut(t *testing.T) {
	s := newShop(t)
	waiting := s.startLogin()
	assert.Contains(t, waiting.body, `<meta http-equiv="refresh" content="3">`)
	assert.NotContains(t, waiting.body, "<script")
	s.submit(waiting.hostedURL(), "login", account, password)

	user := s.get(s.url + "/login")
	assert.Equal(t, s.url+"/", user.url)
	assert.Contains(t, user.body, "You are logged in")
	assert.Equal(t, userID, user.find(`id="user">([^<]+)<`))
	assert.Equal(t, s.url+"/", s.post(s.url+"/login").url, "there is nothing to log in to")

	out := s.post(s.url + "/logout")
	assert.Equal(t, s.url+"/", out.url)
	assert.NotContains(t, out.body, "You are logged in")
	assert.NotContains(t, s.get(s.url).body, userID)
	assert.Empty(t, s.log.String())
}

func TestWrongThenRightPassword(t *testing.T) {
	s := newShop(t)
	hosted := s.startLogin().hostedURL()
	wrong := s.submit(hosted, "login", account, "wrong")
	assert.Contains(t, wrong.body, "There is a problem")
	unknown := s.submit(hosted, "login", "nobody@example.com", password)
	summary := `(?s)<ul>(.*?)</ul>`
	assert.Equal(t, wrong.find(summary), unknown.find(summary), "one message for both")
	assert.Contains(t, s.get(s.url+"/login").body, "Waiting for your login")
	assert.Contains(t, s.get(s.url).body, "Waiting for your login", "home leads to the login that is pending")
	s.submit(hosted, "login", account, password)
	assert.Contains(t, s.get(s.url+"/login").body, userID)
}

func TestCancelledOnTheHostedPage(t *testing.T) {
	s := newShop(t)
	s.submit(s.startLogin().hostedURL(), "cancel", "", "")
	cancelled := s.get(s.url + "/login")
	assert.Equal(t, http.StatusOK, cancelled.status)
	assert.Contains(t, cancelled.body, "You cancelled the login")
	assert.Contains(t, cancelled.body, `<form method="post" action="/login">`, "one may start again")
	assert.NotContains(t, cancelled.body, "Reference")
	assert.Equal(t, s.url+"/", s.get(s.url+"/login").url, "the login is over")
}

func TestCancelledInTheShop(t *testing.T) {
	s := newShop(t)
	s.startLogin()
	s.post(s.url + "/logout")
	assert.Contains(t, s.get(s.url+"/login").body, "Log in to see your page")
}

func TestAccountsWithoutAccessGetAReference(t *testing.T) {
	for status, code := range map[coreapitest.Status]coreapi.Code{
		coreapitest.Inactive:  coreapi.CodeUserNotActive,
		coreapitest.Suspended: coreapi.CodeUserSuspended,
		coreapitest.Deleted:   coreapi.CodeUserDeleted,
	} {
		t.Run(string(status), func(t *testing.T) {
			s := newShop(t)
			s.fake.SetUserStatus(account, status)
			s.submit(s.startLogin().hostedURL(), "login", account, password)
			problem := s.get(s.url + "/login")
			assert.Equal(t, http.StatusForbidden, problem.status)
			assert.Contains(t, problem.body, "Your account cannot be used here")
			s.checkReference(problem, code)
		})
	}
}

// checkReference: the user sees a reference and not the code; the log has both,
// and the request that arrived last has the reference too.
func (s *shop) checkReference(problem page, code coreapi.Code) {
	s.t.Helper()
	reference := problem.find(`id="reference">([^<]+)<`)
	assert.NotContains(s.t, problem.body, string(code))
	assert.Contains(s.t, s.log.String(), string(code))
	assert.Contains(s.t, s.log.String(), reference)
	requests := s.fake.Requests()
	assert.Equal(s.t, reference, requests[len(requests)-1].Header.Get("X-Request-Id"))
}

func TestClientWithoutAccess(t *testing.T) {
	s := newShop(t)
	s.fake.SetClientStatus(coreapitest.Suspended)
	problem := s.post(s.url + "/login")
	assert.Equal(t, http.StatusBadGateway, problem.status)
	assert.Contains(t, problem.body, "Something is wrong on our side")
	assert.NotContains(t, problem.body, `id="again"`, "the user can do nothing about it")
	s.checkReference(problem, coreapi.CodeClientAccountSuspended)
}

func TestTimeoutWhileStarting(t *testing.T) {
	s := newShop(t)
	s.fake.Inject(coreapitest.Fault{Operation: "Users.StartLogin", Code: coreapi.CodeRequestTimeout, Times: 2})
	problem := s.post(s.url + "/login")
	assert.Equal(t, http.StatusServiceUnavailable, problem.status)
	assert.Contains(t, problem.body, "Please try again")
	assert.Contains(t, problem.body, `<form method="post" action="/login">`)
	s.checkReference(problem, coreapi.CodeRequestTimeout)
	s.startLogin()
}

func TestTimeoutWhileWaitingKeepsTheLogin(t *testing.T) {
	s := newShop(t)
	hosted := s.startLogin().hostedURL()
	s.fake.Inject(coreapitest.Fault{Operation: "Users.LoginStatus", Code: coreapi.CodeRequestTimeout})
	problem := s.get(s.url + "/login")
	assert.Equal(t, http.StatusServiceUnavailable, problem.status)
	assert.Equal(t, "/login", problem.find(`id="again" href="([^"]+)"`))
	s.checkReference(problem, coreapi.CodeRequestTimeout)
	s.submit(hosted, "login", account, password)
	assert.Contains(t, s.get(s.url+"/login").body, userID, "nothing was lost")
}

func TestOneTimeoutIsNotSeen(t *testing.T) {
	s := newShop(t)
	s.fake.Inject(coreapitest.Fault{Code: coreapi.CodeRequestTimeout})
	s.startLogin()
}

func TestCredentialCodesOfTheAPILookAlike(t *testing.T) {
	var bodies []string
	for _, code := range []coreapi.Code{coreapi.CodeUserNotFound, coreapi.CodeInvalidPassword} {
		s := newShop(t)
		s.startLogin()
		s.fake.Inject(coreapitest.Fault{Operation: "Users.LoginStatus", Code: code})
		problem := s.get(s.url + "/login")
		assert.Equal(t, http.StatusForbidden, problem.status)
		assert.NotContains(t, problem.body, string(code))
		bodies = append(bodies, problem.body)
	}
	assert.Equal(t, bodies[0], bodies[1])
}

func TestAnExpiredLogin(t *testing.T) {
	s := newShop(t)
	s.startLogin()
	s.fake.Reset()
	assert.Contains(t, s.get(s.url+"/login").body, "This login has expired")
	assert.Equal(t, s.url+"/", s.get(s.url+"/login").url)
}

func TestWhatTheAPISaysIsEscaped(t *testing.T) {
	s := newShop(t)
	s.fake.Inject(
		coreapitest.Fault{Operation: "Users.StartLogin", Body: `{"reqToken":"t","url":"https://login.example.com/\"><script>alert(2)</script>"}`},
		coreapitest.Fault{Operation: "Users.LoginStatus", Body: `{"state":"pending"}`},
		coreapitest.Fault{Operation: "Users.LoginStatus", Body: `{"state":"succeeded","userToken":"t","userId":"<script>alert(1)</script>"}`, Skip: 1},
	)
	waiting := s.startLogin()
	assert.NotContains(t, waiting.body, "<script")
	assert.Contains(t, s.get(s.url+"/login").body, "&lt;script&gt;")
}

func TestAHostedPageThatIsNoWebPageIsNotShown(t *testing.T) {
	s := newShop(t)
	s.fake.Inject(coreapitest.Fault{Operation: "Users.StartLogin", Body: `{"reqToken":"t","url":"javascript:alert(1)"}`})
	problem := s.post(s.url + "/login")
	assert.Equal(t, http.StatusBadGateway, problem.status)
	assert.NotContains(t, problem.body, "javascript:")
}

func TestPostsOfOtherSitesAreRefused(t *testing.T) {
	s := newShop(t)
	s.submit(s.startLogin().hostedURL(), "login", account, password)
	s.get(s.url + "/login")
	for _, header := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}},
		{"Sec-Fetch-Site": {"same-site"}},
		{"Origin": {"https://evil.example"}},
		{"Origin": {"null"}},
	} {
		for _, path := range []string{"/logout", "/login"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, nil)
			require.NoError(t, err)
			r.Header = header
			response, err := s.browser.Do(r)
			require.NoError(t, err)
			response.Body.Close()
			assert.Equal(t, http.StatusForbidden, response.StatusCode, header)
		}
	}
	assert.Equal(t, http.StatusMethodNotAllowed, s.get(s.url+"/logout").status, "no link logs anybody out")
	assert.Contains(t, s.get(s.url).body, userID, "still logged in")
}

func TestHeadersOfEveryPage(t *testing.T) {
	s := newShop(t)
	for _, p := range []page{s.get(s.url), s.startLogin(), s.get(s.url + "/style.css"), s.get(s.url + "/nothing")} {
		assert.Contains(t, p.header.Get("Content-Security-Policy"), "default-src 'none'")
		assert.Contains(t, p.header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
		assert.Equal(t, "nosniff", p.header.Get("X-Content-Type-Options"))
		assert.Equal(t, "same-origin", p.header.Get("Referrer-Policy"))
	}
	assert.Equal(t, "no-store", s.get(s.url).header.Get("Cache-Control"))
	style := s.get(s.url + "/style.css")
	assert.Equal(t, http.StatusOK, style.status)
	assert.Contains(t, style.header.Get("Content-Type"), "text/css")
}

func TestTheReqTokenStaysInTheShop(t *testing.T) {
	s := newShop(t)
	waiting := s.startLogin()
	address, err := url.Parse(waiting.hostedURL())
	require.NoError(t, err)
	reqToken := address.Query().Get("reqToken")
	require.NotEmpty(t, reqToken)
	assert.Equal(t, 1, strings.Count(waiting.body, reqToken), "in the hosted page's address, which needs it, and nowhere else")
	own, err := url.Parse(s.url)
	require.NoError(t, err)
	for _, cookie := range s.browser.Jar.Cookies(own) {
		assert.NotContains(t, cookie.Value, reqToken)
	}
}
