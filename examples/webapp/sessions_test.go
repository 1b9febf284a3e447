package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// clock is a time that the test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func blank() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }

// with is a request with the cookie of a response.
func with(w *httptest.ResponseRecorder) *http.Request {
	r := blank()
	for _, cookie := range w.Result().Cookies() {
		r.AddCookie(cookie)
	}
	return r
}

func look(s *sessions, r *http.Request) seen { return s.of(httptest.NewRecorder(), r) }

// opened is the answer with a new session's cookie.
func opened(s *sessions, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.open(w, r)
	return w
}

// changed is the answer to a request that changed its session.
func changed(t *testing.T, s *sessions, r *http.Request, next session) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	require.True(t, s.replace(w, r, look(s, r), next))
	return w
}

var ada = session{LoggedIn: true, UserID: "ada"}

func TestSessionCookie(t *testing.T) {
	s := newSessions(time.Now)
	first := opened(s, blank())
	cookie := first.Result().Cookies()[0]
	assert.True(t, cookie.HttpOnly)
	assert.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
	assert.Equal(t, "/", cookie.Path)
	assert.False(t, cookie.Secure)
	assert.GreaterOrEqual(t, len(cookie.Value), 26, "128 bits that nobody guesses")
	overTLS := opened(s, httptest.NewRequest(http.MethodGet, "https://shop.example/", nil))
	assert.True(t, overTLS.Result().Cookies()[0].Secure)
	assert.NotEqual(t, cookie.Value, overTLS.Result().Cookies()[0].Value)
}

func TestALoginGetsAnotherID(t *testing.T) {
	s := newSessions(time.Now)
	before := opened(s, blank())
	after := changed(t, s, with(before), ada)
	assert.Equal(t, ada, look(s, with(after)).session)
	assert.Zero(t, look(s, with(before)), "the old id is worth nothing")
	assert.Len(t, s.byID, 1)
}

func TestALoginWhoseAnswerGotLostIsFoundByTheOldID(t *testing.T) {
	s := newSessions(time.Now)
	before := opened(s, blank())
	lost := changed(t, s, with(before), ada)

	again := httptest.NewRecorder()
	require.Equal(t, ada, s.of(again, with(before)).session)
	assert.Equal(t, lost.Result().Cookies()[0].Value, again.Result().Cookies()[0].Value, "the new id is given once more")
	look(s, with(again))
	assert.Zero(t, look(s, with(before)))
}

func TestTheOldIDOfALoginThatNobodyFetchesExpires(t *testing.T) {
	c := &clock{time.Now()}
	s := newSessions(c.now)
	before := opened(s, blank())
	changed(t, s, with(before), ada)
	c.at = c.at.Add(loginLifetime)
	assert.Zero(t, look(s, with(before)))
}

func TestASessionThatHasChangedIsNotReplaced(t *testing.T) {
	one, other := &coreapi.LoginSession{ReqToken: "one"}, &coreapi.LoginSession{ReqToken: "one"}
	for name, meanwhile := range map[string]func(*testing.T, *sessions, *http.Request){
		"ended":     func(_ *testing.T, s *sessions, r *http.Request) { s.end(httptest.NewRecorder(), r) },
		"logged in": func(t *testing.T, s *sessions, r *http.Request) { changed(t, s, r, ada) },
		"at another login": func(t *testing.T, s *sessions, r *http.Request) {
			changed(t, s, r, session{Login: other})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSessions(time.Now)
			r := with(opened(s, blank()))
			changed(t, s, r, session{Login: one})
			was := look(s, r)
			meanwhile(t, s, r)
			now := look(s, r)

			w := httptest.NewRecorder()
			assert.False(t, s.replace(w, r, was, session{LoggedIn: true, UserID: "late"}))
			assert.Equal(t, now, look(s, r))
			assert.Empty(t, w.Result().Cookies(), "the browser keeps the cookie that it has")
		})
	}
}

func TestALoginThatHasExpiredIsNotReplaced(t *testing.T) {
	c := &clock{time.Now()}
	s := newSessions(c.now)
	r := with(opened(s, blank()))
	changed(t, s, r, session{Login: &coreapi.LoginSession{}})
	was := look(s, r)
	c.at = c.at.Add(loginLifetime)
	assert.False(t, s.replace(httptest.NewRecorder(), r, was, ada))
}

func TestSessionsEnd(t *testing.T) {
	c := &clock{time.Now()}
	s := newSessions(c.now)
	user := changed(t, s, with(opened(s, blank())), ada)
	look(s, with(user))
	login := opened(s, blank())
	changed(t, s, with(login), session{Login: &coreapi.LoginSession{}})

	c.at = c.at.Add(loginLifetime)
	assert.Zero(t, look(s, with(login)), "the login has expired")
	assert.Equal(t, ada, look(s, with(user)).session)
	opened(s, blank())
	assert.Len(t, s.byID, 2, "what has expired is forgotten")

	ended := httptest.NewRecorder()
	s.end(ended, with(user))
	assert.Zero(t, look(s, with(user)))
	assert.Negative(t, ended.Result().Cookies()[0].MaxAge)
}

func TestALogoutEndsTheOldIDToo(t *testing.T) {
	s := newSessions(time.Now)
	before := opened(s, blank())
	after := changed(t, s, with(before), ada)
	s.end(httptest.NewRecorder(), with(before))
	assert.Zero(t, look(s, with(after)))
	assert.Empty(t, s.byID)
}

func TestNoSession(t *testing.T) {
	s := newSessions(time.Now)
	r := blank()
	assert.Zero(t, look(s, r))
	r.AddCookie(&http.Cookie{Name: sessionCookie, Value: "guessed"})
	assert.Zero(t, look(s, r))
	assert.False(t, s.replace(httptest.NewRecorder(), r, seen{}, ada))
}
