package main

import (
	"crypto/rand"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/fypass/coreapi-go"
)

// session is what the application knows of a browser. The reqToken and the user
// stay here: the browser gets an id that says nothing.
type session struct {
	Login  *coreapi.LoginSession // the login that the user is at, nil for none
	UserID string                // the user who is logged in, "" for nobody
}

const (
	sessionCookie = "session"
	loginLifetime = 15 * time.Minute
	userLifetime  = 8 * time.Hour
	untilClosed   = 0 // the cookie's age: until the browser closes
)

// sessions keeps them in memory, which is enough for an example: a restart logs
// everybody out. It is safe for concurrent use.
type sessions struct {
	now func() time.Time

	mu   sync.Mutex
	byID map[string]stored
}

type stored struct {
	session
	expires time.Time
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, byID: map[string]stored{}}
}

// start gives the browser a new id, and ends the session that it had: an id from
// before the login must not be worth anything after it.
func (s *sessions) start(w http.ResponseWriter, r *http.Request, fresh session) {
	lifetime := loginLifetime
	if fresh.UserID != "" {
		lifetime = userLifetime
	}
	id := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	maps.DeleteFunc(s.byID, func(_ string, old stored) bool { return !now.Before(old.expires) })
	delete(s.byID, sessionID(r))
	s.byID[id] = stored{fresh, now.Add(lifetime)}
	setSessionCookie(w, r, id, untilClosed)
}

// of finds the browser's session; the zero one for none.
func (s *sessions) of(r *http.Request) session {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.byID[sessionID(r)]
	if !s.now().Before(found.expires) {
		return session{}
	}
	return found.session
}

// end forgets the browser's session, here and there.
func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, sessionID(r))
	setSessionCookie(w, r, "", -1)
}

func sessionID(r *http.Request) string {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// setSessionCookie: Lax, because the user may come back by a link from the hosted
// page. Behind a proxy that ends TLS, set Secure always.
func setSessionCookie(w http.ResponseWriter, r *http.Request, id string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name:     sessionCookie,
		Value:    id,
		Path:     "/",
		MaxAge:   maxAge,
		HttpOnly: true,
		Secure:   r.TLS != nil,
		SameSite: http.SameSiteLaxMode,
	})
}
