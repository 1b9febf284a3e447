package main

import (
	"crypto/rand"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/fypass/coreapi-go"
)

// session is what the application knows of a browser: nothing yet, a login that
// is pending, or a user. The reqToken and the user stay here: the browser gets an
// id that says nothing.
type session struct {
	Login    *coreapi.LoginSession // the login that the browser is at, nil for none
	LoggedIn bool
	UserID   string // who is logged in, "" where the API did not say
}

const (
	sessionCookie = "session" // behind TLS "__Host-session", which no other host can plant
	// loginLifetime is how long a login may be pending. Keep it short: whoever gets
	// hold of its hosted page has no longer than this to misuse it.
	loginLifetime = 10 * time.Minute
	userLifetime  = 8 * time.Hour
	sweepInterval = time.Minute
	untilClosed   = 0 // the cookie's age: until the browser closes
)

// sessions keeps them in memory, which is enough for an example: a restart logs
// everybody out. A browser has one, whatever its number of tabs. It is safe for
// concurrent use.
type sessions struct {
	now func() time.Time

	mu    sync.Mutex
	byID  map[string]*stored
	swept time.Time // when those that had expired were last forgotten
}

type stored struct {
	session
	id      string
	before  string // the id from before the login, until the browser has shown the new one
	expires time.Time
}

// seen is a session as a request found it. replace compares with it.
type seen struct {
	session
	id string // "" for no session
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, byID: map[string]*stored{}}
}

// open gives the browser an empty session and its cookie.
func (s *sessions) open(w http.ResponseWriter, r *http.Request) seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	fresh := &stored{id: rand.Text(), expires: s.now().Add(loginLifetime)}
	s.byID[fresh.id] = fresh
	setSessionCookie(w, r, fresh.id, untilClosed)
	return seen{id: fresh.id}
}

// of finds the browser's session; the zero one for none.
func (s *sessions) of(w http.ResponseWriter, r *http.Request) seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := sessionID(r)
	found := s.live(id)
	switch {
	case found == nil:
		return seen{}
	case id == found.before: // the answer with the new id did not arrive
		setSessionCookie(w, r, found.id, untilClosed)
	case found.before != "":
		s.confirm(found)
	}
	return seen{found.session, found.id}
}

// replace is the one way in which a session changes: from what the request saw to
// next. It does nothing and is false where the session has become another since,
// or has ended: an answer that comes late must not undo what the user did.
func (s *sessions) replace(w http.ResponseWriter, r *http.Request, was seen, next session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.live(was.id)
	if found == nil || found.session != was.session {
		return false
	}
	found.session = next
	if next.LoggedIn {
		s.rename(found)
		setSessionCookie(w, r, found.id, untilClosed)
	} else {
		found.expires = s.now().Add(loginLifetime)
	}
	return true
}

// rename: an id from before the login must not be worth anything after it. The old
// one leads here until the browser shows the new one, for an answer can get lost.
func (s *sessions) rename(found *stored) {
	found.before, found.id = found.id, rand.Text()
	s.byID[found.id] = found
}

// confirm: the browser has the id that its login gave it.
func (s *sessions) confirm(found *stored) {
	delete(s.byID, found.before)
	found.before = ""
	found.expires = s.now().Add(userLifetime)
}

// end forgets the browser's session, here and there, and so for all its tabs.
func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.live(sessionID(r)); found != nil {
		delete(s.byID, found.before)
		delete(s.byID, found.id)
	}
	setSessionCookie(w, r, "", -1)
}

func (s *sessions) live(id string) *stored {
	found := s.byID[id]
	if found == nil || !s.now().Before(found.expires) {
		return nil
	}
	return found
}

func (s *sessions) sweep() {
	now := s.now()
	if now.Sub(s.swept) < sweepInterval {
		return
	}
	s.swept = now
	maps.DeleteFunc(s.byID, func(_ string, old *stored) bool { return !now.Before(old.expires) })
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
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure is set where the application is on https
		Name:     sessionCookie,
		Value:    id,
		Path:     "/",
		MaxAge:   maxAge,
		HttpOnly: true,
		Secure:   r.TLS != nil,
		SameSite: http.SameSiteLaxMode,
	})
}
