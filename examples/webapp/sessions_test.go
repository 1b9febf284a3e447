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

// with is a request with the cookie of a response.
func with(w *httptest.ResponseRecorder) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, cookie := range w.Result().Cookies() {
		r.AddCookie(cookie)
	}
	return r
}

func started(s *sessions, r *http.Request, fresh session) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.start(w, r, fresh)
	return w
}

func TestSessionCookie(t *testing.T) {
	s := newSessions(time.Now)
	first := started(s, httptest.NewRequest(http.MethodGet, "/", nil), session{})
	cookie := first.Result().Cookies()[0]
	assert.True(t, cookie.HttpOnly)
	assert.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
	assert.Equal(t, "/", cookie.Path)
	assert.False(t, cookie.Secure)
	assert.GreaterOrEqual(t, len(cookie.Value), 26, "128 bits that nobody guesses")
	overTLS := started(s, httptest.NewRequest(http.MethodGet, "https://shop.example/", nil), session{})
	assert.True(t, overTLS.Result().Cookies()[0].Secure)
	assert.NotEqual(t, cookie.Value, overTLS.Result().Cookies()[0].Value)
}

func TestALoginGetsAnotherID(t *testing.T) {
	s := newSessions(time.Now)
	before := started(s, httptest.NewRequest(http.MethodGet, "/", nil), session{Login: &coreapi.LoginSession{ReqToken: "t"}})
	require.EqualValues(t, "t", s.of(with(before)).Login.ReqToken)
	after := started(s, with(before), session{UserID: "u"})
	assert.Equal(t, "u", s.of(with(after)).UserID)
	assert.Zero(t, s.of(with(before)), "the old id is worth nothing")
}

func TestSessionsEnd(t *testing.T) {
	c := &clock{time.Now()}
	s := newSessions(c.now)
	w := started(s, httptest.NewRequest(http.MethodGet, "/", nil), session{UserID: "u"})
	login := started(s, httptest.NewRequest(http.MethodGet, "/", nil), session{Login: &coreapi.LoginSession{}})

	c.at = c.at.Add(loginLifetime)
	assert.Zero(t, s.of(with(login)), "the login has expired")
	assert.Equal(t, "u", s.of(with(w)).UserID)
	started(s, httptest.NewRequest(http.MethodGet, "/", nil), session{})
	assert.Len(t, s.byID, 2, "what has expired is forgotten")

	ended := httptest.NewRecorder()
	s.end(ended, with(w))
	assert.Zero(t, s.of(with(w)))
	assert.Negative(t, ended.Result().Cookies()[0].MaxAge)
}

func TestNoSession(t *testing.T) {
	s := newSessions(time.Now)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	assert.Zero(t, s.of(r))
	r.AddCookie(&http.Cookie{Name: sessionCookie, Value: "guessed"})
	assert.Zero(t, s.of(r))
}
