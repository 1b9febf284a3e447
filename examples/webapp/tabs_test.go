package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// tabs are those of one browser, with the application and the fake in memory, so
// that a test decides what happens while the API is slow.
type tabs struct {
	t       *testing.T
	app     http.Handler
	fake    *coreapitest.Server
	jar     http.CookieJar
	cookies []*http.Cookie // all that the browser ever got
	log     *strings.Builder
}

// slow is less than callTimeout.
const slow = 5 * time.Second

var shopURL = &url.URL{Scheme: "http", Host: "shop.test", Path: "/"}

func inTabs(t *testing.T, test func(*testing.T, *tabs)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		fake := coreapitest.New()
		fake.AddUser(coreapitest.User{ID: userID, Email: account, Password: password})
		b := &tabs{t: t, fake: fake, log: &strings.Builder{}}
		var err error
		b.jar, err = cookiejar.New(nil)
		require.NoError(t, err)
		b.app, err = newApp(fake.Client(), slog.New(slog.NewTextHandler(b.log, nil)))
		require.NoError(t, err)
		test(t, b)
	})
}

// send sends what a browser would, and has not followed the redirect yet. The
// cookies are those at the time of sending.
func (b *tabs) send(ctx context.Context, method, path string) func() *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, path, nil)
	for _, cookie := range b.jar.Cookies(shopURL) {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.app.ServeHTTP(w, r)
	}()
	synctest.Wait() // until it is answered, or waits for the API
	return func() *httptest.ResponseRecorder {
		<-done
		return w
	}
}

// keep is what the browser does with the cookies of an answer.
func (b *tabs) keep(w *httptest.ResponseRecorder) {
	b.cookies = append(b.cookies, w.Result().Cookies()...)
	b.jar.SetCookies(shopURL, w.Result().Cookies())
}

// load follows redirects, as a browser does.
func (b *tabs) load(method, path string) string {
	b.t.Helper()
	w := b.send(b.t.Context(), method, path)()
	b.keep(w)
	if to := w.Header().Get("Location"); to != "" {
		return b.load(http.MethodGet, to)
	}
	body, err := io.ReadAll(w.Body)
	require.NoError(b.t, err)
	return string(body)
}

func (b *tabs) get(path string) string  { b.t.Helper(); return b.load(http.MethodGet, path) }
func (b *tabs) post(path string) string { b.t.Helper(); return b.load(http.MethodPost, path) }

// start opens the shop, starts a login and returns its reqToken.
func (b *tabs) start() coreapi.Secret {
	b.t.Helper()
	b.get("/")
	return b.reqToken(b.post("/login"))
}

func (b *tabs) reqToken(waiting string) coreapi.Secret {
	b.t.Helper()
	address, err := url.Parse(page{t: b.t, body: waiting}.hostedURL())
	require.NoError(b.t, err)
	return coreapi.Secret(address.Query().Get("reqToken"))
}

// loggedIn is whether a browser with just this cookie would be.
func (b *tabs) loggedIn(cookie *http.Cookie) bool {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(cookie)
	w := httptest.NewRecorder()
	b.app.ServeHTTP(w, r)
	return strings.Contains(w.Body.String(), "You are logged in")
}

