package main

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"time"
)

//go:embed assets
var assets embed.FS

// refreshSeconds is how often the waiting page looks again.
const refreshSeconds = 3

// refreshAfter is longer where the API asked for it.
func refreshAfter(err error) int {
	return max(refreshSeconds, int(apiErrorOf(err).RetryAfter/time.Second)+1)
}

// view is what the pages show.
type view struct {
	Title     string
	Refresh   int    // seconds, 0 for never
	UserID    string // on the user's page, "" where the API did not say
	LoginURL  string // on the waiting page
	Notice    notice // on the problem page, and the next two too
	Reference string
	Pending   bool
}

// pages are the templates by name, each in the layout.
type pages map[string]*template.Template

func parsePages() (pages, error) {
	all := pages{}
	for _, name := range []string{"home", "waiting", "user", "problem"} {
		page, err := template.ParseFS(assets, "assets/layout.html", "assets/"+name+".html")
		if err != nil {
			return nil, err
		}
		all[name] = page
	}
	return all, nil
}

// show escapes what it shows. The page is complete before anything is sent.
func (a *app) show(w http.ResponseWriter, status int, name string, v view) {
	var page bytes.Buffer
	if err := a.pages[name].Execute(&page, v); err != nil {
		a.logger.Error("page", "name", name, "error", err)
		http.Error(w, "Something is wrong on our side.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // whoever does not listen has gone
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "max-age=300")
	http.ServeFileFS(w, r, assets, "assets/style.css")
}

// withSecurityHeaders: the pages need their own style and forms, no script, and
// nothing from elsewhere. same-origin keeps the Origin of posts, which is checked.
func withSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff",
			"X-Frame-Options":         "DENY",
			"Referrer-Policy":         "same-origin",
			"Cache-Control":           "no-store",
		} {
			w.Header().Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}