func (b *tabs) count(operation string) int {
	n := 0
	for _, r := range b.fake.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

func (b *tabs) slowStatus() {
	b.fake.Inject(coreapitest.Fault{Operation: opLoginStatus, Delay: slow})
}

func TestCancellingWhileTheStatusIsAskedForWins(t *testing.T) {
	inTabs(t, func(t *testing.T, b *tabs) {
		b.fake.CompleteLogin(b.start(), account)
		b.slowStatus()
		other := b.send(t.Context(), http.MethodGet, "/login")
		assert.Contains(t, b.post("/logout"), "Log in to see your page")

		late := other()
		b.keep(late)
		assert.Contains(t, b.get("/"), "Log in to see your page")
		for _, cookie := range b.cookies {
			assert.False(t, b.loggedIn(cookie), "no id is worth anything")
		}
	})
}

func TestAnAnswerCountsForTheLoginThatItIsAbout(t *testing.T) {
	for name, end := range map[string]func(*coreapitest.Server, coreapi.Secret){
		"succeeded": func(f *coreapitest.Server, token coreapi.Secret) { f.CompleteLogin(token, account) },
		"failed":    func(f *coreapitest.Server, token coreapi.Secret) { f.FailLogin(token, coreapi.CodeUserSuspended) },
	} {
		t.Run(name, func(t *testing.T) {
			inTabs(t, func(t *testing.T, b *tabs) {
				first := b.start()
				end(b.fake, first)
				b.slowStatus()
				other := b.send(t.Context(), http.MethodGet, "/login")
				b.post("/logout")
				second := b.start()
				require.NotEqual(t, first, second)

				b.keep(other())
				assert.Equal(t, second, b.reqToken(b.get("/")), "the second login is pending, as it was")
			})
		})
	}
}

func TestALoginThatIsGivenUpWhileItStartsIsNotStarted(t *testing.T) {
	inTabs(t, func(t *testing.T, b *tabs) {
		b.get("/")
		b.fake.Inject(coreapitest.Fault{Operation: opStartLogin, Delay: slow})
		starting := b.send(t.Context(), http.MethodPost, "/login")
		b.post("/logout")
		b.keep(starting())
		assert.Contains(t, b.get("/"), "Log in to see your page")
	})
}

func TestTabsThatStartAtOnceHaveOneLogin(t *testing.T) {
	inTabs(t, func(t *testing.T, b *tabs) {
		b.get("/")
		b.fake.Inject(coreapitest.Fault{Operation: opStartLogin, Delay: slow, Times: -1})
		shown := map[coreapi.Secret]bool{}
		for _, started := range b.fiveTabs(http.MethodPost) {
			b.keep(started)
			shown[b.reqToken(b.get("/login"))] = true
		}
		assert.Len(t, shown, 1, "every tab shows the same login")
	})
}

func TestALoginThatAnotherTabStartedFirstStays(t *testing.T) {
	inTabs(t, func(t *testing.T, b *tabs) {
		b.get("/")
		b.fake.Inject(coreapitest.Fault{Operation: opStartLogin, Delay: slow})
		late := b.send(t.Context(), http.MethodPost, "/login")
		first := b.reqToken(b.post("/login"))
		b.keep(late())
		assert.Equal(t, first, b.reqToken(b.get("/")), "its hosted page may be open already")
	})
}

func TestASecondTabJoinsTheLogin(t *testing.T) {
	inTabs(t, func(t *testing.T, b *tabs) {
		first := b.start()
		assert.Equal(t, first, b.reqToken(b.post("/login")))
		assert.Equal(t, 1, b.count(opStartLogin))

		b.fake.CompleteLogin(first, account)
		b.get("/login")
		assert.Contains(t, b.post("/login"), userID, "and then the user's page")
		assert.Equal(t, 1, b.count(opStartLogin))
	})
}

// fiveTabs sends at once, and returns when all are answered.
func (b *tabs) fiveTabs(method string) []*httptest.ResponseRecorder {
	var wait []func() *httptest.ResponseRecorder
	for range 5 {
		wait = append(wait, b.send(b.t.Context(), method, "/login"))
	}
	var answers []*httptest.ResponseRecorder
	for _, answer := range wait {
		answers = append(answers, answer())
	}
	return answers
}

func TestALogoutEndsAllTabs(t *testing.T) {
	inTabs(t, func(t *testing.T, b *tabs) {
		b.fake.CompleteLogin(b.start(), account)
		b.fake.Inject(coreapitest.Fault{Operation: opLoginStatus, Delay: slow, Times: -1})
		for _, answer := range b.fiveTabs(http.MethodGet) {
			b.keep(answer)
			assert.Contains(t, b.get("/"), userID, "each tab is logged in")
		}
		ids := b.cookies
		b.post("/logout")
		for _, cookie := range ids {
			assert.False(t, b.loggedIn(cookie))
		}
	})
}

func TestAReloadWhileTheStatusIsAskedForLosesNothing(t *testing.T) {
	inTabs(t, func(t *testing.T, b *tabs) {
		reqToken := b.start()
		b.slowStatus()
		ctx, reload := context.WithCancel(t.Context())
		gone := b.send(ctx, http.MethodGet, "/login")
		reload()
		gone() // nobody gets the answer

		b.fake.CompleteLogin(reqToken, account)
		assert.Contains(t, b.get("/login"), userID)
		assert.Empty(t, b.log.String(), "a reload is nobody's problem")
	})
}

func TestAnAnswerThatGotLostIsNoLostLogin(t *testing.T) {
	inTabs(t, func(t *testing.T, b *tabs) {
		b.fake.CompleteLogin(b.start(), account)
		lost := b.send(t.Context(), http.MethodGet, "/login")() // with the new cookie, which does not arrive
		require.Equal(t, "/", lost.Header().Get("Location"))
		before := b.cookies
		assert.Contains(t, b.get("/login"), userID)

		assert.Contains(t, b.get("/"), userID)
		for _, cookie := range before {
			assert.False(t, b.loggedIn(cookie), "the id from before the login is worth nothing any more")
		}
	})
}

func TestWhatDoesNotSayThatTheLoginIsOverKeepsIt(t *testing.T) {
	for name, fault := range map[string]coreapitest.Fault{
		"a timeout":                  {Code: coreapi.CodeRequestTimeout},
		"a slow API":                 {Delay: 2 * callTimeout},
		"a gateway":                  {Status: http.StatusBadGateway},
		"too many requests":          {Status: http.StatusTooManyRequests},
		"a lost connection":          {Drop: coreapitest.DropBefore},
		"a cut answer":               {Truncate: true},
		"a page of a proxy":          {Body: "<html>", ContentType: "text/html"},
		"not found":                  {Status: http.StatusNotFound},
		"an unknown code":            {Code: "NEW_CODE", Status: http.StatusBadRequest},
		"a request that was closed":  {Code: coreapi.CodeClientClosedRequest},
		"a client that is suspended": {Code: coreapi.CodeClientAccountSuspended},
		"an endpoint":                {Code: coreapi.CodeEndpointForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			inTabs(t, func(t *testing.T, b *tabs) {
				reqToken := b.start()
				fault.Operation = opLoginStatus
				b.fake.Inject(fault)
				problem := b.get("/login")
				assert.Contains(t, problem, `id="problem"`)
				assert.NotContains(t, problem, "You cancelled")
				assert.Contains(t, problem, `id="cancel"`, "the user can give it up")

				b.fake.CompleteLogin(reqToken, account)
				assert.Contains(t, b.get("/login"), userID)
			})
		})
	}
}

func TestWhatSaysThatTheLoginIsOverEndsIt(t *testing.T) {
	for _, code := range []coreapi.Code{
		coreapi.CodeClientClosedRequest, coreapi.CodeUserSuspended, coreapi.CodeRequestTimeout,
		coreapi.CodeDuplicateKey, coreapi.CodeFailedUpdateUserToken, "NEW_CODE",
	} {
		t.Run("failed with "+string(code), func(t *testing.T) {
			inTabs(t, func(t *testing.T, b *tabs) {
				b.fake.FailLogin(b.start(), code)
				b.endsAtOnce()
			})
		})
	}
	for _, code := range []coreapi.Code{
		coreapi.CodeFailedUpdateUserToken, coreapi.CodeInvalidObjectID, coreapi.CodeUserDeleted, coreapi.CodeUserNotFound,
	} {
		t.Run("answered with "+string(code), func(t *testing.T) {
			inTabs(t, func(t *testing.T, b *tabs) {
				b.start()
				b.fake.Inject(coreapitest.Fault{Operation: opLoginStatus, Code: code})
				b.endsAtOnce()
			})
		})
	}
}

func (b *tabs) endsAtOnce() {
	b.t.Helper()
	problem := b.get("/login")
	assert.Contains(b.t, problem, `id="problem"`)
	assert.NotContains(b.t, problem, `id="cancel"`)
	assert.Contains(b.t, b.get("/login"), "Log in to see your page")
}

func TestAProblemPageLooksAgainByItself(t *testing.T) {
	inTabs(t, func(t *testing.T, b *tabs) {
		b.start()
		b.fake.Inject(
			coreapitest.Fault{Operation: opLoginStatus, Status: http.StatusBadGateway},
			coreapitest.Fault{Operation: opLoginStatus, Status: http.StatusTooManyRequests, RetryAfter: "20", Skip: 1},
			coreapitest.Fault{Operation: opLoginStatus, Code: coreapi.CodeClientAccountDeleted, Skip: 2},
		)
		assert.Contains(t, b.get("/login"), `http-equiv="refresh" content="3"`)
		assert.Contains(t, b.get("/login"), `http-equiv="refresh" content="21"`, "not before the API wants it")
		assert.NotContains(t, b.get("/login"), `http-equiv="refresh"`, "the user can do nothing")
	})
}

func TestALoginIsPendingForAShortTimeOnly(t *testing.T) {
	inTabs(t, func(t *testing.T, b *tabs) {
		reqToken := b.start()
		time.Sleep(loginLifetime) // the bubble's time
		b.fake.CompleteLogin(reqToken, account)
		assert.Contains(t, b.get("/login"), "Log in to see your page")
		assert.LessOrEqual(t, loginLifetime, 10*time.Minute)
	})
}

func TestTheWaitingPageSaysWhatIsLoggedInTo(t *testing.T) {
	inTabs(t, func(t *testing.T, b *tabs) {
		b.get("/")
		waiting := b.post("/login")
		assert.Contains(t, waiting, "You are logging in to <strong>Partner shop</strong>")
		assert.Contains(t, waiting, "Do not pass the login page on")
	})
}

func TestALoginWithoutAUserIDIsALogin(t *testing.T) {
	inTabs(t, func(t *testing.T, b *tabs) {
		b.start()
		b.fake.Inject(coreapitest.Fault{Operation: opLoginStatus, Body: `{"state":"succeeded","userToken":"t"}`})
		user := b.get("/login")
		assert.Contains(t, user, "You are logged in")
		assert.NotContains(t, user, "Welcome")
		assert.Contains(t, user, `id="logout"`)
		assert.Contains(t, b.post("/login"), "You are logged in", "there is nothing to log in to")
		assert.Contains(t, b.post("/logout"), "Log in to see your page")
	})
}
